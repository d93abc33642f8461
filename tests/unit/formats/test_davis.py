from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from xmem_gui.errors import MaskError, OutputError
from xmem_gui.formats.davis import DAVIS_PALETTE, list_masks, objects_in, read_index_mask, write_index_mask

ANY = range(1, 256)
shapes = st.tuples(st.integers(1, 41), st.integers(1, 41))
masks = hnp.arrays(np.uint8, shapes, elements=st.integers(0, 255), fill=st.integers(0, 3))


def save(path: Path, values: np.ndarray, mode: str = "L") -> Path:
    Image.fromarray(values).convert(mode).save(path)
    return path


def two_discs() -> np.ndarray:
    mask = np.zeros((90, 120), dtype=np.uint8)
    cv2.circle(mask, (35, 45), 25, 1, -1)
    cv2.circle(mask, (88, 45), 25, 2, -1)
    return mask


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mask=masks)
def test_what_is_written_is_read_back_to_the_bit(mask: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    write_index_mask(path, mask)
    np.testing.assert_array_equal(read_index_mask(path, size=mask.shape, objects=ANY), mask)
    with Image.open(path) as image:
        assert image.mode == "P"
        assert bytes(image.getpalette() or []) == DAVIS_PALETTE


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((7, 13), np.uint8),
        np.full((5, 3), 1, np.uint8),
        np.full((9, 9), 255, np.uint8),
        np.ones((1, 1), np.uint8),
        np.arange(256, dtype=np.uint8).reshape(16, 16),
        np.kron(np.arange(256, dtype=np.uint8).reshape(16, 16), np.ones((5, 3), np.uint8)),
    ],
    ids=["empty", "full", "full of 255", "one pixel", "255 objects", "255 solid objects"],
)
def test_extreme_masks_are_read_back_without_being_told_their_objects(
    mask: np.ndarray, tmp_path: Path
) -> None:
    write_index_mask(tmp_path / "mask.png", mask)
    np.testing.assert_array_equal(read_index_mask(tmp_path / "mask.png"), mask)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(palette=st.binary(min_size=768, max_size=768))
def test_any_palette_is_kept(palette: bytes, tmp_path: Path) -> None:
    write_index_mask(tmp_path / "mask.png", two_discs(), palette=palette)
    with Image.open(tmp_path / "mask.png") as image:
        assert bytes(image.getpalette() or []) == palette


def test_booleans_and_wide_integers_are_written(tmp_path: Path) -> None:
    mask = two_discs()
    write_index_mask(tmp_path / "a.png", mask == 2)
    write_index_mask(tmp_path / "b.png", mask.astype(np.int64))
    np.testing.assert_array_equal(read_index_mask(tmp_path / "a.png"), mask == 2)
    np.testing.assert_array_equal(read_index_mask(tmp_path / "b.png"), mask)


@pytest.mark.parametrize("number", [256, 70000, -1])
def test_numbers_that_do_not_fit_are_refused(number: int, tmp_path: Path) -> None:
    mask = np.zeros((4, 4), np.int32)
    mask[1, 1] = number
    with pytest.raises(MaskError, match=rf"{number}.*16-bit masks or one mask per object"):
        write_index_mask(tmp_path / "mask.png", mask)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    write_index_mask(path, np.zeros((4, 4), np.uint8))
    write_index_mask(path, np.ones((4, 4), np.uint8))
    assert [file.name for file in tmp_path.iterdir()] == ["mask.png"]
    with pytest.raises(OutputError, match="cannot be written"):
        write_index_mask(tmp_path / "missing" / "mask.png", np.ones((4, 4), np.uint8))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "I;16"])
def test_grey_values_are_object_numbers(mode: str, tmp_path: Path) -> None:
    mask = two_discs()
    np.testing.assert_array_equal(read_index_mask(save(tmp_path / "mask.png", mask, mode)), mask)


def test_colours_of_the_palette_are_object_numbers(tmp_path: Path) -> None:
    mask = two_discs()
    write_index_mask(tmp_path / "mask.png", mask)
    with Image.open(tmp_path / "mask.png") as image:
        image.convert("RGB").save(tmp_path / "colour.png")
    np.testing.assert_array_equal(read_index_mask(tmp_path / "colour.png"), mask)


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_pictures_of_few_bits_give_their_stored_values(bits: int, tmp_path: Path) -> None:
    mask = two_discs()
    cv2.imwrite(str(tmp_path / "wide.png"), mask)
    path = tmp_path / "mask.png"
    path.write_bytes(grey_png(mask, bits))
    np.testing.assert_array_equal(read_index_mask(path), mask)


