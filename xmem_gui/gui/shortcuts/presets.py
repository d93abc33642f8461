"""Sets of shortcuts that people know from elsewhere: what differs from the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        # The defaults are meant for hands that know XMem's and Cutie's demos.
        "XMem/Cutie": {},
        "CVAT": {
            "go.next": ("F", "Right"),
            "go.previous": ("D", "Left"),
            "go.next_ten": ("V", "Shift+Right"),
            "go.previous_ten": ("C", "Shift+Left"),
            "go.next_key": ("X", "Ctrl+Right"),
            "go.previous_key": ("Z", "Ctrl+Left"),
            "object.add": ("Shift+N",),
            "object.lock": ("L",),
            "object.visible": ("H",),
            "object.delete": ("Shift+Del",),
            "propagate.forward": ("Ctrl+B",),
            "propagate.backward": ("Ctrl+Shift+B",),
            "view.cycle": ("Ctrl+Alt+V",),
            "view.hide": ("T",),
            "view.object": ("Alt+Z",),
            "tool.click": ("Alt+C",),
            "tool.brush": ("Alt+D",),
            "tool.lasso": ("Alt+L",),
            "review.previous": ("Alt+N",),
        },
    }
)
