"""What one proposal was made of, in little memory, for the next to go on from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask
from xmem_gui.interaction import Prompts
from xmem_gui.interaction.rounds import Round
from xmem_gui.project import Rle

_BELOW_HALF = np.nextafter(np.float16(0.5), np.float16(0))


@dataclass(frozen=True, slots=True, eq=False)
class KeptRound:
    """What one proposal was made of, for the next to go on from.

    ``document`` is the mask that the object had then, or has since the proposal was accepted; only the latest
    round still has its probability. ``settled``, ``found`` and ``given`` are those of `Round`.
    """

    prompts: Prompts
    start: Mask | None
    probability: NDArray[np.float16] | None
    document: Rle | None
    settled: Rle | None
    found: bool
    given: bool

    @classmethod
    def of(cls, answer: Round, start: Mask | None, document: Rle | None) -> KeptRound:
        """Keep an answer, with the masks that the object had before the first prompt and has now."""
        settled = None if answer.settled is None else Rle.from_mask(answer.settled)
        probability = None if answer.probability is None else half(answer.probability)
        return cls(answer.prompts, start, probability, document, settled, answer.found, answer.given)

    def to_round(self) -> Round:
        """Return what the next prompt goes on from."""
        known = None if self.document is None else self.document.to_mask().astype(np.float32)
        if self.probability is not None:
            known = self.probability.astype(np.float32)
        settled = None if self.settled is None else self.settled.to_mask()
        return Round(self.prompts, known, settled, self.found, self.given)


def half(probability: NDArray[np.float32]) -> NDArray[np.float16]:
    """Return a probability in half the memory, every pixel on its side of one half."""
    shorter = probability.astype(np.float16)
    shorter[probability < 0.5] = np.minimum(shorter[probability < 0.5], _BELOW_HALF)
    return shorter
