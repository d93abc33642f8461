"""Mattes for compositors: layers of OpenEXR, one sequence of all objects, QuickTime."""

import sys
from pathlib import Path

import av
import numpy as np
import pytest
from format_cases import make_mask
from PIL import Image

from xmem_gui.errors import OutputError
from xmem_gui.formats import (
    ImportPlan,
    MemoryAnnotation,
    ObjectInfo,
    export,
    into_memory,
    open_import,
    plan_export,
)
from xmem_gui.formats.exr import layer_names

SIZE = (48, 64)


def make_clip() -> MemoryAnnotation:
    objects = [ObjectInfo(1, "dog", (255, 0, 0)), ObjectInfo(7, "großer Hund", (0, 255, 0), 2)]
    clip = MemoryAnnotation(SIZE, 4, objects=objects, name="clip")
    for frame in range(4):
        clip.set(frame, 1, make_mask("noise", *SIZE, frame))
    clip.set(1, 7, make_mask("ring", *SIZE, 1))
    clip.set(2, 7, np.zeros(SIZE, bool))
    return clip


def set_soft(clip: MemoryAnnotation, frame: int, object_id: int, soft: np.ndarray) -> None:
    clip.set(frame, object_id, soft > 0.5)
    clip.set_probability(frame, object_id, soft)


def together(clip: MemoryAnnotation, frame: int) -> np.ndarray:
    masks = [clip.mask(frame, info.id) for info in clip.objects]
    return np.any([mask for mask in masks if mask is not None], axis=0)


