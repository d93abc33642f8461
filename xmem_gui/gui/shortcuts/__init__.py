"""Shortcuts: presets, conflicts, and the dialog that changes them."""

from xmem_gui.gui.shortcuts.conflicts import conflicts
from xmem_gui.gui.shortcuts.editor import ShortcutEditor
from xmem_gui.gui.shortcuts.presets import PRESETS

__all__ = ["PRESETS", "ShortcutEditor", "conflicts"]
