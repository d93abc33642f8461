"""How files of masks are to be read, where that cannot be seen from the files."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QWidget

OUTLINES = (
    ("As the format's own tool fills them", None),
    ("Include the outline", True),
    ("Exclude the outline", False),
)
"""Whether the pixels under a polygon's outline are taken, in English."""


class ImportOptions(QWidget):
    """Choices about sizes, the outlines of polygons, and objects of one class.

    Signals
    -------
    changed
        The person has changed one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.outlines = QComboBox()
        self.outlines.setAccessibleName(self.tr("Polygons"))
        for text, outline in OUTLINES:
            self.outlines.addItem(self.tr(text), outline)
        self.outlines.setToolTip(
            self.tr(
                "OpenCV traces polygons through an object's outermost pixels. Without the outline, such"
                " masks lose their right column and bottom row. YOLO and LabelMe include it; COCO and "
                "CVAT do not."
            )
        )
        self.scale = QCheckBox(self.tr("Scale masks of another size to the video's"))
        self.scale.setToolTip(
            self.tr(
                "For masks made on a smaller or larger copy of the video. If this is off, they are left out."
            )
        )
        self.by_class = QCheckBox(self.tr("One object for each class"))
        self.by_class.setToolTip(
            self.tr(
                "For files such as YOLO's, which tell objects of a class apart only by their order: "
                "otherwise the parts of one object become several objects."
            )
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("Polygons"), self.outlines)
        form.addRow("", self.scale)
        form.addRow("", self.by_class)
        self.outlines.currentIndexChanged.connect(self._on_change)
        self.scale.toggled.connect(self._on_change)
        self.by_class.toggled.connect(self._on_change)

    @property
    def outline(self) -> bool | None:
        """Whether the pixels under outlines are taken; None for what the format's tools do."""
        found: bool | None = self.outlines.currentData()
        return found

    def said(self) -> tuple[bool, bool | None, bool]:
        """Return whether to scale, what of outlines, and whether a class is an object."""
        return self.scale.isChecked(), self.outline, self.by_class.isChecked()

    def _on_change(self) -> None:
        self.changed.emit()
