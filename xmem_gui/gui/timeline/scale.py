"""Which frames of a video are seen at which pixels of the timeline; values only, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

CLOSEST = 96.0
"""Pixels of one frame at the closest zoom."""
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Scale:
    """The part of a video that is seen, and where.

    Frame ``f`` takes up the pixels from ``x_of(f)`` to ``x_of(f + 1)``.

    Attributes
    ----------
    frames
        How many the video has; 0 for no video.
    width
        Width of the timeline in pixels.
    first
        What is at the left edge, in frames, not necessarily whole.
    visible
        How many frames fit, not necessarily whole.
    """

    frames: int
    width: float
    first: float = 0.0
    visible: float = 1.0

    @classmethod
    def fit(cls, frames: int, width: float) -> Scale:
        """Return the scale that shows the whole video."""
        return cls(frames, max(width, 1.0), 0.0, float(max(frames, 1)))

    @property
    def pixels(self) -> float:
        """Pixels of one frame."""
        return self.width / self.visible

    @property
    def shows_all(self) -> bool:
        """Whether the whole video is seen."""
        return self.visible >= self.frames

    def x_of(self, frame: float) -> float:
        """Return where a frame begins."""
        return (frame - self.first) * self.pixels

    def centre_of(self, frame: int) -> float:
        """Return the middle of a frame, where its playhead stands."""
        return self.x_of(frame + 0.5)

    def frame_at(self, x: float) -> int:
        """Return the frame at a pixel; beyond the ends the first or the last."""
        # Without the rounding, x_of and this would not be inverses at large zooms.
        return max(0, min(math.floor(round(self.first + x / self.pixels, 6)), self.frames - 1))

    def seen(self) -> range:
        """Return the frames of which at least a part is seen."""
        start = max(0, math.floor(self.first))
        return range(start, max(start, min(self.frames, math.ceil(self.first + self.visible))))

    def resized(self, width: float) -> Scale:
        """Return the scale of a wider or narrower widget, which shows the same frames."""
        return replace(self, width=max(width, 1.0))._within()

    def zoomed(self, factor: float, x: float) -> Scale:
        """Return the scale closer (above 1) or further away, with the frame at ``x`` where it was."""
        under = self.first + x / self.pixels
        visible = self._limited(self.visible / factor)
        return replace(self, first=under - x * visible / self.width, visible=visible)._within()

    def moved(self, pixels: float) -> Scale:
        """Return the scale with the video so far to the left."""
        return replace(self, first=self.first + pixels / self.pixels)._within()

    def showing(self, frame: int) -> Scale:
        """Return the scale moved by pages until it shows a frame; itself if it does."""
        if self.first <= frame and frame + 1 <= self.first + self.visible:
            return self
        ahead = frame >= self.first
        margin = max(0.0, min(0.1 * self.visible, (self.visible - 1) / 2))
        first = frame - margin if ahead else frame + 1 - self.visible + margin
        return replace(self, first=first)._within()

    def tick_step(self, room: float) -> int:
        """Return after how many frames a labelled tick stands: 1, 2 or 5 times a power of ten."""
        least = room / self.pixels
        power: int = 10 ** max(0, math.floor(math.log10(max(least, 1.0))))
        return next((step * power for step in _STEPS if step * power >= least), 10 * power)

    def _limited(self, visible: float) -> float:
        return max(min(self.width / CLOSEST, float(max(self.frames, 1))), min(visible, max(self.frames, 1)))

    def _within(self) -> Scale:
        visible = self._limited(self.visible)
        return replace(self, visible=visible, first=max(0.0, min(self.first, self.frames - visible)))
