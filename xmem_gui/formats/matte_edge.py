"""What a matte's edge is like, as a value; `annotator.soft_matte` makes it."""

from dataclasses import dataclass

from xmem_gui.errors import OutputError

MOST_FEATHER, MOST_CHOKE, MOST_REFINE = 64.0, 32.0, 32.0
"""The largest of each, in pixels of the video."""


@dataclass(frozen=True)
class MatteEdge:
    """How the edge of a matte is made of a mask, in this order: refined, choked, feathered.

    Attributes
    ----------
    feather
        Over how many pixels the matte goes from 10 to 90 %, 0 to 64.
    choke
        By how many pixels it is narrower, 0 to 32; negative, to -32, for wider.
    refine
        How far from the mask's border the edge may follow hair and blur in the picture, 0 to 32 pixels;
        below 1 it does not.

    Raises
    ------
    OutputError
        If one of them is out of its range.
    """

    feather: float = 0.0
    choke: float = 0.0
    refine: float = 0.0

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("Feather", self.feather, 0, MOST_FEATHER),
            ("Choke", self.choke, -MOST_CHOKE, MOST_CHOKE),
            ("Refine", self.refine, 0, MOST_REFINE),
        ):
            if not least <= value <= most:
                raise OutputError(f"{name} is {value:g} pixels: choose {least:g} to {most:g}.")

    @property
    def is_plain(self) -> bool:
        """Whether the matte stays as it is."""
        return self == AS_IT_IS

    @property
    def follows_picture(self) -> bool:
        """Whether the picture is needed."""
        return self.refine >= 1


AS_IT_IS = MatteEdge()
"""The edge that a mask, or its probabilities, have without anything done to it."""
