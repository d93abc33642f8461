"""The edge of soft masks and mattes, as fields of formats that have such."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from xmem_gui.gui.state.matte_choices import MatteChoices
from xmem_gui.gui.theme import DoubleSpinBox
from xmem_gui.gui.widgets.setting_box import pixel_box
from xmem_gui.settings import fitting_settings


class EdgeOptions(QWidget):
    """Feather, choke and refine, side by side."""

    changed = Signal()
    """Something else was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        prefixes = {
            "feather": self.tr("feather "), "choke": self.tr("choke "), "refine": self.tr("refine "),
        }  # fmt: skip
        self.boxes = {name: self._box(name, prefix) for name, prefix in prefixes.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for box in self.boxes.values():
            row.addWidget(box)
        row.addStretch(1)

    @property
    def choices(self) -> MatteChoices:
        """What is chosen."""
        return fitting_settings(
            MatteChoices, {name: round(box.value(), 1) for name, box in self.boxes.items()}
        )

    @choices.setter
    def choices(self, choices: MatteChoices) -> None:
        for name, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setValue(getattr(choices, name))
        self.changed.emit()

    def _box(self, name: str, prefix: str) -> DoubleSpinBox:
        box = pixel_box(MatteChoices, name)
        box.setPrefix(prefix)
        box.setToolTip(box.accessibleDescription())
        box.valueChanged.connect(self.changed)
        return box
