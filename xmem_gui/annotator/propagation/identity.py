"""What a run into a folder is known by: all that decides its masks, and the files that it reads."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.legs import Leg
from xmem_gui.video.image_folder import list_images


@dataclass(frozen=True)
class RunIdentity:
    """What tells runs apart.

    Attributes
    ----------
    run
        A digest of the video's files (names, sizes, times), the given masks, the way, the model and its
        settings: a run goes on only where it left off the same work.
    result
        The same without times, kept in each mask: a copy of the video gives the same masks.
    newest
        When the video was last changed, in nanoseconds since 1970.
    """

    run: str
    result: str
    newest: int

    @classmethod
    def of(cls, video: Path, commits: Commits, legs: Sequence[Leg], engine: str) -> "RunIdentity":
        """Make it from a video's file or folder, what is given, where to go, and the engine's key.

        Not the folder's own time: that changes whenever anything is put into it, such as the masks.
        """
        files = list_images(video) if video.is_dir() else [video]
        facts = [(file.name, _stat(file)) for file in files]
        decides: dict[str, Any] = {
            "video": [[name, stat.st_size] for name, stat in facts],
            "masks": {str(frame): digest for frame, digest in commits.digests().items()},
            "legs": [[leg.frames.start, leg.frames.stop, leg.role] for leg in legs],
            "engine": engine,
        }
        times = [stat.st_mtime_ns for _, stat in facts]
        return cls(_digest(decides | {"times": times}), _digest(decides), max(times))


def _stat(file: Path) -> os.stat_result:
    """Return what is known of a picture; of a link that leads nowhere, of the link."""
    try:
        return file.stat()
    except OSError:
        return file.lstat()


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
