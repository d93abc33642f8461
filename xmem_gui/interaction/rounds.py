"""An object on a picture, prompt by prompt: each goes on from what those before it have made.

A first prompt, a box, and all prompts asked anew are answered whole, and so are others while the object is
being found: as long as answers change all of the mask. Once it is found, every prompt changes the mask only
in connection with itself (`local_change`). One that says what is so already changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np

from xmem_gui.arrays import Floats, Mask
from xmem_gui.interaction.local_change import LARGE, asks_for_nothing, is_spot, merged, touch
from xmem_gui.interaction.prompts import Box, Prompt, Prompts
from xmem_gui.interaction.pulling import pulled
from xmem_gui.interaction.segmenter import PreparedImage
from xmem_gui.interaction.zoom import choose_crop

GIVEN_LARGE = 0.5
"""Share of a mask that no prompt has made from which one prompt finds the object anew."""

YOUNG = 3
"""Of so many prompts a mask may be found anew because a negative click has made only a spot in it, ..."""

ALIKE_MASK = 0.6
"""... if the new mask is as much like it (intersection over union): else it may be another object."""

_PULL = 0.02
"""Radius within which a click is obeyed in any case, as a share of the side of what is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """An object's mask after some prompts.

    Attributes
    ----------
    prompts : Prompts
        All prompts of the round, the oldest first.
    probability : (H, W) float32 or None
        That each pixel is in the object, 0 to 1; None as long as nothing is known of it.
    settled : (H, W) bool or None
        Pixels that prompts have set one by one since the object was found; None for none.
    found : bool
        Whether the object is found, so that prompts change the mask only near themselves.
    given : bool
        Whether the mask is not of these prompts' making: tracked, painted or imported.
    """

    prompts: Prompts = field(default_factory=Prompts)
    probability: Floats | None = None
    settled: Mask | None = None
    found: bool = False
    given: bool = False

    @classmethod
    def of(cls, mask: Mask | Floats) -> Round:
        """Begin with a mask (H, W), or its probability; if it is not empty, the object is found already."""
        known = mask.astype(np.float32)
        seen = bool((known >= 0.5).any())
        return cls(probability=known, found=seen, given=seen)

    def mask(self, size: tuple[int, ...]) -> Mask:
        """Return the mask (H, W): empty as long as nothing is known."""
        return np.zeros(size, np.bool_) if self.probability is None else self.probability >= 0.5

    def next(self, image: PreparedImage, prompt: Prompt, *, painted: Mask | None = None) -> Round:
        """Return the mask after one more prompt.

        Parameters
        ----------
        image
            The picture, prepared by a segmenter.
        prompt
            What is said; outside the picture it says nothing.
        painted : (H, W) bool, optional
            Pixels that a person has set by hand; they stay unless the prompt touches them.
        """
        before, prompts = self.probability, self.prompts.plus(prompt)
        if isinstance(prompt, Box) or before is None or not (before >= 0.5).any():
            return replace(self, prompts=prompts).anew(image, painted=painted)
        size = before.shape[0], before.shape[1]
        same = replace(self, prompts=prompts)
        if Prompts().plus(prompt).clipped(size).is_empty:
            return same
        if asks_for_nothing(before >= 0.5, prompt):
            return same
        near = touch(prompt, size)
        answer = _obeying(image.predict(prompts, before), prompts)
        fixed = [one for one in (painted, self.settled) if one is not None]
        after = merged(
            answer, before, prompt, near=near, fixed=fixed, found=self.found,
            large=GIVEN_LARGE if self.given else LARGE,
        )  # fmt: skip
        if not self.given and prompts.count <= YOUNG and is_spot(after.own, before >= 0.5, prompt):
            # The network holds on to a mask that is wrong: without it, it may see what is meant.
            fresh = image.predict(prompts)
            if _obeys(fresh, prompts) and _alike(fresh >= 0.5, before >= 0.5) >= ALIKE_MASK:
                after = merged(fresh, before, prompt, near=near, fixed=fixed, found=False, large=0.0)
        settled = self.settled
        if after.found:
            settled = after.own if settled is None else settled | after.own
        return Round(prompts, after.probability, settled, after.found, self.given and after.found)

    def anew(self, image: PreparedImage, *, painted: Mask | None = None) -> Round:
        """Return the whole answer to all prompts, from this mask; painted pixels stay."""
        if isinstance(image, TakesRounds):
            return image.anew(self, painted=painted)
        before = self.probability
        answer = _obeying(image.predict(self.prompts, before), self.prompts)
        if painted is not None:
            known = np.zeros_like(answer) if before is None else before
            answer = np.where(painted, known, answer)
        return Round(self.prompts, answer)

    def replayed(
        self, image: PreparedImage, prompts: Collection[Prompt], *, painted: Mask | None = None
    ) -> Round:
        """Return the mask after more prompts, one after the other."""
        if isinstance(image, TakesRounds):
            return image.replayed(self, prompts, painted=painted)
        last = self
        for prompt in prompts:
            last = last.next(image, prompt, painted=painted)
        return last


@runtime_checkable
class TakesRounds(Protocol):
    """A prepared image that answers whole rounds, as one on another machine does: one way there and back."""

    def replayed(self, before: Round, prompts: Collection[Prompt], *, painted: Mask | None = None) -> Round:
        """Return the mask after more prompts; see `Round.replayed`."""

    def anew(self, before: Round, *, painted: Mask | None = None) -> Round:
        """Return the whole answer to all prompts; see `Round.anew`."""


def _obeys(answer: Floats, prompts: Prompts) -> bool:
    """Whether an answer (H, W) sees an object, and says at every click what the click says."""
    inside = prompts.clipped((answer.shape[0], answer.shape[1]))
    return bool((answer >= 0.5).any()) and all(
        (answer[int(one.y), int(one.x)] >= 0.5) == one.positive for one in inside.points
    )


def _alike(one: Mask, other: Mask) -> float:
    """Return the intersection over union of two masks (H, W), one of which is not empty."""
    return float(np.count_nonzero(one & other) / np.count_nonzero(one | other))


def _obeying(answer: Floats, prompts: Prompts) -> Floats:
    """Return an answer that says at every click what the click says, in a spot as large as the object is."""
    size = answer.shape[0], answer.shape[1]
    inside = prompts.clipped(size)
    radius = max(_PULL * math.sqrt(choose_crop(answer >= 0.5, inside).area), 1.0)
    # A later click takes the place of one it contradicts so near that both cannot be obeyed.
    standing = [
        one
        for number, one in enumerate(inside.points)
        if not any(
            later.positive != one.positive and math.dist((later.x, later.y), (one.x, one.y)) <= 2 * radius
            for later in inside.points[number + 1 :]
        )
    ]
    return pulled(answer, standing, radius=radius)
