"""How far something is that was open before, and when, in a few words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from xmem_gui.gui.state.recents import Standing
from xmem_gui.gui.widgets.times import said_when


def words_of(standing: Standing) -> str:
    """Return such as ``38 of 90 frames, 14:05``; empty if nothing is known."""
    if not standing.frames:
        return ""
    text = QCoreApplication.translate("recents", "{0:,} of {1:,} frames, {2}")
    return text.format(standing.done, standing.frames, said_when(standing.when, clock=False))
