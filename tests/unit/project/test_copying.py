"""The ways out when a project cannot be saved in its place: a copy, taking the place over, giving up."""

import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from project_samples import FRAMES, new_project, pattern, state

from xmem_gui.errors import ProjectError
from xmem_gui.project import DeleteObjects, Project, SaveTrouble, SetMasks, places, schema

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def worked_on(tmp_path):
    """A project of which a part is on the disk and a part is not."""
    project = new_project(tmp_path / "p.xmem", flush_interval=60)
    for name in ("rabbit", "rock", "gone"):
        project.add_object(name)
    for frame in range(6):
        project.apply(SetMasks(frame, {1: pattern(frame), 2: pattern(frame + 7), 3: pattern(frame + 9)}))
    project.flush()
    project.apply(DeleteObjects([3]))
    project.apply(SetMasks(3, {1: pattern(50)}, commit=True))
    project.apply(SetMasks(8, {2: pattern(51)}))
    project.undo()
    yield project
    project.close(lose_unsaved=True)


def delete(path):
    path.unlink()


def replace_by_a_copy(path):
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def replace_by_rubbish(path):
    other = path.with_name("other")
    other.write_text("not a project")
    other.replace(path)


def replace_by_a_folder(path):
    path.unlink()
    path.mkdir()


def nothing(path):
    pass


AWAY = [delete, replace_by_a_copy, replace_by_rubbish]


