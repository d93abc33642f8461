"""The export dialog's presets: choose one by its name, keep what is chosen under one, forget one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from xmem_gui.gui.state.export_presets import (
    LONGEST_PRESET,
    ExportPreset,
    named,
    presets_of,
    with_preset,
    without_preset,
)
from xmem_gui.gui.state.preferences import Preferences


class PresetRow(QWidget):
    """A field with the names of presets, *Save* and *Delete*.

    A name is written into the field to keep what is chosen under it.

    Parameters
    ----------
    preferences
        The stored choices, of which the presets are one.
    """

    chosen = Signal(object)
    """An `ExportPreset` was chosen."""
    wanted = Signal(str)
    """What is chosen now shall be kept under this name; `keep` does it."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._now: ExportPreset | None = None
        self.names = QComboBox()
        self.names.setEditable(True)
        self.names.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        # Not completed: the beginning of a name is a name.
        self.names.setCompleter(None)  # type: ignore[arg-type]
        self.names.setAccessibleName(self.tr("Preset"))
        field = self.names.lineEdit()
        assert field is not None
        self.field = field
        field.setMaxLength(LONGEST_PRESET)
        field.setPlaceholderText(self.tr("write a name to keep these choices"))
        self.save, self.delete = QPushButton(self.tr("Save")), QPushButton(self.tr("Delete"))
        for button in (self.save, self.delete):
            button.setAutoDefault(False)
        self.save.clicked.connect(self._on_save)
        self.delete.clicked.connect(self._on_delete)
        # Not by its place: while a name is written, the place is that of the name before.
        self.names.activated.connect(self._on_chosen)
        field.textChanged.connect(self._enable)
        field.installEventFilter(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.names, 1)
        layout.addWidget(self.save)
        layout.addWidget(self.delete)
        self._fill("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep what is chosen when Enter is pressed in the field; the dialog's own button would export."""
        enter = Qt.Key.Key_Return, Qt.Key.Key_Enter
        pressed = isinstance(event, QKeyEvent) and event.key() in enter
        if pressed and event.type() == QEvent.Type.KeyPress:
            self.save.click()
            return True
        return super().eventFilter(watched, event)

    def follow(self, now: ExportPreset) -> None:
        """Say what is chosen in the dialog, so that *Save* is offered where it would change something."""
        self._now = now
        self._enable()

    def keep(self, preset: ExportPreset) -> None:
        """Keep a preset, in the place of the one of its name."""
        self._preferences.set(export_presets=with_preset(self._stored, preset))
        self._now = preset
        self._fill(preset.name)

    def show_name(self, name: str) -> None:
        """Show which preset is in use, without choosing it."""
        self._fill(name)

    @property
    def presets(self) -> list[ExportPreset]:
        """All that are kept."""
        return presets_of(self._stored)

    @property
    def _stored(self) -> list[dict[str, Any]]:
        return self._preferences.values.export_presets

    def _fill(self, name: str) -> None:
        with QSignalBlocker(self.names):
            self.names.clear()
            self.names.addItems([one.name for one in self.presets])
            self.names.setCurrentIndex(self.names.findText(name))
            self.field.setText(name)
        self._enable()

    def _on_chosen(self, place: int) -> None:
        self.chosen.emit(self.presets[place])

    def _on_save(self) -> None:
        self.wanted.emit(named(self.field.text()))

    def _on_delete(self) -> None:
        self._preferences.set(export_presets=without_preset(self._stored, named(self.field.text())))
        self._fill("")

    def _enable(self) -> None:
        name = named(self.field.text())
        known = next((one for one in self.presets if one.name == name), None)
        same = (
            known is not None and self._now is not None and vars(known) == {**vars(self._now), "name": name}
        )
        self.save.setText(self.tr("Save") if known is None else self.tr("Replace"))
        self.save.setEnabled(bool(name) and not same)
        self.delete.setEnabled(known is not None)
        self.save.setToolTip(
            self.tr("Keep the format and the options under this name; not the place and the objects.")
        )
