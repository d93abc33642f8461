"""How overlays look and how fine they are: in the picture, in the video, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from xmem_gui.errors import OutputError
from xmem_gui.formats import (
    EXPORTERS,
    QUALITIES,
    ExportRequest,
    MemoryAnnotation,
    ObjectInfo,
    OverlayLook,
    export,
    plan_export,
)
from xmem_gui.formats.looks import look_of
from xmem_gui.formats.name_plates import unshown_names
from xmem_gui.formats.overlay_look import PLAIN, overlay, with_masks
from xmem_gui.formats.rle import encode

SIZE = (120, 160)
RED, GREEN = (200, 10, 10), (10, 200, 10)
GREY = 100


def square(top: int, left: int, side: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def grey() -> np.ndarray:
    return np.full((*SIZE, 3), GREY, np.uint8)


def make_clip(name: str = "rabbit", frames: int = 4) -> MemoryAnnotation:
    clip = MemoryAnnotation(SIZE, frames, objects=[ObjectInfo(1, name, RED), ObjectInfo(2, "b", GREEN, 1)])
    rng = np.random.default_rng(0)
    for frame in range(frames):
        clip.set(frame, 1, square(60, 20 + frame, 40))
        clip.set_image(frame, rng.integers(0, 255, (*SIZE, 3), np.uint8))
    return clip


def test_by_default_masks_are_mixed_in_with_a_line_of_one_pixel() -> None:
    picture = overlay(grey(), [(RED, encode(square(20, 30, 20)))])
    assert tuple(picture[20, 30]) == tuple(picture[39, 49]) == tuple(picture[30, 49]) == RED
    mixed = tuple(round(0.55 * GREY + 0.45 * one) for one in RED)
    assert tuple(picture[21, 31]) == tuple(picture[38, 48]) == mixed
    outside = ~square(20, 30, 20)
    assert (picture[outside] == GREY).all()


def test_fill_outline_and_darkness_are_as_asked_for() -> None:
    masks = [(RED, encode(square(20, 30, 40)))]
    bare = overlay(grey(), masks, OverlayLook(fill=0, outline=0))
    np.testing.assert_array_equal(bare, grey())
    full = overlay(grey(), masks, OverlayLook(fill=1, outline=0))
    assert (full[square(20, 30, 40)] == RED).all()
    wide = overlay(grey(), masks, OverlayLook(fill=0, outline=5))
    reds = (wide == RED).all(axis=2)
    assert reds[40, 30:35].all()
    assert not reds[40, 35:65].any()
    assert reds[40, 65:70].all()
    dark = overlay(grey(), masks, OverlayLook(fill=0, outline=0, dim=0.75))
    assert (dark[square(20, 30, 40)] == GREY).all()
    assert (dark[~square(20, 30, 40)] == GREY // 4).all()
    assert (overlay(grey(), masks, OverlayLook(dim=1))[0, 0] == 0).all()


def test_nothing_of_the_picture_that_was_given_is_changed() -> None:
    image = grey()
    with_masks(
        image, [(ObjectInfo(1, "rabbit", RED), encode(square(60, 60, 20)))], OverlayLook(labels=True, dim=1)
    )
    assert (image == GREY).all()


def test_names_stand_above_their_masks_and_inside_at_the_edge() -> None:
    def changed(top: int) -> tuple[int, int]:
        masks = [(ObjectInfo(1, "rabbit", RED), encode(square(top, 60, 20)))]
        look = OverlayLook(fill=0, outline=0, labels=True)
        rows = np.flatnonzero((with_masks(grey(), masks, look) != GREY).any(axis=(1, 2)))
        return int(rows[0]), int(rows[-1]) + 1

    above, foot = changed(60)
    assert foot == 60
    assert 10 < 60 - above < 30
    first, last = changed(0)
    assert first == 0
    assert last == foot - above


def test_names_in_other_letters_are_shown_or_numbers_stand_for_them_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmem_gui.formats.name_plates._OTHER_FONTS", ())
    look = ExportRequest(look=OverlayLook(labels=True))
    assert unshown_names(make_clip("a big rabbit (2)").objects) == ()
    clip = make_clip("兎の名")
    assert [info.id for info in unshown_names(clip.objects)] == [1]
    (warning,) = [one for one in plan_export(clip, "overlay", tmp_path, look).warnings if "font" in one]
    assert warning.endswith("they have their numbers: 1.")
    assert not any("font" in one for one in plan_export(clip, "overlay", tmp_path).warnings)
    asked = OverlayLook(labels=True)
    masks = [(clip.objects[0], encode(square(60, 60, 20)))]
    number = [(ObjectInfo(1, "1", RED), encode(square(60, 60, 20)))]
    np.testing.assert_array_equal(with_masks(grey(), masks, asked), with_masks(grey(), number, asked))


def test_a_picture_smaller_than_a_name_is_no_trouble() -> None:
    mask = np.ones((5, 6), bool)
    masks = [(ObjectInfo(1, "a rather long name for so small a picture", RED), encode(mask))]
    assert with_masks(np.zeros((5, 6, 3), np.uint8), masks, OverlayLook(labels=True)).shape == (5, 6, 3)


@pytest.mark.parametrize(
    "asked",
    [{"fill": -0.1}, {"fill": 1.1}, {"fill": float("nan")}, {"outline": -1}, {"outline": 21}, {"dim": 2}],
)
def test_a_look_out_of_its_range_is_refused(asked: dict[str, float]) -> None:
    with pytest.raises(OutputError, match="was asked for"):
        OverlayLook(**asked)


@pytest.mark.parametrize("quality", [0, -3, 52])
def test_a_quality_out_of_its_range_is_refused(quality: int) -> None:
    with pytest.raises(OutputError, match=r"from 1 .* to 51"):
        ExportRequest(quality=quality)


def test_a_coarser_video_is_smaller_and_fine_is_the_default(tmp_path: Path) -> None:
    pytest.importorskip("av")
    sizes = {}
    for name, quality in (*QUALITIES.items(), ("default", None)):
        (path,) = export(make_clip(), "overlay", tmp_path / f"{name}.mp4", ExportRequest(quality=quality))
        sizes[name] = path.stat().st_size
    assert sizes["small"] < sizes["good"] < sizes["fine"] == sizes["default"]


def test_formats_without_a_look_or_a_quality_say_so(tmp_path: Path) -> None:
    asked = ExportRequest(quality=28, look=OverlayLook(labels=True))
    for format_id, exporter in EXPORTERS.items():
        said = " ".join(plan_export(make_clip(), format_id, tmp_path / "new", asked).warnings)
        assert ("only one quality" in said) is not exporter.has_quality, format_id
        assert ("is no overlay" in said) is not exporter.has_look, format_id
        plain = " ".join(plan_export(make_clip(), format_id, tmp_path / "new").warnings)
        assert "not used" not in plain.replace("pattern is not used", ""), format_id
    assert {name for name, one in EXPORTERS.items() if one.has_look} == {"overlay", "preview"}
    assert ExportRequest().look == PLAIN


def test_the_small_picture_has_the_look_asked_for(tmp_path: Path) -> None:
    def drawn(look: OverlayLook) -> np.ndarray:
        found = look_of(plan_export(make_clip(), "overlay", tmp_path, ExportRequest(look=look)))
        assert found is not None
        return found[1]

    assert drawn(OverlayLook(dim=1))[0, 0].max() == 0
    assert (drawn(OverlayLook(labels=True)) != drawn(PLAIN)).any()
