"""An object on a picture, prompt by prompt: each goes on from what those before it have made.

A first prompt, a box, and all prompts asked anew are answered whole, and so are others while the object is
being found: as long as answers change all of the mask. Once it is found, every prompt changes the mask only
in connection with itself (`local_change`). One that says what is so already changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from xmem_gui.interaction.arrays import Mask
from xmem_gui.interaction.local_change import LARGE, asks_for_nothing, merged, reach, touch
from xmem_gui.interaction.prompts import Box, Prompt, Prompts, Stroke
from xmem_gui.interaction.pulling import pulled
from xmem_gui.interaction.segmenter import PreparedImage

GIVEN_LARGE = 0.5
"""Share of a mask that no prompt has made from which one prompt finds the object anew."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """An object's mask after some prompts.

    Attributes
    ----------
    prompts : Prompts
        All of them.
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
            The picture.
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
        near = touch(prompt, size)
        if asks_for_nothing(before >= 0.5, prompt, near):
            return same
        answer = image.predict(prompts, before)
        if not isinstance(prompt, Stroke):
            answer = pulled(answer, [prompt], radius=reach(size))
        fixed = [one for one in (painted, self.settled) if one is not None]
        after = merged(
            answer, before, prompt, near=near, fixed=fixed, found=self.found,
            large=GIVEN_LARGE if self.given else LARGE,
        )  # fmt: skip
        settled = self.settled
        if after.found:
            settled = after.own if settled is None else settled | after.own
        return Round(prompts, after.probability, settled, after.found, self.given and after.found)

    def anew(self, image: PreparedImage, *, painted: Mask | None = None) -> Round:
        """Return the whole answer to all prompts, from this mask; painted pixels stay."""
        before = self.probability
        answer = image.predict(self.prompts, before)
        if painted is not None:
            known = np.zeros_like(answer) if before is None else before
            answer = np.where(painted, known, answer)
        return Round(self.prompts, answer)

    def replayed(
        self, image: PreparedImage, prompts: Collection[Prompt], *, painted: Mask | None = None
    ) -> Round:
        """Return the mask after more prompts, one after the other."""
        last = self
        for prompt in prompts:
            last = last.next(image, prompt, painted=painted)
        return last
