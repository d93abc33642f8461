"""The menu of an object, the same wherever the object is pointed at."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from xmem_gui.gui.actions.registry import Actions

_PARTS = (
    ("propagate.one_forward", "propagate.one_backward", "propagate.one_both"),
    ("go.object_first", "go.object_last"),
    ("object.rename", "object.class", "object.colour"),
    ("object.visible", "object.lock", "object.solo"),
    ("object.raise", "object.lower"),
    ("object.merge", "object.split"),
    ("object.delete_range", "object.delete"),
)


def fill_object_menu(menu: QMenu, actions: Actions) -> None:
    """Add what can be done with the selected object, or with those chosen in the list."""
    add_parts(menu, actions, _PARTS)


def add_parts(menu: QMenu, actions: Actions, parts: tuple[tuple[str, ...], ...]) -> None:
    """Add actions by their ids, with a line before each part; a tooltip says why one cannot be done."""
    menu.setToolTipsVisible(True)
    for part in parts:
        menu.addSeparator()
        for name in part:
            menu.addAction(actions[name])
