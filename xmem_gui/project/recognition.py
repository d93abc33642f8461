"""Whether a video is the one that a project was made for: by its frames, not by its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xmem_gui.project.appearance import Appearance, Sample
from xmem_gui.project.moves import Moves
from xmem_gui.project.video_reference import Fingerprint

ALIKE_CELL = 5.0
"""Decoders, and conversions to RGB, differ by less in the mean of a cell (0 to 255)."""
_OTHER = 8.0
"""Frames whose cells differ by more in the mean show something else."""
_LEAST_SECONDS = 0.0015
"""Matroska and FLV round times to a thousandth of a second."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a video compares with the one that a project was made for.

    Attributes
    ----------
    what : tuple of str
        How it differs, in words; empty if it is the same video.
    fits : bool
        Whether the project's masks have its size, so that it can be taken in the other's place.
    moves : Moves or None
        Where the pictures of a folder have gone, if any has.
    pairs : tuple of (Sample, Sample)
        Frames as they are remembered and as this video shows them, the most different first.
    """

    what: tuple[str, ...]
    fits: bool = True
    moves: Moves | None = None
    pairs: tuple[tuple[Sample, Sample], ...] = ()

    @property
    def same(self) -> bool:
        """Whether it is the same video."""
        return not self.what


def compare(
    known: Fingerprint,
    remembered: Appearance | None,
    found: Fingerprint,
    seen: Appearance,
    *,
    moves: Moves | None = None,
) -> Comparison:
    """Compare a video with what is known of the one that was.

    Parameters
    ----------
    known, remembered
        What the project knows; older projects remember no appearance.
    found, seen
        The video at hand; its samples are those of the remembered frames, at their new places, as far as it
        has them.
    moves
        Where the pictures of a folder have gone by their names; None if they are as they were, or if it is
        no folder.
    """
    if (known.width, known.height) != (found.width, found.height):
        size = f"its frames are {found.width}x{found.height}, not {known.width}x{known.height}"
        return Comparison((size,), fits=False)
    pairs = _pairs(remembered, seen, moves)
    what = list(_of_frames(known, remembered, found, seen, moves))
    what += _of_pictures(pairs)
    pairs.sort(key=lambda pair: -pair[0].unlikeness(pair[1])[1])
    return Comparison(tuple(what), moves=moves, pairs=tuple(pairs))


def _of_frames(
    known: Fingerprint,
    remembered: Appearance | None,
    found: Fingerprint,
    seen: Appearance,
    moves: Moves | None,
) -> tuple[str, ...]:
    if moves is not None:
        return moves.words
    if known.frames != found.frames:
        return (f"it has {found.frames:,} frames, not {known.frames:,}",)
    names = () if remembered is None else remembered.names
    if names and seen.names and names != seen.names:
        return ("its pictures have other names",)
    if names and seen.names:
        return ()  # pictures have no times of their own
    if not _times_agree(known, remembered, found, seen):
        return ("its frames have other times",)
    if remembered is None and known.bytes >= 0 and known.bytes != found.bytes:
        return ("its file is another, and the project, of an earlier version, remembers no pictures",)
    return ()


def _times_agree(
    known: Fingerprint, remembered: Appearance | None, found: Fingerprint, seen: Appearance
) -> bool:
    """Whether frames are shown at the same times, as far as containers keep them."""
    if known.timestamps == found.timestamps:
        return True
    if remembered is None:
        return known.bytes == found.bytes
    if len(remembered.times) != len(seen.times):
        return False
    gap = known.duration / max(known.frames - 1, 1)
    slack = max(_LEAST_SECONDS, gap / 10)
    return all(abs(a - b) <= slack for a, b in zip(remembered.times, seen.times, strict=True))


def _pairs(
    remembered: Appearance | None, seen: Appearance, moves: Moves | None
) -> list[tuple[Sample, Sample]]:
    at = {one.frame: one for one in seen.samples}
    found = []
    for sample in () if remembered is None else remembered.samples:
        other = at.get(sample.frame if moves is None else moves.to[sample.frame])
        if other is not None:
            found.append((sample, other))
    return found


def _of_pictures(pairs: Sequence[tuple[Sample, Sample]]) -> list[str]:
    differ = [one.unlikeness(other) for one, other in pairs]
    unlike = [mean for peak, mean in differ if peak > ALIKE_CELL]
    if not unlike:
        return []
    if max(unlike) > _OTHER:
        return ["it shows other pictures"]
    return ["its pictures are not quite the same"]
