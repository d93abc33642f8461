"""Whether the objects' colours stay apart, also as colour-blind people see them."""

import itertools

import numpy as np
import pytest

from xmem_gui.project import default_colour

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colours: list[tuple[int, int, int]], sight: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b*, (N, 3), of colours as somebody sees them."""
    rgb = np.array(colours) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ sight.T, 0, 1) @ TO_XYZ.T / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)


def least(count: int, sight: str) -> float:
    seen = lab([default_colour(one) for one in range(1, count + 1)], SIGHT[sight])
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("sight", SIGHT)
def test_the_first_twelve_colours_stay_apart(sight: str):
    assert least(12, sight) > 23


@pytest.mark.parametrize("sight", SIGHT)
def test_the_first_four_are_far_apart(sight: str):
    assert least(4, sight) > 45


def test_colours_of_many_objects_differ():
    assert len({default_colour(one) for one in range(1, 201)}) == 200
