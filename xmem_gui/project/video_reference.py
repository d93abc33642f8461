"""The source video as the project remembers it: where it was, and how to know it again."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from xmem_gui.errors import ProjectError

_LOOK_AT_MOST = 5000
MAX_FRAMES = 1 << 24
"""A video of a project has no more frames than this (a week at 25 frames a second)."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two files the same video.

    Attributes
    ----------
    width, height : int
        Frame size in pixels.
    frames : int
        Number of frames.
    duration : float
        Seconds from the first timestamp to the last.
    timestamps : str
        `timestamps_digest` of all frame times.
    bytes : int
        Size on disk (of a folder: of all its files), or -1 where it is not known.
    """

    width: int
    height: int
    frames: int
    duration: float
    timestamps: str
    bytes: int = -1

    @classmethod
    def of(cls, path: Path, *, width: int, height: int, seconds: Sequence[float]) -> Fingerprint:
        """Make the fingerprint of a video from its frame times in seconds, in presentation order."""
        duration = float(seconds[-1]) - float(seconds[0]) if len(seconds) else 0.0
        digest = timestamps_digest(seconds)
        return cls(width, height, len(seconds), duration, digest, source_bytes(path))

    def differences(self, other: Fingerprint) -> tuple[str, ...]:
        """Say in words how another video differs from this one; empty if it is the same."""
        found = []
        if (self.width, self.height) != (other.width, other.height):
            found.append(f"its frames are {other.width}x{other.height}, not {self.width}x{self.height}")
        if self.frames != other.frames:
            found.append(f"it has {other.frames} frames, not {self.frames}")
        elif self.timestamps != other.timestamps:
            found.append("its frames have other times")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class VideoReference:
    """A video and its fingerprint, worked out by whoever can read videos.

    Attributes
    ----------
    path : Path
        The video file or image folder.
    fingerprint : Fingerprint
        How to know it again.
    """

    path: Path
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Found:
    """The video is where it should be, and is the same."""

    path: Path


@dataclass(frozen=True, slots=True)
class Moved:
    """The video is not where it was, but these may be it, the likeliest first."""

    candidates: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """There is a video where it should be, but it is another one.

    ``what`` says in words how it differs.
    """

    path: Path
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The video is neither where it was nor anywhere near."""

    expected: Path


Location = Found | Moved | Changed | Missing
Probe = Callable[[Path], Fingerprint]


def timestamps_digest(seconds: Iterable[float]) -> str:
    """Return the SHA-256 of frame times, rounded to microseconds."""
    times = np.asarray(list(seconds), dtype=np.float64)
    return hashlib.sha256(np.rint(times * 1e6).astype("<i8").tobytes()).hexdigest()


def source_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder; -1 if there is none."""
    try:
        if path.is_dir():
            return sum(entry.stat().st_size for entry in path.iterdir() if entry.is_file())
        return path.stat().st_size
    except OSError:
        return -1


@dataclass(frozen=True, slots=True)
class StoredReference:
    """What the project file keeps: the path relative to the project, the last full path, the fingerprint."""

    relative: str
    absolute: str
    fingerprint: Fingerprint

    @classmethod
    def make(cls, video: VideoReference, folder: Path) -> StoredReference:
        """Store a reference relative to the project's folder (as it is, where they share no root)."""
        full = video.path.absolute()
        try:
            relative = Path(os.path.relpath(full, folder.absolute())).as_posix()
        except ValueError:
            relative = full.as_posix()
        return cls(relative, str(full), video.fingerprint)

    def to_json(self) -> str:
        """Return the text that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> StoredReference:
        """Read what `to_json` wrote.

        Raises
        ------
        ProjectError
            If the text is damaged or a value is out of its range.
        """
        try:
            value = json.loads(text)
            mark = Fingerprint(**value["fingerprint"])
            kept = cls(value["relative"], value["absolute"], mark)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ProjectError("The project's note of its video is damaged.") from None
        whole = (mark.width, mark.height, mark.frames, mark.bytes)
        fits = all(type(number) is int for number in whole) and isinstance(mark.duration, (int, float))
        texts = all(isinstance(text, str) for text in (kept.relative, kept.absolute, mark.timestamps))
        if not (
            fits and texts and math.isfinite(mark.duration) and "\0" not in kept.relative + kept.absolute
        ):
            raise ProjectError("The project's note of its video is damaged.")
        if not (0 < mark.width <= 1 << 16 and 0 < mark.height <= 1 << 16 and 0 <= mark.frames <= MAX_FRAMES):
            raise ProjectError("The project's note of its video is damaged: its size is not possible.")
        return kept

    def locate(self, folder: Path, probe: Probe | None) -> Location:
        """Look for the video: where it was relative to the project, then near there.

        A file of the same size on disk is taken to be the same; `probe` settles the other cases.
        """
        expected = Path(os.path.normpath(folder / self.relative))
        for place in dict.fromkeys((expected, Path(self.absolute))):
            if not place.exists():
                continue
            what = self._differences(place, probe)
            if not what:
                return Found(place)
            if place == expected:
                return Changed(place, what)
        candidates = tuple(self._candidates(folder))
        return Moved(candidates) if candidates else Missing(expected)

    def _differences(self, path: Path, probe: Probe | None) -> tuple[str, ...]:
        known = self.fingerprint.bytes
        size = source_bytes(path)
        if known < 0 or size == known:
            return ()
        if probe is None:
            return (f"it is {size:,} bytes long, not {known:,}",)
        return self.fingerprint.differences(probe(path))

    def _candidates(self, folder: Path) -> Iterator[Path]:
        name = Path(self.relative).name
        near = [path for path in _files_near(folder, Path(self.absolute).parent) if path.name == name]
        near.sort(key=lambda path: source_bytes(path) != self.fingerprint.bytes)
        yield from near
        if self.fingerprint.bytes > 0:
            suffix = Path(name).suffix.lower()
            for path in _files_near(folder, Path(self.absolute).parent):
                same_kind = path.name != name and path.suffix.lower() == suffix
                if same_kind and source_bytes(path) == self.fingerprint.bytes:
                    yield path


def _files_near(*folders: Path) -> Iterator[Path]:
    """Yield what lies in the folders, in those above them, and one level below: a bounded look."""
    places: dict[Path, None] = {}
    for folder in folders:
        places.update(dict.fromkeys((folder, folder.parent)))
        places.update(dict.fromkeys(path for path in _listing(folder) if path.is_dir()))
    seen: dict[Path, None] = {}
    for place in places:
        seen.update(dict.fromkeys(_listing(place)))
    yield from islice(seen, _LOOK_AT_MOST)


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(islice(folder.iterdir(), _LOOK_AT_MOST))
    except OSError:
        return []
