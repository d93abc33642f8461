"""What a training run of XMem is, as values that go into checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

from xmem_gui.errors import XmemGuiError
from xmem_gui.model import COMPACT, FULL, XMemConfig
from xmem_gui.training.clips import ClipSpec, Mixture
from xmem_gui.training.paper_sources import PaperSources
from xmem_gui.training.runs import RunConfig, StageBase, StageT
from xmem_gui.training.sources import ClipSources


@dataclass(frozen=True, kw_only=True)
class ClipStage(StageBase):
    """A stage on clips.

    Attributes
    ----------
    frames
        Number of frames in a clip.
    reads
        How many memory frames a frame reads: the first, and others drawn; 0 reads all.
    """

    frames: int = 3
    reads: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frames < 2:
            raise XmemGuiError("a training stage on clips needs at least 2 frames a clip")


@dataclass(frozen=True, kw_only=True)
class Stage(ClipStage):
    """A stretch of the run with one kind of made clip.

    Attributes
    ----------
    batch
        Clips in a step with one object each; with K objects it is about ``2 * batch / (K + 1)``, so that
        every step costs about the same, and even (but for a batch of 1), so that two threads share well.
    objects
        Relative weights of following 1, 2, 3 ... objects.
    mixture
        How often each kind of clip is made.
    """

    size: int = 192
    objects: tuple[float, ...] = (0.35, 0.3, 0.2, 0.15)
    mixture: Mixture = field(default_factory=Mixture)
    learning_rate: float = 4e-4
    learning_rate_end: float = 4e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.objects or min(self.objects) < 0 or sum(self.objects) <= 0:
            raise XmemGuiError("the weights of 1, 2, 3 ... objects must not be negative, nor all zero")

    def clips(self, objects: int) -> int:
        """Return how many clips with so many objects make a step."""
        return max(min(self.batch, 2), 2 * round(self.batch / (objects + 1)))

    def spec(self, objects: int) -> ClipSpec:
        """Return what a clip with so many objects looks like."""
        return ClipSpec(self.size, self.frames, objects, self.mixture)


@dataclass(frozen=True, kw_only=True)
class PaperStage(ClipStage):
    """A stage of the paper's training.

    Attributes
    ----------
    objects
        Most objects to follow in a clip.
    drop_at, near_from, plain_from
        After which shares of the steps the learning rate is a tenth, frames lie close together again,
        and videos are no longer made to tremble.
    """

    size: int = 384
    frames: int = 8
    objects: int = 3
    reads: int = 3
    drop_at: float = 0.8
    near_from: float = 0.9
    plain_from: float = 1.0

    def rate(self, place: float) -> float:
        """Return the learning rate of the stage's step ``place``."""
        return self.learning_rate * (1.0 if place < self.drop_at * self.steps else 0.1)

    def most_skip(self, place: int) -> int:
        """Return how far a frame may lie from its nearest in the clip: 5, then 10, 15, and 5 at the end."""
        done = place / self.steps
        if done < 0.1 or done >= self.near_from:
            return 5
        return 10 if done < 0.3 else 15

    def trembles(self, place: int) -> bool:
        """Return whether the crop of a video moves from frame to frame."""
        return place < self.plain_from * self.steps


@dataclass(frozen=True, kw_only=True)
class TrackConfig(RunConfig[StageT], Generic[StageT]):
    """A training run of XMem, of either size.

    Attributes
    ----------
    hard_share, hard_from, hard_until
        Bootstrapping: the share of hardest pixels in the end, and between which shares of the run it
        falls from 1.
    memory_chance
        How likely a predicted frame enters the memory.
    deep_chance
        How likely the sensory memory is updated by the value encoder when a frame enters the memory.
    slice_clips
        How many clips a thread takes at a time, at most; fewer where another thread would have none. With
        0, and on a GPU, a step is done in one piece, by torch's own threads.
    """

    network: XMemConfig = COMPACT
    hard_share: float = 0.2
    hard_from: float = 0.1
    hard_until: float = 0.6
    memory_chance: float = 0.6
    deep_chance: float = 0.5
    slice_clips: int = 1


@dataclass(frozen=True, kw_only=True)
class TrainConfig(TrackConfig[Stage]):
    """A training run on made clips, which is how the compact XMem is made."""

    sources: ClipSources


@dataclass(frozen=True, kw_only=True)
class PaperConfig(TrackConfig[PaperStage]):
    """A training run on the paper's data sets.

    Attributes
    ----------
    resnets
        Else: torchvision's ResNet-50 and ResNet-18, to start the encoders from.
    """

    sources: PaperSources
    network: XMemConfig = FULL
    resnets: tuple[Path, Path] | None = None
