"""How far tracking survives compression: every sequence is encoded, decoded, tracked and scored."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Sequence as Ordered
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from xmem_gui.errors import MediaError
from xmem_gui.evaluation.codecs import ENCODERS, Encoder, WithFirst, decoded_elsewhere, encoded
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.protocols import VosProtocol
from xmem_gui.evaluation.rate_curves import CompressionScores, CurvePoint, First
from xmem_gui.evaluation.scores import SequenceScores, VosScores
from xmem_gui.evaluation.segmenting import EngineSegment
from xmem_gui.evaluation.spreading import SequenceTell, Spread
from xmem_gui.evaluation.views import View
from xmem_gui.evaluation.vos import VosProgress, segment_and_score, spread_out
from xmem_gui.video import FrameSource, ImageFolder

ORIGINAL = "original"
"""Name of the folder for masks of frames that no codec has seen."""


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
    spread: Spread | None = None,
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
    spread
        Gives sequences to other processes; the views have to be such as can be pickled, and the folders the
        same for all.

    Raises
    ------
    MediaError, MaskError, OutputError
        If the data set cannot be read, an encoder is missing, or results cannot be written.
    """
    scoring = _Scoring(tuple(views), out.absolute(), first, dict(settings or {}))
    run = _Run(tuple(protocol.find(root, sequences)), scoring, rate, progress, spread)
    original = run.original()
    curves = {
        name: tuple(run.encoder(ENCODERS[name], quality) for quality in qualities)
        for name, qualities in encoders.items()
    }
    curves |= {name: (run.elsewhere(name, folder),) for name, folder in (decoded or {}).items()}
    return CompressionScores(original, run.reference, first, curves, run.versions)


@dataclass(frozen=True)
class _Clip:
    """What a codec made of a sequence: how its frames are had, and what the masks depend on.

    Attributes
    ----------
    folder
        The name of the folder for the masks.
    settings
        The settings that produced it, in values that JSON has.
    encoder, quality, rate
        What encodes the clip; None where it was decoded elsewhere.
    decoded, sizes
        The folder of what was decoded elsewhere, and the bytes of each sequence as far as they are known.
    """

    folder: str
    settings: Mapping[str, object] = field(default_factory=dict)
    encoder: Encoder | None = None
    quality: int = 0
    rate: Fraction = Fraction(24)
    decoded: Path = Path()
    sizes: Mapping[str, int] = field(default_factory=dict)

    @contextmanager
    def frames(self, clip: FrameSource) -> Iterator[tuple[FrameSource, int, str]]:
        """Have the decoded frames, their bits (negative if not known) and the encoder's version."""
        if self.encoder is None:
            with decoded_elsewhere(self.decoded / clip.name, clip) as found:
                yield found, 8 * self.sizes.get(clip.name, -1), ""
            return
        with encoded(clip, self.encoder, self.quality, self.rate) as made:
            options = " ".join(f"{key}={value}" for key, value in self.encoder.options)
            yield made.frames, made.bits, f"{made.version or self.encoder.library}, {options}"


@dataclass(frozen=True)
class _Scored:
    """A sequence after a codec: its scores, bits, size and version."""

    scores: SequenceScores
    bits: int = -1
    pixels: int = 0
    frames: int = 0
    version: str = ""


@dataclass(frozen=True)
class _Scoring:
    """Tracks a sequence and scores it; it can be pickled if the views can."""

    views: tuple[View, ...]
    out: Path
    first: First
    settings: Mapping[str, object]

    def original(self, sequence: Sequence, progress: VosProgress | None) -> _Scored:
        """Track on the original frames."""
        return _Scored(self._score(sequence, ORIGINAL, None, self.settings, progress))

    def decoded(self, sequence: Sequence, progress: VosProgress | None, *, clip: _Clip) -> _Scored:
        """Track on decoded frames."""
        source = ImageFolder(sequence.images[0].parent)
        with clip.frames(source) as (found, bits, version):
            shown = WithFirst(source, found) if self.first == "clean" else found
            settings = {**self.settings, **clip.settings, "first": self.first, "bits": bits}
            scores = self._score(sequence, clip.folder, shown, settings, progress)
        return _Scored(scores, bits, len(source) * source.width * source.height, len(source), version)

    def _score(
        self,
        sequence: Sequence,
        name: str,
        frames: FrameSource | None,
        settings: Mapping[str, object],
        progress: VosProgress | None,
    ) -> SequenceScores:
        segment = EngineSegment(*self.views, open_frames=None if frames is None else lambda _: frames)
        return segment_and_score(
            sequence, segment, self.out / name / sequence.name, settings=settings, progress=progress
        )


