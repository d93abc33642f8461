"""Reading and changing while a transaction is under way, or has failed."""

import sqlite3
import threading

import numpy as np
import pytest
from project_samples import FRAMES, new_project, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import ChangeObject, DeleteObjects, Project, SetMasks, batch
from xmem_gui.project.backups import Backups, BackupTimer


class SlowDisk:
    """Holds every transaction up until it is let go."""

    def __init__(self, monkeypatch):
        self.begun, self.go = threading.Event(), threading.Event()
        real = batch.Batch.write

        def write(this, database):
            self.begun.set()
            assert self.go.wait(180)
            real(this, database)

        monkeypatch.setattr(batch.Batch, "write", write)


def state(project):
    return project.objects, [project.records(frame) for frame in range(FRAMES)]


def test_nothing_waits_for_a_slow_disk(tmp_path, monkeypatch):
    project = new_project(tmp_path / "p.xmem", flush_interval=60)
    project.add_object("rabbit")
    project.apply(SetMasks(0, {1: pattern(9)}))
    disk = SlowDisk(monkeypatch)
    flush = threading.Thread(target=project.flush)
    flush.start()
    assert disk.begun.wait(180)
    with project.run() as run:
        for frame in range(FRAMES):
            run.put(frame, {1: pattern(frame + 20)})
            assert np.array_equal(project.mask(frame, 1), pattern(frame + 20))
    project.undo()
    assert np.array_equal(project.mask(0, 1), pattern(9))
    project.undo()
    assert project.query.known_frames(1) == []
    project.redo()
    project.redo()
    project.apply(ChangeObject(1, name="hare"))
    expected = state(project)
    assert project.pending.changes > 0
    disk.go.set()
    flush.join()
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        assert state(again) == expected
        assert [step.label for step in again.history][-1] == "Rename rabbit to hare"
        for _ in range(3):
            again.undo()
        assert state(again)[1] == [{}] * FRAMES


def test_what_fails_half_way_is_whole_the_next_time(tmp_path, monkeypatch):
    """A transaction that fails is followed by edits, undos and forgotten steps before it is tried again."""
    project = new_project(tmp_path / "p.xmem", flush_interval=60, undo_bytes=300)
    for name in ("rabbit", "rock"):
        project.add_object(name)
    project.apply(SetMasks(0, {1: pattern(2), 2: pattern(3)}))
    project.flush()
    for turn in range(4):
        project.apply(SetMasks(turn, {1: pattern(turn + 30)}))
        project.apply(SetMasks(turn + 1, {2: pattern(turn + 40)}))
        project.undo()
        with monkeypatch.context() as patch:
            fail(patch, after=turn)
            with pytest.raises(ProjectError, match=r"cannot be saved \(made to fail\)"):
                project.flush()
        project.redo()
        if turn == 2:
            project.apply(DeleteObjects([2]))
            project.undo()
    expected = state(project)
    steps = project.history
    project.flush()
    project.close()
    with sqlite3.connect(project.path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
    with Project.open(project.path, backup_every=None) as again:
        assert (state(again), again.history) == (expected, steps)
        while again.undo().step is not None:
            pass
        while again.redo().step is not None:
            pass
        again.undo()
        assert [step.id for step in again.history] == [step.id for step in steps]


def fail(monkeypatch, *, after):
    """Make the transaction fail after so many of its parts are written."""
    real = batch.Batch._write_history if after % 2 else batch.Batch._write_rows

    def broken(this, database):
        if after > 1:
            real(this, database)
        raise sqlite3.OperationalError("made to fail")

    monkeypatch.setattr(batch.Batch, real.__name__, broken)


class PanicError(BaseException):
    """As a library written in Rust raises it: not an `Exception`."""


@pytest.mark.parametrize("error", [PanicError("unwrap"), SystemExit(3), MemoryError(), KeyError("x")])
def test_the_thread_goes_on_writing_whatever_a_write_raises(tmp_path, monkeypatch, error):
    failed, written = threading.Event(), threading.Event()
    real = batch.Batch.write

    def write(this, database):
        if not failed.is_set():
            failed.set()
            raise error
        revision = real(this, database)
        written.set()
        return revision

    project = new_project(tmp_path / "p.xmem", flush_interval=0.01)
    monkeypatch.setattr(batch.Batch, "write", write)
    project.add_object("rabbit")
    assert failed.wait(180)
    assert written.wait(180)
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        assert [one.name for one in again.objects] == ["rabbit"]


def test_whatever_a_write_raises_is_told_as_a_failure_to_save(tmp_path, monkeypatch):
    project = new_project(tmp_path / "p.xmem", flush_interval=60)
    project.add_object("rabbit")
    with monkeypatch.context() as patch:
        patch.setattr(batch.Batch, "write", Raises(PanicError("unwrap")))
        with pytest.raises(ProjectError, match="cannot be saved"):
            project.flush()
        assert "PanicError: unwrap" in project.pending.error
        patch.setattr(batch.Batch, "write", Raises(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            project.flush()
    project.flush()
    assert project.pending.changes == 0
    project.close()


class Raises:
    """A function that raises."""

    def __init__(self, error):
        self.error = error

    def __call__(self, *_):
        raise self.error


@pytest.mark.parametrize("error", [PanicError("unwrap"), MemoryError()])
def test_a_backup_that_fails_in_whatever_way_is_told(tmp_path, monkeypatch, error):
    said = []
    backups = Backups(tmp_path / "p.xmem")
    monkeypatch.setattr(backups, "make", Raises(error))
    timer = BackupTimer(backups, every=60.0, say=said.append)
    timer.tick()
    timer.join()
    assert len(said) == 1
    assert said[0].startswith("No backup of the project could be made")


def test_what_is_not_saved_is_known_while_a_step_goes_on(tmp_path):
    project = new_project(tmp_path / "p.xmem", flush_interval=60)
    project.add_object("rabbit")
    found = []
    # As long as the undo of a long run, which holds it in one piece.
    with project._store.lock:
        asking = threading.Thread(target=lambda: found.append(project.pending.changes))
        asking.start()
        asking.join(60)
        assert found == [project.pending.changes]
    asking.join()
    assert found[0] > 0
    project.flush()
    assert project.pending.changes == 0
    project.close()
