"""The source video as the project remembers it: where it was, and how to know it again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from xmem_gui.errors import ProjectError
from xmem_gui.project import door
from xmem_gui.project.appearance import Appearance
from xmem_gui.project.paths import files_near, host_of, is_at_hand

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
    def of(
        cls, path: Path, *, width: int, height: int, seconds: Sequence[float], with_bytes: bool = True
    ) -> Fingerprint:
        """Make the fingerprint of a video from its frame times in seconds, in presentation order.

        The bytes of a large folder take long, for every file is asked: they can be left out.
        """
        duration = float(seconds[-1]) - float(seconds[0]) if len(seconds) else 0.0
        size = source_bytes(path) if with_bytes else -1
        return cls(width, height, len(seconds), duration, timestamps_digest(seconds), size)


@dataclass(frozen=True, slots=True)
class VideoReference:
    """A video and its fingerprint, worked out by whoever can read videos.

    Attributes
    ----------
    path : Path
        The video file or image folder.
    fingerprint : Fingerprint
        How to know it again.
    appearance : Appearance or None
        What it looks like.
    """

    path: Path
    fingerprint: Fingerprint
    appearance: Appearance | None = None

    def plain(self) -> VideoReference:
        """Return the same in values that a project can keep.

        Raises
        ------
        ProjectError
            If it has others.
        """
        mark = self.fingerprint
        known = Fingerprint(
            door.whole(mark.width, "width"),
            door.whole(mark.height, "height"),
            door.whole(mark.frames, "number of frames"),
            door.real(mark.duration, "duration"),
            door.text(mark.timestamps, "digest"),
            door.whole(mark.bytes, "size in bytes"),
        )
        return VideoReference(door.place(self.path), known, self.appearance)


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
    """There is something where it should be, but not that video.

    ``what`` says in words how it differs, or why it cannot be opened.
    """

    path: Path
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The video is neither where it was nor anywhere near."""

    expected: Path


@dataclass(frozen=True, slots=True)
class Remote:
    """The video is said to be on another computer, which is not asked unless a person agrees."""

    path: Path
    host: str


Location = Found | Moved | Changed | Missing | Remote
Probe = Callable[[Path], tuple[str, ...]]
"""Says how a video differs from the one that was; nothing if it is the same."""


def timestamps_digest(seconds: Iterable[float]) -> str:
    """Return the SHA-256 of frame times, rounded to microseconds."""
    times = np.fromiter(seconds, dtype=np.float64)
    return hashlib.sha256(np.rint(times * 1e6).astype("<i8").tobytes()).hexdigest()


def source_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder; -1 if there is none."""
    try:
        if path.is_dir():
            return sum(entry.stat().st_size for entry in path.iterdir() if entry.is_file())
        return path.stat().st_size
    except (OSError, ValueError):
        return -1


@dataclass(frozen=True, slots=True)
class StoredReference:
    """What the project file keeps: the path relative to the project, the last full path, the fingerprint."""

    relative: str
    absolute: str
    fingerprint: Fingerprint

    @classmethod
    def make(cls, video: VideoReference, folder: Path) -> StoredReference:
        """Store a reference relative to the project's folder; as it is, where they share no root or host."""
        full, folder = video.path.absolute(), folder.absolute()
        relative = full.as_posix()
        if host_of(str(full)) == host_of(str(folder)):
            with contextlib.suppress(ValueError):
                relative = Path(os.path.relpath(full, folder)).as_posix()
        return cls(relative, str(full), video.fingerprint)

    def seen_from(self, folder: Path, new: Path, video: Path | None = None) -> StoredReference:
        """Return the same reference for a project in another folder.

        Parameters
        ----------
        folder, new
            Where the project is, and where it shall be.
        video
            Where the video is; None for where it is expected.
        """
        if video is None:
            ours = (place for place in self.places(folder) if self.host(place, folder) is None)
            video = next((place for place in ours if is_at_hand(place)), Path(self.absolute))
        return StoredReference.make(VideoReference(video, self.fingerprint), new)

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

    def places(self, folder: Path) -> tuple[Path, ...]:
        """Return where the video was: relative to the project's folder, and by its full path."""
        expected = Path(os.path.normpath(folder / self.relative))
        return tuple(dict.fromkeys((expected, Path(self.absolute))))

    def host(self, place: Path, folder: Path) -> str | None:
        """Return the other computer that one of `places` points to; None if it is the project's own."""
        given = self.absolute if place == Path(self.absolute) else self.relative
        host = host_of(given) or host_of(str(place))
        return None if host == host_of(str(folder)) else host

    def locate(self, folder: Path, probe: Probe | None, hosts: Collection[str] = ()) -> Location:
        """Look for the video: where it was relative to the project, where it was, then near there.

        Parameters
        ----------
        folder : Path
            The folder that the project file is in.
        probe : callable or None
            Compares a video with this one; None takes what is there for it.
        hosts : collection of str
            Other computers that may be asked.
        """
        places = self.places(folder)
        changed: Changed | None = None
        remote: Remote | None = None
        for place in places:
            host = self.host(place, folder)
            if host is not None and host not in hosts:
                said = next((one for one in (self.relative, self.absolute) if host_of(one) == host), place)
                remote = remote or Remote(Path(said), host)
            elif is_at_hand(place):
                what = () if probe is None else probe(place)
                if not what:
                    return Found(place)
                changed = changed or Changed(place, what)
        if changed is not None:
            return changed
        if remote is not None:
            return remote
        candidates = tuple(self._candidates(folder))
        return Moved(candidates) if candidates else Missing(places[0])

    def _candidates(self, folder: Path) -> Iterator[Path]:
        """Yield what may be it, the likeliest first: of its name, then of its size on disk."""
        name = Path(self.relative).name
        folders = [folder]
        if host_of(self.absolute) in (None, host_of(str(folder))):
            folders.append(Path(self.absolute).parent)
        near = list(files_near(*folders))
        named = [path for path in near if path.name == name and is_at_hand(path)]
        yield from sorted(named, key=lambda path: source_bytes(path) != self.fingerprint.bytes)
        if self.fingerprint.bytes > 0:
            suffix = Path(name).suffix.lower()
            for path in near:
                same_kind = path.name != name and path.suffix.lower() == suffix
                if same_kind and source_bytes(path) == self.fingerprint.bytes:
                    yield path
