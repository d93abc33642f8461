"""The formats that can be written: in groups, each with a sentence, and the list to choose one from."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from xmem_gui.gui.dialogs.plugin_rows import rows_to_write
from xmem_gui.gui.theme import colours

_ID, _SENTENCE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Format:
    """A format as a person chooses it.

    Attributes
    ----------
    id
        Id of the format: a key of `EXPORTERS`.
    name, sentence
        What it is called, and what it is for.
    one_file
        Whether all goes to one file, which is then named; else files are named by frame.
    images
        Whether the frames' pictures can be written too.
    palette
        Whether index masks can have the objects' own colours.
    look, quality
        Whether masks are shown over pictures, and whether these can be coded finer or coarser.
    edge
        Whether it has soft masks or mattes, whose edge can be chosen.
    ending
        Ending of the file, with the dot; empty if there are several.
    """

    id: str
    name: str
    sentence: str
    one_file: bool = False
    images: bool = False
    palette: bool = False
    ending: str = ""
    look: bool = False
    quality: bool = False
    edge: bool = False


GROUPS: tuple[tuple[str, tuple[Format, ...]], ...] = (
    (
        "For training",
        (
            Format("index-png", "Index PNG", "One PNG per frame. A pixel's value is its object's number.",
                   images=True, palette=True),
            Format("index-grey-8", "Index PNG, grey", "The same without a palette.", images=True),
            Format("index-grey-16", "Index PNG, grey, 16 bit", "The same for more than 255 objects.",
                   images=True),
            Format("binary-png", "One PNG per object", "Black and white, one folder per object. Objects"
                                                       " may overlap.",
                   images=True),
            Format("davis", "DAVIS", "Annotations/480p and JPEGImages/480p.", images=True, palette=True),
            Format("youtube-vos", "YouTube-VOS", "Annotations, JPEGImages and meta.json.", images=True,
                   palette=True),
            Format("mose", "MOSE", "Annotations and JPEGImages.", images=True, palette=True),
            Format("lvos", "LVOS", "Annotations and JPEGImages.", images=True, palette=True),
            Format("mots-png", "MOTS, PNG", "16-bit PNGs with class and object number (KITTI MOTS).",
                   images=True),
            Format("mots-txt", "MOTS, text", "Run-length masks in a text file (KITTI MOTS)."),
            Format("npz", "NumPy", "All frames in one array of object numbers.", True, ending=".npz"),
            Format("sav-png", "SA-V, PNG", "One PNG per object, laid out as in SA-V.", images=True),
            Format("sav-json", "SA-V, JSON", "All masks of the video in one file.", True, ending=".json"),
            Format("coco", "COCO", "One JSON file with run-length masks.", True, ending=".json"),
            Format("coco-dataset", "COCO data set", "Annotations and images, as CVAT and Roboflow read them.",
                   images=True),
            Format("panoptic", "COCO panoptic", "Colour PNGs and one JSON file.", images=True),
            Format("voc", "Pascal VOC", "Object and class masks with labelmap.txt, as CVAT writes them.",
                   images=True),
            Format("youtube-vis", "YouTube-VIS", "One JSON file with run-length masks, by object.", True,
                   ending=".json"),
            Format("yolo-seg", "YOLO segmentation", "Polygons in text files.", images=True),
            Format("datumaro", "Datumaro", "One JSON file with run-length masks.", True, ending=".json"),
        ),
    ),
    (
        "For annotation tools",
        (
            Format("labelme", "LabelMe", "One JSON file of polygons per frame.", images=True),
            Format("labelme-masks", "LabelMe, masks", "One JSON file of masks per frame.", images=True),
            Format("cvat", "CVAT, masks", "CVAT for video, masks.", True, ending=".xml"),
            Format("cvat-polygons", "CVAT, polygons", "CVAT for video, polygons.", True, ending=".xml"),
            Format("cvat-images", "CVAT for images", "Masks for a task made of images.", True, ending=".xml"),
            Format("label-studio", "Label Studio", "One task per frame with brush masks, in one file.", True,
                   ending=".json"),
        ),
    ),
    (
        "For editing and compositing",
        (
            Format("soft-8", "Soft masks, 8 bit", "Grey PNGs with smooth edges.", edge=True),
            Format("soft-16", "Soft masks, 16 bit", "Grey PNGs with smooth edges, for compositing.",
                   edge=True),
            Format("exr", "OpenEXR mattes", "A named layer of half floats for each object.", edge=True),
            Format("matte-png", "Matte sequence", "Grey PNGs, all objects together.", edge=True),
            Format("cutout", "Cut-outs", "The picture with a transparent background, as PNG.", edge=True),
            Format("matte", "Matte video", "Black and white, lossless (FFV1).", True, ending=".mkv",
                   edge=True),
            Format("matte-animation", "Matte video, QuickTime", "Lossless, as QuickTime Animation.", True,
                   ending=".mov", edge=True),
            Format("matte-prores", "Matte video, ProRes", "Black and white in ProRes 4444.", True,
                   ending=".mov", edge=True),
            Format("alpha-ffv1", "Video with alpha, FFV1", "Lossless, for compositing.", True, ending=".mkv",
                   edge=True),
            Format("alpha-prores", "Video with alpha, ProRes", "ProRes 4444, for editing programs.", True,
                   ending=".mov", edge=True),
            Format("overlay", "Overlay video", "The video with coloured masks over it (H.264).", True,
                   ending=".mp4", look=True, quality=True),
            Format("preview", "Animated preview", "A small WebP for a report or a message.", True,
                   ending=".webp", look=True),
        ),
    ),
    (
        "For biology",
        (
            Format("label-tiff", "Label stack", "One 16-bit TIFF of object numbers.", True,
                   ending=".tif"),
            Format("ctc", "Cell Tracking Challenge", "16-bit TIFFs and man_track.txt."),
        ),
    ),
)  # fmt: skip
"""Every format, in English: translated when shown."""

SOFT_FORMATS = frozenset({"soft-8", "soft-16"})
"""Those that are nothing without probabilities."""
EXPORT_FORMATS = {one.id: one for _, group in GROUPS for one in group}


def all_groups() -> tuple[tuple[str, tuple[Format, ...]], ...]:
    """Return every format by the heading of its group, those of plugins last; in English."""
    added = tuple(
        Format(one.id, one.name, one.sentence, one.one_file, one.images, ending=one.ending)
        for one in rows_to_write()
    )
    return (*GROUPS, ("From plugins", added)) if added else GROUPS


class FormatList(QListWidget):
    """The formats under the headings of their groups."""

    chosen = Signal(str)
    """The id of the format."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Format"))
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        groups = all_groups()
        self._formats = {one.id: one for _, group in groups for one in group}
        for title, group in groups:
            heading = QListWidgetItem(QCoreApplication.translate("formats", title), self)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            for one in group:
                item = QListWidgetItem(QCoreApplication.translate("formats", one.name), self)
                item.setData(_ID, one.id)
                item.setData(_SENTENCE, QCoreApplication.translate("formats", one.sentence))
                item.setToolTip(item.data(_SENTENCE))
        self.offer_soft(False)
        self.currentItemChanged.connect(lambda item, _: self.chosen.emit(item.data(_ID)) if item else None)

    @property
    def format(self) -> Format:
        """The format chosen."""
        return self._formats[self.currentItem().data(_ID)]

    def offer_soft(self, on: bool) -> None:
        """Offer soft masks, or do not: where no probabilities are kept they would have hard edges."""
        for row in range(self.count()):
            if self.item(row).data(_ID) in SOFT_FORMATS:
                self.item(row).setHidden(not on)
        current = self.currentItem()
        if current is not None and current.isHidden():
            self.choose("")

    def choose(self, format_id: str) -> None:
        """Choose a format; one that is unknown, or not offered, is the first."""
        items = [self.item(row) for row in range(self.count())]
        known = [item for item in items if item.data(_ID) is not None and not item.isHidden()]
        chosen = next((item for item in known if item.data(_ID) == format_id), known[0])
        self.setCurrentItem(chosen)
        self.scrollToItem(chosen, QAbstractItemView.ScrollHint.PositionAtCenter)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the format chosen in sight: only now is it known how much can be seen."""
        super().showEvent(event)
        self.scrollToItem(self.currentItem(), QAbstractItemView.ScrollHint.PositionAtCenter)


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        height = option.fontMetrics.height()
        return QSize(200, height + 18 if index.data(_ID) is None else 2 * height + 14)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens, rect, metrics = colours(), option.rect, option.fontMetrics
        painter.save()
        inner = rect.adjusted(12, 0, -8, 0)
        if index.data(_ID) is None:
            font = QFont(option.font)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(inner.adjusted(0, 0, 0, -4), Qt.AlignmentFlag.AlignBottom, index.data())
            painter.restore()
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tokens.pressed))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(tokens.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tokens.hover))
        line = QRect(inner.left(), inner.top() + 6, inner.width(), metrics.height())
        painter.setFont(option.font)
        for text, shade in ((index.data(), tokens.text), (index.data(_SENTENCE), tokens.muted)):
            painter.setPen(QColor(shade))
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, elided)
            line.translate(0, metrics.height() + 2)
        painter.restore()
