"""Locks, versions, foreign files."""

import errno
import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from project_samples import new_project, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import DamagedProjectError, Project, SetMasks, schema

REPOSITORY = Path(__file__).resolve().parents[3]


def test_a_second_opening_is_read_only_and_says_who_has_it(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        project.flush()
        with Project.open(project.path) as second:
            assert f"process {os.getpid()}" in second.read_only
            assert "close it there" in second.read_only
            assert [*map(str, second.notices)] == [second.read_only]
            with pytest.raises(ProjectError, match="read-only"):
                second.apply(SetMasks(0, {1: pattern(2)}))
            project.apply(SetMasks(0, {1: pattern(2)}))
            project.flush()
            assert second.mask(0, 1) is None
            second.refresh()
            assert np.array_equal(second.mask(0, 1), pattern(2))
    with Project.open(tmp_path / "p.xmem") as third:
        assert third.read_only == ""


def test_another_process_finds_it_locked_until_it_is_killed(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    script = f"""
        import sys, time
        sys.path.insert(0, {str(REPOSITORY)!r})
        from pathlib import Path
        from xmem_gui.project import Project
        project = Project.open(Path({str(tmp_path / "p.xmem")!r}), backup_every=None)
        print(project.read_only or "mine", flush=True)
        sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline().strip() == "mine"
        with Project.open(tmp_path / "p.xmem") as project:
            assert f"process {other.pid}" in project.read_only
        other.kill()
        other.wait()
    with Project.open(tmp_path / "p.xmem") as project:
        assert project.read_only == ""
        assert any("The program ended without closing p.xmem" in str(one) for one in project.notices)


def test_whoever_else_did_not_close_it_is_named(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    other = {"pid": 1, "host": "elsewhere", "user": "ada", "since": 0.0}
    (tmp_path / "p.xmem.lock").write_text(json.dumps(other))
    with Project.open(tmp_path / "p.xmem") as project:
        assert any(
            "ada on elsewhere" in said and "without closing p.xmem" in said
            for said in map(str, project.notices)
        )


def test_looking_at_what_another_process_takes_away(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object()
        project.apply(SetMasks(0, {1: pattern(2)}))
        project.flush()
        with Project.open(project.path) as looking:
            project.undo()
            project.flush()
            assert looking.mask(0, 1) is None


def test_a_program_that_ends_without_closing_saves(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    script = f"""
        import sys
        sys.path.insert(0, {str(REPOSITORY)!r})
        from pathlib import Path
        from xmem_gui.project import Project
        project = Project.open(Path({str(tmp_path / "p.xmem")!r}), backup_every=None, flush_interval=60)
        project.add_object("rabbit")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert project.objects[0].name == "rabbit"


def test_a_lock_file_left_behind_is_no_lock(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    owner = {"pid": 1, "host": "elsewhere", "user": "ann", "since": 0}
    for text in (json.dumps(owner), "nonsense", "[1]"):
        (tmp_path / "p.xmem.lock").write_text(text)
        with Project.open(tmp_path / "p.xmem") as project:
            assert project.read_only == ""
            project.add_object()
        assert not (tmp_path / "p.xmem.lock").exists()


def test_opening_to_look_takes_no_lock(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    with (
        Project.open(tmp_path / "p.xmem", read_only=True) as looking,
        Project.open(tmp_path / "p.xmem") as project,
    ):
        assert looking.read_only
        assert project.read_only == ""


def test_foreign_files_are_told(tmp_path):
    for name, data in {"a.txt": b"hello", "b.bin": bytes(5000), "empty": b""}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ProjectError, match="is not an xmem-gui project"):
            Project.open(tmp_path / name)
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE t (x)")
    with pytest.raises(ProjectError, match="is not an xmem-gui project"):
        Project.open(tmp_path / "other.db")


def test_a_newer_file_is_refused_unchanged(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    with closing(sqlite3.connect(tmp_path / "p.xmem")) as database:
        database.execute("PRAGMA user_version=99")
    before = (tmp_path / "p.xmem").read_bytes()
    with pytest.raises(ProjectError, match=r"newer xmem-gui.*update"):
        Project.open(tmp_path / "p.xmem")
    assert (tmp_path / "p.xmem").read_bytes() == before


def test_an_older_file_is_brought_up_to_date_after_a_backup(tmp_path, monkeypatch):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
    newer = [
        *schema.MIGRATIONS,
        "CREATE TABLE notes (id INTEGER PRIMARY KEY); CREATE INDEX by_frame ON masks (frame)",
    ]
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    with pytest.raises(ProjectError, match="older form"):
        Project.open(tmp_path / "p.xmem", read_only=True)
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert project.objects[0].name == "rabbit"
        assert len(project.backups) == 1
    with closing(sqlite3.connect(tmp_path / "p.xmem")) as database:
        assert schema.version(database) == len(newer)
    monkeypatch.undo()
    with closing(sqlite3.connect(project.backups[0].path)) as database:
        assert schema.version(database) == len(newer) - 1


def test_a_migration_that_fails_changes_nothing(tmp_path, monkeypatch):
    new_project(tmp_path / "p.xmem").close()
    monkeypatch.setattr(
        schema, "MIGRATIONS", [*schema.MIGRATIONS, "CREATE TABLE x (y); INSERT INTO none VALUES (1)"]
    )
    with pytest.raises((ProjectError, sqlite3.Error)):
        Project.open(tmp_path / "p.xmem", backup_every=None)
    monkeypatch.undo()
    Project.open(tmp_path / "p.xmem", backup_every=None).close()


@pytest.mark.parametrize(
    "extra", ["CREATE TRIGGER t AFTER INSERT ON masks BEGIN DELETE FROM masks; END", "DROP TABLE lanes"]
)
def test_tables_that_are_not_ours_are_refused(tmp_path, extra):
    new_project(tmp_path / "p.xmem").close()
    with closing(sqlite3.connect(tmp_path / "p.xmem")) as database:
        database.execute(extra)
        database.commit()
    with pytest.raises(DamagedProjectError, match="tables"):
        Project.open(tmp_path / "p.xmem")


def test_the_file_says_what_it_is(tmp_path):
    new_project(tmp_path / "p.xmem").close()
    with closing(sqlite3.connect(tmp_path / "p.xmem")) as database:
        assert database.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_a_run_cut_off_is_one_step_when_opened_again(tmp_path):
    """As after a kill: the run is never closed, only what was flushed is there."""
    new_project(tmp_path / "p.xmem").close()
    script = f"""
        import os, sys
        sys.path[:0] = [{str(REPOSITORY)!r}, {str(Path(__file__).parent)!r}]
        from pathlib import Path
        from project_samples import pattern
        from xmem_gui.project import Project
        project = Project.open(Path({str(tmp_path / "p.xmem")!r}), backup_every=None, flush_interval=60)
        project.add_object("rabbit")
        run = project.run()
        for frame in range(5):
            run.put(frame, {{1: pattern(frame)}})
        project.flush()
        run.put(5, {{1: pattern(5)}})
        os._exit(9)
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, timeout=60)
    assert result.returncode == 9
    with Project.open(tmp_path / "p.xmem", backup_every=None) as project:
        assert [step.label for step in project.history] == ["Add rabbit", "Track – rabbit, frames 0–4"]
        assert any("cut off" in notice for notice in map(str, project.notices))
        assert project.query.known_frames(1) == [0, 1, 2, 3, 4]
        project.undo()
        assert project.query.known_frames(1) == []
        project.redo()
        assert all(np.array_equal(project.mask(frame, 1), pattern(frame)) for frame in range(5))


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links")
@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_a_lock_that_is_a_link_costs_no_other_file(tmp_path, make):
    new_project(tmp_path / "p.xmem").close()
    precious = tmp_path / "thesis.txt"
    precious.write_text("my thesis")
    make(tmp_path / "p.xmem.lock", precious)
    with Project.open(tmp_path / "p.xmem") as project:
        assert "p.xmem.lock is a link or no ordinary file; move it away" in project.read_only
    assert precious.read_text() == "my thesis"


@pytest.mark.parametrize(
    "text",
    ['{"pid": 1e400, "host": "a", "user": "b", "since": 0}', "[" * 4000, '{"pid": 1, "since": NaN}', "7"],
)
def test_whatever_a_lock_file_says_it_is_no_obstacle(tmp_path, text):
    new_project(tmp_path / "p.xmem").close()
    (tmp_path / "p.xmem.lock").write_text(text)
    with Project.open(tmp_path / "p.xmem") as project:
        assert not project.read_only


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links and pipes")
@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_lies_in_the_place_of_sqlite_s_files_is_neither_waited_for_nor_touched(tmp_path, end, kind):
    path = tmp_path / "p.xmem"
    new_project(path).close()
    precious = tmp_path / "thesis.txt"
    precious.write_text("my thesis " * 1000)
    beside = tmp_path / f"p.xmem{end}"
    {"pipe": os.mkfifo, "folder": Path.mkdir, "link": lambda at: at.symlink_to(precious)}[kind](beside)
    with pytest.raises(ProjectError, match=f"p.xmem{end} is a link or no ordinary file"):
        Project.open(path)
    with pytest.raises(ProjectError, match="no ordinary file"):
        Project.open(path, read_only=True)
    assert precious.read_text() == "my thesis " * 1000


def test_a_file_with_two_names_is_only_looked_at(tmp_path):
    """Each name has a log of its own, and a backup made of hard links would change with the project."""
    new_project(tmp_path / "p.xmem").close()
    (tmp_path / "backup.xmem").hardlink_to(tmp_path / "p.xmem")
    before = (tmp_path / "backup.xmem").read_bytes()
    for name in ("p.xmem", "backup.xmem"):
        with Project.open(tmp_path / name) as project:
            assert "has a second name" in project.read_only
    assert (tmp_path / "backup.xmem").read_bytes() == before
    (tmp_path / "backup.xmem").unlink()
    with Project.open(tmp_path / "p.xmem") as project:
        assert not project.read_only


def test_a_second_name_that_a_killed_program_left_is_none(tmp_path):
    """A file whose place is taken gets a name to be kept under first; then a kill may come."""
    new_project(tmp_path / "p.xmem").close()
    (tmp_path / "p.other-20261127-081200.xmem").hardlink_to(tmp_path / "p.xmem")
    (tmp_path / "p.other-20261127-081201.xmem").write_bytes(b"another file, kept")
    with Project.open(tmp_path / "p.xmem") as project:
        assert not project.read_only
    assert not (tmp_path / "p.other-20261127-081200.xmem").exists()
    assert (tmp_path / "p.other-20261127-081201.xmem").exists()


def test_settings_and_identities_of_a_file_cut_meanwhile_are_an_error_of_ours(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        one = project.add_object("rabbit").id
        project.flush()
        os.truncate(tmp_path / "p.xmem", 0)
        for ask in (lambda: project.uid(one), lambda: project.setting("range"), lambda: project.appearance):
            with pytest.raises(ProjectError, match=r"is damaged|Cannot open"):
                ask()
        project.close(lose_unsaved=True)


def without_locks(monkeypatch, number=errno.ENOLCK):
    """As on a disk that knows no locks."""
    import fcntl

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX locks")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_disk_without_locks_can_be_worked_on(tmp_path, monkeypatch, number):
    new_project(tmp_path / "p.xmem").close()
    without_locks(monkeypatch, number)
    with Project.open(tmp_path / "p.xmem") as project:
        assert project.read_only == ""
        assert any("has no locks" in notice for notice in map(str, project.notices))
        project.add_object("rabbit")
        with Project.open(tmp_path / "p.xmem") as second:
            assert f"process {os.getpid()}" in second.read_only
    with Project.open(tmp_path / "p.xmem") as project:
        assert project.objects[0].name == "rabbit"
        assert not any("not closed" in notice for notice in map(str, project.notices))
