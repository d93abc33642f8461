"""How heavily a video is compressed, and what that costs tracking."""

from __future__ import annotations

from xmem_gui.video.source import FrameSource

_LOSSES = ((0.012, 15), (0.02, 4))
"""Below so many bits a pixel, tracking lost so many points of J&F of 87, on two sequences
(docs/evaluation.md)."""


def bits_per_pixel(source: FrameSource) -> float | None:
    """Return how many bits a video file spends on a pixel, sound included; None for folders of pictures.

    A still scene needs fewer than one that moves.
    """
    try:
        if not source.path.is_file() or not len(source):
            return None
        return 8 * source.path.stat().st_size / (len(source) * source.width * source.height)
    except OSError:
        return None


def compression_sentence(source: FrameSource) -> str:
    """Say what heavy compression costs, for people; empty where it does not."""
    found = bits_per_pixel(source)
    loss = next((points for bits, points in _LOSSES if found is not None and found < bits), 0)
    if not loss:
        return ""
    return (
        f"{source.path.name} is heavily compressed ({found:.3f} bits per pixel). At such rates tracking "
        f"lost about {loss} points of J&F in our tests; use a better copy if you have one."
    )
