"""What happens when the disk does not play along: nothing is lost, and the error says what to do."""

import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from project_samples import FRAMES, new_project, pattern, video

from xmem_gui.errors import ProjectError
from xmem_gui.project import Project, SetMasks, schema, writer

needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")

REPOSITORY = Path(__file__).resolve().parents[3]


def test_an_edit_reaches_the_disk_by_itself(tmp_path):
    with new_project(tmp_path / "p.xmem", flush_interval=0.01) as project:
        project.add_object()
        project.apply(SetMasks(0, {1: pattern(2)}))
        while project.pending.changes:
            pass
        with Project.open(project.path) as other:
            assert np.array_equal(other.mask(0, 1), pattern(2))


def limit_pages(monkeypatch, pages):
    """Let the database grow to so many pages, as if the disk were full then."""
    real = schema.connect

    def connect(path, *, readonly=False):
        database = real(path, readonly=readonly)
        database.execute(f"PRAGMA max_page_count={pages}")
        return database

    monkeypatch.setattr(writer, "connect", connect)


def test_a_full_disk_is_said_nothing_is_lost_and_work_goes_on(tmp_path, monkeypatch):
    project = new_project(tmp_path / "p.xmem", flush_interval=60, height=300, width=400)
    project.add_object()
    with monkeypatch.context() as patch:
        limit_pages(patch, 20)
        for frame in range(FRAMES):
            project.apply(SetMasks(frame, {1: pattern(frame + 2, 300, 400)}))
        with pytest.raises(ProjectError, match=r"disk is full, so p.xmem cannot be saved.*Nothing is lost"):
            project.flush()
        assert "disk is full" in project.pending.error
        assert project.pending.changes >= FRAMES
        with pytest.raises(ProjectError, match="disk is full"):
            project.close()
        project.undo()
        project.apply(SetMasks(3, {1: pattern(99, 300, 400)}))
        assert np.array_equal(project.mask(3, 1), pattern(99, 300, 400))
    project.flush()
    assert project.pending.changes == 0
    assert project.pending.error == ""
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        for frame in range(FRAMES - 1):
            expected = pattern(99 if frame == 3 else frame + 2, 300, 400)
            assert np.array_equal(again.mask(frame, 1), expected)
        again.undo()
        assert np.array_equal(again.mask(3, 1), pattern(5, 300, 400))


@needs_limits
def test_a_limit_on_the_file_size_in_a_real_process(tmp_path):
    """The operating system refuses to let the file grow; when it lets it again, everything is written."""
    script = f"""
        import resource, sys
        sys.path[:0] = [{str(REPOSITORY)!r}, {str(Path(__file__).parent)!r}]
        from pathlib import Path
        from project_samples import new_project, pattern
        from xmem_gui.errors import ProjectError
        from xmem_gui.project import SetMasks
        path = Path({str(tmp_path / "p.xmem")!r})
        project = new_project(path, flush_interval=60, height=300, width=400)
        project.add_object()
        project.flush()
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, hard))
        for frame in range(12):
            project.apply(SetMasks(frame, {{1: pattern(frame + 2, 300, 400)}}))
            try:
                project.flush()
            except ProjectError as error:
                print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        project.close()
    """
    code = textwrap.dedent(script)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "cannot be saved" in result.stdout
    assert "Nothing is lost" in result.stdout
    with Project.open(tmp_path / "p.xmem", backup_every=None) as again:
        for frame in range(FRAMES):
            assert np.array_equal(again.mask(frame, 1), pattern(frame + 2, 300, 400))


def test_a_file_taken_away_is_missed_and_used_again_when_it_is_back(tmp_path):
    project = new_project(tmp_path / "p.xmem", flush_interval=60)
    project.add_object()
    project.flush()
    project.path.rename(tmp_path / "away")
    project.apply(SetMasks(0, {1: pattern(2)}))
    with pytest.raises(ProjectError, match=r"no longer in .* put it back"):
        project.flush()
    (tmp_path / "away").rename(project.path)
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        assert np.array_equal(again.mask(0, 1), pattern(2))


