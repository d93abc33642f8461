"""The engine as a method under test: given masks as they appear, every frame once, forwards."""

import math
import time
from collections.abc import Callable
from collections.abc import Sequence as Ordered
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xmem_gui.annotator import EngineSettings, Propagation, make_engine
from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.plan import make_plan
from xmem_gui.annotator.propagation.run import EngineSteps, Walk
from xmem_gui.arrays import RgbImage
from xmem_gui.device import device_name, peak_memory
from xmem_gui.errors import MediaError
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.scores import SequenceTiming, VosScores
from xmem_gui.evaluation.views import Mirrored, Together, Upright, View
from xmem_gui.formats.davis import write_index_mask
from xmem_gui.project import Rle
from xmem_gui.propagation import Engine, FrameResult
from xmem_gui.video import CachedSource, FrameSource, ImageFolder


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
        commits = Commits(
            {
                frame: {name: Rle.from_mask(mask) for name, mask in masks.items()}
                for frame, masks in source.given_masks().items()
            }
        )
        plan = make_plan(Propagation(), Basis.of_masks(commits, len(sequence.images), sequence.name))
        views = Together(self._views, sequence.size, sequence.given_masks(), synchronised=self._only_network)
        saved = frozenset(sequence.saved_frames)

        def put(result: FrameResult) -> None:
            if result.frame in saved:
                write_index_mask(out_dir / sequence.mask_names[result.frame], result.index_mask())

        began = time.perf_counter()
        with CachedSource(self._open(source)) as video:
            for frame in range(plan.frames[0]):
                if frame in saved:
                    nothing = np.zeros(sequence.size, np.int32)
                    write_index_mask(out_dir / sequence.mask_names[frame], nothing)
                progress(frame + 1)
            # What is given is committed as its frame comes: a method must not see what is given later.
            walk = Walk(
                EngineSteps(views, reveal=True), _TrueFrames(video), plan.commits, plan.legs,
                put=put, save=lambda: None, save_every=math.inf,
            )  # fmt: skip
            with closing(walk.go(lambda: False)) as results:
                for result in results:
                    progress(result.frame + 1)
        spent = views.seconds if self._only_network else time.perf_counter() - began
        return SequenceTiming(len(plan.frames), spent)

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

    def _source(self, sequence: Sequence) -> Sequence:
        """Return the clip at a higher resolution, if there is one and a view works above this one's."""
        sizes = [view.engine.size for view in self._views]
        larger = any(size is None or size > min(sequence.size) for size in sizes)
        return sequence.large if sequence.large is not None and larger else sequence


class _TrueFrames:
    """Frames of which none stands in for another: a measurement takes no other in its place."""

    def __init__(self, video: FrameSource) -> None:
        self._video = video

    def __len__(self) -> int:
        return len(self._video)

    def frame(self, index: int) -> RgbImage:
        """Return a frame; a MediaError if it cannot be read."""
        image = self._video.frame(index)
        if index in self._video.damaged:
            raise MediaError(
                f"Frame {index} of {self._video.name} cannot be read, and no other may stand in for it here: "
                f"{' '.join(self._video.warnings)}"
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