def test_every_object_is_a_layer_of_half_floats(tmp_path: Path) -> None:
    openexr = pytest.importorskip("OpenEXR")
    clip = make_clip()
    soft = np.random.default_rng(0).random(SIZE, dtype=np.float32)
    set_soft(clip, 3, 7, soft)
    export(clip, "exr", tmp_path)
    files = sorted((tmp_path / "clip-exr").iterdir())
    assert [file.name for file in files] == [f"{frame:05d}.exr" for frame in range(4)]
    for frame, file in enumerate(files):
        with openexr.File(str(file)) as found:
            channels = found.channels()
            assert found.header()["compression"] == openexr.ZIP_COMPRESSION
            assert set(channels) == {"dog.A", "gro_er_Hund.A"}
            for number, name in ((1, "dog.A"), (7, "gro_er_Hund.A")):
                mask = clip.mask(frame, number)
                wanted = np.zeros(SIZE) if mask is None else mask.astype(float)
                if (frame, number) == (3, 7):
                    wanted = soft.astype(np.float16)
                assert channels[name].pixels.dtype == np.float16
                np.testing.assert_array_equal(channels[name].pixels, wanted)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["dog", "cat"], ("dog", "cat")),
        (["dog", "Dog", "dog"], ("dog_1", "Dog_2", "dog_3")),
        (["文", "", "a.b", "a b"], ("object_1", "object_2", "a_b_3", "a_b_4")),
        (["7up", "x" * 300], ("_7up", "x" * 20)),
        (["dog", "dog", "dog_1"], ("dog_1", "dog_2", "dog_1_")),
    ],
)
def test_names_of_layers(names: list[str], wanted: tuple[str, ...]) -> None:
    objects = [ObjectInfo(number, name, (0, 0, 0)) for number, name in enumerate(names, 1)]
    assert layer_names(objects) == wanted


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "OpenEXR", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    plan = plan_export(make_clip(), "exr", tmp_path)
    assert "pip install 'xmem-gui[vfx]'" in plan.refusals[0]
    with pytest.raises(OutputError, match="OpenEXR"):
        export(make_clip(), "exr", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_matte_of_all_objects(tmp_path: Path) -> None:
    clip = make_clip()
    soft = np.random.default_rng(0).random(SIZE, dtype=np.float32)
    clip.set(3, 1, np.zeros(SIZE, bool))
    set_soft(clip, 3, 7, soft)
    assert any("share one matte" in warning for warning in plan_export(clip, "matte-png", tmp_path).warnings)
    export(clip, "matte-png", tmp_path)
    for frame in range(4):
        with Image.open(tmp_path / "clip-matte" / f"{frame:05d}.png") as image:
            assert image.mode == "L"
            wanted = 255 * together(clip, frame) if frame < 3 else np.rint(soft * 255)
            np.testing.assert_array_equal(np.array(image), wanted)


@pytest.mark.parametrize(("format_id", "within"), [("matte-animation", 0), ("matte-prores", 8)])
def test_quicktime_mattes(format_id: str, within: int, tmp_path: Path) -> None:
    clip = make_clip()
    for frame in range(4):
        for info in clip.objects:
            clip.set(frame, info.id, make_mask("blob", *SIZE, frame + info.id))
    (path,) = export(clip, format_id, tmp_path)
    assert path.suffix == ".mov"
    with av.open(str(path)) as file:
        frames = [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]
    assert len(frames) == 4
    for number, frame in enumerate(frames):
        wanted = 255 * together(clip, number).astype(int)
        assert np.abs(frame.astype(int) - wanted).max() <= within


def as_compositors_write(place: Path, frames: int, channels: dict[str, np.ndarray], **header: object) -> None:
    openexr = pytest.importorskip("OpenEXR")
    place.mkdir()
    for frame in range(frames):
        kind = {"compression": openexr.DWAA_COMPRESSION, "type": openexr.scanlineimage, **header}
        with openexr.File(kind, dict(channels)) as file:
            file.write(str(place / f"shot.{frame + 1:04d}.exr"))


def opened(place: Path, frames: int = 4) -> ImportPlan:
    return open_import(place, size=SIZE, frame_names=[f"{n:05d}" for n in range(frames)], name="clip")


def test_layers_of_compositors_are_objects(tmp_path: Path) -> None:
    soft = np.zeros(SIZE, np.float32)
    soft[10:20, 10:30], soft[20:22, 10:30] = 0.9, 0.3
    beauty = np.random.default_rng(0).random(SIZE, dtype=np.float32)
    channels = {"R": beauty, "dog.A": soft, "dog.R": beauty, "cat.Y": soft[::-1].copy(), "none.A": soft * 0}
    as_compositors_write(tmp_path / "exr", 4, channels)
    plan = opened(tmp_path / "exr")
    assert plan.frames == (0, 1, 2, 3)
    found = into_memory(plan, plan.read())
    masks = {info.name: found.mask(2, info.id) for info in found.objects}
    assert set(masks) == {"dog", "cat"}
    np.testing.assert_array_equal(masks["dog"], soft >= 0.5)
    np.testing.assert_array_equal(masks["cat"], soft[::-1] >= 0.5)


def test_a_cropped_data_window_lies_where_it_says(tmp_path: Path) -> None:
    inside = (np.array([50, 40], np.int32), np.array([69, 49], np.int32))  # beyond the right and lower edge
    display = (np.array([0, 0], np.int32), np.array([SIZE[1] - 1, SIZE[0] - 1], np.int32))
    ones = np.ones((10, 20), np.float16)
    as_compositors_write(tmp_path / "exr", 4, {"A": ones}, dataWindow=inside, displayWindow=display)
    plan = opened(tmp_path / "exr")
    wanted = np.zeros(SIZE, bool)
    wanted[40:, 50:] = True
    np.testing.assert_array_equal(next(iter(plan.read())).mask(), wanted)


def test_layers_without_their_list_are_told_apart_by_name(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    clip = make_clip()
    export(clip, "exr", tmp_path)
    (tmp_path / "clip-exr.objects.json").unlink()
    plan = opened(tmp_path / "clip-exr")
    assert {info.name for info in plan.objects} == {"dog", "gro_er_Hund"}


def test_a_damaged_file_is_left_out_and_named(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    export(make_clip(), "exr", tmp_path)
    damaged = tmp_path / "clip-exr" / "00003.exr"
    damaged.write_bytes(damaged.read_bytes()[:200])
    plan = opened(tmp_path)
    assert plan.frames == (0, 1, 2)
    assert "00003.exr" in plan.left_out[0]
