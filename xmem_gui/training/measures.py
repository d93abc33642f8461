"""What a step measures, and a step's pieces shared out to threads.

Each thread takes a whole piece from start to end, so that threads meet once a step instead of in every
operation: on a busy machine that more than halves the time of a step. The gradients are summed in the
order of the pieces, so that the result does not depend on which thread was faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

Gradients = tuple[Tensor | None, ...]
Piece = TypeVar("Piece")
AnyMeasures = TypeVar("AnyMeasures", bound="StepMeasures")


@dataclass(frozen=True)
class StepMeasures:
    """Numbers that can be averaged; the first says what training minimises."""

    loss: float

    def values(self) -> tuple[float, ...]:
        """Return the numbers in order."""
        return astuple(self)

    def weighted(self: AnyMeasures, weight: float) -> AnyMeasures:
        """Return every measure times the weight."""
        return type(self)(*(weight * value for value in self.values()))

    def __add__(self: AnyMeasures, other: AnyMeasures) -> AnyMeasures:
        return type(self)(*(one + two for one, two in zip(self.values(), other.values(), strict=True)))


class SharedGradients:
    """Puts the mean gradients of a step's pieces into a network's parameters; 1 thread means no pool."""

    def __init__(self, network: nn.Module, *, threads: int) -> None:
        self.parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._pool = (
            ThreadPoolExecutor(threads, "piece", initializer=lambda: torch.set_num_threads(1))
            if threads > 1
            else None
        )

    def compute(
        self,
        pieces: Sequence[Piece],
        differentiate: Callable[[Piece], tuple[AnyMeasures, Gradients]],
        *,
        weights: Sequence[float],
    ) -> AnyMeasures:
        """Differentiate every piece; returns the measures, weighted as the gradients are.

        ``weights`` are the pieces' shares of the step and sum to 1.
        """
        run = map if self._pool is None else self._pool.map
        # Like the parameters also in memory format, which optimisers that work on raw memory rely on.
        total = [torch.zeros_like(parameter) for parameter in self.parameters]
        measures: AnyMeasures | None = None
        for weight, (part, gradients) in zip(weights, run(differentiate, pieces), strict=True):
            measures = part.weighted(weight) if measures is None else measures + part.weighted(weight)
            for sum_, gradient in zip(total, gradients, strict=True):
                if gradient is not None:
                    sum_.add_(gradient, alpha=weight)
        assert measures is not None
        for parameter, gradient in zip(self.parameters, total, strict=True):
            parameter.grad = gradient
        return measures
