"""Which values of deep pictures are shown as black and as white."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from xmem_gui.errors import MediaError

StoredValues: TypeAlias = npt.NDArray[np.generic]
"""A picture as stored: (H, W) or (H, W, 3); uint8, or deep: whole numbers or floats of more bits."""

_BITS_16 = 65535
_MOST_VALUES = 1 << 16
"""Values of each picture that are looked at."""
_SHARE = 0.05
"""Per cent of values that may lie outside of the automatic range at either end: dead and hot pixels."""


@dataclass(frozen=True)
class DisplayRange:
    """The values that are shown as black and as white; those between in proportion.

    Parameters
    ----------
    low, high : float
        In the units of the stored values; ``low`` is below ``high``.

    Raises
    ------
    MediaError
        The numbers are not finite, or ``low`` is not below ``high``.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise MediaError(
                f"{self.low:g}:{self.high:g} is not a display range: give the value to show as black and a "
                "higher one to show as white, such as 0:4095."
            )

    @classmethod
    def parse(cls, text: str) -> DisplayRange:
        """Read ``LOW:HIGH``.

        Raises
        ------
        MediaError
            It is something else.
        """
        low, _, high = text.partition(":")
        try:
            return cls(float(low), float(high))
        except ValueError:
            raise MediaError(
                f"'{text}' is not a display range: give LOW:HIGH, the values to show as black and as white, "
                "such as 0:4095."
            ) from None

    def __str__(self) -> str:
        return f"{self.low:.10g}:{self.high:.10g}"

    def apply(self, values: StoredValues) -> npt.NDArray[np.uint8]:
        """Return deep values as 0 to 255 (of equal steps, for whole numbers); not a number is black."""
        if values.dtype == np.uint16:
            return np.asarray(self._of_whole(np.arange(_BITS_16 + 1))[values])
        if values.dtype.kind in "iu":
            return self._of_whole(values)
        numbers = np.nan_to_num(values.astype(np.float64), nan=self.low)
        with np.errstate(over="ignore"):
            scaled = (np.clip(numbers, self.low, self.high) - self.low) * (255.0 / (self.high - self.low))
        return np.round(scaled).astype(np.uint8)

    def _of_whole(self, values: StoredValues) -> npt.NDArray[np.uint8]:
        numbers = np.clip(values.astype(np.float64), self.low, self.high)
        steps = np.floor((numbers - self.low) * (256.0 / (self.high + 1 - self.low)))
        return np.minimum(steps, 255).astype(np.uint8)


def is_deep(values: StoredValues) -> bool:
    """Whether values have more than 8 bits."""
    return values.dtype != np.uint8


def automatic_range(pictures: Iterable[StoredValues]) -> DisplayRange:
    """Return the range in which the values of some deep pictures lie.

    Where values fill the scale of their type (16 bits, or floats up to 1 or to 255), it is that scale: such
    pictures are as bright as they are meant. Otherwise it is what is there, but for a few outliers, from 0 on
    where the darkest is near to it. The same pictures give the same range.
    """
    pictures = list(pictures)
    values = np.concatenate([_sampled(picture) for picture in pictures] or [np.zeros(0)])
    if not len(values):
        return DisplayRange(0, 255)
    low, high = (float(number) for number in np.percentile(values, (_SHARE, 100 - _SHARE)))
    whole = all(picture.dtype.kind in "iu" for picture in pictures)
    for scale in (_BITS_16,) if whole else (1, 255, _BITS_16):
        if low >= 0 and values.max() <= scale and high - low >= scale / 2:
            return DisplayRange(0, scale)
    if whole:
        low, high = float(np.floor(low)), float(np.ceil(high))
    if 0 < low < high / 8:
        low = 0.0
    return DisplayRange(low, high) if high > low else DisplayRange(low, low + (255.0 if whole else 1.0))


def _sampled(values: StoredValues) -> npt.NDArray[np.float64]:
    """Return finite values of evenly spread pixels."""
    step = max(1, int(np.ceil(np.sqrt(values.size / _MOST_VALUES))))
    numbers = values[::step, ::step].astype(np.float64).ravel()
    return numbers[np.isfinite(numbers)]
