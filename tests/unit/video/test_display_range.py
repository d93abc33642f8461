"""Pictures of more than 8 bits: one range for all of a sequence decides what is black and white."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from xmem_gui.errors import MediaError
from xmem_gui.video import DisplayRange, TiffStack, open_source, video_info
from xmem_gui.video.display_range import automatic_range

Numbers = npt.NDArray[np.generic]


def _ramp(low: float, high: float, dtype: str, colour: bool = False) -> Numbers:
    values = np.linspace(low, high, 48 * 64).reshape(48, 64)
    return np.stack([values] * 3, -1).astype(dtype) if colour else values.astype(dtype)


def _save(place: Path, images: list[Numbers], suffix: str) -> Path:
    place.mkdir()
    # OpenCV before 5 writes colours that are floats by a compression that changes them.
    options = [cv2.IMWRITE_TIFF_COMPRESSION, 1] if suffix == "tif" else []
    for number, image in enumerate(images):
        assert cv2.imwrite(str(place / f"{number:05d}.{suffix}"), image, options)
    return place


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(100, 4095, (0, 4095)), (7000, 9000, (7000, 9000)), (0, 16383, (0, 16383)), (0, 65535, (0, 65535))],
)
def test_what_a_sequence_holds_is_shown_over_the_whole_scale(
    tmp_path: Path, colour: bool, suffix: str, low: float, high: float, found: tuple[int, int]
) -> None:
    place = _save(tmp_path / "seq", [_ramp(low, high, "uint16", colour)] * 3, suffix)
    with open_source(place) as source:
        assert video_info(place).display_range == str(source.display_range)
        assert source.display_range is not None
        ends = (source.display_range.low, source.display_range.high)
        assert ends == pytest.approx(found, abs=0.001 * (high - low))
        frame = source.frame(1)
        assert (frame.min() <= 6, frame.max()) == (True, 255)
        assert np.array_equal(frame, source.frame(2))


def test_one_range_serves_all_frames_and_can_be_given(tmp_path: Path) -> None:
    images = [_ramp(0, 400 * (1 + number), "uint16") for number in range(5)]
    place = _save(tmp_path / "seq", images, "png")
    with open_source(place) as source:
        assert source.display_range == open_source(place).display_range
        assert source.frame(0).max() < 60
        assert source.frame(4).max() == 255
    with open_source(place, display_range=DisplayRange(0, 400)) as source:
        assert str(source.display_range) == "0:400"
        assert [source.frame(i).max() for i in (0, 4)] == [255, 255]
    assert video_info(place, display_range=DisplayRange(5, 9)).display_range == "5:9"


def test_dead_and_hot_pixels_do_not_decide(tmp_path: Path) -> None:
    image = _ramp(1000, 3000, "uint16")
    image[5, 5], image[6, 6] = 65535, 0
    with open_source(_save(tmp_path / "seq", [image] * 3, "png")) as source:
        assert source.display_range is not None
        assert 990 < source.display_range.low < source.display_range.high < 3010
        assert (source.frame(0)[5, 5, 0], source.frame(0)[6, 6, 0]) == (255, 0)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (_ramp(0, 1, "float32"), "0:1"),
        (_ramp(0, 255, "float32"), "0:255"),
        (_ramp(0.3, 0.4, "float32"), None),
        (_ramp(-5, 8, "float64"), None),
        (_ramp(0, 1, "float32", colour=True), "0:1"),
        (_ramp(-300, 300, "int16"), None),
    ],
)
def test_floats_and_signed_numbers(tmp_path: Path, image: Numbers, said: str | None) -> None:
    with open_source(_save(tmp_path / "seq", [image] * 2, "tif")) as source:
        assert said in (None, str(source.display_range))
        assert source.warnings == ()
        assert (source.frame(0).min(), source.frame(0).max()) == (0, 255)


def test_what_is_no_number_is_black(tmp_path: Path) -> None:
    image = _ramp(1, 2, "float32")
    image[3, 3], image[4, 4] = np.nan, np.inf
    with open_source(_save(tmp_path / "seq", [image], "tif")) as source:
        assert (source.frame(0)[3, 3, 0], source.frame(0)[4, 4, 0]) == (0, 255)


def test_eight_bits_have_no_range(tmp_path: Path) -> None:
    place = _save(tmp_path / "seq", [_ramp(0, 100, "uint8")], "png")
    with open_source(place, display_range=DisplayRange(0, 50)) as source:
        assert source.display_range is None
        assert source.frame(0).max() == 100
    assert video_info(place).display_range is None


@pytest.mark.parametrize("pixels", ["gray16le", "rgb48le"])
def test_videos_of_sixteen_bits(tmp_path: Path, pixels: str) -> None:
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels.replace("rgb48", "gbrp16")
        for number in range(4):
            image = _ramp(100, 1000 * (number + 1), "uint16", colour=pixels == "rgb48le")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format=pixels)))
        container.mux(stream.encode())
    with open_source(path) as source:
        assert str(source.display_range).startswith("0:39")
        assert source.frame(3).max() == 255
        assert source.frame(0).max() in range(60, 70)
    with open_source(path, display_range=DisplayRange(0, 999)) as source:
        assert source.frame(0).max() == 255


@pytest.mark.parametrize("text", ["", "5", "9:5", "5:5", "a:b", "nan:5", "0:inf", "1:2:3"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(MediaError, match="display range"):
        DisplayRange.parse(text)


@given(st.integers(0, 65534), st.integers(1, 65535), st.lists(st.integers(0, 65535), min_size=1, max_size=50))
def test_a_range_keeps_order_and_its_ends(low: int, width: int, values: list[int]) -> None:
    shown = DisplayRange(low, low + width)
    stored = np.array(sorted(values), np.uint16)
    result = shown.apply(stored).astype(int)
    assert (np.diff(result) >= 0).all()
    assert (result[stored <= low] == 0).all()
    assert (result[stored >= low + width] == 255).all() or width < 255
    assert np.array_equal(shown.apply(stored), shown.apply(stored.astype(np.int32)))
    assert DisplayRange.parse(str(shown)) == shown


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=40))
def test_an_automatic_range_is_always_one(values: list[float]) -> None:
    picture = np.array(values * 4, np.float32).reshape(4, -1)
    found = automatic_range([picture, picture])
    assert found.low < found.high
    assert automatic_range([picture, picture]) == found


PAGES = {
    "8": [_ramp(0, 50 * page + 50, "uint8") for page in range(4)],
    "16": [_ramp(0, 1000 * page + 1000, "uint16") for page in range(4)],
    "rgb": [_ramp(0, 50 * page + 50, "uint8", colour=True) for page in range(4)],
    "rgb16": [_ramp(0, 1000 * page + 1000, "uint16", colour=True) for page in range(4)],
    "float": [_ramp(0, page + 1, "float32") for page in range(4)],
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_tiff_of_many_pages_is_a_video(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "Stack.TIF"
    assert cv2.imwritemulti(str(tmp_path / "stack.tif"), PAGES[kind])
    (tmp_path / "stack.tif").rename(path)
    info = video_info(path)
    assert (info.container, info.codec, info.frames, info.width) == ("image stack", "tif", 4, 64)
    with open_source(path) as stack:
        assert isinstance(stack, TiffStack)
        assert (stack.name, stack.frame_name(3), stack.warnings) == ("Stack", "00003", ())
        brightest = [int(stack.frame(i).max()) for i in (3, 0, 2, 1)]
        wanted = [200, 50, 150, 100] if kind in ("8", "rgb") else [255, 64, 192, 128]
        assert np.abs(np.subtract(brightest, wanted)).max() <= 1
        twin = stack.twin()
        assert np.array_equal(twin.frame(2), stack.frame(2))
        twin.close()
        assert stack.frame(1).shape == (48, 64, 3)


def test_bad_pages_are_stood_in_for(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((48, 64), 40 * page + 9, np.uint8)) for page in range(4)]
    pages[2] = Image.fromarray(np.zeros((24, 32), np.uint8))
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with open_source(tmp_path / "a.tif") as stack:
        assert [int(stack.frame(i)[0, 0, 0]) for i in range(4)] == [9, 49, 49, 129]
        assert stack.warnings == (
            "Frame 2 of a.tif (page 3) is 32x24 pixels, not 64x48. The nearest good frame is shown instead.",
        )


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_a_stack_that_is_cut_off_opens_as_far_as_it_goes(tmp_path: Path, share: float) -> None:
    rng = np.random.default_rng(0)
    pages = [Image.fromarray(rng.integers(0, 60000, (48, 64)).astype(np.uint16)) for _ in range(8)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with open_source(tmp_path / "a.tif") as stack:
        whole = [stack.frame(i) for i in range(8)]
    data = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(data[: int(share * len(data))])
    with open_source(tmp_path / "a.tif") as stack:
        count = len(stack)
        assert int(8 * share) - 1 <= count < 8 or share > 0.9
        assert stack.warnings
        assert all(np.array_equal(stack.frame(i), whole[i]) for i in range(count) if i not in stack.damaged)
        assert count - len(stack.damaged) >= int(8 * share) - 1


@pytest.mark.parametrize("kind", ["float64", "colour"])
def test_stacks_that_pillow_does_not_know(tmp_path: Path, kind: str) -> None:
    pages = [
        _ramp(0, page + 1, "float64" if kind == "float64" else "float32", kind == "colour")
        for page in range(3)
    ]
    assert cv2.imwritemulti(str(tmp_path / "a.tif"), pages)
    with open_source(tmp_path / "a.tif") as stack:
        assert [int(stack.frame(i).max()) for i in (2, 0)] == [255, pytest.approx(85, abs=1)]


def test_a_tiff_of_one_page_is_no_video(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "one.tif")
    with pytest.raises(MediaError, match=r"one\.tif is not a video: it holds one picture"):
        open_source(tmp_path / "one.tif")
    (tmp_path / "two.tif").write_bytes(b"II*\0no")
    with pytest.raises(MediaError, match=r"two\.tif cannot be read"):
        open_source(tmp_path / "two.tif")
    Image.new("L", (9, 9)).save(tmp_path / "three.tif")
    with open_source(tmp_path) as folder:
        assert [folder.frame_name(i) for i in range(3)] == ["one", "three", "two"]
