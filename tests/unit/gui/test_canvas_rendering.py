"""What is seen of picture and masks, pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from xmem_gui.gui.canvas.edges import Edges
from xmem_gui.gui.canvas.geometry import Region
from xmem_gui.gui.canvas.look import Look, Mode
from xmem_gui.gui.canvas.rendition import Rendition, Sight, Touch
from xmem_gui.gui.pictures.layers import LayerCache, Layers, make_layers, stacked
from xmem_gui.project import DocumentChange, MaskRecord, Origin, Rle, VideoObject

H, W = 24, 32
GREY = 90
RED, BLUE = (255, 0, 0), (0, 0, 255)
WHOLE = Region(0, 0, W, H)


def picture() -> NDArray[np.uint8]:
    return np.full((H, W, 3), GREY, np.uint8)


def record(mask: NDArray[np.bool_]) -> MaskRecord:
    rle = Rle.from_mask(mask)
    return MaskRecord(rle, rle.area, Origin.DRAWN)


def block(top: int, bottom: int, left: int, right: int) -> NDArray[np.bool_]:
    mask = np.zeros((H, W), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def layers(*, locked: bool = False) -> Layers:
    objects = (VideoObject(1, "a", RED, 0, locked=locked), VideoObject(2, "b", BLUE, 1))
    return make_layers({1: record(block(4, 16, 4, 16)), 2: record(block(8, 20, 10, 24))}, objects, (H, W))


def seen(look: Look, *, scale: float = 1.0, shown: Layers | None = None) -> NDArray[Any]:
    """Return (H, W, 3) RGB."""
    rendition = Rendition(Sight(0, WHOLE, scale, look), picture(), shown or layers())
    return pixels_of(rendition)


def pixels_of(rendition: Rendition) -> NDArray[Any]:
    image = rendition.image
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return flat[:, : image.width(), 2::-1].copy()


def test_overlay_mixes_colours_inside_and_leaves_the_rest() -> None:
    rgb = seen(Look(Mode.OVERLAY, opacity=0.5))
    assert tuple(rgb[0, 0]) == (GREY,) * 3
    assert rgb[6, 8] == pytest.approx([(GREY + 255) / 2, GREY / 2, GREY / 2], abs=1)
    assert tuple(rgb[4, 8]) == RED  # the outline
    assert rgb[10, 12] == pytest.approx([GREY / 2, GREY / 2, (GREY + 255) / 2], abs=1)  # the upper object


def test_outline_draws_outlines_only() -> None:
    rgb = seen(Look(Mode.OUTLINE))
    assert tuple(rgb[4, 8]) == RED
    assert tuple(rgb[6, 8]) == (GREY,) * 3


def test_the_selected_outline_is_stronger() -> None:
    rgb = seen(Look(Mode.OUTLINE, selected=1))
    assert tuple(rgb[4, 8]) == (255, 255, 255)
    assert tuple(rgb[5, 8]) == RED


def test_mask_only_is_flat_colours_on_black() -> None:
    rgb = seen(Look(Mode.MASK))
    assert {tuple(colour) for colour in rgb.reshape(-1, 3)} == {(0, 0, 0), RED, BLUE}


def test_cutouts_lie_on_a_checkerboard_or_a_colour() -> None:
    rgb = seen(Look(Mode.CUTOUT))
    assert tuple(rgb[6, 8]) == (GREY,) * 3
    assert tuple(rgb[0, 0]) != tuple(rgb[0, 8])
    assert tuple(seen(Look(Mode.CUTOUT, backdrop=(1, 2, 3)))[0, 0]) == (1, 2, 3)


def test_faded_darkens_the_background_only() -> None:
    rgb = seen(Look(Mode.FADED))
    assert tuple(rgb[6, 8]) == (GREY,) * 3
    assert rgb[0, 0].max() < GREY


def test_image_only_shows_no_mask() -> None:
    assert (seen(Look(Mode.IMAGE)) == GREY).all()


def test_a_locked_object_is_striped() -> None:
    plain, locked = seen(Look(opacity=1.0)), seen(Look(opacity=1.0), shown=layers(locked=True))
    inner = np.s_[6:14, 6:9]
    differs = (plain[inner] != locked[inner]).any(axis=2)
    assert differs.any()
    assert (locked[inner][differs] == GREY).all()


def test_large_pixels_are_crisp() -> None:
    rgb = seen(Look(Mode.MASK), scale=3.0)
    assert (rgb == np.repeat(np.repeat(seen(Look(Mode.MASK)), 3, axis=0), 3, axis=1)).all()


def test_a_small_picture_is_an_average() -> None:
    pixels = picture()
    pixels[::2] = 0
    rgb = pixels_of(Rendition(Sight(0, WHOLE, 0.5, Look(Mode.IMAGE)), pixels, layers()))
    assert rgb.shape == (H // 2, W // 2, 3)
    assert rgb == pytest.approx(np.full(rgb.shape, GREY / 2), abs=1)


@pytest.mark.parametrize("scale", [0.4, 1.0, 1.9])
def test_a_straight_edge_is_exact_and_none_is_at_the_edge_of_the_picture(scale: float) -> None:
    mask = np.zeros((24, 24), np.uint8)
    mask[:, :12] = 1
    edges = Edges(scale, 1)
    assert edges.inside(mask) == pytest.approx(np.tile([255] * 12 + [0] * 12, (24, 1)), abs=4)
    assert edges.lines(mask, 1)[0] == pytest.approx(np.tile([0] * 11 + [255] + [0] * 12, (24, 1)), abs=4)
    assert edges.lines(mask, 2)[0] == pytest.approx(np.tile([0] * 10 + [255] * 2 + [0] * 12, (24, 1)), abs=4)


def test_steps_become_a_line() -> None:
    sloped = (np.arange(40)[:, None] > np.arange(40)[None] // 2).astype(np.uint8)
    cover = Edges(1, 1).lines(sloped, 1)[0]
    assert len(set(cover[15:30, 10:50].ravel().tolist())) > 4
    assert cover.sum() / 255 == pytest.approx(np.hypot(40, 20), rel=0.15)  # as long as the edge, one wide


@pytest.mark.parametrize("size", [1, 2])
def test_what_is_tiny_is_drawn_as_it_is(size: int) -> None:
    mask = np.zeros((24, 24), np.uint8)
    mask[10 : 10 + size, 10 : 10 + size] = 1
    assert Edges(1, 1).lines(mask, 2)[0][mask > 0].min() > 100


@given(
    scale=st.sampled_from([0.37, 0.5, 1.0, 1.37, 2.0, 2.63, 5.0]),
    corner=st.tuples(st.integers(-6, W), st.integers(-6, H)),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    erase=st.booleans(),
    mode=st.sampled_from(list(Mode)),
    locked=st.booleans(),
    seed=st.integers(0, 99),
)
def test_touching_up_gives_what_drawing_anew_gives(
    scale: float,
    corner: tuple[int, int],
    size: tuple[int, int],
    erase: bool,
    mode: Mode,
    locked: bool,
    seed: int,
) -> None:
    region = WHOLE if scale < 1 else Region(2, 3, W - 1, H - 2)
    sight = Sight(0, region, scale, Look(mode, selected=2))
    touch = Touch(0, 2, *corner, np.random.default_rng(seed).random(size) < 0.7, erase=erase)
    once = Rendition(sight, picture(), layers(locked=locked))
    once.touch(touch)
    anew = Rendition(sight, picture(), layers(locked=locked), [touch])
    assert (pixels_of(once) == pixels_of(anew)).all()


def test_touches_spare_locked_objects_and_come_true() -> None:
    touch = Touch(0, 2, 0, 0, np.ones((10, 10), np.bool_))
    rgb = pixels_of(Rendition(Sight(0, WHOLE, 1.0, Look(Mode.MASK)), picture(), layers(locked=True), [touch]))
    assert tuple(rgb[5, 5]) == RED
    assert tuple(rgb[2, 2]) == BLUE


def test_a_proposal_takes_the_place_of_the_mask() -> None:
    touch = Touch(0, 2, 0, 0, block(0, 2, 0, 2), alone=True)
    rgb = pixels_of(Rendition(Sight(0, WHOLE, 1.0, Look(Mode.MASK)), picture(), layers(), [touch]))
    assert tuple(rgb[1, 1]) == BLUE
    assert tuple(rgb[18, 20]) == (0, 0, 0)


def test_the_higher_priority_is_seen_and_hidden_objects_are_not() -> None:
    objects = [VideoObject(1, "a", RED, 5), VideoObject(2, "b", BLUE, 1), VideoObject(3, "c", RED, 9, False)]
    assert [one.id for one in stacked(objects)] == [2, 1]
    assert [one.id for one in stacked(objects, solo=3)] == [3]
    full = {one.id: record(np.ones((H, W), np.bool_)) for one in objects}
    shown = make_layers(full, stacked(objects), (H, W))
    found = shown.at(3.7, 2.2)
    assert found is not None
    assert found.id == 1
    assert shown.at(-0.1, 3) is None
    assert shown.at(W, 3) is None


def test_more_objects_than_a_byte_counts() -> None:
    objects = tuple(VideoObject(i, str(i), (i % 256, 7, 9), i) for i in range(1, 301))
    shown = make_layers({300: record(block(0, 4, 0, 4))}, objects, (H, W))
    rgb = seen(Look(Mode.MASK), shown=shown)
    assert tuple(rgb[1, 1]) == (300 % 256, 7, 9)
    assert tuple(seen(Look(Mode.OVERLAY, opacity=1.0), shown=shown)[1, 1]) == (300 % 256, 7, 9)


def test_the_cache_forgets_what_a_change_touches() -> None:
    cache, shown = LayerCache(), layers()
    for frame in (1, 2):
        cache.put(frame, shown, cache.generation)
    cache.forget(DocumentChange.of_masks({1}, {1}))
    assert cache.get(1, shown.objects) is None
    assert cache.get(2, shown.objects) is shown
    assert cache.get(2, shown.objects[:1]) is None


def test_the_cache_takes_nothing_made_before_a_change() -> None:
    cache, shown = LayerCache(), layers()
    begun = cache.generation
    cache.forget(DocumentChange.of_masks({7}, {1}))
    cache.put(7, shown, begun)
    assert cache.get(7, shown.objects) is None


def test_the_cache_is_bounded() -> None:
    cache, shown = LayerCache(budget_bytes=3 * H * W), layers()
    for frame in range(9):
        cache.put(frame, shown, cache.generation)
    assert [frame for frame in range(9) if cache.get(frame, shown.objects)] == [6, 7, 8]
