"""Fields of the settings, each with its name and a sentence; what is chosen counts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QVBoxLayout, QWidget

from xmem_gui.gui.state.preferences import Preferences, Values
from xmem_gui.gui.theme import DoubleSpinBox, SpinBox
from xmem_gui.gui.widgets.dialog import ROOM
from xmem_gui.gui.widgets.panel import muted, row
from xmem_gui.gui.widgets.plain import Label, translated
from xmem_gui.gui.widgets.setting_box import pixel_box
from xmem_gui.settings import row_of

_NAME, _FIELD = 150, 220
"""Widths in pixels; names have at least the same on every page, so that fields stand below one another."""


class SettingsForm(QWidget):
    """A page of fields, each of one preference, as the table of settings describes it.

    What changes elsewhere, on the canvas say, is seen in its field.

    Parameters
    ----------
    preferences
        Gives the values, and takes what is chosen.
    """

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._show: dict[str, Callable[[Any], None]] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(ROOM, ROOM, ROOM, ROOM)
        self._form.setVerticalSpacing(14)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        preferences.changed.connect(self._on_change)

    def add_choice(self, name: str, choices: Iterable[tuple[str, str]]) -> QComboBox:
        """Add a list to choose from: what is kept, and what it is called."""
        box = QComboBox()
        for value, label in choices:
            box.addItem(label, value)
        box.activated.connect(lambda _: self._set(name, box.currentData()))
        self._add(name, box, lambda value: box.setCurrentIndex(box.findData(value)))
        return box

    def add_switch(self, name: str) -> QCheckBox:
        """Add a box to tick."""
        box = QCheckBox(translated(row_of(Values, name).label))
        box.toggled.connect(lambda on: self._set(name, on))
        self._add(name, box, box.setChecked)
        return box

    def add_per_cent(self, name: str) -> SpinBox:
        """Add a share, which people read in per cent."""
        box, about = SpinBox(), row_of(Values, name)
        box.setRange(round(100 * about.least), round(100 * about.most))
        box.setSingleStep(5)
        box.setSuffix(self.tr(" %"))
        box.valueChanged.connect(lambda value: self._set(name, value / 100))
        self._add(name, box, lambda value: box.setValue(round(100 * value)))
        return box

    def add_pixels(self, name: str) -> DoubleSpinBox:
        """Add a length in pixels of the video."""
        box = pixel_box(Values, name)
        box.valueChanged.connect(lambda value: self._set(name, round(value, 1)))
        self._add(name, box, box.setValue)
        return box

    def add_widget(self, widget: QWidget) -> None:
        """Add something else, below the other fields."""
        gap = QWidget()
        gap.setMinimumWidth(_NAME)
        self._form.addRow(gap, row(widget, None))

    # Inside

    def _set(self, name: str, value: Any) -> None:
        self._preferences.set(**{name: value})

    def _add(self, name: str, field: QWidget, show: Callable[[Any], None]) -> None:
        about = row_of(Values, name)
        label, sentence = translated(about.label), translated(about.help)
        field.setAccessibleName(label)
        field.setAccessibleDescription(sentence)
        if not isinstance(field, QCheckBox):
            field.setFixedWidth(_FIELD)
        title = Label("" if isinstance(field, QCheckBox) else label)
        title.setBuddy(field)
        title.setMinimumWidth(_NAME)
        title.setAlignment(Qt.AlignmentFlag.AlignTop)
        title.setContentsMargins(0, (field.sizeHint().height() - title.sizeHint().height()) // 2, 0, 0)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(field)
        column.addWidget(muted(sentence))
        self._form.addRow(title, column)

        def show_quietly(value: Any) -> None:
            with QSignalBlocker(field):
                show(value)

        self._show[name] = show_quietly
        show_quietly(getattr(self._preferences.values, name))

    def _on_change(self, name: str) -> None:
        if name in self._show:
            self._show[name](getattr(self._preferences.values, name))
