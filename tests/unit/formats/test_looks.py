"""The small picture of what an export will hold."""

from pathlib import Path

import numpy as np
import pytest
from format_cases import WRITABLE

from xmem_gui.formats import ExportRequest, FrameSelection, MemoryAnnotation, ObjectInfo, plan_export
from xmem_gui.formats.looks import look_of

SIZE = (30, 40)
RED, GREEN = (200, 10, 10), (10, 200, 10)


def make_clip(size: tuple[int, int] = SIZE) -> MemoryAnnotation:
    clip = MemoryAnnotation(size, 6, objects=[ObjectInfo(1, "a", RED), ObjectInfo(2, "b", GREEN, 1)])
    left, right = np.zeros(size, bool), np.zeros(size, bool)
    left[:20, : size[1] // 2 + 5] = True
    right[:20, size[1] // 2 :] = True
    clip.set(1, 1, left)
    clip.set(4, 1, left)
    clip.set(4, 2, right)
    for frame in range(6):
        clip.set_image(frame, np.full((*size, 3), 100, np.uint8))
    return clip


def drawn(clip: MemoryAnnotation, format_id: str, tmp_path: Path, **asked: object) -> np.ndarray:
    look = look_of(plan_export(clip, format_id, tmp_path, ExportRequest(**asked)))
    assert look is not None
    assert look[0] == 4
    return look[1]


@pytest.mark.parametrize("format_id", WRITABLE)
def test_every_format_has_a_picture(format_id: str, tmp_path: Path) -> None:
    picture = drawn(make_clip(), format_id, tmp_path)
    assert picture.shape == (*SIZE, 3)
    assert picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 1
    assert list(tmp_path.iterdir()) == []


def test_it_shows_what_the_format_shows(tmp_path: Path) -> None:
    clip = make_clip()
    index = drawn(clip, "davis", tmp_path)
    assert (tuple(index[5, 5]), tuple(index[5, 22])) == (RED, GREEN)
    grey = drawn(clip, "label-tiff", tmp_path)
    assert 0 < grey[5, 5, 0] < grey[5, 30, 0] == 255
    matte = drawn(clip, "matte", tmp_path)
    assert (matte[:20].min(), matte[20:].max()) == (255, 0)
    one = drawn(clip, "binary-png", tmp_path)
    assert (one[5, 5, 0], one[5, 39, 0]) == (255, 0)
    cut = drawn(clip, "cutout", tmp_path, objects=(2,))
    assert tuple(cut[5, 30]) == (100, 100, 100)
    assert cut[5, 5, 0] in (153, 204)


def test_large_pictures_become_small_and_none_is_made_up(tmp_path: Path) -> None:
    assert drawn(make_clip((60, 800)), "davis", tmp_path).shape == (30, 400, 3)
    only_first = ExportRequest(frames=FrameSelection(explicit=(0, 2)))
    assert look_of(plan_export(make_clip(), "davis", tmp_path, only_first)) is None
