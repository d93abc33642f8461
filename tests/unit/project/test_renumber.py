"""Masks follow their pictures to other frame numbers; those of pictures that are gone come back with them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_samples import HEIGHT, WIDTH, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import (
    Appearance,
    ClearMasks,
    Fingerprint,
    Project,
    SetMasks,
    VideoReference,
    follow_names,
    renumber,
)


def folder_of(place, names):
    mark = Fingerprint(WIDTH, HEIGHT, len(names), len(names) / 24, f"{len(names)} pictures", 1)
    return VideoReference(place / "frames", mark, Appearance(24.0, names=tuple(names)))


def make(place, names):
    """Make a project with a mask of its own for every picture."""
    with Project.create(place / "p.xmem", video=folder_of(place, names), backup_every=None) as project:
        one, two = project.add_object("rabbit").id, project.add_object("rock").id
        for frame in range(len(names)):
            project.apply(SetMasks(frame, {one: pattern(frame + 2), two: pattern(frame + 50)}))
    return project.path


def masks(path, names):
    with Project.open(path, backup_every=None) as project:
        return {
            (name, one.id): project.mask(frame, one.id)
            for frame, name in enumerate(names)
            for one in project.objects
            if project.mask(frame, one.id) is not None
        }


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


def move(path, old, new):
    moves = follow_names(old, new)
    renumber(path, folder_of(path.parent, new), moves)


@settings(max_examples=10)
@given(st.permutations(range(5)), st.sets(st.integers(0, 8), min_size=1))
def test_masks_stay_with_their_names(tmp_path_factory, order, there):
    tmp_path = tmp_path_factory.mktemp("moved")
    old = [f"{n}.png" for n in order]
    new = [f"{n}.png" for n in sorted(there)]
    if not set(old) & set(new):
        return
    path = make(tmp_path, old)
    before = masks(path, old)
    move(path, old, new)
    assert same(masks(path, new), {key: mask for key, mask in before.items() if key[0] in new})
    with Project.open(path, backup_every=None) as project:
        assert project.frames == len(new)
        assert project.kept == {name: 2 for name in old if name not in new}
        assert project.query.counts().known == 2 * len(set(old) & set(new))
        assert project.appearance.names == tuple(new)
    every = sorted({*old, *new})
    move(path, new, every)
    assert same(masks(path, every), before)


def test_a_mask_of_a_picture_that_is_gone_does_not_come_back_on_another_of_its_name(tmp_path):
    old = [f"{n}.png" for n in range(8)]
    sizes = [100 + n * n for n in range(8)]
    path = make(tmp_path, old)
    before = masks(path, old)
    moves = follow_names(old, old[:-1], sizes, sizes[1:])
    renumber(path, folder_of(path.parent, old[:-1]), moves)
    wanted = {(f"{n}.png", one): before[f"{n + 1}.png", one] for n in range(7) for one in (1, 2)}
    assert same(masks(path, old[:-1]), wanted)
    with Project.open(path, backup_every=None) as project:
        project.apply(ClearMasks([1], range(1)))
    del wanted["0.png", 1]
    move(path, old[:-1], [*old[:-1], "9.png"])
    assert same(masks(path, [*old[:-1], "9.png"]), wanted)


def test_undo_follows_too(tmp_path):
    old, new = ["a.png", "c.png"], ["a.png", "b.png", "c.png"]
    path = make(tmp_path, old)
    with Project.open(path, backup_every=None) as project:
        project.apply(SetMasks(1, {1: pattern(99)}))
        earlier = pattern(3)
    move(path, old, new)
    with Project.open(path, backup_every=None) as project:
        assert np.array_equal(project.mask(2, 1), pattern(99))
        project.undo()
        assert np.array_equal(project.mask(2, 1), earlier)
        assert project.mask(1, 1) is None
        project.redo()
        assert np.array_equal(project.mask(2, 1), pattern(99))


def test_a_backup_is_made_before(tmp_path):
    old = ["a.png", "b.png"]
    path = make(tmp_path, old)
    move(path, old, ["b.png"])
    with Project.open(path, backup_every=None) as project:
        backup = project.backups[0].path
    with Project.open(backup, read_only=True) as project:
        assert project.frames == 2


def test_an_open_project_is_left_alone(tmp_path):
    old = ["a.png", "b.png"]
    path = make(tmp_path, old)
    before = masks(path, old)
    with Project.open(path, backup_every=None), pytest.raises(ProjectError, match="is open by"):
        move(path, old, ["b.png"])
    assert same(masks(path, old), before)


def test_a_damaged_mask_changes_nothing(tmp_path):
    import sqlite3
    from contextlib import closing

    old = ["a.png", "b.png"]
    path = make(tmp_path, old)
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE masks SET record = x'00' WHERE frame = 1 AND object = 1")
        database.commit()
    with pytest.raises(ProjectError, match="damaged"):
        move(path, old, ["b.png"])
    with Project.open(path, backup_every=None) as project:
        assert project.frames == 2
        assert np.array_equal(project.mask(0, 1), pattern(2))
