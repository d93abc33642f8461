"""Values from outside: taken as what they are, or refused at once; whatever is accepted is kept."""

import contextlib
import json
import pathlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project_samples import FRAMES, HEIGHT, WIDTH, new_project, pattern, state

from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.project import (
    AddObject,
    ChangeObject,
    ClearMasks,
    Commit,
    DeleteObjects,
    Fingerprint,
    MergeObjects,
    Origin,
    Project,
    ReorderObjects,
    Review,
    Rework,
    Rle,
    SetMasks,
    SplitObject,
    SwapObjects,
    SwitchObjects,
    VideoReference,
    door,
)

ONES = [1, np.int64(1), np.uint8(1), np.int32(1), 1.0, np.float32(1), np.array(1), Fraction(2, 2)]
NO_NUMBERS = [
    None,
    "1",
    b"1",
    1.5,
    float("nan"),
    np.inf,
    True,
    np.True_,
    [1],
    ...,
]


@pytest.mark.parametrize("one", ONES, ids=repr)
def test_any_number_that_is_whole_is_that_number(one):
    assert type(door.whole(one)) is int
    assert door.whole(one) == 1


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ProjectError, match="expected a"):
        door.whole(value)


@pytest.mark.parametrize(
    "value", [0, 1, True, False, np.True_, np.bool_(0), np.int64(1), np.array(True)], ids=repr
)
def test_flags(value):
    assert door.flag(value) is bool(value)


@pytest.mark.parametrize("value", ["False", "", None, 2, 0.0, np.float64(1), [], float("nan")], ids=repr)
def test_what_is_no_flag_is_refused(value):
    with pytest.raises(ProjectError, match="expected True or False"):
        door.flag(value)


def test_text_is_plain_and_can_be_written():
    for value in ("rabbit", np.str_("rabbit"), "кролик", "a\ud800b", "x" * 1000):
        found = door.text(value)
        assert type(found) is str
        found.encode()
    assert door.text("a\ud800b") == "a?b"
    for value in (None, 7, b"rabbit", ["rabbit"], "x" * (door.LONGEST_NAME + 1)):
        with pytest.raises(ProjectError):
            door.text(value)


# Every call with every kind of number; then the file holds what was accepted.

CALLS = {
    "SetMasks.frame": lambda p, v: p.apply(SetMasks(v, {1: pattern(2)})),
    "SetMasks.object": lambda p, v: p.apply(SetMasks(0, {v: pattern(2)})),
    "SetMasks.confidence": lambda p, v: p.apply(SetMasks(0, {1: pattern(2)}, confidence=v)),
    "SetMasks.confidences": lambda p, v: p.apply(SetMasks(0, {1: pattern(2)}, confidence={v: v})),
    "ClearMasks.objects": lambda p, v: p.apply(ClearMasks([v])),
    "Rework.frame": lambda p, v: p.apply(Rework(v, 1, lambda *_: {1: pattern(2)}, "Paint")),
    "Rework.object": lambda p, v: p.apply(Rework(0, v, lambda *_: {v: pattern(2)}, "Paint")),
    "Rework.confidence": lambda p, v: p.apply(
        Rework(0, 1, lambda *_: {1: pattern(2)}, "Paint", confidence=v)
    ),
    "Commit.frame": lambda p, v: p.apply(Commit(v)),
    "Commit.objects": lambda p, v: p.apply(Commit(1, [v])),
    "commit": lambda p, v: p.commit(v, [v]),
    "Review.objects": lambda p, v: p.apply(Review(objects=[v])),
    "AddObject.colour": lambda p, v: p.apply(AddObject("new", (v, v, v))),
    "ChangeObject.object": lambda p, v: p.apply(ChangeObject(v, name="hare")),
    "ChangeObject.priority": lambda p, v: p.apply(ChangeObject(1, priority=v)),
    "ReorderObjects": lambda p, v: p.apply(ReorderObjects([2, v])),
    "SwitchObjects": lambda p, v: p.apply(SwitchObjects([v], visible=False)),
    "DeleteObjects": lambda p, v: p.apply(DeleteObjects([v])),
    "MergeObjects.source": lambda p, v: p.apply(MergeObjects(v, 2)),
    "MergeObjects.sources": lambda p, v: p.apply(MergeObjects((v,), 2)),
    "MergeObjects.into": lambda p, v: p.apply(MergeObjects(2, v)),
    "SplitObject": lambda p, v: p.apply(SplitObject(v, range(3))),
    "SwapObjects": lambda p, v: p.apply(SwapObjects(v, 2)),
    "Run.put.frame": lambda p, v: run(p, v, 1, 1),
    "Run.put.object": lambda p, v: run(p, 0, v, 1),
    "Run.put.confidence": lambda p, v: run(p, 0, 1, v),
    "set_setting": lambda p, v: p.set_setting("range", [v, v]),
    "record": lambda p, v: p.record(v, v),
    "records": lambda p, v: p.records(v),
    "object": lambda p, v: p.object(v),
    "spans": lambda p, v: p.query.spans(v),
    "masks_on": lambda p, v: p.query.masks_on(v),
    "states": lambda p, v: p.query.states(v),
    "known_frames": lambda p, v: p.query.known_frames(v),
    "doubt": lambda p, v: p.query.doubt(v),
    "counts": lambda p, v: p.query.counts([v]),
}


