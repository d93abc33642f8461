"""Masks, paths and brute force, for the tests of editing without a network."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

few = settings(max_examples=25)
sizes = st.tuples(st.integers(1, 14), st.integers(1, 14))
masks = sizes.flatmap(lambda size: hnp.arrays(np.bool_, size))
radii = st.sampled_from([0, 0.5, 1, 1.5, 2, 3.7, 5])
coordinates = st.floats(-8, 24).map(lambda value: round(value, 3))
paths = st.lists(st.tuples(coordinates, coordinates), min_size=0, max_size=6)


def disc(size, x, y, radius):
    """Return the pixels whose centres are within a radius of a place."""
    rows, columns = np.indices(size) + 0.5
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def near(mask, radius):
    """Return the pixels within a radius of the mask's, by looking at every pair."""
    places = np.argwhere(mask)
    result = mask.copy()
    if len(places):
        grid = np.indices(mask.shape).reshape(2, -1).T
        squared = ((grid[:, None] - places[None]) ** 2).sum(axis=2).min(axis=1)
        result = (squared <= radius**2).reshape(mask.shape)
    return result


def two_colours(inside, *, noise=0.0, seed=0):
    """Return an image (H, W, 3) of a reddish object on a bluish ground."""
    picture = np.where(inside[..., None], (200.0, 120, 40), (60.0, 90, 160))
    picture = picture + np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)
