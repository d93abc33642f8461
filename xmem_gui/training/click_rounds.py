"""Rounds of simulated prompts on pictures, as a person would give them; only the last are learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch
from torch import Tensor

from xmem_gui.arrays import Floats, Mask
from xmem_gui.interaction import Box, Point, Prompts
from xmem_gui.interaction.local_change import merged, touch
from xmem_gui.interaction.prompt_maps import prompt_maps
from xmem_gui.interaction.prompts import Prompt
from xmem_gui.interaction.regions import bounds
from xmem_gui.interaction.simulation import next_click, next_stroke
from xmem_gui.model import ClickNet, normalize_image
from xmem_gui.training.click_samples import ClickSample

LEARNT = 2
"""Rounds, counted from the last, that a gradient comes from."""


class Game:
    """One picture's prompts, given as a person would who sees the mask after each.

    The mask changes as it does in the program: once the object is found, only near the newest prompt.

    Parameters
    ----------
    sample
        The picture and the object to be found in it.
    rng
        Random numbers that the prompts are drawn by.
    """

    def __init__(self, sample: ClickSample, rng: np.random.Generator) -> None:
        self.sample, self._rng = sample, rng
        self._prompts, self._before = first_prompts(sample, rng)
        self._newest: Prompt | None = None
        self._found = False

    def maps(self) -> Floats:
        """Return what the network is given beside the picture: (4, S, S)."""
        return np.concatenate([prompt_maps(self._prompts, self.sample.truth.shape), self._before[None]])

    def answered(self, probability: Floats) -> None:
        """Take the network's answer (S, S), 0 to 1, and say the next thing."""
        if self._newest is not None and not isinstance(self._newest, Box):
            near = touch(self._newest, self.sample.truth.shape)
            after = merged(probability, self._before, self._newest, near=near, found=self._found)
            probability, self._found = after.probability, after.found
        before = self._prompts
        self._prompts, self._before = _next_prompts(before, probability, self.sample.truth, self._rng)
        added = self._prompts.since(before)
        self._newest = added[-1] if added else None


def play(
    network: ClickNet,
    samples: Sequence[ClickSample],
    rngs: Sequence[np.random.Generator],
    *,
    rounds: int,
    pool: ThreadPoolExecutor | None = None,
) -> list[Tensor]:
    """Give so many rounds of prompts on all pictures; returns the last `LEARNT` ones' logits (B, 1, S, S).

    ``pool`` draws the pictures' prompts; without one this thread does.
    """
    device = next(network.parameters()).device
    each = map if pool is None else pool.map
    images = torch.from_numpy(np.stack([sample.image for sample in samples])).to(device).permute(0, 3, 1, 2)
    features = network.encode(normalize_image(images).contiguous(memory_format=torch.channels_last))
    games = list(each(Game, samples, rngs))
    outputs = []
    for number in range(rounds):
        learns = number >= rounds - LEARNT
        given = torch.from_numpy(np.stack(list(each(Game.maps, games)))).to(device)
        with torch.set_grad_enabled(learns):
            logits = network(features, given.contiguous(memory_format=torch.channels_last))
        if learns:
            outputs.append(logits)
        if number < rounds - 1:
            answers = logits.detach().float().sigmoid()[:, 0].cpu().numpy()
            list(each(Game.answered, games, answers))
    return outputs


def first_prompts(sample: ClickSample, rng: np.random.Generator) -> tuple[Prompts, Floats]:
    """Draw the first prompts and the mask before: mostly a click, else a stroke, a box or a repair."""
    nothing = np.zeros(sample.truth.shape, np.bool_)
    kind = rng.random()
    if kind < 0.1:
        wrong = spoilt(sample, rng)
        return _one_more(Prompts(), wrong, sample.truth, rng), wrong.astype(np.float32)
    if kind < 0.2:
        return Prompts(box=_loose_box(sample.truth, rng)), nothing.astype(np.float32)
    if kind < 0.3:
        stroke = next_stroke(nothing, sample.truth, rng=rng)
        return Prompts(strokes=(stroke,) if stroke else ()), nothing.astype(np.float32)
    spread = 1.0 if kind > 0.85 else 0.4
    click = next_click(nothing, sample.truth, spread=spread, rng=rng)
    return Prompts(points=(click,) if click else ()), nothing.astype(np.float32)


def spoilt(sample: ClickSample, rng: np.random.Generator) -> Mask:
    """Return a mask as a network that lost the object might have left it."""
    mask = sample.truth
    side = mask.shape[0]
    if rng.random() < 0.3:
        mask = mask | sample.others
    if rng.random() < 0.6:
        radius = int(rng.integers(1, max(2, side // 24)))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        change = cv2.dilate if rng.random() < 0.5 else cv2.erode
        mask = change(mask.view(np.uint8), kernel) > 0
    if rng.random() < 0.5:
        mask = np.roll(mask, tuple(int(shift) for shift in rng.normal(0, side * 0.04, 2)), axis=(0, 1))
    rows, columns = np.nonzero(sample.truth)
    for _ in range(int(rng.integers(0, 3))):
        place = int(rng.integers(len(rows)))
        canvas = np.zeros(mask.shape, np.uint8)
        reach = max(2, int(side * rng.uniform(0.03, 0.15)))
        cv2.circle(canvas, (int(columns[place]), int(rows[place])), reach, 1, -1)
        mask = mask & (canvas == 0) if rng.random() < 0.7 else mask | (canvas > 0)
    return mask


def _next_prompts(
    prompts: Prompts, before: Floats, truth: Mask, rng: np.random.Generator
) -> tuple[Prompts, Floats]:
    if rng.random() < 0.12:
        # The second look at a picture, closer: the same prompts, with a coarser mask than one's own.
        small = cv2.resize(before, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
        coarse = cv2.resize(small, before.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return prompts, coarse.astype(np.float32, copy=False)
    return _one_more(prompts, before > 0.5, truth, rng), before


def _one_more(prompts: Prompts, mask: Mask, truth: Mask, rng: np.random.Generator) -> Prompts:
    make = next_stroke if rng.random() < 0.15 else _click
    prompt = make(mask, truth, rng=rng)
    return prompts if prompt is None else prompts.plus(prompt)


def _click(mask: Mask, truth: Mask, *, rng: np.random.Generator) -> Point | None:
    return next_click(mask, truth, spread=0.3, rng=rng)


def _loose_box(truth: Mask, rng: np.random.Generator) -> Box:
    """Return the object's box, each side off by some percent of the box."""
    found = bounds(truth)
    assert found is not None
    rows, columns = found
    off = rng.normal(0.02, 0.04, 4)
    wide, tall = columns.stop - columns.start, rows.stop - rows.start
    return Box(
        columns.start - off[0] * wide,
        rows.start - off[1] * tall,
        columns.stop + off[2] * wide,
        rows.stop + off[3] * tall,
    )
