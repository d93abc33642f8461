"""How far tracking survives compression: J&F on decoded frames against bits."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Sequence as Ordered
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np

from xmem_gui.errors import MediaError
from xmem_gui.evaluation.codecs import ENCODERS, Encoder, WithFirst, decoded_elsewhere, encoded
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.protocols import VosProtocol
from xmem_gui.evaluation.scores import SequenceScores, VosScores, replace_text
from xmem_gui.evaluation.segmenting import EngineSegment
from xmem_gui.evaluation.views import View
from xmem_gui.evaluation.vos import VosProgress, segment_and_score
from xmem_gui.video import FrameSource, ImageFolder

First = Literal["compressed", "clean"]
"""Whether the frame in which objects are given is decoded too, or the original."""
ORIGINAL = "original"


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


def bd_rate(anchor: Ordered[tuple[float, float]], other: Ordered[tuple[float, float]]) -> float | None:
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


def evaluate_compression(
    root: Path,
    views: Ordered[View],
    *,
    protocol: VosProtocol,
    out: Path,
    encoders: Mapping[str, Ordered[int]],
    decoded: Mapping[str, Path] | None = None,
    sequences: Collection[str] | None = None,
    rate: Fraction = Fraction(24),
    first: First = "compressed",
    settings: Mapping[str, object] | None = None,
    progress: VosProgress | None = None,
) -> CompressionScores:
    """Encode each sequence whole, track on what a decoder gives, and score that against bits.

    Parameters
    ----------
    root, protocol, sequences
        As `evaluate_vos`. Without true masks, the reference is what is tracked on the original frames.
    views
        The engines that track, one for each view that is averaged.
    out
        Folder for the masks, a folder a codec and quality; what is finished there is not run again.
    encoders
        Qualities by the names of `ENCODERS`.
    decoded
        Folders of pictures that other codecs gave, ``SEQUENCE/FRAME.png``, by name; a ``bytes.json`` in it
        may say how many bytes each sequence took.
    rate
        Frames per second, a positive number.
    first
        Whether the first frame is decoded too.
    settings
        Whatever changes the masks, in JSON values.
    progress
        Is told of every frame.

    Raises
    ------
    MediaError, MaskError, OutputError
        If the data set cannot be read, an encoder is missing, or results cannot be written.
    """
    run = _Run(
        tuple(protocol.find(root, sequences)), tuple(views), out, rate, first, dict(settings or {}), progress
    )
    original = run.original()
    curves = {
        name: tuple(run.encoder(ENCODERS[name], quality) for quality in qualities)
        for name, qualities in encoders.items()
    }
    curves |= {name: (run.elsewhere(name, folder),) for name, folder in (decoded or {}).items()}
    return CompressionScores(original, run.reference, first, curves, run.versions)


class _Run:
    """One evaluation on its way."""

    def __init__(
        self, sequences: tuple[Sequence, ...], views: tuple[View, ...], out: Path, rate: Fraction,
        first: First, settings: dict[str, object], progress: VosProgress | None,
    ) -> None:  # fmt: skip
        self._sequences, self._views, self._out, self._rate, self._first = sequences, views, out, rate, first
        self._settings, self._progress = settings, progress
        self._true = all(sequence.scorable for sequence in sequences)
        self.reference = "true masks" if self._true else "tracked on the original"
        self.versions: dict[str, str] = {}

    def original(self) -> float:
        """Track on the original frames; return J&F there."""
        scores = {
            sequence.name: self._score(sequence, ORIGINAL, None, self._settings)
            for sequence in self._sequences
        }
        if not self._true:
            self._sequences = tuple(self._as_tracked(sequence) for sequence in self._sequences)
            return 100.0
        return VosScores(scores).j_and_f

    def encoder(self, encoder: Encoder, quality: int) -> CurvePoint:
        """Return the point of an encoder at a quality."""
        name = f"{encoder.name}-{quality}"
        options = {
            **dict(encoder.options),
            "crf": quality,
            "rate": str(self._rate),
            "library": encoder.library,
        }

        @contextmanager
        def frames(clip: FrameSource) -> Iterator[tuple[FrameSource, int]]:
            with encoded(clip, encoder, quality, self._rate) as found:
                options_text = " ".join(f"{key}={value}" for key, value in encoder.options)
                self.versions[encoder.name] = f"{found.version or encoder.library}, {options_text}"
                yield found.frames, found.bits

        return self._point(name, quality, frames, {**self._settings, **options})

    def elsewhere(self, name: str, folder: Path) -> CurvePoint:
        """Return the point of frames that were decoded elsewhere."""
        sizes = _sizes(folder)

        @contextmanager
        def frames(clip: FrameSource) -> Iterator[tuple[FrameSource, int]]:
            with decoded_elsewhere(folder / clip.name, clip) as found:
                yield found, 8 * sizes.get(clip.name, -1)

        return self._point(name, None, frames, {**self._settings, "decoded": str(folder)})

    def _point(
        self,
        name: str,
        quality: int | None,
        frames: Callable[[FrameSource], Any],
        settings: dict[str, object],
    ) -> CurvePoint:
        scores, bits, pixels, seconds = {}, {}, {}, {}
        for sequence in self._sequences:
            clip = ImageFolder(sequence.images[0].parent)
            with frames(clip) as (decoded, count):
                shown = WithFirst(clip, decoded) if self._first == "clean" else decoded
                scores[sequence.name] = self._score(
                    sequence, name, shown, {**settings, "first": self._first, "bits": count}
                )
            bits[sequence.name] = count if count >= 0 else np.nan
            pixels[sequence.name] = len(clip) * clip.width * clip.height
            seconds[sequence.name] = len(clip) / float(self._rate)
        together = VosScores(scores)
        each = {
            key: (one.j_and_f, bits[key] / pixels[key], bits[key] / seconds[key] / 1000)
            for key, one in scores.items()
        }
        total = float(sum(bits.values()))
        return CurvePoint(
            quality=quality,
            bits_per_pixel=total / sum(pixels.values()),
            kbit_per_second=total / sum(seconds.values()) / 1000,
            j=together.j,
            f=together.f,
            sequences=each,
        )

    def _score(
        self, sequence: Sequence, name: str, frames: FrameSource | None, settings: dict[str, object]
    ) -> SequenceScores:
        segment = EngineSegment(*self._views, open_frames=None if frames is None else lambda _: frames)
        return segment_and_score(
            sequence, segment, self._out / name / sequence.name, settings=settings, progress=self._progress
        )

    def _as_tracked(self, sequence: Sequence) -> Sequence:
        """Return a sequence whose truth is what was tracked on its original frames."""
        folder = self._out / ORIGINAL / sequence.name
        start = min(sequence.given_masks())
        truths = {
            frame: folder / sequence.mask_names[frame] for frame in sequence.saved_frames if frame >= start
        }
        return replace(sequence, truths=truths, spans=None)


def _sizes(folder: Path) -> dict[str, int]:
    path = folder / "bytes.json"
    if not path.is_file():
        return {}
    try:
        return {str(name): int(value) for name, value in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise MediaError(f"'{path}' should say how many bytes each sequence took.") from error


def _line(points: Ordered[CurvePoint]) -> list[tuple[float, float]]:
    return [(point.bits_per_pixel, point.j_and_f) for point in points if point.bits_per_pixel > 0]


def _rising(points: Ordered[tuple[float, float]]) -> list[tuple[float, float]]:
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
