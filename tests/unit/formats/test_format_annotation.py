import numpy as np
import pytest

from xmem_gui.errors import MaskError
from xmem_gui.formats import MemoryAnnotation, ObjectInfo, palette_colour
from xmem_gui.formats.palette import DAVIS_PALETTE


def test_masks_are_kept_with_their_flags() -> None:
    clip = MemoryAnnotation((3, 4), ["a", "b"], objects=[ObjectInfo(7, "cup", (1, 2, 3))], rate=30)
    mask = np.eye(3, 4, dtype=bool)
    clip.set(1, 7, mask, origin="clicked", committed=True)
    np.testing.assert_array_equal(clip.mask(1, 7), mask)
    assert (clip.frame_name(1), clip.frames, clip.rate) == ("b", 2, 30)
    assert (clip.objects_at(0), clip.objects_at(1)) == ([], [7])
    assert (clip.origin(1, 7), clip.committed(1, 7), clip.reviewed(1, 7)) == ("clicked", True, False)
    clip.set(1, 7, mask, reviewed=True)
    assert (clip.committed(1, 7), clip.reviewed(1, 7)) == (False, True)
    assert (
        clip.mask(0, 7)
        is clip.rle(0, 7)
        is clip.origin(0, 7)
        is clip.probability(0, 7)
        is clip.image(0)
        is None
    )


def test_masks_that_fit_nowhere_are_refused() -> None:
    clip = MemoryAnnotation((3, 4), 2, objects=[ObjectInfo(7, "cup", (1, 2, 3))])
    good = np.zeros((3, 4), dtype=bool)
    for frame, object_id, mask in ((2, 7, good), (-1, 7, good), (0, 8, good), (0, 7, good.T)):
        with pytest.raises(MaskError):
            clip.set(frame, object_id, mask)


def test_default_colours_are_the_palettes() -> None:
    assert palette_colour(1) == (128, 0, 0)
    assert palette_colour(255) == tuple(DAVIS_PALETTE[765:768])
    assert palette_colour(256) == palette_colour(1)
