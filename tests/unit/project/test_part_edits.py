from pathlib import Path

import numpy as np
import pytest
from project_samples import HEIGHT, WIDTH, new_project

from xmem_gui.errors import ProjectError
from xmem_gui.project import ChangeObject, SetMasks, SplitPart


@pytest.fixture
def project(tmp_path: Path):
    with new_project(tmp_path / "p.xmem") as project:
        yield project


def two_parts() -> tuple[np.ndarray, np.ndarray]:
    left, right = np.zeros((2, HEIGHT, WIDTH), bool)
    left[1:4, 0:2] = True
    right[2, 4] = right[3, 5] = True
    return left, right


def test_a_part_becomes_an_object_and_comes_back(project):
    left, right = two_parts()
    one = project.add_object("fish").id
    project.apply(SetMasks(3, {one: left | right}, commit=True))
    new = project.apply(SplitPart(one, 3, x=4, y=2)).objects[-1]
    assert project.object(new).name == "fish (2)"
    assert np.array_equal(project.mask(3, new), right)
    assert np.array_equal(project.mask(3, one), left)
    assert project.record(3, new).committed
    assert project.record(3, one).committed
    project.undo()
    assert [item.id for item in project.objects] == [one]
    assert np.array_equal(project.mask(3, one), left | right)


def test_there_must_be_a_part_to_split_off(project):
    left, right = two_parts()
    one = project.add_object("fish").id
    project.apply(SetMasks(3, {one: left}))
    with pytest.raises(ProjectError, match="in one piece on frame 3"):
        project.apply(SplitPart(one, 3, x=0, y=1))
    for x, y, frame in ((6, 5, 3), (-1, 0, 3), (0, 99, 3), (0, 1, 4)):
        with pytest.raises(ProjectError, match="fish is not at"):
            project.apply(SplitPart(one, frame, x=x, y=y))
    project.apply(SetMasks(3, {one: left | right}))
    project.apply(ChangeObject(one, locked=True))
    with pytest.raises(ProjectError, match="locked"):
        project.apply(SplitPart(one, 3, x=0, y=1))
    assert len(project.objects) == 1
