"""The menu bar and the tool bar, made of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar
from shiboken6 import isValid

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.actions.catalogue import CATALOGUE, MENUS, tools
from xmem_gui.gui.controllers.preset_export import PresetExport
from xmem_gui.gui.shell.recent_words import words_of
from xmem_gui.gui.state.recents import Recent, Recents
from xmem_gui.gui.widgets.key_button import KeyButton
from xmem_gui.gui.widgets.plain import menu_text, tip

_TITLES = {"Masks": "&Masks as", "Select": "Se&lect", "Tool": "&Tool", "Repair": "&Repair", "Play": "&Play",
           "Speed": "&Speed", "One": "Only what &is selected", "Theme": "&Theme"}  # fmt: skip
_BELOW_TOOLS = (("mask.fill_holes", "mask.snap"), ("edit.undo", "edit.redo"))


_ICON = 22


def fill_menu_bar(bar: QMenuBar, actions: Actions) -> dict[str, QMenu]:
    """Put every action in its menu; return the menus by path."""
    menus: dict[str, QMenu] = {}
    for title in MENUS:
        menus[title.replace("&", "")] = bar.addMenu(QCoreApplication.translate("menus", title))
    sections: dict[QMenu, str] = {}
    for spec in CATALOGUE:
        menu, section = _menu_of(spec.menu, menus)
        if sections.get(menu, section) != section:
            menu.addSeparator()
        sections[menu] = section
        menu.addAction(actions[spec.id])
    return menus


def add_recent(menu: QMenu, recents: Recents, chosen: Callable[[Path], object]) -> None:
    """Put a menu of what was open before after a menu's first entries; it is filled when it is shown."""
    recent = QMenu(QCoreApplication.translate("menus", "Open &recent"), menu)
    # After the actions that open something.
    place = next((action for action in menu.actions() if action.isSeparator()), None)
    menu.insertMenu(place, recent)  # type: ignore[arg-type]

    def fill() -> None:
        recent.clear()
        for path in recents.paths:
            action = recent.addAction(f"{menu_text(path.name)}  –  {menu_text(path.parent.name)}")
            action.setToolTip(tip(str(path)))
            action.triggered.connect(lambda _checked=False, path=path: chosen(path))
        if recent.isEmpty():
            recent.addAction(QCoreApplication.translate("menus", "Nothing yet")).setEnabled(False)

    def tell() -> None:
        fill()
        for path, action in zip(recents.paths, recent.actions(), strict=False):
            recents.recall(path, partial(_tell_standing, action))

    recent.aboutToShow.connect(tell)
    fill()


def _tell_standing(action: QAction, found: Recent) -> None:
    if isValid(action) and (words := words_of(found.standing)):
        action.setText(f"{action.text()}\t{words}")


def add_presets(menu: QMenu, actions: Actions, exports: PresetExport) -> QMenu:
    """Put a menu of export presets after the export action; return it. It is seen where there are any."""
    presets = QMenu(QCoreApplication.translate("menus", "E&xport with preset"), menu)
    entries = menu.actions()
    place = entries[entries.index(actions["file.export"]) + 1]
    menu.insertMenu(place, presets)

    def fill() -> None:
        presets.clear()
        for name in exports.names:
            action = presets.addAction(menu_text(name))
            action.triggered.connect(lambda _checked=False, name=name: exports.export(name))
        presets.menuAction().setVisible(not presets.isEmpty())
        presets.setEnabled(actions["file.export"].isEnabled())

    menu.aboutToShow.connect(fill)
    fill()
    return presets


def make_tool_bar(actions: Actions) -> QToolBar:
    """Return the vertical bar of tools."""
    bar = QToolBar(QCoreApplication.translate("menus", "Tools"))
    bar.setObjectName("tools")
    bar.setOrientation(Qt.Orientation.Vertical)
    bar.setMovable(False)
    bar.setAccessibleName(bar.windowTitle())
    for group in (tools(), *_BELOW_TOOLS):
        if bar.actions():
            bar.addSeparator()
        for name in group:
            bar.addWidget(KeyButton(actions[name], _ICON))
    return bar


def _menu_of(path: str, menus: dict[str, QMenu]) -> tuple[QMenu, str]:
    """Return the menu of a path, and the section in it."""
    parts = path.split("/")
    section = parts.pop() if parts[-1].startswith("-") else ""
    whole = parts[0]
    menu = menus[whole]
    for part in parts[1:]:
        whole = f"{whole}/{part}"
        if whole not in menus:
            menus[whole] = menu.addMenu(QCoreApplication.translate("menus", _TITLES.get(part, part)))
        menu = menus[whole]
    return menu, section
