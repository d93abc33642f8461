"""The clips of a step as tensors, made in worker processes and decided by seed and step alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from xmem_gui.training.clips import Clip, make_clip
from xmem_gui.training.config import PaperConfig, TrainConfig
from xmem_gui.training.paper_clips import PaperClips
from xmem_gui.training.sources import SourceStore
from xmem_gui.training.team import SOLO, Team
from xmem_gui.training.unroll import ClipBatch

CLIPS_A_STEP = 1000
"""Numbers set aside for the clips of one step; more than any batch holds."""

_DataT = TypeVar("_DataT")
ClipMaker = Callable[[int], tuple[list[Clip], int]]
"""From a step's number to this process's clips, and how many objects the batch has room for."""


class StepBatches(Dataset[ClipBatch]):
    """Item k is a process's share of the batch of step k."""

    def __init__(self, config: TrainConfig | PaperConfig, team: Team = SOLO) -> None:
        self.config = config
        self._team = team
        self._make: ClipMaker | None = None

    def __len__(self) -> int:
        return self.config.steps

    def __getitem__(self, step: int) -> ClipBatch:
        if self._make is None:
            self._make = _maker(self.config, self._team)
        clips, objects = self._make(step)
        valid = np.array([[number < clip.objects for number in range(objects)] for clip in clips])
        return ClipBatch(
            torch.from_numpy(np.stack([clip.frames for clip in clips])),
            torch.from_numpy(np.stack([clip.masks for clip in clips])),
            torch.from_numpy(valid),
        )


def _maker(config: TrainConfig | PaperConfig, team: Team) -> ClipMaker:
    """Return what makes the clips; the sources are read here, in the process that makes them."""
    if isinstance(config, PaperConfig):
        return _paper_maker(config, team)
    return _made_maker(config, team)


def _made_maker(config: TrainConfig, team: Team) -> ClipMaker:
    store = SourceStore(config.sources)

    def make(step: int) -> tuple[list[Clip], int]:
        _, stage, _ = config.stage_at(step)
        weights = np.array(stage.objects)
        rng = np.random.default_rng((config.seed, step))
        objects = 1 + int(rng.choice(len(weights), p=weights / weights.sum()))
        spec, first = stage.spec(objects), step * CLIPS_A_STEP
        places = team.places(stage.clips(objects))
        return [make_clip(store, spec, seed=config.seed, index=first + place) for place in places], objects

    return make


def _paper_maker(config: PaperConfig, team: Team) -> ClipMaker:
    source = PaperClips(config.sources, seed=config.seed)

    def make(step: int) -> tuple[list[Clip], int]:
        _, stage, at = config.stage_at(step)
        clips = [
            source.make(stage, number=step * stage.batch + place, at=at) for place in team.places(stage.batch)
        ]
        return clips, max(clip.objects for clip in clips)

    return make


def loader(dataset: Dataset[_DataT], steps: range, *, workers: int) -> Iterator[_DataT]:
    """Yield the items of some steps, made ahead of time by so many processes."""
    loading: DataLoader[_DataT] = DataLoader(
        dataset,
        batch_size=None,
        sampler=steps,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_begin_worker,
        collate_fn=_as_it_is,
    )
    return iter(loading)


def _begin_worker(_: int) -> None:
    """Keep a clip-making process to one core, behind the network's, and deaf to what ends the run.

    A signal to the whole group reaches this process too; it must live until the step in flight is saved.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(0)
    os.nice(2)


def _as_it_is(item: _DataT) -> _DataT:
    return item
