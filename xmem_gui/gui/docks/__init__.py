"""The docks: objects, review, memory, history."""

from xmem_gui.gui.docks.history import HistoryDock
from xmem_gui.gui.docks.objects import ObjectsDock

__all__ = ["HistoryDock", "ObjectsDock"]
