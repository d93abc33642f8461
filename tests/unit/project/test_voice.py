"""A project tells what has changed: once for each transaction, in order, under no lock, whoever did it."""

import threading

import pytest
from project_samples import FRAMES, new_project, pattern, video

from xmem_gui.errors import ProjectError
from xmem_gui.project import (
    ANY_CHANGE,
    ChangeObject,
    ClearMasks,
    DeleteObjects,
    DocumentChange,
    Fact,
    Notice,
    Origin,
    Project,
    Remedy,
    Rework,
    SetMasks,
    places,
)

MASKS, HISTORY, OBJECTS = Fact.MASKS, Fact.HISTORY, Fact.OBJECTS
WAIT = 180
"""Seconds that a thread is waited for, which is a failure."""


@pytest.fixture
def heard(project):
    changes = []
    project.changed.connect(changes.append)
    return changes


def change(facts, frames=(), objects=()):
    return DocumentChange(facts, frozenset(frames), frozenset(objects))


def draw(frame, *objects, seed=3):
    return SetMasks(frame, {one: pattern(seed + one) for one in objects})


def in_thread(work):
    """Do something in another thread and wait for it; what it raises is raised."""
    failed = []

    def run():
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(WAIT)
    assert not thread.is_alive(), "it waits for somebody"
    if failed:
        raise failed[0]


# Once for each transaction


def test_an_edit_is_told_once_with_what_it_changed(project, heard):
    project.apply(draw(4, 1, 2))
    assert heard == [change(MASKS | HISTORY, [4], [1, 2])]


def test_so_are_objects_commits_undo_and_redo(project, heard):
    project.add_object("stone")
    project.apply(draw(2, 1))
    project.commit(2)
    project.undo()
    project.redo()
    project.apply(ChangeObject(2, name="boulder"))
    assert heard == [
        change(OBJECTS | HISTORY, [], [3]),
        *[change(MASKS | HISTORY, [2], [1])] * 4,
        change(OBJECTS | HISTORY, [], [2]),
    ]


def test_what_changes_nothing_tells_nothing(project, heard):
    project.apply(draw(4, 1))
    del heard[:]
    project.apply(draw(4, 1))
    project.apply(ClearMasks([2], None))
    project.redo()
    with pytest.raises(ProjectError):
        project.apply(draw(FRAMES, 1))
    assert (project.records(4).keys(), heard) == ({1}, [])


def test_the_masks_of_an_object_go_and_come_with_it(project, heard):
    project.apply(draw(3, 1))
    project.apply(draw(7, 1, 2))
    del heard[:]
    project.apply(DeleteObjects([1]))
    project.undo()
    assert heard == [change(MASKS | OBJECTS | HISTORY, [3, 7], [1])] * 2


def test_each_frame_of_a_run_is_told_and_so_are_its_ends(project, heard):
    with project.run(label="Track") as run:
        run.put(5, {1: pattern(4)})
        run.put(6, {1: pattern(4), 2: pattern(5)})
    assert heard == [
        change(HISTORY),
        change(MASKS, [5], [1]),
        change(MASKS, [6], [1, 2]),
        change(HISTORY),
    ]


def test_a_run_that_is_taken_back_is_told_as_one(project, heard):
    run = project.run(Origin.IMPORTED)
    run.add_object("stone")
    run.put(5, {1: pattern(4), 3: pattern(4)})
    del heard[:]
    run.discard()
    assert heard == [change(MASKS | OBJECTS | HISTORY, [5], [1, 3])]


def test_settings_and_the_video_are_facts_too(project, heard, tmp_path):
    project.set_setting("range", [1, 4])
    project.relink(video(tmp_path))
    project.relink(video(tmp_path, frames=FRAMES + 1))
    assert heard == [change(Fact.SETTINGS), change(Fact.VIDEO), ANY_CHANGE]


def test_what_another_process_has_written_is_told_when_it_is_read(project, tmp_path):
    project.flush()
    with Project.open(tmp_path / "p.xmem", read_only=True) as other:
        heard = []
        other.changed.connect(heard.append)
        project.apply(draw(1, 1))
        project.flush()
        other.refresh()
        assert (heard, other.records(1).keys()) == ([ANY_CHANGE], {1})


def test_a_full_disk_keeps_nobody_from_hearing(project, heard, monkeypatch):
    monkeypatch.setattr("xmem_gui.project.batch.Batch.write", _no_space)
    project.apply(draw(1, 1))
    with pytest.raises(ProjectError):
        project.flush()
    assert heard == [change(MASKS | HISTORY, [1], [1])]
    monkeypatch.undo()


def _no_space(batch, database):
    raise OSError(28, "No space left on device")


# In order, from any thread


