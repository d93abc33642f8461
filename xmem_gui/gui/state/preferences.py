"""What a person has chosen and what is remembered between two starts: one JSON file."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from xmem_gui.files import write_whole
from xmem_gui.gui.state.export_presets import ExportPresets
from xmem_gui.gui.state.matte_choices import MatteChoices
from xmem_gui.gui.state.setting_rules import (
    ComputerAddress,
    ComputerAddresses,
    Docks,
    Hosts,
    Keys,
    RecentPaths,
    State,
)
from xmem_gui.gui.state.settings_file import read_settings, settings_file
from xmem_gui.gui.theme import Choice
from xmem_gui.settings import ComputeChoices, PathText, fitting_settings, setting

MaskView = Literal["overlay", "outline", "mask", "cutout", "matte", "faded", "image"]
PlaySpeed = Literal["quarter", "half", "normal", "double"]
_FILE = settings_file(Path()).name
"""Its name, for scripts that put damaged ones there."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Values(ComputeChoices, MatteChoices):
    """Everything that is remembered; the defaults are what a first start has."""

    theme: Choice = setting(
        "Theme", "The first choice follows the system's light or dark theme.", default="system"
    )
    low_confidence: float = setting(
        "Low confidence",
        "Frames with a confidence below this are listed for review.",
        default=0.7,
        ge=0.0,
        le=1.0,
    )
    at_end: Literal["nothing", "flash", "sound"] = setting(
        "When a long job ends",
        "What calls you back after tracking, an export or an import of more than ten seconds, if you are in "
        "another program.",
        default="flash",
    )
    view: MaskView = setting("View", "How the canvas shows masks.", default="overlay")
    opacity: float = setting("Opacity", "How opaque masks are on the canvas.", default=0.5, ge=0.0, le=1.0)
    cutout: str = setting(
        "Behind cut-outs", "What is behind objects that are cut out, and behind soft mattes.",
        default="", pattern="^(|#[0-9a-fA-F]{6})$",
    )  # fmt: skip
    onion: bool = setting(
        "Onion skin", "Whether the object's outlines on the frames around this one are shown.", default=False
    )
    onion_keys: bool = setting(
        "Onion skin of key frames", "Whether those frames are the nearest key frames.", default=False
    )
    loupe: bool = setting("Loupe", "Whether painting is shown magnified in a corner.", default=False)
    speed: PlaySpeed = setting(
        "Speed",
        "How fast videos are played. Frames are left out where the machine is too slow.",
        default="normal",
    )
    loop: bool = setting(
        "Loop over the range",
        "Whether playing begins again where the range, or the video, ends.",
        default=False,
    )
    brush: float = setting(
        "Brush radius", "The radius of brush and eraser, in pixels of the video.",
        unit="pixels", default=12.0, ge=0.5, le=512.0,
    )  # fmt: skip
    track_count: int = setting(
        "Frames to track", "How many frames were tracked at a time.",
        unit="frames", default=50, ge=1, le=10_000_000,
    )  # fmt: skip
    track_way: Literal["forward", "backward"] = setting(
        "Direction", "Which way those frames were tracked.", default="forward"
    )
    export_format: str = setting(
        "Format",
        "The format that exports begin with: the one that was chosen last.",
        default="davis",
        pattern="^[a-z0-9-]{1,64}$",
    )
    export_presets: ExportPresets = setting(
        "Export presets", "Formats with their options, by name.", default_factory=list
    )
    export_preset: str = setting(
        "Export preset", "The preset that was exported with last.", default="", max_length=60
    )
    compute_on: ComputerAddress = setting(
        "Compute on", "This machine, or one with a GPU, such as ray://127.0.0.1:10001. See Help > Guide.",
        default="",
    )  # fmt: skip
    trusted: ComputerAddresses = setting(
        "Trusted", "Addresses that are connected to though others may reach them.", default_factory=list
    )
    keys: Keys = setting("Shortcuts", "Those that are not the defaults.", default_factory=dict)
    recents: RecentPaths = setting("Recent", "What was open, the newest first.", default_factory=list)
    hosts: Hosts = setting(
        "Computers", "Other computers that may be asked for the video of a project.", default_factory=list
    )
    folder: PathText = setting("Folder", "Where file dialogs begin.", default="")
    hints_shown: bool = setting("Hints", "Whether the hints of a first use have been shown.", default=False)
    stronger_offered: bool = setting(
        "Stronger click model", "Whether the offer of one has been answered.", default=False
    )
    geometry: State = setting("Geometry", "Where the window stands, sealed.", default="")
    layout: State = setting("Layout", "How its docks stand, sealed.", default="")
    sized: Docks = setting(
        "Sized docks", "Docks whose height was chosen; the others are as tall as their content.",
        default_factory=list,
    )  # fmt: skip


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
        path = settings_file(folder)
        # What is damaged, out of range or unknown in it counts as never chosen.
        self.values = fitting_settings(Values, read_settings(path))
        self._writer = _Writer(path)

    def set(self, **values: Any) -> None:
        """Change values and have them saved; one that cannot be saved counts until the program ends.

        What a setting cannot be leaves it as it was.
        """
        before, self.values = self.values, fitting_settings(Values, values, self.values)
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
        text = json.dumps(vars(values), indent=2)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("ascii"))
    except BaseException as error:  # the next change is written all the same
        _logger.warning("settings cannot be saved in %s: %s", path, error)
