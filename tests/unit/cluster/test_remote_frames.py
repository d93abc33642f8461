"""Frames come out as they went in, to the bit, and both sides know which are there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmem_gui.cluster.remote_frames import PackedFrame, SentFrames, pack, unpack
from xmem_gui.errors import MediaError


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 1 << 32), st.booleans())
def test_a_frame_comes_out_as_it_went_in(height, width, seed, flat):
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), rng.integers(0, 256, 3), np.uint8)
    if not flat:
        image = rng.integers(0, 256, (height, width, 3), np.uint8)
    there = unpack(pack(image))
    assert there.dtype == np.uint8
    assert np.array_equal(there, image)


def test_a_picture_that_is_upside_down_or_read_only_is_packed_too():
    image = np.random.default_rng(0).integers(0, 256, (33, 20, 3), np.uint8)
    image.flags.writeable = False
    assert np.array_equal(unpack(pack(image[::-1, ::-1])), image[::-1, ::-1])


def test_pictures_of_little_detail_get_small():
    ramp = np.repeat(np.arange(200, dtype=np.uint8)[:, None], 300, 1)
    image = np.stack([ramp, ramp // 2, ramp // 3], 2)
    assert pack(image).bytes < image.nbytes / 4


@pytest.mark.parametrize(("height", "width"), [(1 << 20, 1 << 20), (0, 5), (-3, 4)])
def test_sizes_are_looked_at_before_anything_is_decoded(height, width):
    with pytest.raises(MediaError, match="too large"):
        unpack(PackedFrame(height, width, b"", b""))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_damaged_frames_are_refused(noise, cut):
    whole = pack(np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8))
    with pytest.raises(MediaError):
        unpack(PackedFrame(16, 16, whole.head, noise))
    with pytest.raises(MediaError):
        unpack(PackedFrame(16, 17, whole.head, whole.data[:cut]))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40)), max_size=60))
def test_both_sides_know_which_frames_are_there(uses):
    here, there = SentFrames(100), SentFrames(100)
    for frame, size in uses:
        packed = PackedFrame(1, 1, b"", bytes([frame]) * size)
        if here.note(frame):
            assert there.note(frame)
            assert there.get(frame).data[:1] == bytes([frame])
        else:
            here.add(frame, packed, keep=False)
            there.add(frame, packed, keep=True)
        assert here.bytes == there.bytes <= 100


def test_a_frame_that_did_not_come_is_said():
    with pytest.raises(MediaError, match="Frame 7 did not come"):
        SentFrames(100).get(7)
