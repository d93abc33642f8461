"""The engine as a method under test: given masks as they appear, every frame once, forwards."""

import time
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Ordered
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.arrays import Mask, RgbImage
from xmem_gui.device import device_name, peak_memory, wait_for
from xmem_gui.errors import MediaError
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.scores import SequenceTiming, VosScores
from xmem_gui.formats.davis import write_index_mask
from xmem_gui.propagation import Engine, FrameResult
from xmem_gui.propagation.geometry import Geometry
from xmem_gui.video import CachedSource, FrameSource, ImageFolder

Masks = Mapping[int, Mask]


class View(Protocol):
    """One way to look at a clip: an engine, or one that sees it mirrored."""

    @property
    def engine(self) -> Engine:
        """What computes."""
        ...

    def start_anew(self) -> None:
        """Forget everything."""
        ...

    def step(self, frame: int, image: NDArray[np.uint8], masks: Masks | None, *, last: bool) -> FrameResult:
        """Segment a frame."""
        ...


class Upright:
    """An engine as it is.

    Parameters
    ----------
    engine
        The engine that follows the objects, one step a frame.
    permanent
        Whether given masks enter permanent memory, as in this program; in the paper it is working memory.
    """

    def __init__(self, engine: Engine, *, permanent: bool = True) -> None:
        self.engine, self._permanent = engine, permanent

    def start_anew(self) -> None:
        """Forget everything."""
        self.engine.remove(self.engine.objects)
        self.engine.start()

    def step(self, frame: int, image: NDArray[np.uint8], masks: Masks | None, *, last: bool) -> FrameResult:
        """Segment a frame."""
        return self.engine.step(frame, image, masks, permanent=self._permanent, last=last)


class Mirrored(Upright):
    """An engine that sees everything mirrored left to right; its answers are mirrored back."""

    def step(self, frame: int, image: NDArray[np.uint8], masks: Masks | None, *, last: bool) -> FrameResult:
        """Segment a frame."""
        flipped = None if masks is None else {name: mask[:, ::-1] for name, mask in masks.items()}
        result = super().step(frame, image[:, ::-1], flipped, last=last)
        return replace(result.with_soft(result.soft.flip(-1)), given=dict(masks or {}))


@dataclass(frozen=True)
class Speed:
    """How fast frames were segmented, as the paper measures it: total frames over total time.

    Attributes
    ----------
    frames, seconds
        Of all sequences together: network and memory, without reading and writing pictures.
    precision, device
        The precision of the numbers, and the name of the device that computed.
    peak_bytes
        The most memory that was taken: on a GPU what tensors held, else what the process had.
    """

    frames: int
    seconds: float
    precision: str
    device: str
    peak_bytes: int

    @property
    def frames_per_second(self) -> float:
        """Frames in each second."""
        return self.frames / self.seconds if self.seconds else 0.0

    def describe(self) -> str:
        """Return it in a line for a person."""
        return (
            f"{self.frames_per_second:.1f} frames/s ({self.frames} frames in {self.seconds:.1f} s of network "
            f"and memory, {self.precision} on {self.device}; at most {self.peak_bytes / 2**20:,.0f} MiB)"
        )


