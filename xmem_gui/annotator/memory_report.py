"""What the memory holds, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.tracker import TrackerFacts

if TYPE_CHECKING:
    from xmem_gui.memory import TierFigures

TierName = Literal["sensory", "working", "long_term", "permanent"]


@dataclass(frozen=True)
class TierReport:
    """One tier.

    Attributes
    ----------
    name
        The tier: ``sensory``, ``working``, ``long_term`` or ``permanent``.
    frames
        Frames in it; 0 for long-term memory, whose tokens stand for many.
    tokens
        Places of 16 x 16 pixels that it knows; 0 for sensory memory, which is a map per object.
    limit
        The most frames (working memory) or tokens (long-term memory) that it takes, or None.
    bytes
        What it takes on the device, to the byte.
    """

    name: TierName
    frames: int
    tokens: int
    limit: int | None
    bytes: int


@dataclass(frozen=True)
class PermanentFrame:
    """A committed frame.

    Attributes
    ----------
    frame
        The 0-based frame number.
    objects
        Ids of the objects that have a committed mask on this frame.
    in_memory
        Whether its features are in permanent memory already; they are made by the next propagation.
    """

    frame: int
    objects: tuple[int, ...]
    in_memory: bool


@dataclass(frozen=True)
class MemoryReport:
    """The four tiers and what surrounds them.

    Attributes
    ----------
    tiers
        The four tiers, in the order sensory, working, long-term, permanent.
    permanent_frames
        The committed frames, in order.
    device
        Such as ``cpu``, ``cuda`` or ``cuda on gpu-server``; empty while there is no engine.
    free, total
        Bytes of device memory; None where the device does not say.
    """

    tiers: tuple[TierReport, ...]
    permanent_frames: tuple[PermanentFrame, ...]
    device: str
    free: int | None
    total: int | None

    @property
    def bytes(self) -> int:
        """Bytes of all tiers."""
        return sum(tier.bytes for tier in self.tiers)


def make_report(facts: TrackerFacts | None, commits: Commits, in_memory: Mapping[int, str]) -> MemoryReport:
    """Put a report together.

    Parameters
    ----------
    facts
        Of the engine, if there is one.
    commits
        The committed masks, as the document has them now.
    in_memory
        Digests of the frames in permanent memory.
    """
    figures = {} if facts is None else facts.figures
    most = {}
    if facts is not None:
        permanent_frames = figures["permanent"].frames if "permanent" in figures else 0
        most["working"] = facts.limits.working_limits(permanent_frames)[0]
        if facts.limits.long_term:
            most["long_term"] = facts.limits.max_long_term_tokens
    names: tuple[TierName, ...] = ("sensory", "working", "long_term", "permanent")
    tiers = tuple(_tier(name, figures.get(name), most.get(name)) for name in names)
    permanent = tuple(
        PermanentFrame(frame, commits.objects_on(frame), in_memory.get(frame) == digest)
        for frame, digest in commits.digests().items()
    )
    if facts is None:
        return MemoryReport(tiers, permanent, "", None, None)
    return MemoryReport(tiers, permanent, facts.device, facts.free, facts.total)


def _tier(name: TierName, found: TierFigures | None, limit: int | None) -> TierReport:
    if found is None:
        return TierReport(name, 0, 0, limit, 0)
    return TierReport(name, found.frames, found.tokens, limit, found.bytes)
