"""What an export shall hold and where it goes: the fields right of the list of formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from xmem_gui.gui.dialogs.edge_options import EdgeOptions
from xmem_gui.gui.dialogs.format_list import Format
from xmem_gui.gui.dialogs.overlay_options import OverlayOptions
from xmem_gui.gui.state.export_presets import ExportPreset, OverlayChoices
from xmem_gui.gui.state.matte_choices import MatteChoices
from xmem_gui.gui.theme import SpinBox
from xmem_gui.gui.widgets.colour_menu import swatch
from xmem_gui.gui.widgets.plain import Label, row_text
from xmem_gui.settings import fitting_settings

if TYPE_CHECKING:
    from xmem_gui.formats import ExportRequest
    from xmem_gui.project import VideoObject

_NUMBER_WIDTH = 112


@dataclass(frozen=True)
class Asked:
    """What a person asks for, as plain values.

    Attributes
    ----------
    format_id
        Id of the format: a key of `EXPORTERS`.
    destination
        A folder, or a file for formats of one file.
    which
        ``all``, ``annotated``, ``committed``, ``reviewed`` or ``range``.
    first, last, every
        The range, both included, and every how many frames; ``last`` None for the video's end.
    objects
        Ids of the objects to write; None for all.
    pattern, start
        Of names; "" for the source's own.
    images, own_colours, overwrite
        Whether to write the pictures too, to use the objects' own colours, and to replace an earlier export.
    overlay
        How masks lie over pictures, for formats that show them so.
    matte
        What edges of soft masks are like, for formats that have such.
    """

    format_id: str
    destination: Path
    which: str = "all"
    first: int = 0
    last: int | None = None
    every: int = 1
    objects: tuple[int, ...] | None = None
    pattern: str = ""
    start: int = 0
    images: bool = False
    own_colours: bool = False
    overwrite: bool = False
    overlay: OverlayChoices = field(default_factory=OverlayChoices)
    matte: MatteChoices = field(default_factory=MatteChoices)

    def request(self) -> ExportRequest:
        """Return it as exporters take it; for a thread, since formats take a while to import."""
        from xmem_gui.formats import QUALITIES, ExportRequest, FrameSelection, MatteEdge, Naming, OverlayLook

        look = self.overlay
        frames = FrameSelection(
            start=self.first,
            stop=None if self.last is None else self.last + 1,
            step=self.every,
            status="committed" if self.which == "committed" else
            "reviewed" if self.which == "reviewed" else "any",
            annotated_only=self.which == "annotated",
        )  # fmt: skip
        return ExportRequest(
            frames=frames,
            objects=self.objects,
            naming=Naming(self.pattern or None, self.start if self.pattern else 0),
            overwrite=self.overwrite,
            images=self.images,
            palette="objects" if self.own_colours else "davis",
            look=OverlayLook(
                fill=look.fill / 100, outline=look.outline, labels=look.labels, dim=look.dim / 100
            ),
            # The finest is what every format has by itself.
            quality=None if look.quality == "fine" else QUALITIES[look.quality],
            edge=MatteEdge(*self.matte.edge),
        )


class ExportForm(QWidget):
    """Destination, frames, objects, names and options."""

    changed = Signal()
    """Something else is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._format: Format | None = None
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(16)
        self._layout.setVerticalSpacing(8)
        self._layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._make_destination()
        self._make_frames()
        self._make_objects()
        self._make_names()
        self._make_overlay()
        self._make_edge()
        self._make_options()

    def add_first(self, label: str, widget: QWidget) -> None:
        """Put another row above all others."""
        self._layout.insertRow(0, label, widget)

    def set_format(self, format_: Format) -> None:
        """Show the fields that a format has."""
        self._format = format_
        self._layout.setRowVisible(self._names, not format_.one_file)
        self.images.setVisible(format_.images)
        self.own_colours.setVisible(format_.palette)
        self._layout.setRowVisible(self.edge, format_.edge)
        self._layout.setRowVisible(self.overlay, format_.look)
        self._layout.setRowVisible(self.overlay.quality, format_.quality)
        self._layout.setRowVisible(self._options, True)
        self._keep_ending()
        self.changed.emit()

    def set_video(self, folder: Path, name: str, frames: int, span: tuple[int, int] | None) -> None:
        """Begin with a folder beside the video, and the in and out points if there are any."""
        self._folder, self._name = folder, name
        for box in (self.first, self.last):
            with QSignalBlocker(box):
                box.setRange(0, max(frames - 1, 0))
        first, last = span or (0, frames - 1)
        self.first.setValue(first)
        self.last.setValue(last)
        if span is not None:
            self.which.setCurrentIndex(self.which.findData("range"))
        self.destination.setText(str(folder))

    def set_objects(self, objects: Sequence[VideoObject]) -> None:
        """Offer objects, all of them chosen but those that were not before."""
        items = [self.objects.item(row) for row in range(self.objects.count())]
        left_out = {
            one.data(Qt.ItemDataRole.UserRole) for one in items if one.checkState() != Qt.CheckState.Checked
        }
        with QSignalBlocker(self.objects):
            self.objects.clear()
            for one in objects:
                item = QListWidgetItem(swatch(one.colour), row_text(one.name), self.objects)
                item.setData(Qt.ItemDataRole.UserRole, one.id)
                kept = one.id not in left_out
                item.setCheckState(Qt.CheckState.Checked if kept else Qt.CheckState.Unchecked)
        height = self.objects.sizeHintForRow(0) if objects else 0
        self.objects.setFixedHeight(max(min(len(objects), 4), 1) * max(height, 24) + 6)

    def asked(self) -> Asked:
        """Return what is asked for."""
        assert self._format is not None
        items = [self.objects.item(row) for row in range(self.objects.count())]
        chosen = [one for one in items if one.checkState() == Qt.CheckState.Checked]
        ranged = self.which.currentData() == "range"
        return Asked(
            self._format.id,
            Path(self.destination.text().strip() or str(self._folder)).expanduser(),
            self.which.currentData(),
            self.first.value() if ranged else 0,
            self.last.value() if ranged else None,
            self.every.value(),
            None if len(chosen) == len(items)
            else tuple(one.data(Qt.ItemDataRole.UserRole) for one in chosen),
            "" if self._format.one_file else self.pattern.text().strip(),
            self.start.value(),
            self._format.images and self.images.isChecked(),
            self._format.palette and self.own_colours.isChecked(),
            self.overwrite.isChecked(),
            self._overlay,
            self.edge.choices if self._format.edge else MatteChoices(),
        )  # fmt: skip

    @property
    def is_ready(self) -> bool:
        """Whether a format has been chosen."""
        return self._format is not None

    @property
    def preset(self) -> ExportPreset:
        """What is chosen that is the same for any video, without a name."""
        asked = self.asked()
        chosen = {
            "format_id": asked.format_id, "which": "all" if asked.which == "range" else asked.which,
            "every": asked.every, "pattern": asked.pattern, "start": asked.start,
            "images": asked.images, "own_colours": asked.own_colours,
        }  # fmt: skip
        return fitting_settings(ExportPreset, {**vars(asked.overlay), **vars(asked.matte), **chosen})

    def use(self, preset: ExportPreset) -> None:
        """Choose what a preset has; its format is for the list. A range that is chosen stays."""
        ranged = self.which.currentData() == "range" and preset.which == "all"
        if not ranged:
            self.which.setCurrentIndex(self.which.findData(preset.which))
        self.every.setValue(preset.every)
        self.pattern.setText(preset.pattern)
        self.start.setValue(preset.start)
        self.images.setChecked(preset.images)
        self.own_colours.setChecked(preset.own_colours)
        self.overlay.choices = preset.overlay
        if self._format is not None and self._format.edge:
            self.edge.choices = preset.matte
        self.changed.emit()

    @property
    def _overlay(self) -> OverlayChoices:
        """How masks lie over pictures; as by default what the format does not have."""
        assert self._format is not None
        chosen = self.overlay.choices if self._format.look else OverlayChoices()
        return chosen if self._format.quality else replace(chosen, quality="fine")

    # Making the fields

    def _make_destination(self) -> None:
        self._folder, self._name = Path(), "masks"
        self.destination = QLineEdit()
        self.destination.setAccessibleName(self.tr("Destination"))
        self.destination.textChanged.connect(self.changed)
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        holder = _side_by_side(self.destination, browse)
        self._layout.addRow(self.tr("To"), holder)

    def _make_frames(self) -> None:
        self.which = QComboBox()
        self.which.setAccessibleName(self.tr("Frames"))
        for text, which in (
            (self.tr("All frames"), "all"), (self.tr("Frames with a mask"), "annotated"),
            (self.tr("Key frames (committed)"), "committed"), (self.tr("Reviewed frames"), "reviewed"),
            (self.tr("A range"), "range"),
        ):  # fmt: skip
            self.which.addItem(text, which)
        self.first, self.last, self.every = SpinBox(), SpinBox(), SpinBox()
        self.first.setAccessibleName(self.tr("First frame"))
        self.last.setAccessibleName(self.tr("Last frame"))
        self.every.setAccessibleName(self.tr("Every how many frames"))
        self.every.setRange(1, 100_000)
        self.every.setPrefix(self.tr("every "))
        self.every.setSpecialValueText(self.tr("every frame"))
        self._range = _side_by_side(self.first, Label("–"), self.last, stretch=True)
        for box in (self.first, self.last):
            box.setMinimumWidth(_NUMBER_WIDTH)
        self._layout.addRow(self.tr("Frames"), _side_by_side(self.which, self.every))
        self._layout.addRow("", self._range)
        self._layout.setRowVisible(self._range, False)
        self.which.currentIndexChanged.connect(self._on_which)
        for box in (self.first, self.last, self.every):
            box.valueChanged.connect(self.changed)

    def _make_objects(self) -> None:
        self.objects = QListWidget()
        self.objects.setAccessibleName(self.tr("Objects to export"))
        self.objects.itemChanged.connect(self.changed)
        self._layout.addRow(self.tr("Objects"), self.objects)

    def _make_names(self) -> None:
        self.pattern, self.start = QLineEdit(), SpinBox()
        self.pattern.setPlaceholderText(self.tr("as in the source, or a pattern such as %05d"))
        self.pattern.setAccessibleName(self.tr("Names of files"))
        self.pattern.textChanged.connect(self.changed)
        self.start.setRange(0, 10_000_000)
        self.start.setPrefix(self.tr("from "))
        self.start.setAccessibleName(self.tr("Number of the first frame"))
        self.start.valueChanged.connect(self.changed)
        self.start.setEnabled(False)
        self.pattern.textChanged.connect(lambda text: self.start.setEnabled(bool(text.strip())))
        self._names = _side_by_side(self.pattern, self.start)
        self._layout.addRow(self.tr("Names"), self._names)

    def _make_overlay(self) -> None:
        self.overlay = OverlayOptions()
        self._layout.addRow(self.tr("Look"), self.overlay)
        self._layout.addRow(self.tr("Quality"), self.overlay.quality)
        self.overlay.changed.connect(self.changed)

    def _make_edge(self) -> None:
        self.edge = EdgeOptions()
        self._layout.addRow(self.tr("Edge"), self.edge)
        self.edge.changed.connect(self.changed)

    def _make_options(self) -> None:
        self.images = QCheckBox(self.tr("Export the pictures too"))
        self.own_colours = QCheckBox(self.tr("Use the objects' colours"))
        self.own_colours.setToolTip(self.tr("Instead of the DAVIS palette. The values stay the same."))
        self.overwrite = QCheckBox(self.tr("Replace an earlier export"))
        for box in (self.images, self.own_colours, self.overwrite):
            box.toggled.connect(self.changed)
        self._options = _side_by_side(self.images, self.own_colours, self.overwrite, stretch=True)
        self._layout.addRow(self.tr("Options"), self._options)

    def _on_which(self) -> None:
        self._layout.setRowVisible(self._range, self.which.currentData() == "range")
        self.changed.emit()

    def _keep_ending(self) -> None:
        """Name a file for formats of one file, and a folder for the others."""
        assert self._format is not None
        path = Path(self.destination.text().strip() or str(self._folder))
        folder = path.parent if path.suffix and not path.is_dir() else path
        wanted = folder / f"{self._name}{self._format.ending}" if self._format.one_file else folder
        with QSignalBlocker(self.destination):
            self.destination.setText(str(wanted))

    def _browse(self) -> None:
        assert self._format is not None
        now = self.destination.text()
        if self._format.one_file:
            title, kinds = self.tr("Export to"), f"*{self._format.ending}"
            found, _ = QFileDialog.getSaveFileName(
                self, title, now, kinds, options=QFileDialog.Option.DontConfirmOverwrite
            )
        else:
            found = QFileDialog.getExistingDirectory(self, self.tr("Export into the folder"), now)
        if found:
            self.destination.setText(found)


def _side_by_side(*widgets: QWidget, stretch: bool = False) -> QWidget:
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for place, widget in enumerate(widgets):
        layout.addWidget(widget, 0 if stretch or place or isinstance(widget, QLabel) else 1)
    if stretch:
        layout.addStretch(1)
    return holder
