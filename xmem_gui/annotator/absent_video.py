"""A video that is not at hand, as its project remembers it: enough to look at masks and to export them."""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np

from xmem_gui.arrays import RgbImage
from xmem_gui.project import Project
from xmem_gui.video import FrameSource, SourceView
from xmem_gui.video.source import freeze

_GREY = 96
_RATE = 25.0


class AbsentVideo(FrameSource):
    """The frames of a video that is gone: their number, size, times and names; the pictures are grey.

    Parameters
    ----------
    project
        The open project whose video is not at hand.
    """

    def __init__(self, project: Project) -> None:
        mark, look = project.fingerprint, project.appearance
        # Not the path of another computer: whoever looks at a video's path calls it.
        path = next(iter(project.near_places), project.path.with_name(name_of(project.video_places[0])))
        height, width = project.size
        count = project.frames
        rate = look.rate if look is not None and look.rate > 0 else _rate_of(count, mark.duration)
        self._names = () if look is None else look.names
        super().__init__(
            path=path,
            name=path.name if self._names else path.stem,
            size=(width, height),
            rate=rate,
            timestamps=np.linspace(0, mark.duration, count) if count > 1 else np.zeros(count),
            warnings=(f"{path.name} is not at hand: masks can be looked at and exported, not changed.",),
        )
        self._grey = freeze(np.full((height, width, 3), _GREY, np.uint8))

    def frame(self, index: int) -> RgbImage:
        """Return a grey picture in the place of the frame's own."""
        self.check_index(index)
        return self._grey

    @property
    def named(self) -> bool:
        """Whether the frames have names of their own."""
        return bool(self._names)

    def frame_name(self, index: int) -> str:
        """Return the frame's name as the project remembers it."""
        self.check_index(index)
        return PurePath(self._names[index]).stem if self._names else super().frame_name(index)


def name_of(path: Path) -> str:
    """Return the last part of a path that may be of another system."""
    return str(path).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or "video"


def is_absent(video: FrameSource) -> bool:
    """Whether a video is not at hand, so that its pictures are not its own."""
    return isinstance(video.source if isinstance(video, SourceView) else video, AbsentVideo)


def _rate_of(frames: int, duration: float) -> float:
    return (frames - 1) / duration if frames > 1 and duration > 0 else _RATE