KEYS = {"SetMasks.object", "SetMasks.confidences", "Run.put.object"}
"""Calls that take the value as a key of a mapping."""


def is_key(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def run(project, frame, one, sure):
    with project.run() as going:
        going.put(frame, {one: pattern(3)}, confidence=sure)


@pytest.fixture
def project(tmp_path):
    """Give two objects, one of them in two pieces on frame 1."""
    with new_project(tmp_path / "p.xmem", flush_interval=60) as project:
        project.add_object("rabbit")
        project.add_object("rock")
        pieces = np.zeros((HEIGHT, WIDTH), bool)
        pieces[0:2, 0:2] = pieces[4:, 4:] = True
        project.apply(SetMasks(1, {1: pieces, 2: pattern(4)}))
        yield project


def kept(project):
    """Close and open again: what memory had must be in the file."""
    expected = state(project)
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        assert not again.notices
        assert state(again) == expected
        again.undo()


@pytest.mark.parametrize("one", [np.int64(1), np.float32(1)], ids=repr)
@pytest.mark.parametrize("call", CALLS)
def test_a_number_of_any_kind_does_what_one_does(project, call, one):
    CALLS[call](project, one)
    project.flush()
    assert not project.notices
    kept(project)


@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_number_is_refused_at_once_and_nothing_else_is_lost(project, call):
    before = state(project)
    for value in NO_NUMBERS:
        if call == "set_setting":
            continue  # JSON has most of them
        if value == [1] and call == "MergeObjects.source":
            continue  # that is one of several
        if (value is None and call == "ChangeObject.priority") or (call in KEYS and not is_key(value)):
            continue
        with pytest.raises(ProjectError):
            CALLS[call](project, value)
    if "Run" not in call:
        assert state(project) == before
    project.add_object("later")
    project.flush()
    kept(project)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: p.apply(ChangeObject(1, visible="no")),
        lambda p: p.apply(ChangeObject(1, locked=2)),
        lambda p: p.apply(ChangeObject(1, priority=1 << 41)),
        lambda p: p.apply(ChangeObject(1, colour="red")),
        lambda p: p.apply(ChangeObject(1, colour=(1, 2))),
        lambda p: p.apply(ChangeObject(1, colour=(1, 2, 0.5))),
        lambda p: p.apply(ChangeObject(1, colour=7)),
        lambda p: p.apply(ChangeObject(1, name=7)),
        lambda p: p.apply(ChangeObject(10**400, name="x")),
        lambda p: p.apply(ClearMasks("12")),
        lambda p: p.apply(ClearMasks(1)),
        lambda p: p.apply(ClearMasks([1], [0, 1])),
        lambda p: p.apply(ClearMasks([1], slice(2))),
        lambda p: p.apply(Review(np.arange(3))),
        lambda p: p.apply(SetMasks(10**400, {1: pattern(2)})),
        lambda p: p.apply(SetMasks(0, [pattern(2)])),
        lambda p: p.apply(SetMasks(0, {1: "mask"})),
        lambda p: p.apply(SetMasks(0, {1: None})),
        lambda p: p.apply(SetMasks(0, {1: np.full((HEIGHT, WIDTH), "x")})),
        lambda p: p.apply(SetMasks(0, {1: np.full((HEIGHT, WIDTH), np.nan)})),
        lambda p: p.apply(SetMasks(0, {1: Rle("abc", HEIGHT, WIDTH)})),
        lambda p: p.apply(SetMasks(0, {1: pattern(2)}, origin="nowhere")),
        lambda p: p.apply(Rework(0, 1, lambda *_: {1: "patch"}, "Paint")),
        lambda p: p.apply(Rework(0, 1, lambda *_: {1: pattern(2)}, "Paint", origin="splash")),
        lambda p: p.apply(Rework(0, 1, lambda *_: {1: pattern(2)}, 7)),
        lambda p: p.run("nowhere"),
        lambda p: p.run(label=7),
        lambda p: p.set_setting("a", object()),
        lambda p: p.set_setting("a", float("nan")),
        lambda p: p.set_setting(7, 7),
        lambda p: p.set_setting("a", 10**5000),
        lambda p: p.save_copy("a\0b"),
        lambda p: p.save_copy(7),
    ],
)
def test_other_values_that_no_file_can_keep_are_refused(project, call):
    before = state(project), project.history
    with pytest.raises((ProjectError, MaskError)):
        call(project)
    assert (state(project), project.history) == before
    project.add_object("later")
    project.flush()


