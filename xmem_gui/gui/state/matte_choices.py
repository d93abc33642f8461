"""What the edges of soft mattes are like, as it is chosen on the canvas and in the export dialog."""

from __future__ import annotations

from dataclasses import dataclass

from xmem_gui.settings import Settings, setting

BACKDROPS = (("Checkerboard", ""), ("Green", "#00b140"), ("Black", "#000000"), ("White", "#ffffff"))
"""What may be behind cut-outs and mattes: its name in English, and its colour; "" for the checkerboard."""


@dataclass(frozen=True)
class MatteChoices(Settings):
    """The edge of soft mattes: the same for the view and for exports."""

    feather: float = setting(
        "Feather", "Over how many pixels the edge fades.",
        unit="pixels", default=0.0, ge=0.0, le=64.0,
    )  # fmt: skip
    choke: float = setting(
        "Choke", "By how many pixels the matte is narrower than the mask; below 0, it is wider.",
        unit="pixels", default=0.0, ge=-32.0, le=32.0,
    )  # fmt: skip
    refine: float = setting(
        "Refine", "How far from the outline the edge may follow hair and blur in the picture.",
        unit="pixels", default=0.0, ge=0.0, le=32.0,
    )  # fmt: skip

    @property
    def edge(self) -> tuple[float, float, float]:
        """Feather, choke and refine."""
        return self.feather, self.choke, self.refine
