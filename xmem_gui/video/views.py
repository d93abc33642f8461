"""What stands in front of a frame source and describes itself as that does."""

from __future__ import annotations

from xmem_gui.video.display_range import DisplayRange
from xmem_gui.video.source import FrameSource


class SourceView(FrameSource):
    """A source whose frames are those of another, with all that is known of them.

    Parameters
    ----------
    source : FrameSource
        The other one.
    """

    def __init__(self, source: FrameSource) -> None:
        super().__init__(
            path=source.path,
            name=source.name,
            size=(source.width, source.height),
            rate=source.rate,
            timestamps=source.timestamps,
        )
        self._source = source
        self.warned = source.warned

    @property
    def source(self) -> FrameSource:
        """The wrapped source."""
        return self._source

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the wrapped source warns of so far."""
        return self._source.warnings

    @property
    def damaged(self) -> frozenset[int]:
        """The wrapped source's frames that cannot be had, for which another one is given."""
        return self._source.damaged

    @property
    def display_range(self) -> DisplayRange | None:
        """Which stored values the wrapped source shows as black and white."""
        return self._source.display_range

    @property
    def named(self) -> bool:
        """Whether the wrapped source's frames have names of their own."""
        return self._source.named

    def frame_name(self, index: int) -> str:
        """Return the wrapped source's name of the frame."""
        return self._source.frame_name(index)

    def group_start(self, index: int) -> int:
        """Return the first frame that has to be decoded to reach ``index``."""
        return self._source.group_start(index)

    def twin(self) -> FrameSource:
        """Return another reader of the wrapped source's frames, without a cache."""
        return self._source.twin()
