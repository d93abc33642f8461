from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan, open_import

SIZE = (20, 30)
NAMES = [f"{i:06d}" for i in range(2)]


def write(root: Path, name: str = "0002") -> None:
    folder = root / "panoptic_maps" / "val" / name
    folder.mkdir(parents=True)
    for frame, stem in enumerate(NAMES):
        rgb = np.full((*SIZE, 3), 0, np.uint8)
        rgb[..., 0] = 255  # nothing
        rgb[15:] = (0, 0, 0)  # road
        rgb[2:6, frame : frame + 5] = (13, 0, 7)
        rgb[2:6, 20:25] = (13, 1, 4)
        rgb[8:12, 3:6] = (11, 0, 1)
        Image.fromarray(rgb).save(folder / f"{stem}.png")


def opened(path: Path, name: str = "0002") -> ImportPlan:
    return open_import(path, size=SIZE, frame_names=NAMES, name=name)


def test_classes_and_numbers_are_objects(tmp_path: Path) -> None:
    write(tmp_path)
    plan = opened(tmp_path)
    assert plan.format_id == "kitti-step"
    assert sorted(info.name for info in plan.objects) == ["car 260", "car 7", "person", "road"]
    names = {info.id: info.name for info in plan.objects}
    areas = {(mask.frame, names[mask.object_id]): int(mask.mask().sum()) for mask in plan.read()}
    for frame in range(2):
        assert areas[frame, "road"] == 150
        assert areas[frame, "car 7"] == areas[frame, "car 260"] == 20
        assert areas[frame, "person"] == 12


def test_the_named_video_is_taken_of_several(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "0006")
    assert opened(tmp_path, "0006").frames == (0, 1)
    with pytest.raises(FormatError, match="2 videos"):
        opened(tmp_path, "other")


def test_a_grey_picture_is_left_out(tmp_path: Path) -> None:
    write(tmp_path)
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(tmp_path / "panoptic_maps" / "val" / "0002" / "000000.png")
    plan = opened(tmp_path)
    assert plan.frames == (1,)
    assert "not a colour picture" in plan.left_out[0]
