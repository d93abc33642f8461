"""The settings, each with a sentence on what it does; every change counts at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.engine_form import EngineForm
from xmem_gui.gui.dialogs.format_list import all_groups
from xmem_gui.gui.dialogs.settings_form import SettingsForm
from xmem_gui.gui.state.matte_choices import BACKDROPS, MatteChoices
from xmem_gui.gui.state.preferences import MaskView, PlaySpeed
from xmem_gui.gui.theme import Choice
from xmem_gui.gui.widgets.dialog import ROOM, roomy_column
from xmem_gui.gui.widgets.plain import translated


class SettingsDialog(QDialog):
    """A dialog of five pages; every change counts at once and is kept for the next start.

    A page is made when it is first looked at.

    Parameters
    ----------
    context
        Gives the preferences, which the dialog changes.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._actions, self._preferences = context.actions, context.preferences
        self.setWindowTitle(self.tr("Settings"))
        self.resize(560, 560)
        pages: tuple[tuple[str, Callable[[], QWidget]], ...] = (
            (self.tr("General"), self._general),
            (self.tr("Display"), self._display),
            (self.tr("Playback"), self._playback),
            (self.tr("Export"), self._export),
            (self.tr("Engine"), self._engine),
        )
        self.tabs = QTabWidget()
        self._makers = [make for _, make in pages]
        for name, _ in pages:
            self.tabs.addTab(_page(), name)
        self._fill(0)
        self.tabs.currentChanged.connect(self._fill)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = roomy_column(self)
        column.addWidget(self.tabs, 1)
        column.addWidget(buttons)

    # The pages

    def _fill(self, place: int) -> None:
        page = self.tabs.widget(place)
        if isinstance(page, QScrollArea) and page.widget() is None:
            page.setWidget(self._makers[place]())

    def _general(self) -> QWidget:
        form = SettingsForm(self._preferences)
        form.add_choice("theme", self._called("theme", get_args(Choice)))
        form.add_per_cent("low_confidence")
        form.add_choice(
            "at_end",
            (
                ("nothing", self.tr("Do nothing")),
                ("flash", self.tr("Flash in the task bar")),
                ("sound", self.tr("Flash, with a sound")),
            ),
        )
        keys = QPushButton(self.tr("Keyboard shortcuts…"))
        keys.setAutoDefault(False)
        keys.clicked.connect(self._actions["edit.shortcuts"].trigger)
        form.add_widget(keys)
        return form

    def _display(self) -> QWidget:
        form = SettingsForm(self._preferences)
        form.add_choice("view", self._called("view", get_args(MaskView)))
        form.add_per_cent("opacity")
        backdrops = [(colour, translated(label)) for label, colour in BACKDROPS]
        chosen = self._preferences.values.cutout
        if chosen not in dict(backdrops):
            backdrops.append((chosen, chosen))
        form.add_choice("cutout", backdrops)
        for name in ("onion", "onion_keys", "loupe"):
            form.add_switch(name)
        return form

    def _playback(self) -> QWidget:
        form = SettingsForm(self._preferences)
        form.add_choice("speed", self._called("play", get_args(PlaySpeed)))
        form.add_switch("loop")
        return form

    def _export(self) -> QWidget:
        form = SettingsForm(self._preferences)
        formats = [one for _, group in all_groups() for one in group]
        chosen = form.add_choice(
            "export_format", [(one.id, QCoreApplication.translate("formats", one.name)) for one in formats]
        )
        # Else exports would begin with the preset that was used last, and its format.
        chosen.activated.connect(lambda _: self._preferences.set(export_preset=""))
        for name in MatteChoices.names():
            form.add_pixels(name)
        return form

    def _engine(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(ROOM, ROOM, ROOM, ROOM)
        column.addWidget(EngineForm(self._context, folded=True))
        column.addStretch(1)
        return page

    def _called(self, group: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
        """Return what is kept, and what the action that chooses it is called."""
        return [(name, self._actions.specs[f"{group}.{name}"].plain) for name in names]


def _page() -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