class EngineSegment:
    """Follow a sequence's objects from the frames in which they are given; see `Segment`.

    With several views their probabilities are averaged, frame by frame. They run side by side, so nothing has
    to be kept on the disk (docs/adr/0012).

    Parameters
    ----------
    views
        Engines, whose memory is emptied before each sequence.
    open_frames
        Returns a sequence's frames; by default, its folder of pictures.
    only_network
        Whether time is taken as the paper takes it: network and memory only, synchronised.
    """

    def __init__(
        self,
        *views: Engine | View,
        open_frames: Callable[[Sequence], FrameSource] | None = None,
        only_network: bool = False,
    ) -> None:
        self._views = tuple(Upright(view) if isinstance(view, Engine) else view for view in views)
        self._open = open_frames or _folder_of
        self._only_network = only_network

    def __call__(
        self, sequence: Sequence, out_dir: Path, progress: Callable[[int], None], /
    ) -> SequenceTiming:
        """Segment a sequence; frames before the first given mask get empty ones."""
        source = self._source(sequence)
        given, results = source.given_masks(), sequence.given_masks()
        for view in self._views:
            view.start_anew()
        saved = frozenset(sequence.saved_frames)
        began, inside = time.perf_counter(), 0.0
        with CachedSource(self._open(source)) as video:
            for frame, name in enumerate(sequence.mask_names):
                index = np.zeros(sequence.size, np.int32)
                if frame >= min(given):
                    image, last = _own(video, frame), frame == len(video) - 1
                    before = self._now()
                    answers = [view.step(frame, image, given.get(frame), last=last) for view in self._views]
                    inside += self._now() - before
                    index = _averaged(answers, sequence.size, results.get(frame, {})).index_mask()
                if frame in saved:
                    write_index_mask(out_dir / name, index)
                progress(frame + 1)
        spent = inside if self._only_network else time.perf_counter() - began
        return SequenceTiming(len(sequence.images) - min(given), spent)

    def benchmark(self, scores: VosScores) -> Speed:
        """Return how fast all the sequences of some scores were together."""
        timings = [row.timing for row in scores.sequences.values() if row.timing is not None]
        engine = self._views[0].engine
        return Speed(
            frames=sum(timing.frames for timing in timings),
            seconds=sum(timing.seconds for timing in timings),
            precision=str(engine.precision).removeprefix("torch."),
            device=device_name(engine.device),
            peak_bytes=peak_memory(engine.device),
        )

    def _now(self) -> float:
        if self._only_network:
            wait_for(self._views[0].engine.device)
        return time.perf_counter()

    def _source(self, sequence: Sequence) -> Sequence:
        """Return the clip at a higher resolution, if there is one and a view works above this one's."""
        sizes = [view.engine.size for view in self._views]
        larger = any(size is None or size > min(sequence.size) for size in sizes)
        return sequence.large if sequence.large is not None and larger else sequence


def _averaged(answers: list[FrameResult], size: tuple[int, int], given: Masks) -> FrameResult:
    """Return the mean of several views' probabilities at a size (height, width)."""
    first = answers[0]
    if len(answers) == 1 and (first.geometry.height, first.geometry.width) == size:
        return first
    # Views see the same masks in the same order, so their rows are the same objects.
    total = torch.zeros(first.soft.shape[0], *size, device=first.soft.device)
    for answer in answers:
        total += F.interpolate(answer.soft.float()[None], size, mode="bilinear", align_corners=False)[0]
    return replace(first.with_soft(total / len(answers)), geometry=Geometry(*size), given=dict(given))


def _own(video: FrameSource, frame: int) -> RgbImage:
    """Return a frame; a measurement takes no other in its place."""
    image = video.frame(frame)
    if frame in video.damaged:
        raise MediaError(
            f"Frame {frame} of {video.name} cannot be read, and no other may stand in for it here: "
            f"{' '.join(video.warnings)}"
        )
    return image


def _folder_of(sequence: Sequence) -> FrameSource:
    return ImageFolder(sequence.images[0].parent)


def make_segment(
    settings: EngineSettings, *, scales: Ordered[int] = (), flip: bool = False, only_network: bool = False
) -> EngineSegment:
    """Return the engine of some settings as a method under test.

    Parameters
    ----------
    settings
        What computes. Its size counts where there are no scales.
    scales
        Shorter sides in pixels whose probabilities are averaged; smaller clips are enlarged to them.
    flip
        Whether the mirrored clip is averaged in.
    only_network
        Whether only the network's time counts, as in `EngineSegment`.
    """
    engine = make_engine(settings)
    engines = [engine.sibling(size=size, enlarge=True) for size in scales] or [engine]
    views: list[View] = [Upright(one, permanent=settings.permanent) for one in engines]
    if flip:
        views += [
            Mirrored(one.sibling(size=one.size, enlarge=one.enlarge), permanent=settings.permanent)
            for one in engines
        ]
    return EngineSegment(*views, only_network=only_network)
