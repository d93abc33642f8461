"""What tests of dialogs wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waits import WAIT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.dialogs import ExportDialog, ImportDialog


def wait_for(qtbot: QtBot, dialog: ExportDialog | ImportDialog, words: str) -> None:
    """Wait until the plan of a dialog says some words."""
    qtbot.waitUntil(lambda: words in dialog.summary.text, timeout=WAIT)
