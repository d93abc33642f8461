"""The strip of options: nothing in it is cut off, however narrow the window is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from waits import WAIT

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel


@pytest.mark.parametrize("width", [470, 560, 900])
def test_what_is_shown_is_whole(
    qtbot: QtBot, qapp: QApplication, panel: CanvasPanel, actions: Actions, width: int
) -> None:
    from PySide6.QtWidgets import QWidget

    from xmem_gui.gui import theme

    # As in the window: without a theme, widgets have other margins.
    look = theme.Theme(qapp, "light")
    panel.resize(width, 400)
    row, view = panel.options._tool, panel.options._view

    def cut_off() -> list[str]:
        shown = [part for part, _ in row._parts if part.isVisible()]
        rights = [part.geometry().right() for part in shown]
        shown += [one for one in view.findChildren(QWidget) if one.parent() is view and one.isVisible()]
        # Fields of a fixed width have that.
        found = [
            type(one).__name__
            for one in shown
            if one.width() < min(one.minimumSizeHint().width(), one.maximumWidth())
        ]
        if max(rights, default=0) > row.width() or row.geometry().right() >= view.geometry().left():
            found.append("row")
        return found if view.geometry().right() <= panel.options.width() else [*found, "view"]

    for mode in ("overlay", "matte", "faded"):
        actions[f"view.{mode}"].trigger()
        for name in panel.tools:
            panel.choose(name)
            # Layouts within layouts take their room one after the other.
            qtbot.waitUntil(lambda: not cut_off(), timeout=WAIT)
    look.deleteLater()


def test_a_wide_window_has_all_of_it(qtbot: QtBot, panel: CanvasPanel) -> None:
    panel.resize(1200, 400)
    qtbot.waitUntil(panel.options._view._caption.isVisible, timeout=WAIT)
    panel.resize(470, 400)
    panel.choose("tool.brush")
    qtbot.waitUntil(lambda: not panel.options._view._caption.isVisible(), timeout=WAIT)
    panel.resize(1200, 400)
    qtbot.waitUntil(panel.options._view._caption.isVisible, timeout=WAIT)
