"""How an overlay looks and how fine it is coded: the fields of formats that show masks over pictures."""

from __future__ import annotations

from contextlib import ExitStack

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from xmem_gui.gui.state.export_presets import OverlayChoices
from xmem_gui.gui.theme import SpinBox
from xmem_gui.settings import fitting_settings, row_of


class OverlayOptions(QWidget):
    """Fill, outline, names, and how dark the rest is, side by side.

    Attributes
    ----------
    quality
        The choice of a quality, for whoever has this row to put into another.
    """

    changed = Signal()
    """Something else was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fill = self._box("fill", self.tr("fill "), " %", self.tr("How opaque masks are inside"))
        self.outline = self._box(
            "outline",
            self.tr("outline "),
            self.tr(" px"),
            self.tr("Width of outlines, in pixels of the video"),
        )
        self.dim = self._box(
            "dim", self.tr("darken "), " %", self.tr("How much darker it is where no mask is")
        )
        self.fill.setSingleStep(5)
        self.dim.setSingleStep(5)
        self.labels = QCheckBox(self.tr("Names"))
        self.labels.setToolTip(self.tr("Write its object's name at each mask."))
        self.labels.toggled.connect(self.changed)
        self.quality = self._qualities()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.fill, self.outline, self.dim, self.labels):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.choices = OverlayChoices()

    @property
    def choices(self) -> OverlayChoices:
        """What is chosen."""
        return fitting_settings(
            OverlayChoices,
            {
                "quality": self.quality.currentData(), "fill": self.fill.value(),
                "outline": self.outline.value(), "labels": self.labels.isChecked(), "dim": self.dim.value(),
            },
        )  # fmt: skip

    @choices.setter
    def choices(self, choices: OverlayChoices) -> None:
        with ExitStack() as stack:
            for widget in (self.fill, self.outline, self.dim, self.labels, self.quality):
                stack.enter_context(QSignalBlocker(widget))
            self.fill.setValue(choices.fill)
            self.outline.setValue(choices.outline)
            self.dim.setValue(choices.dim)
            self.labels.setChecked(choices.labels)
            self.quality.setCurrentIndex(self.quality.findData(choices.quality))
        self.changed.emit()

    def _box(self, name: str, prefix: str, suffix: str, said: str) -> SpinBox:
        about = row_of(OverlayChoices, name)
        box = SpinBox()
        box.setRange(int(about.least), int(about.most))
        box.setPrefix(prefix)
        box.setSuffix(suffix)
        box.setAccessibleName(said)
        box.setToolTip(said + ".")
        box.valueChanged.connect(self.changed)
        return box

    def _qualities(self) -> QComboBox:
        found = QComboBox()
        found.setAccessibleName(self.tr("Quality"))
        for text, name, said in (
            (self.tr("Visually lossless"), "fine", self.tr("Looks as good as the original.")),
            (self.tr("Good"), "good", self.tr("About half the size.")),
            (
                self.tr("Small file"),
                "small",
                self.tr("About a quarter of the size, for a message or a report."),
            ),
        ):
            found.addItem(text, name)
            found.setItemData(found.count() - 1, said, Qt.ItemDataRole.ToolTipRole)
        found.currentIndexChanged.connect(self.changed)
        return found
