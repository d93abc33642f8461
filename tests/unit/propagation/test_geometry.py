import numpy as np
import pytest
import torch

from xmem_gui.propagation import Geometry

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("height", "width", "size", "inner"),
    [
        (480, 854, 480, (480, 854)),
        (1080, 1920, 480, (480, 853)),
        (1920, 1080, 480, (853, 480)),
        (360, 640, 480, (360, 640)),
        (1080, 1920, None, (1080, 1920)),
    ],
)
def test_the_shorter_side_becomes_the_size_and_small_videos_stay(height, width, size, inner):
    assert Geometry(height, width, size).inner == inner


def test_padding_is_symmetric_with_the_odd_pixel_right_and_below():
    geometry = Geometry(90, 121)
    assert geometry.padding == (3, 4, 3, 3)
    image = geometry.image(np.full((90, 121, 3), 255, np.uint8), CPU)
    assert image.shape == (1, 3, 96, 128)
    assert float(image[..., :3, :].abs().sum()) == 0
    assert torch.equal(geometry.unpad(image), image[..., 3:93, 3:124])


def test_a_mask_comes_back_where_it_was():
    geometry = Geometry(101, 203, 60)
    mask = np.zeros((101, 203), bool)
    mask[20:70, 50:150] = True
    back = geometry.to_video(geometry.unpad(geometry.mask(mask, CPU))[None])[0] > 0.5
    union = np.logical_or(back.numpy(), mask).sum()
    assert np.logical_and(back.numpy(), mask).sum() / union > 0.96


def test_a_read_only_frame_is_read_as_one_that_may_be_written_to():
    frame = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    expected = Geometry(16, 24).image(frame.copy(), CPU)
    frame.setflags(write=False)
    before, torch_warned = frame.copy(), torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # else torch warns of the first such array of a process, and this is another
    try:
        image = Geometry(16, 24).image(frame, CPU)
    finally:
        torch.set_warn_always(torch_warned)
    assert torch.equal(image, expected)
    image.zero_()
    assert np.array_equal(frame, before), "the tensor lies in the cache's memory"


@pytest.mark.parametrize("size", [(48, 64), (50, 71)])
def test_a_frame_is_the_same_input_interleaved_and_in_planes(size: tuple[int, int]):
    geometry = Geometry(*size, 480)
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    rgb.flags.writeable = False
    image = geometry.image(rgb, CPU)
    planes = geometry.input_of(torch.from_numpy(rgb.transpose(2, 0, 1).copy()))
    assert torch.equal(image, planes)
    assert image.stride() == planes.stride()
