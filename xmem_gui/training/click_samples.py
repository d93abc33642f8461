"""Pictures with one object to be clicked, made on the fly, decided by seed and step alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from xmem_gui.arrays import Mask
from xmem_gui.training.batches import CLIPS_A_STEP
from xmem_gui.training.click_config import ClickStage, ClickTrainConfig
from xmem_gui.training.clips import ClipSpec, make_clip
from xmem_gui.training.sources import SourceStore
from xmem_gui.training.team import SOLO, Team

_MOST_OBJECTS = 4


@dataclass(frozen=True)
class ClickSample:
    """A picture and the mask of one object in it.

    Attributes
    ----------
    image
        (S, S, 3) uint8, RGB.
    truth
        (S, S) bool; never empty.
    others
        (S, S) bool: other objects, which a wrong mask may cover.
    number
        What seeds its prompts; no two samples of a run share it.
    """

    image: NDArray[np.uint8]
    truth: Mask
    others: Mask
    number: int


def make_sample(store: SourceStore, stage: ClickStage, *, seed: int, number: int) -> ClickSample:
    """Make one sample as a stage wants them; equal arguments and sources give an equal one.

    Now and then the object is all that is seen together, as a rider and a horse are.
    """
    rng = np.random.default_rng((seed, number, 7))
    # With one object asked for, nothing is pasted over most photos and clips: their own objects are learnt.
    objects = 1 if rng.random() < 1 - stage.several else 1 + int(rng.integers(_MOST_OBJECTS))
    clip = make_clip(store, ClipSpec(stage.size, 1, objects, stage.mixture), seed=seed, index=number)
    mask = clip.masks[0]
    if clip.objects > 1 and rng.random() < 0.1:
        truth = mask > 0
    else:
        truth = mask == 1 + int(rng.integers(clip.objects))
    return ClickSample(clip.frames[0], truth, (mask > 0) & ~truth, number)


class StepSamples(Dataset[list[ClickSample]]):
    """Item k is a process's share of the samples of step k."""

    def __init__(self, config: ClickTrainConfig, team: Team = SOLO) -> None:
        self.config = config
        self._team = team
        self._store: SourceStore | None = None

    def __len__(self) -> int:
        return self.config.steps

    def __getitem__(self, step: int) -> list[ClickSample]:
        if self._store is None:
            self._store = SourceStore(self.config.sources)
        _, stage, _ = self.config.stage_at(step)
        return [
            make_sample(self._store, stage, seed=self.config.seed, number=step * CLIPS_A_STEP + place)
            for place in self._team.places(stage.batch)
        ]
