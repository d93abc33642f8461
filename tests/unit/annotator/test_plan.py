"""What a plan says is what a run does, and it says it before anything is computed."""

import ast
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_network import FRAMES, box, masks_of, open_tiny, use_tiny_network

import xmem_gui
from xmem_gui.annotator import Annotator, PlanOutOfDateError, Propagation, Why
from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.plan import make_plan
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import ChangeObject, Origin, Project, Review, Rle, SetMasks


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two objects, rabbit and rock, committed on frame 1."""
    use_tiny_network(monkeypatch)
    with open_tiny(tmp_path / "clip.xmem") as annotator:
        for name in ("rabbit", "rock"):
            annotator.add_object(name)
        annotator.project.apply(SetMasks(1, {1: box(1), 2: box(3)}, commit=True))
        yield annotator


def alone(plan) -> dict[tuple[Why, int], tuple[int, ...]]:
    return {(one.why, one.object): one.frames for one in plan.left_alone}


def test_a_plan_says_what_a_run_then_does_and_computes_nothing(annotator: Annotator):
    annotator.project.apply(SetMasks(5, {1: box(4), 2: box(6)}, commit=True))
    before = masks_of(annotator)
    plan = annotator.plan(Propagation("both"))
    assert masks_of(annotator) == before
    frames = [result.frame for result in annotator.run(plan)]
    assert frames == [frame for leg in plan.legs for frame in leg.frames]
    assert (len(frames), tuple(sorted(set(frames)))) == (plan.steps, plan.frames)
    assert plan.key_frames == (1, 5)


def test_scripts_of_version_0_1_still_track(annotator: Annotator):
    with pytest.warns(DeprecationWarning, match="Propagation"):
        steps = annotator.propagate("both", first=0, last=3, objects=[1], replace_reviewed=True)
    wanted = annotator.plan(Propagation("both", last=3, objects=[1], again=True))
    assert [result.frame for result in steps] == [frame for leg in wanted.legs for frame in leg.frames]


def test_it_says_which_masks_stay_and_why_and_they_do(annotator: Annotator):
    project = annotator.project
    annotator.add_object("bird")
    project.apply(SetMasks(3, {1: box(5)}, commit=True))
    project.apply(SetMasks(4, {1: box(6)}))
    project.apply(Review(range(4, 5), [1]))
    project.apply(ChangeObject(2, locked=True))
    plan = annotator.plan(Propagation(start=1))
    assert plan.objects == (1,)
    assert alone(plan) == {
        (Why.COMMITTED, 1): (1, 3),
        (Why.REVIEWED, 1): (4,),
        (Why.LOCKED, 2): (),
        (Why.NO_MASK, 3): (),
    }
    before = masks_of(annotator)
    list(annotator.run(plan))
    after = masks_of(annotator)
    assert {key for key in before if after[key] == before[key]} == {(1, 1), (1, 2), (3, 1), (4, 1)}
    assert {key for key in after if key not in before} == {(frame, 1) for frame in (2, 5, 6)}
    assert (Why.REVIEWED, 1) not in alone(annotator.plan(Propagation(start=1, again=True)))
    assert alone(annotator.plan(Propagation(objects=[1])))[Why.NOT_ASKED, 2] == ()


def test_near_a_frame_it_starts_from_what_a_person_made_there_and_commits_that_first(annotator: Annotator):
    annotator.project.apply(SetMasks(4, {1: box(7)}))
    plan = annotator.plan(Propagation(near=4))
    assert (plan.start, plan.to_commit, plan.key_frames) == (4, (1,), (1, 4))
    assert annotator.project.query.key_frames() == [1]
    steps = len(annotator.project.history)
    assert [result.frame for result in annotator.run(plan)] == [4, 5, 6]
    assert annotator.project.query.key_frames() == [1, 4]
    assert len(annotator.project.history) == steps + 2
    assert annotator.plan(Propagation(near=6)).start == 4
    assert annotator.plan(Propagation("backward", near=3)).start == 4


def test_a_number_of_frames_a_range_and_the_gap_to_the_next_committed_frame(annotator: Annotator):
    annotator.project.apply(SetMasks(5, {1: box(4), 2: box(6)}, commit=True))
    assert annotator.plan(Propagation(near=3, count=1)).frames == (1, 2, 3, 4)
    assert annotator.plan(Propagation("backward", near=4, count=2)).frames == (2, 3, 4, 5)
    assert annotator.plan(Propagation("both", near=1, first=3, last=6)).frames == (3, 4, 5, 6)
    gap = annotator.plan(Propagation(near=2, until="gap"))
    assert (gap.frames, gap.steps) == ((1, 2, 3, 4, 5), 8)
    assert annotator.plan(Propagation(near=6, until="gap")).frames == (5, 6)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"start": 1, "near": 1}, "not both"),
        ({"count": 3}, "beyond a frame"),
        ({"near": 1, "count": 0}, "1 or more"),
        ({"near": 1, "count": 2, "first": 1}, "not both"),
        ({"until": "never"}, "end or next_key_frame or gap"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(asked, says):
    with pytest.raises(XmemGuiError, match=says):
        Propagation(**asked)


@pytest.mark.parametrize("span", [(0, FRAMES), (4, 2), (-1, 3)])
def test_a_range_outside_the_video_is_refused(annotator: Annotator, span):
    with pytest.raises(XmemGuiError, match="does not lie in the video, which has the frames 0 to 6"):
        annotator.plan(Propagation(first=span[0], last=span[1]))


@pytest.mark.parametrize(
    "edit",
    [
        lambda a: a.set_mask(3, 1, box(8)),
        lambda a: a.set_mask(1, 1, box(8)),
        lambda a: a.uncommit(1),
        lambda a: a.project.apply(ChangeObject(2, locked=True)),
        lambda a: (a.set_mask(2, 1, box(8), commit=False), a.project.apply(Review(range(2, 3)))),
        lambda a: a.undo(),
        lambda a: a.add_object("later"),
    ],
)
def test_a_plan_that_is_out_of_date_is_refused_and_nothing_is_done(annotator: Annotator, edit):
    plan = annotator.plan(Propagation())
    edit(annotator)
    before = masks_of(annotator)
    with pytest.raises(PlanOutOfDateError, match="have changed since this was planned"):
        list(annotator.run(plan))
    assert masks_of(annotator) == before


def test_what_changes_no_plan_does_not_put_it_out_of_date(annotator: Annotator):
    plan = annotator.plan(Propagation())
    annotator.set_mask(2, 1, box(8), commit=False)
    annotator.project.apply(ChangeObject(2, name="stone"))
    annotator.set_mask(3, 1, box(8))
    annotator.undo()
    assert len(list(annotator.run(plan))) == plan.steps


def test_each_committed_mask_is_read_once_from_plan_to_run(
    annotator: Annotator, monkeypatch: pytest.MonkeyPatch
):
    annotator.project.apply(SetMasks(5, {1: box(4)}, commit=True))
    annotator.project.apply(SetMasks(4, {1: box(4)}))
    read: list[tuple[int, int]] = []
    record = Project.record

    def watch(self, frame, object_id):
        read.append((frame, object_id))
        return record(self, frame, object_id)

    monkeypatch.setattr(Project, "record", watch)
    request = Propagation("both", near=1)
    results = annotator.run(annotator.plan(request))
    list(islice(results, 2))
    assert annotator.plan(request).steps
    assert annotator.memory_report().permanent_frames
    results.close()
    assert sorted(read) == [(1, 1), (1, 2), (5, 1)]


def test_stretches_computed_apart_and_in_another_order_give_the_same_masks(annotator: Annotator):
    for frame, seeds in ((3, (4, 6)), (5, (7, 8))):
        annotator.project.apply(SetMasks(frame, dict(zip((1, 2), map(box, seeds), strict=True)), commit=True))
    request = Propagation("both")
    list(annotator.run(request))
    whole = masks_of(annotator)
    annotator.undo()
    stretches = annotator.plan(request).stretches()
    assert [(one.frames, one.starts) for one in stretches] == [
        (range(2), (1,)), (range(1, 4), (1, 3)), (range(3, 6), (3, 5)), (range(5, 7), (5,)),
    ]  # fmt: skip
    for one in reversed(stretches):
        plan = annotator.plan(request).only(one.index)
        assert plan.stretches() == (one,)
        assert len(list(annotator.run(plan))) == one.steps
    assert masks_of(annotator) == whole


def test_stretches_that_start_from_one_frame_give_its_other_objects_the_same_masks(annotator: Annotator):
    annotator.uncommit(1, [2])
    annotator.project.apply(SetMasks(0, {2: box(6)}, commit=True))
    request, seen = Propagation("both", first=1), {}
    plan = annotator.plan(request)
    whole = {result.frame: result.masks()[2] for result in annotator.run(plan)}
    annotator.undo()
    for one in plan.stretches():
        for result in annotator.run(annotator.plan(request).only(one.index)):
            seen.setdefault(result.frame, []).append(result.masks()[2])
    assert set(seen) == set(whole)
    assert all((mask == whole[frame]).all() for frame, masks in seen.items() for mask in masks)


def test_a_part_of_a_run_is_gone_on_with_as_that_part(annotator: Annotator):
    annotator.project.apply(SetMasks(5, {1: box(4), 2: box(6)}, commit=True))
    part = annotator.plan(Propagation("both")).only(1)
    list(islice(results := annotator.run(part), 3))
    results.close()
    found = annotator.resumable()
    assert (found.done, found.total, found.parts) == (3, part.steps, (1,))
    assert len(list(annotator.resume())) == part.steps - 3
    assert {frame for frame, _ in masks_of(annotator)} == {1, 2, 3, 4, 5}
    with pytest.raises(XmemGuiError, match="no stretch 0"):
        part.only(0)


keys = st.dictionaries(st.integers(0, 19), st.sets(st.sampled_from([1, 2]), min_size=1), min_size=1)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    keys,
    st.sampled_from(["forward", "backward", "both"]),
    st.sampled_from(["end", "next_key_frame", "gap"]),
    st.integers(0, 19),
    st.integers(0, 19),
    st.data(),
)
def test_stretches_share_nothing_but_their_starts_and_settled_requests_plan_the_same(
    keys, direction, until, one, other, data
):
    rle = Rle.from_mask(box(1))
    commits = Commits({frame: dict.fromkeys(names, rle) for frame, names in keys.items()})
    basis = Basis.of_masks(commits, 20, "clip")
    start = data.draw(st.one_of(st.none(), st.sampled_from(sorted(keys))))
    request = Propagation(direction, start, until=until, first=min(one, other), last=max(one, other))
    try:
        plan = make_plan(request, basis)
    except XmemGuiError:
        return
    again = make_plan(plan.settled, basis)
    assert (again.legs, again.objects, again.left_alone) == (plan.legs, plan.objects, plan.left_alone)
    computed: set[tuple[int, int]] = set()
    for stretch in plan.stretches():
        frames = {frame for leg in plan.only(stretch.index).legs for frame in leg.frames}
        assert frames <= set(stretch.frames)
        mine = {(frame, name) for frame in frames for name in plan.objects}
        mine -= {(frame, name) for frame, names in keys.items() for name in names}
        assert {frame for frame, _ in mine & computed} <= set(stretch.starts)
        computed |= mine
    assert plan.describe()


def test_in_words(annotator: Annotator):
    assert annotator.plan(Propagation()).describe() == (
        "Tracks rabbit and rock forward from frame 1 to frame 6 (6 frames).\n"
        "It uses what you committed on frame 1."
    )
    annotator.project.apply(ChangeObject(2, locked=True))
    annotator.project.apply(SetMasks(4, {1: box(7)}, Origin.DRAWN))
    annotator.project.apply(SetMasks(6, {1: box(7)}))
    annotator.project.apply(Review(range(6, 7), [1]))
    annotator.add_object("bird")
    assert annotator.plan(Propagation("both", near=4)).describe() == (
        "Tracks rabbit both ways from frame 4: frames 0 to 6 (7 frames).\n"
        "Between frames 1 and 4 it goes both from the left and from the right, and blends the two: "
        "11 steps in all.\n"
        "The mask of rabbit on frame 4 will be committed first. It also uses 1 other committed frame.\n"
        "1 reviewed mask stays as it is.\n"
        "rock is locked and stays as it is.\n"
        "bird has no committed mask, so it is not tracked."
    )
    assert annotator.plan(Propagation("backward", start=1, objects=[1])).describe() == (
        "Tracks rabbit backward from frame 1 to frame 0 (2 frames).\n"
        "It uses what you committed on frame 1.\n"
        "The other 2 objects stay as they are."
    )
    annotator.commit(4, [1])
    assert annotator.plan(Propagation("forward", start=1, objects=[1])).describe().splitlines()[2] == (
        "1 committed mask and 1 reviewed mask stay as they are."
    )


def test_frames_are_numbered_as_in_the_window():
    rle = Rle.from_mask(box(1))
    commits = Commits({frame: {1: rle} for frame in (1_200, *range(0, 50, 10))})
    text = make_plan(Propagation("both"), Basis.of_masks(commits, 2_000, "clip")).describe()
    assert "frames 0 to 1,999 (2,000 frames)" in text
    assert "Each of the 5 gaps between given masks is tracked from both ends" in text
    assert "the masks given for 6 frames" in text


def calls(name: str) -> dict[str, int]:
    """Return by module of the package how often something of that name is called with two arguments."""
    root = Path(xmem_gui.__file__).parent
    found: Counter[str] = Counter()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) + len(node.keywords) > 1:
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called == name:
                    found[path.relative_to(root).as_posix()] = (
                        found.get(path.relative_to(root).as_posix(), 0) + 1
                    )
    return found


def test_one_place_decides_what_a_run_computes():
    assert calls("plan_legs") == {"annotator/propagation/plan.py": 1}


def test_one_loop_drives_the_engine_over_frames():
    """`Engine.step` is called with a frame and its picture; a `step` that passes both on is no loop."""
    root = Path(xmem_gui.__file__).parent
    found = []
    for path in (path for path in root.rglob("*.py") if "training" not in path.parts):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and function.name != "step":
                found += [
                    f"{path.relative_to(root).as_posix()} {function.name}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "step"
                    and len(node.args) > 1
                ]
    assert found == ["annotator/propagation/run.py _step"]
    assert calls("Walk") == {
        "annotator/propagation/follower.py": 1,
        "annotator/propagation/folder_run.py": 1,
        "evaluation/segmenting.py": 1,
    }
