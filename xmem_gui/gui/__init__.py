"""The window: canvas, timeline, docks, actions, workers; thin over `annotator`. The only package with Qt.

Modules that stood here until version 0.1 are still found under their old names, with a warning.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType

_MOVED = {
    "actions": ("key_filter", "object_menu"),
    "controllers": ("engine_choice", "navigation", "openers", "player", "warm_up"),
    "dialogs": ("command_palette",),
    "pictures": ("frames", "layers", "pixels", "thumbnails"),
    "shell": (
        "diagnostics", "hints", "menus", "notices", "platform_check", "start", "statusbar", "welcome",
        "window", "workspace",
    ),
    "state": ("jobs", "preferences", "preload", "presence", "recents", "session", "values", "workers"),
    "widgets": ("alive", "key_button", "plain", "sizes"),
}  # fmt: skip
"""By the package that they are in now."""
_PLACES = {f"{__name__}.{one}": f"{__name__}.{now}.{one}" for now, names in _MOVED.items() for one in names}


class _Moved(MetaPathFinder, Loader):
    """Finds a module under its old name: it is the same module, not a second one."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        return spec_from_loader(name, self) if name in _PLACES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        now = _PLACES[spec.name]
        warnings.warn(f"{spec.name} is {now} since version 0.2.", DeprecationWarning, stacklevel=2)
        module = import_module(now)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It was run under its own name; importing has put the old one into what it says of itself.
        module.__spec__ = self._spec


if not any(type(finder).__name__ == _Moved.__name__ for finder in sys.meta_path):
    sys.meta_path.append(_Moved())