def test_edits_of_many_threads_are_told_once_each_and_one_at_a_time(project):
    each, threads = 12, 3
    heard, crossed, telling = [], [], threading.Lock()

    def hear(told):
        if not telling.acquire(blocking=False):
            crossed.append(told)
            return
        heard.append((told, project.query.masks_on(next(iter(told.frames)))))
        telling.release()

    project.changed.connect(hear)
    begin = threading.Barrier(threads)

    def work(thread):
        begin.wait(WAIT)
        for number in range(each):
            project.apply(draw(thread * 4 + number % 4, 1 + number % 2, seed=number))

    workers = [threading.Thread(target=work, args=(one,), daemon=True) for one in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(WAIT)
    assert not crossed
    assert len(heard) == each * threads == len(project.history) - 2
    for told, there in heard:
        assert told.objects <= set(there), "what is told is there"


def test_changes_are_told_in_the_order_in_which_they_were_made(project):
    """Also those made while somebody is still being told: nobody waits, and nobody hears out of order."""
    heard, entered, go_on = [], threading.Event(), threading.Event()

    def hear(told):
        heard.append(min(told.frames))
        if len(heard) == 1:
            entered.set()
            assert go_on.wait(WAIT)

    project.changed.connect(hear)
    first = threading.Thread(target=lambda: project.apply(draw(0, 1)), daemon=True)
    first.start()
    assert entered.wait(WAIT)
    for frame in (1, 2, 3):
        in_thread(lambda frame=frame: project.apply(draw(frame, 1)))
    assert heard == [0]
    go_on.set()
    first.join(WAIT)
    assert heard == [0, 1, 2, 3]


def test_listeners_are_told_under_no_lock(project):
    """While one listens, other threads read, edit and save: they would hang if the document were locked."""
    done = []

    def hear(told):
        if not done:
            done.append(told)
            in_thread(lambda: (project.apply(draw(9, 2)), project.records(9), project.flush()))

    project.changed.connect(hear)
    project.apply(draw(1, 1))
    assert project.records(9).keys() == {2}


def test_who_edits_while_being_told_is_told_of_that_after_all_have_heard(project):
    order = []

    def fix(told):
        order.append(("fix", min(told.frames)))
        if 3 in told.frames:
            project.apply(draw(4, 1))
            assert project.records(4), "the edit is made at once"

    project.changed.connect(fix)
    project.changed.connect(lambda told: order.append(("see", min(told.frames))))
    project.apply(draw(3, 1))
    assert order == [("fix", 3), ("see", 3), ("fix", 4), ("see", 4)]


def test_a_listener_that_fails_changes_nothing_for_others_or_for_the_edit(project, heard):
    def fail(told):
        raise ZeroDivisionError

    project.changed.connect(fail)
    late = []
    project.changed.connect(late.append)
    assert project.apply(draw(1, 1)).step is not None
    project.undo()
    assert len(heard) == len(late) == 2
    assert not project.records(1)


# Without waiting


def test_objects_and_what_can_be_undone_are_known_while_an_edit_goes_on(project):
    """The window asks for them all the time; a large edit holds the document's lock for long."""
    inside, go_on = threading.Event(), threading.Event()

    def decide(masks, objects):
        inside.set()
        assert go_on.wait(WAIT)
        return {1: pattern(3)}

    before = project.objects, project.next_undo, project.next_redo
    edit = Rework(2, 1, decide, "Draw")
    worker = threading.Thread(target=lambda: project.apply(edit), daemon=True)
    worker.start()
    assert inside.wait(WAIT)
    seen = []
    in_thread(lambda: seen.append((project.objects, project.next_undo, project.next_redo)))
    assert seen == [before]
    go_on.set()
    worker.join(WAIT)
    assert project.next_undo.kind == "paint"


# Sentences for people


def test_notices_are_kept_and_told(project):
    heard = []
    project.noticed.connect(heard.append)
    project.say("The sky is falling.", "error", Remedy.SAVE_ELSEWHERE)
    assert heard == [Notice("The sky is falling.", "error", Remedy.SAVE_ELSEWHERE)]
    assert project.notices[-1] is heard[0]
    assert str(heard[0]) == "The sky is falling."


def test_who_comes_late_hears_what_was_said_and_all_that_follows_once(project):
    project.say("first")
    heard = []
    stop = project.hear(lambda notice: heard.append(notice.text))
    project.say("second")
    project.say("first")
    stop()
    project.say("third")
    assert heard == ["first", "second", "first"]


def test_a_backup_that_fails_is_told(tmp_path):
    """It is made, and fails, in a thread of its own, some time after the project was opened."""
    told, heard = threading.Event(), []
    places.backups_folder(tmp_path / "p.xmem").parent.mkdir()
    places.backups_folder(tmp_path / "p.xmem").write_text("a file stands where backups go")
    with new_project(tmp_path / "p.xmem", backup_every=3600, flush_interval=0.01) as project:
        stop = project.hear(lambda notice: (heard.append(notice), told.set()))
        assert told.wait(WAIT)
        stop()
    assert [one.gravity for one in heard] == ["warning"]
    assert heard[0].text.startswith("No backup of p.xmem could be made")


def test_a_disk_that_takes_nothing_is_told_with_what_can_be_done(project, monkeypatch):
    heard = []
    project.noticed.connect(heard.append)
    monkeypatch.setattr("xmem_gui.project.batch.Batch.write", _no_space)
    project.apply(draw(1, 1))
    for _ in range(2):
        with pytest.raises(ProjectError):
            project.flush()
    monkeypatch.undo()
    assert [(one.gravity, one.remedy) for one in heard] == [("error", Remedy.SAVE_ELSEWHERE)]
    assert heard[0].text == project.notices[-1].text
