import numpy as np
import pytest
from edit_cases import disc, few, masks, near, two_colours
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.errors import MaskError
from xmem_gui.interaction import snap_by_colour, snap_to_edges, soften_edges
from xmem_gui.interaction.regions import within

WAYS = [snap_by_colour, snap_to_edges]
SIZE = (80, 150)


def iou(one, other):
    return (one & other).sum() / (one | other).sum()


@pytest.fixture(scope="module")
def scene():
    """Return an image of a disc across the border of two tiles, the disc, and a mask that is 2 pixels off."""
    inside = disc(SIZE, 75, 40, 28)
    return two_colours(inside, noise=12), inside, disc(SIZE, 77, 41, 29)


@pytest.mark.parametrize(("snap", "least"), [(snap_by_colour, 0.98), (snap_to_edges, 0.95)])
def test_a_border_two_pixels_off_comes_nearer(scene, snap, least):
    image, inside, mask = scene
    snapped = snap(image, mask, band=5)
    assert iou(snapped, inside) > max(least, iou(mask, inside) + 0.02)


@pytest.mark.parametrize("snap", WAYS)
def test_the_same_again_is_the_same(scene, snap):
    image, _, mask = scene
    image.setflags(write=False)
    assert np.array_equal(snap(image, mask), snap(image, mask))


@pytest.mark.parametrize("snap", WAYS)
@few
@given(masks, st.sampled_from([1, 2, 3.5]), st.integers(0, 9))
def test_pixels_outside_the_band_never_change(snap, mask, band, seed):
    image = np.random.default_rng(seed).integers(0, 256, (*mask.shape, 3), np.uint8)
    changed = snap(image, mask, band=band) != mask
    assert not (changed & ~near(mask, band)).any()
    assert not (changed & ~near(~mask, band)).any()


@pytest.mark.parametrize("snap", WAYS)
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (7, 1), (6, 5), (0, 0)])
@pytest.mark.parametrize("value", [0, 1])
def test_empty_and_full_masks_stay(snap, size, value):
    assert np.array_equal(
        snap(np.zeros((*size, 3), np.uint8), np.full(size, value)), np.full(size, value == 1)
    )


@pytest.mark.parametrize("snap", WAYS)
@pytest.mark.parametrize("band", [0, -1, 0.5, np.nan])
def test_without_a_band_nothing_changes(scene, snap, band):
    image, _, mask = scene
    assert np.array_equal(snap(image, mask, band=band), mask)


@pytest.mark.parametrize("snap", WAYS)
@pytest.mark.parametrize("kind", [np.zeros((9, 12)), np.zeros((9, 12, 4), np.uint8), np.eye(9, 12)])
def test_flat_grey_and_transparent_images(snap, kind):
    for mask in (np.eye(9, 12, dtype=bool), np.arange(108).reshape(9, 12) == 40):
        result = snap(kind, mask, band=1e6)
        assert result.shape == mask.shape
        assert result.dtype == np.bool_


def test_a_flat_image_does_not_move_a_straight_border():
    mask = np.zeros((30, 40), bool)
    mask[:, 20:] = True
    assert np.array_equal(snap_to_edges(np.full((30, 40), 0.4), mask), mask)


@pytest.mark.parametrize("snap", WAYS)
def test_sizes_that_differ_are_refused(snap):
    with pytest.raises(MaskError, match="image"):
        snap(np.zeros((3, 4)), np.zeros((4, 3)))


@pytest.mark.parametrize("snap", WAYS)
def test_a_speck_of_the_grounds_colour_beyond_the_band_stays(snap):
    mask = np.zeros((40, 40), bool)
    mask[20:, 20:] = True
    specked = mask.copy()
    specked[24, 24] = False  # Five pixels from the ground.
    assert np.array_equal(snap(two_colours(specked), mask, band=4), mask)


def test_soft_edges_stay_within_the_band_and_follow_the_picture(scene):
    image, inside, mask = scene
    soft = soften_edges(image, mask.astype(np.float32), band=5)
    assert soft.dtype == np.float32
    assert 0 <= soft.min() <= soft.max() <= 1
    assert iou(soft >= 0.5, inside) > iou(mask, inside) + 0.02
    unsure = within(mask, 5) & within(~mask, 5)
    assert (soft == mask)[~unsure].all()


def test_tiles_of_a_soft_edge_join():
    """A mask across the borders of tiles comes out as the same mask within one tile does."""
    image = np.random.default_rng(3).integers(0, 256, (300, 300, 3), np.uint8)
    across = disc((300, 300), 128, 128, 30).astype(np.float32)
    whole = soften_edges(image, across, band=4)
    alone = soften_edges(image[70:190, 70:190], across[70:190, 70:190], band=4)
    assert np.allclose(whole[70:190, 70:190], alone, atol=1e-5)
    assert ((alone > 0) & (alone < 1)).sum() > 100


def test_a_soft_mask_of_another_size_is_refused():
    with pytest.raises(MaskError):
        soften_edges(np.zeros((4, 5, 3), np.uint8), np.zeros((5, 4), np.float32))
