"""What a person has chosen and what is remembered between two starts: one JSON file."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from xmem_gui.errors import XmemGuiError, need_file
from xmem_gui.files import write_whole
from xmem_gui.folders import settings_folder
from xmem_gui.gui.state.setting_rules import usable
from xmem_gui.gui.theme import Choice

_FILE = "preferences.json"
_LARGEST = 1 << 20
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Values:
    """Everything that is remembered; defaults are what a first start has.

    Attributes
    ----------
    theme
        ``system``, ``light``, ``dark`` or ``contrast``.
    keys
        Shortcuts that are not the defaults, by action id.
    recents
        Paths that were open, the newest first.
    hosts
        Other computers that may be asked for the video of a project.
    hints_shown
        Whether the first-use hints have been shown.
    sized
        The docks whose height the person has chosen; the others are as tall as their content.
    geometry, layout
        The window's, sealed (`setting_rules.sealed`).
    folder
        The folder in which file dialogs begin: that of the last choice.
    model
        The network that follows objects: a name of the registry or a file.
    click_model
        The network that makes masks of clicks.
    device
        ``auto``, ``cuda``, ``mps``, ``cpu``.
    size
        Shorter side at which the network works, in pixels; 0 for the video's own.
    memory
        Settings of the memory that differ from what suits the network, by `MemoryConfig`'s names.
    view
        The canvas' view, without ``view.``.
    opacity
        Of masks on the canvas, 0 to 1.
    cutout
        Colour behind cut-outs as ``#rrggbb``; "" for a checkerboard.
    brush
        Radius in pixels of the video.
    low_confidence
        Below this a frame is one to review.
    track_count, track_way
        How many frames were tracked at a time, and whether ``forward`` or ``backward``.
    export_format
        Id of the export format that was chosen last.
    """

    theme: Choice = "system"
    keys: dict[str, list[str]] = field(default_factory=dict)
    recents: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    hints_shown: bool = False
    geometry: str = ""
    layout: str = ""
    sized: list[str] = field(default_factory=list)
    folder: str = ""
    model: str = "compact"
    click_model: str = "compact-click"
    device: str = "auto"
    size: int = 480
    memory: dict[str, int] = field(default_factory=dict)
    view: str = "overlay"
    opacity: float = 0.5
    cutout: str = ""
    brush: float = 12.0
    low_confidence: float = 0.7
    track_count: int = 50
    track_way: str = "forward"
    export_format: str = "davis"


class Preferences(QObject):
    """The values in use, and the file they are kept in.

    Parameters
    ----------
    folder
        Where the file is; the platform's folder for settings by default.
    """

    changed = Signal(str)
    """The name of the value that is different now."""

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        path = (folder or settings_folder()) / _FILE
        self.values = _read(path)
        self._writer = _Writer(path)

    def set(self, **values: Any) -> None:
        """Change values and have them saved; one that cannot be saved counts until the program ends.

        What a setting cannot be leaves it as it was.
        """
        before, self.values = self.values, _fitting(self.values, values)
        for name in values:
            if getattr(before, name) != getattr(self.values, name):
                self.changed.emit(name)
        if before != self.values:
            self._writer.write(self.values)

    def flush(self) -> None:
        """Wait until all that was set is in the file; the program's end waits for it by itself."""
        self._writer.flush()

    def opened(self, path: Path) -> None:
        """Remember that something was opened."""
        others = [one for one in self.values.recents if one != str(path)]
        self.set(recents=[str(path), *others], folder=str(path.parent))

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The person's own shortcuts, as `Actions` takes them."""
        return {name: tuple(keys) for name, keys in self.values.keys.items()}


class _Writer:
    """Writes values in a thread, the newest only; the thread ends when there is nothing more to write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._next: Values | None = None
        self._thread: threading.Thread | None = None

    def write(self, values: Values) -> None:
        with self._lock:
            self._next = values
            if self._thread is None:
                # Not a daemon: Python waits for it before it ends.
                self._thread = threading.Thread(target=self._work, name="preferences")
                self._thread.start()

    def flush(self) -> None:
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while (values := self._take()) is not None:
            _write(self._path, values)

    def _take(self) -> Values | None:
        with self._lock:
            values, self._next = self._next, None
            if values is None:
                self._thread = None
            return values


def _write(path: Path, values: Values) -> None:
    """Write the file, whole or not at all."""
    try:
        # Escaped, for a path may hold bytes that are no text.
        text = json.dumps(asdict(values), indent=2)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("ascii"))
    except BaseException as error:  # the next change is written all the same
        _logger.warning("settings cannot be saved in %s: %s", path, error)


def _read(path: Path) -> Values:
    """Return what a file says; what is damaged, out of range or unknown in it counts as never chosen."""
    try:
        if not path.exists():
            return Values()
        need_file(path)
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST} bytes")
        found = json.loads(path.read_text(encoding="utf8"), parse_int=_whole_number)
    except (OSError, ValueError, RecursionError, XmemGuiError) as error:
        _logger.warning("settings in %s cannot be read and are the defaults: %s", path, error)
        return Values()
    return _fitting(Values(), found if isinstance(found, dict) else {})


def _fitting(values: Values, changes: Mapping[str, Any]) -> Values:
    """Return values with those changes that a setting can have."""
    known = {one.name: getattr(values, one.name) for one in fields(Values) if one.name in changes}
    return replace(values, **{name: usable(name, changes[name], before) for name, before in known.items()})


def _whole_number(digits: str) -> int | None:
    """Return a number, or None for one that no setting has: thousands of digits take long to read."""
    return int(digits) if len(digits) <= 20 else None
