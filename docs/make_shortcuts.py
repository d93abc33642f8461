"""Write the guide's table of shortcuts from the catalogue of actions: ``python docs/make_shortcuts.py``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "guide" / "shortcuts.md"
_HEAD = """# Shortcuts

Made from the program's own list of actions by `python docs/make_shortcuts.py`. *Edit > Keyboard shortcuts*
changes them, shows conflicts, and has presets for people who come from XMem or Cutie, or from CVAT. On macOS
`Ctrl` is the Command key. Ctrl+K finds every action by its name, those without a key too.

In the canvas: the wheel zooms at the pointer, the middle button or held Space moves the picture, Ctrl with
the wheel sizes the brush. Left adds, right or Alt removes. Where the pointer rests, a dashed line previews
a click. Delete on a prompt removes it; a prompt can be dragged.

Ctrl with the right button, the Menu key or `Shift+F10` opens a menu; so does the right button alone where it
has nothing to remove.

In the timeline: the wheel zooms at the pointer, with or without Ctrl; with Shift it moves the video, with
Alt the lanes. A drag on the ruler selects a range, from the in point to the out point; a double click on the
range clears it. A drag of the playhead, or on pictures and lanes, goes along.
"""


def page() -> str:
    """Return the whole page."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from xmem_gui.gui.actions.catalogue import CATALOGUE

    lines, menu = [_HEAD], ""
    for spec in CATALOGUE:
        name = spec.menu.split("/")[0]
        if not spec.keys:
            continue
        if name != menu:
            menu = name
            lines.append(f"\n## {menu}\n\n| key | action | |\n|---|---|---|\n")
        keys = " ".join(f"`{key}`" for key in spec.keys)
        lines.append(f"| {keys} | {spec.text.replace('&', '').removesuffix('…')} | {spec.tip} |\n")
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
