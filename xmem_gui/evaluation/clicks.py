"""How many clicks a segmenter needs: the standard protocol with simulated clicks or scribbles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from xmem_gui.arrays import Mask
from xmem_gui.errors import MediaError
from xmem_gui.evaluation.dataset import Sequence, find_sequences
from xmem_gui.evaluation.metrics import region_similarity
from xmem_gui.evaluation.spreading import SequenceTell, Spread, one_by_one
from xmem_gui.interaction import PreparedImage, Segmenter
from xmem_gui.interaction.rounds import Round
from xmem_gui.interaction.simulation import needless_clicks, next_click, next_stroke

LIMIT = 20
"""Most prompts for one object; one that needs more has failed, and counts as needing so many."""

TARGETS = (0.85, 0.9)
"""The IoUs to reach."""

ROUNDS = (1, 3, 5)
"""After how many prompts the mean IoU is told."""

REGRESSION = 0.01
"""A prompt that lowers the IoU by more is a regression."""

NEEDLESS = 3
"""So many prompts that ask for nothing follow each run."""

HARMED = 0.98
"""IoU with the mask as it was below which they did harm."""

SIGNS = {"minus": False, "plus": True}
"""Needless clicks by name, and whether they are positive."""


@dataclass(frozen=True)
class ClickRun:
    """What prompts did for one object on one frame.

    Attributes
    ----------
    ious
        The IoU after each prompt, from the first.
    kept
        By the sign of `SIGNS`: the IoU of the mask that the run ended with and the mask after `NEEDLESS`
        clicks more of that sign which ask for nothing. A sign is missing where there is no place for them.
    """

    ious: tuple[float, ...]
    kept: Mapping[str, float] = field(default_factory=dict)

    @property
    def regressions(self) -> int:
        """How many prompts made it worse by more than `REGRESSION`."""
        return sum(after < before - REGRESSION for before, after in pairwise(self.ious))

    def after(self, prompts: int) -> float:
        """Return the IoU after so many prompts; a run that ended earlier was right, or keeps its last."""
        return self.ious[min(prompts, len(self.ious)) - 1]

    def needed(self, target: float) -> int | None:
        """Return how many prompts reached an IoU; None if none did."""
        return next((count for count, iou in enumerate(self.ious, start=1) if iou >= target), None)


@dataclass(frozen=True)
class ClickScores:
    """All runs, by the name of the sequence."""

    runs: Mapping[str, tuple[ClickRun, ...]]

    @property
    def frames(self) -> int:
        """How many runs there are: one for each object on each frame."""
        return len(self._all)

    def mean_prompts(self, target: float) -> float:
        """Return the mean number of prompts to reach an IoU, `LIMIT` where it was not reached."""
        return fmean(run.needed(target) or LIMIT for run in self._all)

    def failures(self, target: float) -> int:
        """Return how many runs never reached an IoU."""
        return sum(run.needed(target) is None for run in self._all)

    def iou_after(self, prompts: int) -> float:
        """Return the mean IoU after so many prompts."""
        return fmean(run.after(prompts) for run in self._all)

    def regressions(self) -> float | None:
        """Return the share of prompts after the first that are regressions; None if there are none."""
        later = sum(len(run.ious) - 1 for run in self._all)
        return sum(run.regressions for run in self._all) / later if later else None

    def kept(self, sign: str) -> float | None:
        """Return the mean IoU with the mask as it was, after needless clicks of a sign."""
        kept = self._kept(sign)
        return fmean(kept) if kept else None

    def harmed(self, sign: str) -> float | None:
        """Return the share of runs whose mask needless clicks of a sign have harmed."""
        kept = self._kept(sign)
        return sum(iou < HARMED for iou in kept) / len(kept) if kept else None

    def of(self, sequence: str) -> ClickScores:
        """Return the scores of one sequence."""
        return ClickScores({sequence: self.runs[sequence]})

    def as_dict(self) -> dict[str, Any]:
        """Return numbers by name, over all and by sequence; IoUs from 0 to 1."""
        named: dict[str, Any] = self._numbers()
        named["sequences"] = {name: self.of(name)._numbers() for name in self.runs}
        return named

    def _numbers(self) -> dict[str, Any]:
        return {
            "noc85": self.mean_prompts(0.85),
            "noc90": self.mean_prompts(0.9),
            "iou_after": {str(count): self.iou_after(count) for count in ROUNDS},
            "frames": self.frames,
            "failures": {f"{round(target * 100)}": self.failures(target) for target in TARGETS},
            "regressions": self.regressions(),
            "harm": {sign: {"iou": self.kept(sign), "harmed": self.harmed(sign)} for sign in SIGNS},
        }

    def _kept(self, sign: str) -> list[float]:
        return [run.kept[sign] for run in self._all if sign in run.kept]

    @property
    def _all(self) -> list[ClickRun]:
        return [run for runs in self.runs.values() for run in runs]


def evaluate_clicks(
    root: Path,
    segmenter: Segmenter,
    *,
    every: int = 10,
    scribbles: bool = False,
    sequences: Collection[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    spread: Spread = one_by_one,
) -> ClickScores:
    """Segment every object on some frames of a dataset in the DAVIS layout, each by itself.

    Parameters
    ----------
    root
        Folder of the data set, as its authors lay it out.
    segmenter
        The segmenter that is measured.
    every
        Take the first of so many frames.
    scribbles
        Draw strokes in place of clicks.
    sequences
        Only these; otherwise those that `find_sequences` finds.
    progress
        Called with the sequence's name, frames done and frames in all of it.
    spread
        Gives sequences to other processes; the network has to be one that can be pickled.

    Raises
    ------
    MediaError
        If the folder is no such dataset, a frame cannot be read, or no object is on any of the frames.
    MaskError
        If a mask cannot be read.
    """
    work = partial(_runs_of, segmenter=segmenter, every=every, scribbles=scribbles)
    chosen = {sequence.name: sequence for sequence in find_sequences(root, sequences)}
    found = spread(work, chosen, progress or (lambda *_: None))
    runs: dict[str, tuple[ClickRun, ...]] = {name: made for name, made in found if made}
    if not runs:
        raise MediaError(f"The dataset '{root}' shows no object on any of the frames that were asked for.")
    return ClickScores(runs)


def _runs_of(
    sequence: Sequence, tell: SequenceTell, *, segmenter: Segmenter, every: int, scribbles: bool
) -> tuple[ClickRun, ...]:
    """Segment every object on some frames of a sequence."""
    frames = [frame for frame in sequence.truths if frame % every == 0 and sequence.objects[frame]]
    found: list[ClickRun] = []
    for done, frame in enumerate(frames, start=1):
        prepared = segmenter.prepare(_read(sequence.images[frame]))
        truth = sequence.truth(frame)
        found += [
            simulate(prepared, truth == number, scribbles=scribbles) for number in sequence.objects[frame]
        ]
        tell(done, len(frames))
    return tuple(found)


def simulate(prepared: PreparedImage, truth: Mask, *, scribbles: bool = False) -> ClickRun:
    """Prompt where the mask is most wrong until it is good enough, or `LIMIT` prompts are given.

    Then give `NEEDLESS` clicks more that ask for nothing, of each sign of `SIGNS` by itself.

    Parameters
    ----------
    prepared
        The image, prepared by the segmenter that is measured.
    truth : (H, W) bool
        The true mask of the object, with at least one pixel.
    scribbles
        Draw strokes in place of clicks.
    """
    next_prompt = next_stroke if scribbles else next_click
    last, mask = Round(), np.zeros(truth.shape, np.bool_)
    ious: list[float] = []
    while len(ious) < LIMIT and not (len(ious) >= max(ROUNDS) and max(ious) >= max(TARGETS)):
        prompt = next_prompt(mask, truth)
        if prompt is None:
            break
        last = last.next(prepared, prompt)
        mask = last.mask(truth.shape)
        ious.append(region_similarity(mask, truth))
    kept = {
        sign: _after_needless(prepared, last, truth, positive)
        for sign, positive in SIGNS.items()
        if last.probability is not None
    }
    return ClickRun(tuple(ious), {sign: iou for sign, iou in kept.items() if iou is not None})


def _after_needless(prepared: PreparedImage, last: Round, truth: Mask, positive: bool) -> float | None:
    """Return the IoU of a mask and what needless clicks make of it; None if there is no place for them."""
    mask = last.mask(truth.shape)
    rng = np.random.default_rng(0)
    clicks = needless_clicks(mask, truth, positive=positive, count=NEEDLESS, rng=rng)
    after = last.replayed(prepared, clicks)
    return region_similarity(after.mask(truth.shape), mask) if clicks else None


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise MediaError(f"The frame '{path}' cannot be read; it may be damaged.") from error