def assert_same(path, project):
    """Check that a file holds all that a project does, and that undo leads to the same."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    with Project.open(path, backup_every=None) as again:
        assert state(again) == state(project)
        assert again.history == project.history
        while again.undo().step is not None:
            assert project.undo().step is not None
            assert state(again) == state(project)
        while again.redo().step is not None:
            project.redo()
        assert state(again) == state(project)
        assert again.add_object().id == 4


@pytest.mark.parametrize("happen", [nothing, *AWAY, replace_by_a_folder])
def test_a_copy_has_everything_whatever_became_of_the_file(tmp_path, worked_on, happen):
    happen(worked_on.path)
    (tmp_path / "elsewhere").mkdir()
    assert worked_on.save_copy(tmp_path / "elsewhere" / "copy.xmem") == 0
    assert [one.name for one in (tmp_path / "elsewhere").iterdir()] == ["copy.xmem"]
    assert_same(tmp_path / "elsewhere" / "copy.xmem", worked_on)


def test_a_copy_finds_the_video(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(bytes(1000))
    (tmp_path / "elsewhere").mkdir()
    with new_project(tmp_path / "p.xmem") as project:
        project.save_copy(tmp_path / "elsewhere" / "copy.xmem")
        project.save_copy(tmp_path / "elsewhere" / "other.xmem", video=tmp_path / "b" / "clip.mp4")
    with Project.open(tmp_path / "elsewhere" / "copy.xmem") as copy:
        assert copy.locate_video().path == tmp_path / "clip.mp4"
    with Project.open(tmp_path / "elsewhere" / "other.xmem") as copy:
        assert copy.locate_video().candidates == (tmp_path / "clip.mp4",)


def test_a_copy_replaces_nothing_unasked(tmp_path, worked_on):
    (tmp_path / "there.xmem").write_text("mine")
    (tmp_path / "link.xmem").symlink_to(tmp_path / "nowhere")
    for name, words in (("there", "exists already"), ("link", "exists already"), ("p", "itself")):
        with pytest.raises(ProjectError, match=words):
            worked_on.save_copy(tmp_path / f"{name}.xmem")
    with pytest.raises(ProjectError, match="no folder"):
        worked_on.save_copy(tmp_path / "no folder" / "copy.xmem")
    assert (tmp_path / "there.xmem").read_text() == "mine"
    with new_project(tmp_path / "open.xmem"), pytest.raises(ProjectError, match="is open by"):
        worked_on.save_copy(tmp_path / "open.xmem", overwrite=True)
    worked_on.save_copy(tmp_path / "there.xmem", overwrite=True)
    assert_same(tmp_path / "there.xmem", worked_on)


def test_who_only_looks_can_save_a_copy(tmp_path, worked_on):
    worked_on.flush()
    with Project.open(worked_on.path, read_only=True) as looking:
        looking.save_copy(tmp_path / "copy.xmem")
    assert_same(tmp_path / "copy.xmem", worked_on)


@pytest.mark.parametrize("happen", [nothing, *AWAY])
def test_taking_over_puts_everything_in_its_place_and_work_goes_on(tmp_path, worked_on, happen):
    happen(worked_on.path)
    there = worked_on.path.read_bytes() if worked_on.path.exists() else None
    expected = state(worked_on)
    kept = worked_on.take_over()
    assert state(worked_on) == expected
    assert worked_on.pending.changes == 0
    if there is None:
        assert kept is None
    else:
        assert kept.read_bytes() == there
        assert kept.name.startswith("p.other-")
    worked_on.apply(SetMasks(5, {1: pattern(60)}))
    worked_on.flush()
    assert np.array_equal(worked_on.mask(5, 1), pattern(60))
    worked_on.close()
    with Project.open(worked_on.path, backup_every=None) as again:
        assert again.read_only == ""
        assert np.array_equal(again.mask(5, 1), pattern(60))
        again.undo()
        assert state(again) == expected


def test_edits_made_while_it_is_taken_over_are_kept(worked_on, monkeypatch):
    from xmem_gui import files

    real = files.publish

    def publish(fresh, target):
        worked_on.apply(SetMasks(9, {2: pattern(70)}))
        real(fresh, target)

    worked_on.path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(files, "publish", publish)
        worked_on.take_over()
    assert worked_on.pending.changes > 0
    worked_on.close()
    with Project.open(worked_on.path, backup_every=None) as again:
        assert np.array_equal(again.mask(9, 2), pattern(70))


def test_what_cannot_be_taken_over_stays_as_it_is(worked_on, monkeypatch):
    replace_by_rubbish(worked_on.path)
    expected = state(worked_on)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("xmem_gui.files.publish", refuse)
        with pytest.raises(ProjectError, match=r"Permission denied\. Save a copy elsewhere"):
            worked_on.take_over()
    assert worked_on.path.read_text() == "not a project"
    assert state(worked_on) == expected
    worked_on.take_over()
    assert_same_when_closed(worked_on, expected)


def assert_same_when_closed(project, expected):
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        assert state(again) == expected


def test_a_file_written_over_in_its_place_is_noticed(tmp_path, worked_on):
    """As `cp` does, or a program that restores backups: the same file, another content."""
    path, older = worked_on.path, None
    worked_on.flush()
    older = path.read_bytes()
    worked_on.checkpoint()
    for frame in range(4):
        worked_on.apply(SetMasks(frame, {1: pattern(frame + 80)}))
        worked_on.flush()
    path.write_bytes(older)
    worked_on.apply(SetMasks(10, {1: pattern(90)}))
    with pytest.raises(ProjectError, match=r"another file in the place of p\.xmem"):
        worked_on.flush()
    assert worked_on.pending.trouble is SaveTrouble.REPLACED
    assert path.read_bytes() == older
    missing = worked_on.save_copy(tmp_path / "copy.xmem")
    with Project.open(tmp_path / "copy.xmem", backup_every=None) as copy:
        assert missing == 0
        assert any("as it was in the newest backup" in notice for notice in map(str, worked_on.notices))
        assert np.array_equal(copy.mask(10, 1), pattern(90))
        for frame in range(FRAMES):
            assert set(copy.records(frame)) == set(worked_on.query.masks_on(frame))


def test_what_can_be_read_nowhere_is_counted(tmp_path, worked_on):
    """The disk is away, there is no backup: what is in memory is all there is."""
    worked_on.path.write_bytes(b"rubbish" * 1000)
    missing = worked_on.save_copy(tmp_path / "copy.xmem")
    with Project.open(tmp_path / "copy.xmem", backup_every=None) as copy:
        known = copy.query.counts().known
        assert known >= 1
        assert known + missing == worked_on.query.counts().known
        assert [item.name for item in copy.objects] == ["rabbit", "rock"]
        assert np.array_equal(copy.mask(3, 1), pattern(50))
        for frame in range(FRAMES):
            copy.records(frame)
        assert copy.undo().step is None


def test_a_script_that_cannot_save_leaves_a_copy_and_says_where(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "rescued_folder", lambda: tmp_path / "rescued")

    def script():
        with new_project(tmp_path / "p.xmem", flush_interval=60) as project:
            project.add_object("rabbit")
            project.path.unlink()

    with pytest.raises(ProjectError, match=r"no longer in .* All of it is in the copy") as raised:
        script()
    (copy,) = (tmp_path / "rescued").iterdir()
    assert str(copy) in str(raised.value)
    with Project.open(copy, backup_every=None) as again:
        assert again.objects[0].name == "rabbit"
    new_project(tmp_path / "p.xmem").close()
    with Project.open(tmp_path / "p.xmem", backup_every=None) as later:
        assert any(str(copy) in notice for notice in map(str, later.notices))


def test_a_program_that_ends_leaves_a_copy(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    script = f"""
        import sys
        sys.path.insert(0, {str(REPOSITORY)!r})
        from pathlib import Path
        from xmem_gui.project import Project, places
        places.rescued_folder = lambda: Path({str(tmp_path / "rescued")!r})
        project = Project.open(Path({str(tmp_path / "p.xmem")!r}), backup_every=None, flush_interval=60)
        project.add_object("rabbit")
        project.path.unlink()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)
    (copy,) = (tmp_path / "rescued").iterdir()
    with Project.open(copy, backup_every=None) as again:
        assert again.objects[0].name == "rabbit"