def grey_png(mask: np.ndarray, bits: int) -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = mask.shape
    spread = np.unpackbits(mask[..., None], axis=2)[..., 8 - bits :].reshape(height, width * bits)
    rows = b"".join(b"\0" + np.packbits(row).tobytes() for row in spread)
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_binary_mask_is_object_1(mode: str, tmp_path: Path) -> None:
    binary = np.where(two_discs() > 0, 255, 0).astype(np.uint8)
    read = read_index_mask(save(tmp_path / "mask.png", binary, mode))
    np.testing.assert_array_equal(read, binary // 255)


def test_a_binary_mask_is_object_1_where_objects_are_known(tmp_path: Path) -> None:
    path = save(tmp_path / "mask.png", two_discs() // 2 * 255)
    assert objects_in(read_index_mask(path, objects={1})) == [1]
    assert objects_in(read_index_mask(path, objects={255})) == [255]
    with pytest.raises(MaskError, match="255"):
        read_index_mask(path, objects={2})


def smooth(tmp_path: Path, scale: int) -> tuple[Path, np.ndarray]:
    values = cv2.resize(two_discs() * np.uint8(scale), (180, 140), interpolation=cv2.INTER_LINEAR)
    return save(tmp_path / "smooth.png", values), values


def test_blended_edges_are_refused_with_their_counts(tmp_path: Path) -> None:
    path, values = smooth(tmp_path, 7)
    strange = [v for v in np.unique(values) if v not in (0, 7, 14)]
    assert 3 < len(strange) <= 12
    with pytest.raises(MaskError) as caught:
        read_index_mask(path)
    for value in strange:
        assert f"{value} ({(values == value).sum()} pixel" in str(caught.value)
    assert "smooth.png" in str(caught.value)


def test_a_long_list_of_values_is_cut_short(tmp_path: Path) -> None:
    path, values = smooth(tmp_path, 100)
    with pytest.raises(MaskError, match=rf"and {len(np.unique(values)) - 3 - 12} more values"):
        read_index_mask(path)


@pytest.mark.parametrize("objects", [None, {100, 200}])
def test_blended_edges_are_repaired_on_request(objects: set[int] | None, tmp_path: Path) -> None:
    path, values = smooth(tmp_path, 100)
    repaired = read_index_mask(path, objects=objects, repair=True)
    assert objects_in(repaired) == [100, 200]
    kept = np.isin(values, [0, 100, 200])
    np.testing.assert_array_equal(repaired[kept], values[kept])


@pytest.mark.parametrize("objects", [None, {1}])
def test_a_smooth_binary_mask_is_repaired_to_object_1(objects: set[int] | None, tmp_path: Path) -> None:
    binary = cv2.resize(np.where(two_discs() > 0, np.uint8(255), np.uint8(0)), (150, 110))
    path = save(tmp_path / "mask.png", binary)
    with pytest.raises(MaskError, match="name no object"):
        read_index_mask(path, objects=objects)
    repaired = read_index_mask(path, objects=objects, repair=True)
    assert objects_in(repaired) == [1]
    assert (repaired[binary == 255] == 1).all()
    assert (repaired[binary == 0] == 0).all()


def test_a_mask_of_only_unexpected_values_cannot_be_repaired(tmp_path: Path) -> None:
    path = save(tmp_path / "mask.png", np.full((4, 4), 9, np.uint8))
    with pytest.raises(MaskError, match="cannot be repaired"):
        read_index_mask(path, objects={1}, repair=True)


def test_another_size_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "mask.png", two_discs())
    with pytest.raises(MaskError, match=r"120 x 90 pixels.*200 x 100"):
        read_index_mask(path, size=(100, 200))


def test_what_is_not_an_index_mask_is_refused(tmp_path: Path) -> None:
    photo = np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    with pytest.raises(MaskError, match="colour picture"):
        read_index_mask(tmp_path / "photo.png")
    Image.fromarray(np.full((4, 4), 700, np.uint16)).save(tmp_path / "wide.png")
    with pytest.raises(MaskError, match="numbers above 255"):
        read_index_mask(tmp_path / "wide.png")
    clear = np.zeros((4, 4, 4), np.uint8)
    Image.fromarray(clear).save(tmp_path / "clear.png")
    with pytest.raises(MaskError, match="transparent"):
        read_index_mask(tmp_path / "clear.png")


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=r"no mask at .*nothing\.png"):
        read_index_mask(tmp_path / "nothing.png")
    write_index_mask(tmp_path / "whole.png", two_discs())
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:-60])
    (tmp_path / "text.png").write_text("no picture")
    for name in ("half.png", "text.png"):
        with pytest.raises(MaskError, match=f"{name}.*damaged"):
            read_index_mask(tmp_path / name)


def test_masks_are_listed_in_natural_order(tmp_path: Path) -> None:
    for name in ("f10.png", "f9.PNG", "00001.png", ".f1.png.7.tmp", ".f3.png", "notes.txt", "take.one.png"):
        (tmp_path / name).touch()
    assert list(list_masks(tmp_path)) == ["00001", "f9", "f10", "take.one"]
    assert list_masks(tmp_path)["f9"] == tmp_path / "f9.PNG"
    with pytest.raises(MaskError, match="no folder of masks"):
        list_masks(tmp_path / "missing")


def test_objects_are_listed_without_the_background() -> None:
    assert objects_in(two_discs()) == [1, 2]
    assert objects_in(np.zeros((3, 3), np.int64)) == []
    assert objects_in(np.array([[300, 0, 7]])) == [7, 300]