def _telling(sequence: Sequence, tell: SequenceTell, *, work: Callable[..., _Scored]) -> _Scored:
    """Do the work on a sequence in a process of its own."""
    return work(sequence, lambda step: tell(step.frames, step.total))


class _Run:
    """One evaluation on its way."""

    def __init__(
        self, sequences: tuple[Sequence, ...], scoring: _Scoring, rate: Fraction,
        progress: VosProgress | None, spread: Spread | None,
    ) -> None:  # fmt: skip
        self._sequences, self._scoring, self._rate = sequences, scoring, rate
        self._progress, self._spread = progress, spread
        self._true = all(sequence.scorable for sequence in sequences)
        self.reference = "true masks" if self._true else "tracked on the original"
        self.versions: dict[str, str] = {}

    def original(self) -> float:
        """Track on the original frames; return J&F there."""
        found = self._all(self._scoring.original)
        if not self._true:
            self._sequences = tuple(self._as_tracked(sequence) for sequence in self._sequences)
            return 100.0
        return VosScores({name: one.scores for name, one in found.items()}).j_and_f

    def encoder(self, encoder: Encoder, quality: int) -> CurvePoint:
        """Return the point of an encoder at a quality."""
        options = {
            **dict(encoder.options),
            "crf": quality,
            "rate": str(self._rate),
            "library": encoder.library,
        }
        clip = _Clip(f"{encoder.name}-{quality}", options, encoder, quality, self._rate)
        point, versions = self._point(quality, clip)
        self.versions.update((encoder.name, version) for version in versions)
        return point

    def elsewhere(self, name: str, folder: Path) -> CurvePoint:
        """Return the point of frames that were decoded elsewhere."""
        settings = {"decoded": str(folder)}
        clip = _Clip(name, settings, decoded=folder.absolute(), sizes=_sizes(folder))
        return self._point(None, clip)[0]

    def _point(self, quality: int | None, clip: _Clip) -> tuple[CurvePoint, list[str]]:
        """Return the point of a codec, and what the encoders of its clips are."""
        found = self._all(partial(self._scoring.decoded, clip=clip))
        bits = {name: one.bits if one.bits >= 0 else np.nan for name, one in found.items()}
        seconds = {name: one.frames / float(self._rate) for name, one in found.items()}
        together = VosScores({name: one.scores for name, one in found.items()})
        each = {
            name: (one.scores.j_and_f, bits[name] / one.pixels, bits[name] / seconds[name] / 1000)
            for name, one in found.items()
        }
        total = float(sum(bits.values()))
        point = CurvePoint(
            quality=quality,
            bits_per_pixel=total / sum(one.pixels for one in found.values()),
            kbit_per_second=total / sum(seconds.values()) / 1000,
            j=together.j,
            f=together.f,
            sequences=each,
        )
        return point, [one.version for one in found.values()]

    def _all(self, work: Callable[[Sequence, VosProgress | None], _Scored]) -> dict[str, _Scored]:
        """Do the work on every sequence, here or spread."""
        if self._spread is None:
            return {sequence.name: work(sequence, self._progress) for sequence in self._sequences}
        return spread_out(self._sequences, self._spread, partial(_telling, work=work), self._progress)

    def _as_tracked(self, sequence: Sequence) -> Sequence:
        """Return a sequence whose truth is what was tracked on its original frames."""
        folder = self._scoring.out / ORIGINAL / sequence.name
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
