"""Pictures of very many objects, such as cells: what is exported is read back, however many there are."""

from pathlib import Path

import numpy as np
import pytest
from format_cases import READ_BACK

from xmem_gui.formats import MemoryAnnotation, ObjectInfo, export, open_import

SIZE, FRAMES, OBJECTS = (256, 320), 8, 170


@pytest.mark.parametrize("format_id", READ_BACK)
def test_many_objects_in_every_frame_come_back(format_id: str, tmp_path: Path) -> None:
    objects = [ObjectInfo(n, f"cell {n % 4}", (1, 2, 3)) for n in range(1, OBJECTS + 1)]
    clip = MemoryAnnotation(SIZE, FRAMES, objects=objects, name="clip")
    for frame in range(FRAMES):
        for place, info in enumerate(objects):
            mask = np.zeros(SIZE, dtype=bool)
            row, column = divmod(place, 20)
            mask[16 * row + frame : 16 * row + frame + 8, 16 * column : 16 * column + 9] = True
            clip.set(frame, info.id, mask)
    export(clip, format_id, tmp_path / "out")
    names = [f"{frame:05d}" for frame in range(FRAMES)]
    plan = open_import(tmp_path / "out", size=SIZE, frame_names=names, name="clip")
    count = 0
    for one in plan.read():
        count += 1
        np.testing.assert_array_equal(one.mask(), clip.mask(one.frame, one.object_id))
    assert count == plan.masks == FRAMES * OBJECTS