def test_a_failure_is_told_once_it_has_come_twice(tmp_path):
    project = new_project(tmp_path / "p.xmem", flush_interval=60)
    heard = []
    project.noticed.connect(lambda notice: heard.append(notice.text))
    project.add_object()
    project.path.rename(tmp_path / "away")
    for times in range(1, 5):
        with pytest.raises(ProjectError):
            project.flush()
        assert project.pending.failures == times
        assert len(heard) == (times > 1)
    assert "put it back, or save a copy" in heard[0]
    (tmp_path / "away").rename(project.path)
    project.flush()
    assert (project.pending.failures, project.pending.trouble) == (0, SaveTrouble.NONE)
    project.close()


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_project_behind_a_link_is_one_project(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    (tmp_path / "link.xmem").symlink_to(tmp_path / "p.xmem")
    with Project.open(tmp_path / "link.xmem", backup_every=None) as project:
        project.add_object("rabbit")
        with Project.open(tmp_path / "p.xmem") as second:
            assert "has it open" in second.read_only
        project.take_over()
    assert (tmp_path / "link.xmem").is_symlink()
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert project.objects[0].name == "rabbit"


def test_two_who_make_one_project_at_a_time_do_not_replace_each_other(tmp_path, monkeypatch):
    """Two windows on one new video: the second finds what the first has made."""
    from xmem_gui.project import opening

    real = opening.schema.initialise

    def initialise(path):
        monkeypatch.setattr(opening.schema, "initialise", real)
        with new_project(tmp_path / "p.xmem") as first:
            first.add_object("rabbit")
        return real(path)

    monkeypatch.setattr(opening.schema, "initialise", initialise)
    with pytest.raises(ProjectError, match="exists already"):
        new_project(tmp_path / "p.xmem")
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert project.objects[0].name == "rabbit"


def test_a_look_at_the_file_put_in_its_place_makes_nothing_read_here_old(tmp_path):
    """SQLite keeps one index of the log for a name: a look at another file there begins it anew."""
    with new_project(tmp_path / "p.xmem", flush_interval=60) as project:
        project.add_object("rabbit")
        project.apply(SetMasks(0, {1: pattern(0)}))
        project.flush()
    with Project.open(tmp_path / "p.xmem", flush_interval=60, backup_every=None) as project:
        project.apply(SetMasks(0, {1: pattern(1)}))
        project.apply(SetMasks(8, {1: pattern(2)}))
        project.set_setting("model", "compact")
        project.flush()  # from now on these are in the file alone, and nothing was read from there yet
        replace_by_a_copy(project.path)
        with closing(schema.connect(project.path, readonly=True)) as other:
            other.execute("SELECT count(*) FROM masks").fetchone()
        assert np.array_equal(project.mask(0, 1), pattern(1))
        assert np.array_equal(project.mask(8, 1), pattern(2))
        assert project.setting("model") == "compact"
        project.undo()
        project.undo()
        assert np.array_equal(project.mask(0, 1), pattern(0))
        project.redo()
        wanted = state(project)
        project.take_over()
        assert state(project) == wanted
    with Project.open(tmp_path / "p.xmem") as project:
        assert state(project) == wanted
