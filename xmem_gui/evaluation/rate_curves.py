"""How good tracking is at how many bits: a curve for each codec, and the rate that one saves over another."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from xmem_gui.errors import MediaError
from xmem_gui.evaluation.scores import replace_text

First = Literal["compressed", "clean"]
"""Whether the frame in which objects are given is decoded too, or the original."""


@dataclass(frozen=True)
class CurvePoint:
    """One codec at one quality, over all sequences.

    Attributes
    ----------
    quality
        The constant rate factor; None for frames decoded elsewhere.
    bits_per_pixel, kbit_per_second
        Of packets; ``nan`` if it is not known.
    j, f
        Mean over all objects, 0 to 100.
    sequences
        J&F, bits per pixel and kbit/s of each sequence.
    """

    quality: int | None
    bits_per_pixel: float
    kbit_per_second: float
    j: float
    f: float
    sequences: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def j_and_f(self) -> float:
        """The mean of J and F."""
        return (self.j + self.f) / 2


@dataclass(frozen=True)
class CompressionScores:
    """Curves by codec, best quality first, and what they are made of.

    Attributes
    ----------
    original
        J&F on the original frames; 100 where the reference is what was tracked on them.
    reference
        ``true masks``, or ``tracked on the original``.
    first
        Whether the first frame was decoded too.
    curves
        The points of each codec.
    encoders
        Version and options of each encoder, by its name.
    """

    original: float
    reference: str
    first: First
    curves: Mapping[str, tuple[CurvePoint, ...]]
    encoders: Mapping[str, str]

    def bd_rates(self, anchor: str = "x264") -> dict[str, float | None]:
        """Return how many per cent more bits each codec needs for the same J&F as the anchor."""
        if anchor not in self.curves:
            return {}
        return {
            codec: bd_rate(_line(self.curves[anchor]), _line(points))
            for codec, points in self.curves.items()
            if codec != anchor
        }

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "original": self.original,
            "reference": self.reference,
            "first": self.first,
            "encoders": dict(self.encoders),
            "bd_rate_against_x264": self.bd_rates(),
            "curves": {
                codec: [
                    {
                        name: _json(value)
                        for name, value in {**asdict(point), "j_and_f": point.j_and_f}.items()
                    }
                    for point in points
                ]
                for codec, points in self.curves.items()
            },
        }


def bd_rate(anchor: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> float | None:
    """Return the Bjøntegaard delta rate in per cent: how many more bits ``other`` needs for the same quality.

    The mean difference of the logarithms of the rates over the qualities that both reach, between points a
    monotone cubic curve (PCHIP), as JCT-VC's later common test conditions have it. Tracking is noisy where
    codecs are not: points that cost more than another and give less are left out.

    Parameters
    ----------
    anchor, other
        (rate, quality) of each point.

    Returns
    -------
    float or None
        None where a curve has under three points, or the two share no range of quality.

    Raises
    ------
    MediaError
        If SciPy is not there.
    """
    try:
        from scipy.interpolate import PchipInterpolator
    except ImportError:
        raise MediaError("BD-rates need SciPy: pip install 'xmem-gui[eval]'.") from None
    curves = [_rising(points) for points in (anchor, other)]
    if any(len(points) < 3 for points in curves):
        return None
    low = max(points[0][1] for points in curves)
    high = min(points[-1][1] for points in curves)
    if high <= low:
        return None
    areas = [
        PchipInterpolator([quality for _, quality in points], [np.log(rate) for rate, _ in points]).integrate(
            low, high
        )
        for points in curves
    ]
    return float(100 * np.expm1((areas[1] - areas[0]) / (high - low)))


def _line(points: Sequence[CurvePoint]) -> list[tuple[float, float]]:
    return [(point.bits_per_pixel, point.j_and_f) for point in points if point.bits_per_pixel > 0]


def _rising(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points that no cheaper one equals, by rising rate and quality."""
    found: list[tuple[float, float]] = []
    for rate, quality in sorted(points):
        if not found or quality > found[-1][1]:
            found.append((rate, quality))
    return found


def _json(value: object) -> object:
    return None if isinstance(value, float) and value != value else value


def write_compression(path: Path, scores: CompressionScores) -> None:
    """Write everything as JSON.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    replace_text(path, json.dumps(scores.as_dict(), indent=2) + "\n")
