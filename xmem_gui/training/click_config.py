"""What a training run of the click model is, as values that go into checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from xmem_gui.errors import XmemGuiError
from xmem_gui.model import ClickConfig
from xmem_gui.model.click import STRIDE
from xmem_gui.training.clips import Mixture
from xmem_gui.training.runs import RunConfig, StageBase
from xmem_gui.training.sources import ClipSources


@dataclass(frozen=True, kw_only=True)
class ClickStage(StageBase):
    """A stretch of the run with one kind of picture.

    Attributes
    ----------
    mixture
        How often each kind of picture is made.
    several
        How often other objects are pasted into a picture that has one of its own.
    rounds
        Relative weights of 1, 2, 3 ... rounds of prompts.
    """

    stride: ClassVar[int] = STRIDE

    size: int = 256
    mixture: Mixture = field(default_factory=Mixture)
    several: float = 0.25
    rounds: tuple[float, ...] = (0.3, 0.25, 0.17, 0.12, 0.09, 0.07)
    learning_rate: float = 5e-4
    learning_rate_end: float = 5e-4

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.rounds or min(self.rounds) < 0 or sum(self.rounds) <= 0:
            raise XmemGuiError("the weights of 1, 2, 3 ... rounds must not be negative, nor all zero")


@dataclass(frozen=True, kw_only=True)
class ClickTrainConfig(RunConfig[ClickStage]):
    """A training run of the click model.

    Attributes
    ----------
    pictures
        How many a thread takes at a time, on a CPU; a GPU takes all of a step at once.
    """

    sources: ClipSources
    network: ClickConfig = field(default_factory=ClickConfig)
    pictures: int = 4
