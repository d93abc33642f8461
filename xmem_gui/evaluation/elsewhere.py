"""What computes, as a value that can go to another process and is loaded there when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.arrays import RgbImage
from xmem_gui.device import choose_device
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.scores import SequenceTiming
from xmem_gui.evaluation.segmenting import EngineSegment, make_segment
from xmem_gui.evaluation.views import Masks, Upright
from xmem_gui.interaction import PreparedImage, Segmenter
from xmem_gui.interaction.segmenters import make_segmenter
from xmem_gui.propagation import Engine, FrameResult


@dataclass(frozen=True)
class SegmentElsewhere:
    """What `make_segment` makes of the same values, made where it is called; a `Segment`.

    Attributes
    ----------
    settings
        The model, its device, its picture size and the limits of its memory.
    scales
        Shorter sides in pixels whose probabilities are averaged.
    flip
        Whether the mirrored clip is averaged in.
    """

    settings: EngineSettings
    scales: tuple[int, ...] = ()
    flip: bool = False

    def __call__(
        self, sequence: Sequence, out_dir: Path, progress: Callable[[int], None], /
    ) -> SequenceTiming:
        """Segment a sequence."""
        return _segment(self)(sequence, out_dir, progress)


@lru_cache(maxsize=1)
def _segment(recipe: SegmentElsewhere) -> EngineSegment:
    return make_segment(recipe.settings, scales=recipe.scales, flip=recipe.flip)


@dataclass(frozen=True)
class ViewElsewhere:
    """An engine as it is, loaded where it is used; a `View`.

    Attributes
    ----------
    settings
        The model, its device, its picture size and the limits of its memory.
    """

    settings: EngineSettings

    @property
    def engine(self) -> Engine:
        """What computes."""
        return _view(self.settings).engine

    def start_anew(self) -> None:
        """Forget everything."""
        _view(self.settings).start_anew()

    def commit(self, frame: int, image: RgbImage, masks: Masks) -> None:
        """Take what is given for a frame."""
        _view(self.settings).commit(frame, image, masks)

    def step(self, frame: int, image: RgbImage, masks: Masks | None, *, last: bool) -> FrameResult:
        """Segment a frame."""
        return _view(self.settings).step(frame, image, masks, last=last)


@lru_cache(maxsize=1)
def _view(settings: EngineSettings) -> Upright:
    return Upright(make_engine(settings))


@dataclass(frozen=True)
class SegmenterElsewhere:
    """A click model, loaded where it is used; a `Segmenter`.

    Attributes
    ----------
    model
        Its name, or the path of a checkpoint.
    device
        Where it computes, as `choose_device` takes it.
    """

    model: str
    device: str = "auto"

    @property
    def name(self) -> str:
        """Which model it is."""
        return _segmenter(self).name

    def prepare(self, image: RgbImage) -> PreparedImage:
        """Do the expensive part for an image once."""
        return _segmenter(self).prepare(image)


@lru_cache(maxsize=1)
def _segmenter(recipe: SegmenterElsewhere) -> Segmenter:
    return make_segmenter(recipe.model, choose_device(recipe.device))
