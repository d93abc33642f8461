"""The docks: objects, review, memory, history."""

from xmem_gui.gui.docks.history import HistoryDock
from xmem_gui.gui.docks.memory import MemoryDock
from xmem_gui.gui.docks.objects import ObjectsDock
from xmem_gui.gui.docks.review import ReviewDock

__all__ = ["HistoryDock", "MemoryDock", "ObjectsDock", "ReviewDock"]