def test_names_from_anywhere_are_kept(project):
    for name in ("a\ud800b", np.str_("rabbit"), "nul\0l", "кролик", "'; DROP TABLE masks"):
        project.apply(AddObject(name))
        project.apply(ChangeObject(1, name=name))
        with project.run(label=name) as going:
            going.add_object(name)
    project.set_setting(
        "a\ud800b", {"name": "a\ud800b", "path": pathlib.PurePosixPath("a"), "n": np.arange(2)}
    )
    assert project.setting("a\ud800b")["n"] == [0, 1]
    project.flush()
    assert not project.notices
    kept(project)


def test_a_rle_made_by_hand_is_made_plain(project):
    counts = Rle.from_mask(pattern(2)).counts
    project.apply(
        SetMasks(0, {1: Rle(bytearray(counts), np.int64(HEIGHT), np.uint16(WIDTH))}, np.str_("clicked"))
    )
    assert project.record(0, 1).origin is Origin.CLICKED
    kept(project)


def test_a_video_told_in_numpy_numbers(tmp_path):
    mark = Fingerprint(
        np.int64(WIDTH), np.int32(HEIGHT), np.uint8(FRAMES), np.float32(2), np.str_("abc"), np.int64(9)
    )
    with Project.create(
        tmp_path / "p.xmem", video=VideoReference(tmp_path / "v", mark), backup_every=None
    ) as made:
        assert made.size == (HEIGHT, WIDTH)
        made.add_object()
    for wrong in (
        Fingerprint(1.5, 2, 3, 4.0, ""),
        Fingerprint(1, 2, 3, np.nan, ""),
        Fingerprint("1", 2, 3, 0.0, ""),
    ):
        with pytest.raises(ProjectError):
            Project.create(tmp_path / "q.xmem", video=VideoReference(tmp_path / "v", wrong))


def test_any_path_will_do(tmp_path):
    class Named(pathlib.PurePosixPath):
        pass

    new_project(tmp_path / "p.xmem").close()
    for path in (str(tmp_path / "p.xmem"), np.str_(tmp_path / "p.xmem"), Named(tmp_path / "p.xmem")):
        with Project.open(path, backup_every=None) as project:
            assert project.path == tmp_path / "p.xmem"


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.fractions(),
    st.integers(-3, 14), st.integers(0, 3).map(np.int64), st.floats(0, 1).map(np.float32),
    st.lists(st.integers(0, 3)), st.sampled_from([np.array(1), np.arange(3), range(2), Origin.DRAWN]),
)  # fmt: skip


@given(calls=st.lists(st.tuples(st.sampled_from(sorted(CALLS)), ANYTHING), max_size=8))
def test_whatever_is_accepted_is_in_the_file(tmp_path_factory, calls):
    """The document never accepts what it cannot keep."""
    path = tmp_path_factory.mktemp("door") / "p.xmem"
    with new_project(path, flush_interval=60) as project:
        project.add_object("rabbit")
        project.add_object("rock")
        for call, value in calls:
            if call in KEYS and not is_key(value):
                continue
            with contextlib.suppress(ProjectError, MaskError):
                CALLS[call](project, value)
        project.flush()
        assert not project.notices
        expected = state(project), project.history
    with Project.open(path, backup_every=None) as again:
        assert (state(again), again.history) == expected
        json.dumps(again.setting("range"))


# What the file does not take all the same: told apart from the disk, and the rest is saved.


def test_what_the_file_does_not_take_does_not_keep_the_rest_from_it(project):
    store = project._store
    project.apply(SetMasks(0, {1: pattern(2)}))
    project.flush()
    store._pending.masks[1, 0] = "no bytes: é\ud800"
    store.put_meta("setting:odd", "\ud800")
    project.apply(SetMasks(5, {2: pattern(6)}))
    project.add_object("later")
    heard = []
    project.changed.connect(heard.append)
    project.flush()
    assert project.pending.changes == 0
    assert [(one.touches(0), one.touches(5), one.concerns(1)) for one in heard] == [(True, False, True)]
    assert any("2 changes could not be kept" in notice for notice in map(str, project.notices))
    assert np.array_equal(project.mask(0, 1), pattern(2))
    expected = state(project)
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        assert state(again) == expected
        assert [item.name for item in again.objects] == ["rabbit", "rock", "later"]
