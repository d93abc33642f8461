"""Spin boxes whose text stands off the border, as it does in other fields."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

_LEFT = 6
"""Logical pixels; the style sheet's padding is the box's only, Qt lays its inner field over it."""


class SpinBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _inset(self.lineEdit())


class DoubleSpinBox(QDoubleSpinBox):
    """A field for a number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _inset(self.lineEdit())


def _inset(field: QLineEdit) -> None:
    field.setTextMargins(_LEFT, 0, 0, 0)