def test_closing_can_give_up_what_cannot_be_saved(tmp_path):
    project = new_project(tmp_path / "p.xmem", flush_interval=60)
    project.add_object()
    project.path.unlink()
    with pytest.raises(ProjectError):
        project.close()
    project.close(lose_unsaved=True)
    with pytest.raises(ProjectError, match="closed"):
        project.add_object()


@pytest.mark.parametrize("name", ["with space.xmem", "проект ウサギ é.xmem", "per%cent#hash?.xmem", "plain"])
def test_any_name_will_do(tmp_path, name):
    folder = tmp_path / "mein Ordner ß"
    folder.mkdir()
    with new_project(folder / name) as project:
        project.add_object("кролик")
        project.checkpoint()
    with Project.open(folder / name) as again:
        assert again.read_only == ""
        assert again.objects[0].name == "кролик"
    assert not list(folder.glob("*-wal")) + list(folder.glob("*.lock"))


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(ProjectError, match=r"no folder .*nowhere"):
        Project.create(tmp_path / "nowhere" / "p.xmem", video=video(tmp_path))
    with pytest.raises(ProjectError, match="no project at"):
        Project.open(tmp_path / "nowhere" / "p.xmem")
    with pytest.raises(ProjectError, match="is a folder"):
        Project.open(tmp_path)


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "p.xmem").write_text("mine")
    with pytest.raises(ProjectError, match="exists already"):
        Project.create(tmp_path / "p.xmem", video=video(tmp_path))
    assert (tmp_path / "p.xmem").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["p.xmem"]


def refuse(*_, **__):
    raise PermissionError(13, "Permission denied")


def test_a_read_only_folder_is_said(tmp_path, monkeypatch):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
    monkeypatch.setattr("xmem_gui.project.lock.os.open", refuse)
    with Project.open(tmp_path / "p.xmem") as project:
        assert "read-only" in project.read_only
        assert "Permission denied" in project.read_only
        assert [*map(str, project.notices)] == [project.read_only]
        assert project.objects[0].name == "rabbit"
        for change in (project.add_object, project.undo, project.run, project.checkpoint):
            with pytest.raises(ProjectError, match="read-only"):
                change()


def refuse_ordinary_opening(monkeypatch):
    """Refuse what SQLite refuses on a read-only file system: to open a file with a log, but as immutable."""
    real = sqlite3.connect

    def connect(address, **options):
        if "mode=ro" in str(address):
            raise sqlite3.OperationalError("unable to open database file")
        return real(address, **options)

    monkeypatch.setattr(schema.sqlite3, "connect", connect)


def test_a_project_on_a_read_only_file_system_is_read(tmp_path, monkeypatch):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        project.apply(SetMasks(0, {1: pattern(2)}))
    refuse_ordinary_opening(monkeypatch)
    with Project.open(tmp_path / "p.xmem", read_only=True) as project:
        assert np.array_equal(project.mask(0, 1), pattern(2))
    (tmp_path / "p.xmem-wal").write_bytes(b"newer work")
    with pytest.raises(ProjectError, match="newer work: copy both files"):
        Project.open(tmp_path / "p.xmem", read_only=True)


def test_a_project_cannot_be_made_in_a_read_only_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("xmem_gui.project.opening.schema.initialise", refuse)
    with pytest.raises(ProjectError, match=r"Cannot make a project .*Permission denied"):
        Project.create(tmp_path / "p.xmem", video=video(tmp_path))
    assert list(tmp_path.iterdir()) == []


@needs_limits
def test_no_room_for_a_new_project_leaves_nothing_behind(tmp_path):
    script = f"""
        import resource, sys
        sys.path[:0] = [{str(REPOSITORY)!r}, {str(Path(__file__).parent)!r}]
        from pathlib import Path
        from project_samples import new_project
        from xmem_gui.errors import ProjectError
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        try:
            new_project(Path({str(tmp_path / "p.xmem")!r}))
        except ProjectError as error:
            print(error)
    """
    code = textwrap.dedent(script)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Cannot make a project" in result.stdout
    assert list(tmp_path.iterdir()) == []
