"""Everything a person can do, as data, and the ways to it: menus, keys, the command palette."""

from xmem_gui.gui.actions.registry import Actions, ActionSpec

__all__ = ["ActionSpec", "Actions"]
