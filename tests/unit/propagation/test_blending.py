import numpy as np
import pytest
import torch

from xmem_gui.propagation import FirstPass, FrameResult, Geometry

INF = float("inf")


def result(frame: int, *soft: float) -> FrameResult:
    """Return a frame of 4 x 6 pixels in which each object has one probability everywhere."""
    objects = torch.tensor(soft)[:, None, None].expand(-1, 4, 6)
    whole = torch.cat([1 - objects.sum(0, keepdim=True), objects])
    return FrameResult(frame, tuple(range(1, len(soft) + 1)), whole, Geometry(4, 6))


def test_the_nearer_and_surer_pass_counts_more():
    first = FirstPass()
    for frame in (1, 5, 9):
        first.keep(result(frame, 0.9))
    shares = [
        float(first.blend(result(frame, 0.1), {1: (frame, 10 - frame)}).soft[1].mean()) for frame in (1, 5, 9)
    ]
    assert shares[0] > shares[1] > shares[2]
    # The first is sure that it sees it (1), the second that it does not (0.9).
    assert shares[1] == pytest.approx((0.9 * 1 + 0.1 * 0.9) / 1.9, abs=0.01)


def test_an_object_with_a_key_frame_on_one_side_only_is_that_passs():
    first = FirstPass()
    first.keep(result(3, 0.7, 0.2))
    blended = first.blend(result(3, 0.1, 0.4), {1: (3, INF), 2: (INF, 2)})
    np.testing.assert_allclose(blended.soft[1:, 0, 0], [0.7 / 1.1, 0.4 / 1.1], atol=0.01)
    np.testing.assert_allclose(blended.soft.sum(0), 1, atol=1e-6)


def test_frames_of_the_second_pass_alone_are_its_own():
    alone = result(4, 0.3)
    assert FirstPass().blend(alone, {1: (1, 1)}) is alone


def test_what_was_kept_is_bounded_and_survives_saving():
    first, again = FirstPass(most_bytes=60), FirstPass()
    for frame in range(20):
        first.keep(result(frame, 0.6, 0.3))
    assert 0 < first.bytes <= 60
    again.restore(first.state())
    assert again.bytes == first.bytes
    for frame in range(20):
        pair = [one.blend(result(frame, 0.2, 0.2), {1: (1, 2), 2: (2, 1)}).soft for one in (first, again)]
        assert torch.equal(*pair)
    again.restore(FirstPass().state())
    assert again.bytes == 0
