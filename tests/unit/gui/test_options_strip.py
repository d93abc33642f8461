"""The strip of options: nothing in it is cut off, however narrow the window is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from waits import WAIT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel


@pytest.mark.parametrize("width", [470, 560, 900])
def test_what_is_shown_is_whole(qtbot: QtBot, panel: CanvasPanel, actions: Actions, width: int) -> None:
    from PySide6.QtWidgets import QApplication, QWidget

    panel.resize(width, 400)
    row, view = panel.options._tool, panel.options._view
    for mode in ("overlay", "matte", "faded"):
        actions[f"view.{mode}"].trigger()
        for name in panel.tools:
            panel.choose(name)
            for _ in range(5):  # a layout in a layout asks for room one after the other
                QApplication.processEvents()
            shown = [part for part, _ in row._parts if part.isVisible()]
            shown += [one for one in view.findChildren(QWidget) if one.parent() is view and one.isVisible()]
            # Fields of a fixed width have that, whatever they would need in another theme.
            narrow = [
                one for one in shown if one.width() < min(one.minimumSizeHint().width(), one.maximumWidth())
            ]
            assert not narrow, (mode, name, [type(one).__name__ for one in narrow])
            assert row.geometry().right() < view.geometry().left()
            assert view.geometry().right() <= panel.options.width()
            rights = [part.geometry().right() for part, _ in row._parts if part.isVisible()]
            assert max(rights, default=0) <= row.width(), (mode, name)


def test_a_wide_window_has_all_of_it(qtbot: QtBot, panel: CanvasPanel) -> None:
    panel.resize(1200, 400)
    qtbot.waitUntil(panel.options._view._caption.isVisible, timeout=WAIT)
    panel.resize(470, 400)
    panel.choose("tool.brush")
    qtbot.waitUntil(lambda: not panel.options._view._caption.isVisible(), timeout=WAIT)
    panel.resize(1200, 400)
    qtbot.waitUntil(panel.options._view._caption.isVisible, timeout=WAIT)
