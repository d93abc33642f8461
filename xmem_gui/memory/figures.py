"""What the tiers of the memory hold, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TierSizes:
    """What the tiers hold, in tokens (one token is a 16 x 16 pixel cell of the network's input)."""

    working: int
    long_term: int
    permanent: int


@dataclass(frozen=True)
class TierFigures:
    """What one tier holds.

    Attributes
    ----------
    frames
        Frames in it; 0 for long-term memory, whose tokens stand for many.
    tokens
        Rows of the token table; 0 for sensory memory, which is one map per object.
    bytes
        Bytes of memory that the tier's tokens take.
    """

    frames: int
    tokens: int
    bytes: int
