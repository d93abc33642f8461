"""Videos and folders of frames as importers see them, and files matched to them."""

from collections.abc import Sequence
from typing import Any

from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.matching import Matching, match_frames


def video(count: int, name: str = "clip", first_number: int | None = None) -> ImportTarget:
    return ImportTarget((4, 6), tuple(f"{i:05d}" for i in range(count)), name, first_number=first_number)


def folder(names: Sequence[str], first_number: int | None = None) -> ImportTarget:
    return ImportTarget((4, 6), tuple(names), "seq", named=True, first_number=first_number)


def matched(stems: Sequence[str], target: ImportTarget, *rest: Any, **more: Any) -> Matching:
    found = match_frames(stems, target, *rest, **more)
    assert len(set(found.frames.values())) == len(found.frames)
    return found


def answers(found: Matching) -> dict[int, int]:
    """Return how many files have a frame, by first number."""
    assert found.question is not None
    return {one.first_number: one.frames for one in found.question.answers}
