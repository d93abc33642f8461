"""A picture of noise, prompts of every kind for it, and what all segmenters' answers have in common."""

from __future__ import annotations

import numpy as np
import pytest

from xmem_gui.arrays import Probability, RgbImage
from xmem_gui.errors import MaskError
from xmem_gui.interaction import Box, Point, Prompts, Stroke
from xmem_gui.interaction.segmenter import PreparedImage

SIZE = (90, 160)
CLICK = Prompts((Point(100.5, 40.5),))
ACROSS = Stroke([(20, 45), (140, 45)], radius=2)
EVERY_KIND = {
    "a click": CLICK,
    "two clicks": CLICK.plus(Point(20.5, 20.5, positive=False)),
    "a box": Prompts(box=Box(30, 20, 120, 80)),
    "a stroke": Prompts(strokes=(ACROSS,)),
    "all": CLICK.plus(ACROSS).plus(Stroke([(10, 5), (150, 8)], 1, positive=False)).plus(Box(0, 0, 160, 60)),
}


def noise() -> RgbImage:
    """Return a picture of the size."""
    return np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)


def expect_probability(probability: Probability, size: tuple[int, int] = SIZE) -> None:
    assert probability.shape == size
    assert probability.dtype == np.float32
    assert 0 <= probability.min() <= probability.max() <= 1


def expect_obeyed(image: PreparedImage, prompts: Prompts) -> Probability:
    """Ask twice, the second time with the first answer; return the first."""
    first = image.predict(prompts)
    again = image.predict(prompts, first)
    for probability in (first, again):
        expect_probability(probability)
        for stroke in prompts.strokes:
            under = stroke.patch(SIZE).to_mask(SIZE)
            assert (probability[under] == (1 if stroke.positive else 0)).all()
    assert (image.predict(prompts, first) == again).all()
    return first


def expect_mask_heard(image: PreparedImage) -> None:
    """Expect that the mask so far changes the answer, and that one of another size is refused."""
    mask = np.zeros(SIZE, bool)
    mask[20:60, 50:120] = True
    assert (image.predict(CLICK, mask) != image.predict(CLICK)).any()
    assert (image.predict(CLICK, mask) != image.predict(CLICK, ~mask)).any()
    with pytest.raises(MaskError, match="previous mask"):
        image.predict(CLICK, mask[1:])
