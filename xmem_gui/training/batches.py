"""The clips of a step as tensors, made in worker processes and decided by seed and step alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from xmem_gui.training.clips import make_clip
from xmem_gui.training.config import TrainConfig
from xmem_gui.training.sources import SourceStore
from xmem_gui.training.unroll import Batch

CLIPS_A_STEP = 1000
"""Numbers set aside for the clips of one step; more than any batch holds."""


class StepBatches(Dataset[Batch]):
    """Item k is the batch of step k."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self._store: SourceStore | None = None

    def __len__(self) -> int:
        return self.config.steps

    def __getitem__(self, step: int) -> Batch:
        if self._store is None:
            self._store = SourceStore(self.config.sources)
        _, stage, _ = self.config.stage_at(step)
        weights = np.array(stage.objects)
        rng = np.random.default_rng((self.config.seed, step))
        objects = 1 + int(rng.choice(len(weights), p=weights / weights.sum()))
        spec = stage.spec(objects)
        first = step * CLIPS_A_STEP
        clips = [
            make_clip(self._store, spec, seed=self.config.seed, index=first + number)
            for number in range(stage.clips(objects))
        ]
        valid = np.array([[number < clip.objects for number in range(objects)] for clip in clips])
        return Batch(
            torch.from_numpy(np.stack([clip.frames for clip in clips])),
            torch.from_numpy(np.stack([clip.masks for clip in clips])),
            torch.from_numpy(valid),
        )


def step_batches(config: TrainConfig, start: int) -> Iterator[Batch]:
    """Yield the batches of the steps from ``start`` on."""
    loader: DataLoader[Batch] = DataLoader(
        StepBatches(config),
        batch_size=None,
        sampler=range(start, config.steps),
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
        worker_init_fn=begin_worker,
    )
    return iter(loader)


def begin_worker(_: int) -> None:
    """Keep a clip-making process to one core, behind the network's, and deaf to what ends the run.

    A signal to the whole group reaches this process too; it must live until the step in flight is saved.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(0)
    os.nice(2)
