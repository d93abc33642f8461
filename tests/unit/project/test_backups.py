"""Backups, and what is saved of damaged files."""

import random
import re
import sqlite3
import sys
import time
from contextlib import closing

import numpy as np
import pytest
from project_samples import FRAMES, new_project, pattern

from xmem_gui.errors import XmemGuiError
from xmem_gui.project import DamagedProjectError, DeleteObjects, Project, Rle, SetMasks

SIZE = {"height": 60, "width": 80}


def filled(path, *, frames=40, **options):
    """A project with two objects and masks on all frames, spread over many pages."""
    project = new_project(path, frames=frames, flush_interval=60, **SIZE, **options)
    for name in ("rabbit", "rock"):
        project.add_object(name)
    with project.run() as run:
        for frame in range(frames):
            run.put(frame, {1: pattern(frame, **SIZE), 2: pattern(frame + 1, **SIZE)})
    return project


def damage(path, *, start, length, seed=0):
    data = bytearray(path.read_bytes())
    data[start : start + length] = random.Random(seed).randbytes(len(data[start : start + length]))
    path.write_bytes(data)


def damage_masks(path):
    """Overwrite the page with a mask of frame 20, and the next; return the file's size."""
    data = path.read_bytes()
    damage(path, start=data.index(Rle.from_mask(pattern(20, **SIZE)).counts) // 4096 * 4096, length=8192)
    return len(data)


def right_masks(project, frames=40):
    """Count the masks that are there and as they were; none may be wrong."""
    count = 0
    for frame in range(frames):
        for one in (1, 2):
            mask = project.mask(frame, one)
            if mask is not None:
                assert np.array_equal(mask, pattern(frame + one - 1, **SIZE))
                count += 1
    return count


def test_backups_rotate_and_are_made_only_when_something_changed(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object()
        made = []
        for number in range(8):
            project.apply(SetMasks(number, {1: pattern(number)}))
            made.append(project.checkpoint())
            assert project.checkpoint() is None
        assert project.backups == sorted(made, key=lambda backup: backup.revision, reverse=True)[:5]
        assert {path.suffix for path in (tmp_path / ".p.xmem-kept" / "backups").iterdir()} == {".xmem"}
        newest = project.backups[0].path
    with Project.open(newest, backup_every=None) as backup:
        assert np.array_equal(backup.mask(7, 1), pattern(7))


def test_a_clock_that_is_set_back_costs_no_backup(tmp_path, monkeypatch):
    """The laptop lands eight hours west, then the clock is found to be a year ahead."""
    clock = iter(["20270101-120000"] * 3 + ["20270101-040000"] * 4 + ["20260101-040000"] * 4)
    monkeypatch.setattr("xmem_gui.project.backups.time.strftime", lambda _: next(clock))
    with new_project(tmp_path / "p.xmem") as project:
        made = []
        for _ in range(11):
            project.add_object()
            made.append(project.checkpoint())
            assert made[-1].path.exists()
        assert project.backups == made[:-6:-1]


def test_an_older_file_put_back_gets_backups_of_its_own(tmp_path):
    """Its revisions are lower than those of the backups that are there."""
    path = tmp_path / "p.xmem"
    with new_project(path) as project:
        project.add_object()
    old = path.read_bytes()
    with Project.open(path, backup_every=None) as project:
        for _ in range(6):
            project.add_object()
            project.checkpoint()
    path.write_bytes(old)
    with Project.open(path, backup_every=None) as project:
        made = []
        for _ in range(4):
            project.add_object()
            made.append(project.checkpoint())
        assert project.backups[:4] == made[::-1]


def test_the_same_number_of_steps_after_a_restore_is_not_the_same_work(tmp_path):
    path = tmp_path / "p.xmem"
    with filled(path, backup_every=None) as project:
        project.checkpoint()
        project.apply(SetMasks(1, {1: pattern(9, **SIZE)}))
        project.checkpoint()
        older = project.backups[1].path.read_bytes()
    path.write_bytes(older)
    with Project.open(path, backup_every=None) as project:
        project.apply(SetMasks(1, {1: pattern(7, **SIZE)}))
        project.checkpoint()
        newest = [project.backups[0].revision, project.backups[1].revision]
        assert newest[0] == newest[1]  # or this shows nothing
        kept = project.backups[0].path
    with Project.open(kept, read_only=True) as backup:
        assert np.array_equal(backup.mask(1, 1), pattern(7, **SIZE))
    for _ in range(3):  # and what is only opened again is no other work
        with Project.open(path, backup_every=None) as project:
            project.checkpoint()
            assert project.backups[0].path == kept


def test_backups_of_older_versions_are_found_and_ordered_by_revision(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object()
        made = project.checkpoint()
        for when, revision in (("20270101-120000", 7), ("20260101-120000", 9)):
            made.path.with_name(f"{when}-{revision}.xmem").write_bytes(made.path.read_bytes())
        assert [backup.revision for backup in project.backups] == [made.revision, 9, 7]


def test_a_backup_is_made_by_itself(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        project.apply(SetMasks(3, {1: pattern(2)}))
    deadline = time.monotonic() + 60
    with Project.open(tmp_path / "p.xmem", flush_interval=0.01, backup_every=1000) as project:
        while not project.backups:
            assert time.monotonic() < deadline, "no backup was made"
        (backup,) = project.backups
    with Project.open(backup.path, read_only=True) as copy:
        assert [item.name for item in copy.objects] == ["rabbit"]
        assert np.array_equal(copy.mask(3, 1), pattern(2))


def test_beside_the_video_there_is_one_file_when_it_is_closed(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object()
        project.checkpoint()
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["p.xmem"]


def test_what_older_versions_kept_in_sight_is_brought_in(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object()
        made = project.checkpoint()
    (tmp_path / ".p.xmem-kept" / "backups").rename(tmp_path / "p.xmem-backups")
    (tmp_path / "p.xmem-memory").mkdir()
    (tmp_path / "p.xmem-memory" / "memory.safetensors").write_bytes(b"memory")
    with Project.open(tmp_path / "p.xmem", read_only=True) as looking:
        assert [backup.revision for backup in looking.backups] == [made.revision]
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert project.backups == [made]
    assert (tmp_path / ".p.xmem-kept" / "memory" / "memory.safetensors").read_bytes() == b"memory"
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["p.xmem"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_nothing_is_put_through_a_link_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".p.xmem-kept").mkdir()
    (tmp_path / ".p.xmem-kept" / "backups").symlink_to(tmp_path / "elsewhere")
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object()
        with pytest.raises(XmemGuiError, match="is a link or no ordinary file"):
            project.checkpoint()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_backup_cut_off_is_no_backup_and_is_cleared_away(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        folder = tmp_path / ".p.xmem-kept" / "backups"
        folder.mkdir(parents=True)
        (folder / "new.partial").write_bytes(b"half")
        (folder / "new.partial-journal").write_bytes(b"half")
        assert project.backups == []
        project.checkpoint()
        assert len(list(folder.iterdir())) == len(project.backups) == 1


def test_a_damaged_file_does_not_take_the_place_of_a_good_backup(tmp_path):
    project = filled(tmp_path / "p.xmem")
    project.checkpoint()
    kept = project.backups
    project.apply(SetMasks(0, {1: pattern(0, **SIZE)}))
    project.close()
    damage(tmp_path / "p.xmem", start=30_000, length=6000)
    with pytest.raises(DamagedProjectError):
        Project.open(tmp_path / "p.xmem")
    assert project.backups == kept


def test_damage_is_recognised_and_what_is_whole_is_saved(tmp_path):
    filled(tmp_path / "p.xmem").close()
    size = damage_masks(tmp_path / "p.xmem")
    with pytest.raises(DamagedProjectError, match="salvage"):
        Project.open(tmp_path / "p.xmem", backup_every=None)
    project, report = Project.salvage(tmp_path / "p.xmem", backup_every=None)
    with project:
        assert [item.name for item in project.objects] == ["rabbit", "rock"]
        assert right_masks(project) == report.masks == project.query.counts().known
        assert 40 <= report.masks < 80
        assert report.masks + report.lost == 80
        assert str(report) in map(str, project.notices)
        assert re.search(r"saved, \d+ masks are lost", str(report))
        project.apply(SetMasks(0, {1: pattern(3, **SIZE)}))
        project.undo()
    assert report.damaged.exists()
    assert report.damaged.stat().st_size == size


def test_what_is_lost_comes_from_the_newest_backup(tmp_path):
    project = filled(tmp_path / "p.xmem")
    project.checkpoint()
    project.add_object("late")
    project.apply(DeleteObjects([3]))
    project.close()
    damage_masks(tmp_path / "p.xmem")
    project, report = Project.salvage(tmp_path / "p.xmem", backup_every=None)
    with project:
        assert (report.masks, report.lost, report.objects) == (80, 0, 2)
        assert report.from_backup > 0
        assert "from a backup" in str(report)
        assert right_masks(project) == 80
        assert project.add_object().id == 4


@pytest.mark.parametrize(("start", "length"), [(0, 16), (0, 100), (16, 10), (40, 60)])
def test_a_damaged_header_is_written_anew(tmp_path, start, length):
    filled(tmp_path / "p.xmem").close()
    damage(tmp_path / "p.xmem", start=start, length=length)
    project, report = Project.salvage(tmp_path / "p.xmem", backup_every=None)
    with project:
        assert right_masks(project) == report.masks == 80


def test_a_file_cut_short_is_salvaged(tmp_path):
    filled(tmp_path / "p.xmem").close()
    data = (tmp_path / "p.xmem").read_bytes()
    (tmp_path / "p.xmem").write_bytes(data[: len(data) * 2 // 3])
    project, report = Project.salvage(tmp_path / "p.xmem", backup_every=None)
    with project:
        assert right_masks(project) == report.masks > 20


def test_a_file_destroyed_whole_is_brought_back_from_its_backup(tmp_path):
    project = filled(tmp_path / "p.xmem")
    project.checkpoint()
    project.close()
    size = (tmp_path / "p.xmem").stat().st_size
    damage(tmp_path / "p.xmem", start=0, length=size)
    with pytest.raises(DamagedProjectError):
        Project.open(tmp_path / "p.xmem")
    project, report = Project.salvage(tmp_path / "p.xmem", backup_every=None)
    with project:
        assert report.from_backup == right_masks(project) == 80


def test_a_file_destroyed_whole_without_a_backup_is_said_and_kept(tmp_path):
    filled(tmp_path / "p.xmem").close()
    damage(tmp_path / "p.xmem", start=0, length=(tmp_path / "p.xmem").stat().st_size)
    before = (tmp_path / "p.xmem").read_bytes()
    with pytest.raises(XmemGuiError, match="damaged"):
        Project.salvage(tmp_path / "p.xmem")
    assert (tmp_path / "p.xmem").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["p.xmem"]


@pytest.mark.parametrize("table", ["meta", "objects", "lanes", "steps", "changes"])
def test_all_masks_are_saved_when_another_table_is_destroyed(tmp_path, table):
    filled(tmp_path / "p.xmem").close()
    with closing(sqlite3.connect(tmp_path / "p.xmem")) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        page = database.execute(query, (table,)).fetchone()[0]
    damage(tmp_path / "p.xmem", start=(page - 1) * 4096, length=4096)
    with pytest.raises(DamagedProjectError):
        Project.open(tmp_path / "p.xmem", backup_every=None)
    project, report = Project.salvage(tmp_path / "p.xmem", backup_every=None)
    with project:
        assert report.masks == project.query.counts().known == right_masks(project) == 80
        assert project.frames == 40
        assert [item.id for item in project.objects] == [1, 2]


@pytest.mark.parametrize("part", range(4))
def test_mutated_files_never_do_worse_than_an_error(tmp_path, part):
    """Bytes changed at random: the file opens or is refused, and whatever is read is right or refused."""
    path = tmp_path / "p.xmem"
    filled(path, frames=FRAMES).close()
    original = path.read_bytes()
    read, opened, refused = 0, 0, 0
    for seed in range(part * 50, part * 50 + 50):
        chance = random.Random(seed)
        data = bytearray(original)
        for _ in range(chance.choice([1, 1, 4, 30])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.1:
            del data[chance.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            with Project.open(path, backup_every=None, flush_interval=60) as project:
                opened += 1
                project.query.counts()
                read += right_masks(project, frames=min(project.frames, FRAMES))
                project.undo()
                project.redo()
        except XmemGuiError:
            refused += 1
        for extra in ("-wal", "-shm"):
            path.with_name(path.name + extra).unlink(missing_ok=True)
    assert opened >= 10
    assert refused >= 5
    assert read >= 10 * FRAMES


def test_a_mask_cannot_pass_for_another(tmp_path):
    filled(tmp_path / "p.xmem").close()
    with closing(sqlite3.connect(tmp_path / "p.xmem")) as database:
        other = "SELECT record FROM masks WHERE frame = 3 AND object = 1"
        database.execute(f"UPDATE masks SET record = ({other}) WHERE frame = 7 AND object = 1")
        database.commit()
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert np.array_equal(project.mask(3, 1), pattern(3, **SIZE))
        with pytest.raises(XmemGuiError, match="damaged"):
            project.mask(7, 1)
    project, report = Project.salvage(tmp_path / "p.xmem", backup_every=None)
    with project:
        assert (report.masks, report.lost, right_masks(project)) == (79, 1, 79)
