"""Which object of a project an imported one goes to, and that the import does what its plan says."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_project import SIZE, make_frames

from xmem_gui.annotator import Annotator
from xmem_gui.errors import FormatError, ProjectError
from xmem_gui.formats import ExportRequest, FrameSelection
from xmem_gui.project import ChangeObject, ClassifyObjects, ClearMasks, Review

FRAMES = 4
FORMATS = (
    "coco",
    "youtube-vis",
    "sav-json",
    "cvat",
    "cvat-polygons",
    "labelme",
    "yolo-seg",
    "davis",
    "binary-png",
)
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
Masks = dict[tuple[int, int], bytes]


def box(left: int, top: int = 4, side: int = 6) -> np.ndarray:
    mask = np.zeros(SIZE, dtype=bool)
    mask[top : top + side, left : left + side] = True
    return mask


@contextmanager
def opened(folder: Path, name: str = "one", names: Sequence[str] = ()) -> Iterator[Annotator]:
    """Open a project, new or not, whose objects of these names have a box each in frames 0 to 2."""
    video = folder / "video"
    if not video.exists():
        make_frames(folder, FRAMES)
    with Annotator.open(video, project=folder / f"{name}.xmem") as annotator:
        for at, each in enumerate(names):
            made = annotator.add_object(each)
            for frame in range(3):
                annotator.set_mask(frame, made.id, box(8 * at, side=3 + frame))
        yield annotator


def masks_of(annotator: Annotator) -> Masks:
    """Return every mask by frame and object: its runs."""
    project = annotator.project
    return {
        (frame, one.id): record.rle.counts
        for one in project.objects
        for frame in range(project.frames)
        if (record := project.record(frame, one.id)) is not None
    }


def exported(annotator: Annotator, format_id: str, folder: Path, **request: object) -> Path:
    (target, *_) = annotator.export(format_id, folder / format_id, ExportRequest(**request))
    return target if target.is_file() else folder / format_id


@pytest.mark.parametrize("format_id", FORMATS)
def test_an_export_goes_back_to_the_objects_it_came_from(format_id: str, tmp_path: Path) -> None:
    with opened(tmp_path, names=["twin", "twin"]) as annotator:
        annotator.set_mask(3, 1, np.zeros(SIZE, bool))
        before, objects = masks_of(annotator), annotator.project.objects
        path = exported(annotator, format_id, tmp_path / "out")
        plan = annotator.plan_import(path)
        assert [(one.imported.id, one.object_id, one.new) for one in plan.destinations] == [
            (1, 1, False), (2, 2, False),
        ]  # fmt: skip
        assert "twin -> twin (object 1)" in plan.describe()
        annotator.import_masks(plan)
        assert masks_of(annotator) == before
        assert annotator.project.objects == objects


@pytest.mark.parametrize("format_id", FORMATS)
def test_an_export_of_some_frames_touches_no_others(format_id: str, tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog", "cat"]) as annotator:
        path = exported(annotator, format_id, tmp_path / "out", frames=FrameSelection(start=1, step=2))
        before = masks_of(annotator)
        for frame in range(3):
            annotator.project.apply(ClearMasks([1, 2], range(frame, frame + 1)))
            annotator.set_mask(frame, 1, box(20, 14, side=2))
        annotator.import_masks(annotator.plan_import(path))
        after = masks_of(annotator)
        assert after[1, 1] == before[1, 1]
        assert after[1, 2] == before[1, 2]
        assert after[0, 1] == after[2, 1] != before[0, 1]
        assert (0, 2) not in after


@given(
    format_id=st.sampled_from(FORMATS),
    theirs=st.lists(st.sampled_from(["dog", "cat"]), min_size=1, max_size=3),
    ours=st.lists(st.sampled_from(["dog", "cat"]), max_size=3),
    data=st.data(),
)
@QUICK
def test_any_mapping_keeps_objects_apart(
    format_id: str, theirs: list[str], ours: list[str], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened(folder, "theirs", theirs) as annotator:
            path = exported(annotator, format_id, folder / "out")
            their_masks = masks_of(annotator)
        with opened(folder, "ours", ours) as annotator:
            before, objects = masks_of(annotator), annotator.project.objects
            free = [one.id for one in objects]
            chosen: dict[int, int | None] = {}
            for number in range(1, len(theirs) + 1):
                where = data.draw(st.sampled_from([None, *free]))
                if data.draw(st.booleans()) or where is not None:
                    chosen[number] = where
                if where is not None:
                    free.remove(where)
            plan = annotator.plan_import(path, objects=chosen)
            into = {one.imported.id: one.object_id for one in plan.destinations}
            assert len(set(into.values())) == len(into)
            assert {n: o for n, o in into.items() if chosen.get(n)} == {n: o for n, o in chosen.items() if o}
            assert all(one.new for one in plan.destinations if not chosen.get(one.imported.id))
            assert sum(one.replaced for one in plan.destinations) == 3 * sum(
                o is not None for o in chosen.values()
            )
            changed = annotator.import_masks(plan)
            kept = {key: mask for key, mask in before.items() if key[1] not in into.values()}
            wanted = {(frame, into[n]): mask for (frame, n), mask in their_masks.items()}
            assert masks_of(annotator) == kept | wanted
            assert len(annotator.project.objects) == len(ours) + sum(one.new for one in plan.destinations)
            if changed:
                annotator.undo()
            assert masks_of(annotator) == before
            assert annotator.project.objects == objects


@pytest.mark.parametrize("format_id", FORMATS)
def test_what_is_there_already_stays_as_it_is(format_id: str, tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog"]) as annotator:
        annotator.uncommit(1)
        annotator.project.apply(Review(range(1, 2), [1]))
        path = exported(annotator, format_id, tmp_path / "out")
        records = [annotator.project.record(frame, 1) for frame in range(FRAMES)]
        steps = annotator.project.history
        assert annotator.import_masks(annotator.plan_import(path)) == 0
        assert [annotator.project.record(frame, 1) for frame in range(FRAMES)] == records
        assert annotator.project.history == steps


def test_what_takes_the_place_of_a_committed_mask_is_committed(tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog"]) as annotator:
        annotator.set_mask(1, 1, box(5))
        path = exported(annotator, "coco", tmp_path / "out")
        for frame, commit in enumerate((True, False)):
            annotator.set_mask(frame, 1, box(20), commit=commit)
        annotator.uncommit(1)
        assert annotator.import_masks(annotator.plan_import(path)) == 2
        records = [annotator.project.record(frame, 1) for frame in range(2)]
        assert [record.committed for record in records] == [True, False]
        np.testing.assert_array_equal(records[1].rle.to_mask(), box(5))
        annotator.undo()
        np.testing.assert_array_equal(annotator.project.mask(0, 1), box(20))


def test_what_was_imported_is_known_again(tmp_path: Path) -> None:
    with opened(tmp_path, "theirs", ["dog", "dog"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
    with opened(tmp_path, "ours", ["dog"]) as annotator:
        annotator.import_masks(annotator.plan_import(path))
        plan = annotator.plan_import(path)
        assert [(one.object_id, one.new, one.replaced) for one in plan.destinations] == [
            (2, False, 3), (3, False, 3),
        ]  # fmt: skip
        annotator.undo()
        assert all(one.new for one in annotator.plan_import(path).destinations)
    with opened(tmp_path, "third") as annotator:
        annotator.import_masks(annotator.plan_import(path))
        annotator.import_masks(annotator.plan_import(path))
        assert len(annotator.project.objects) == 2


def test_a_copy_of_a_project_that_went_on_by_itself_has_other_objects(tmp_path: Path) -> None:
    with opened(tmp_path, "one", ["dog"]):
        pass
    (tmp_path / "two.xmem").write_bytes((tmp_path / "one.xmem").read_bytes())
    with opened(tmp_path, "one", ["cat"]), opened(tmp_path, "two", ["fox"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
    with opened(tmp_path, "one") as annotator:
        plan = annotator.plan_import(path)
        assert [str(one) for one in plan.destinations] == ["dog -> dog (object 1)", "fox -> new object 3"]


def test_an_object_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    from xmem_gui.project import DeleteObjects

    with opened(tmp_path, names=["dog", "cat"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
        annotator.project.apply(DeleteObjects([1]))
        annotator.import_masks(annotator.plan_import(path))
        assert [(one.id, one.name) for one in annotator.project.objects] == [(2, "cat"), (3, "dog")]


def test_two_objects_never_go_into_one(tmp_path: Path) -> None:
    with opened(tmp_path, "theirs", ["dog", "cat"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
    with opened(tmp_path, "ours", ["fox"]) as annotator:
        with pytest.raises(FormatError, match="'dog' and 'cat' would both go into fox"):
            annotator.plan_import(path, objects={1: 1, 2: 1})
        with pytest.raises(FormatError, match="no object 9 to import into"):
            annotator.plan_import(path, objects={1: 9})
        with pytest.raises(FormatError, match="The files have no object 9"):
            annotator.plan_import(path, objects={9: 1})


def test_the_object_that_a_file_names_can_be_given_to_another(tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog", "cat"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
        plan = annotator.plan_import(path, objects={1: 2})
        assert [str(one) for one in plan.destinations] == ["dog -> cat (object 2)", "cat -> new object 3"]


def test_nothing_to_import_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
        document = json.loads(path.read_text())
        path.write_text(json.dumps(document | {"annotations": []}))
        before = annotator.project.history
        with pytest.raises(FormatError, match="Nothing was imported"):
            annotator.import_masks(annotator.plan_import(path))
        assert annotator.project.history == before


def test_a_locked_object_refuses_the_whole_import(tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog", "cat"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
        annotator.set_mask(0, 1, box(20))
        annotator.set_mask(0, 2, box(20))
        annotator.project.apply(ChangeObject(2, locked=True))
        before = masks_of(annotator)
        plan = annotator.plan_import(path)
        assert (
            "cat (object 2) is locked: if a mask of it would change, nothing is imported" in plan.describe()
        )
        assert "dog (object 1) is locked" not in plan.describe()
        with pytest.raises(ProjectError, match="cat is locked"):
            annotator.import_masks(plan)
        assert masks_of(annotator) == before


def test_an_explicit_absence_clears_and_silence_does_not(tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog"]) as annotator:
        annotator.set_mask(1, 1, np.zeros(SIZE, bool))
        paths = [exported(annotator, format_id, tmp_path / "out") for format_id in FORMATS]
        for path in paths:
            for frame in (1, 3):
                annotator.set_mask(frame, 1, box(16))
            before = masks_of(annotator)
            plan = annotator.plan_import(path)
            assert plan.absences == 1
            annotator.import_masks(plan)
            assert not annotator.project.mask(1, 1).any()
            assert annotator.project.mask(3, 1).any(), path
            annotator.undo()
            assert masks_of(annotator) == before


def test_priorities_of_new_objects_are_those_of_the_file(tmp_path: Path) -> None:
    with opened(tmp_path, "theirs", ["low", "high"]) as annotator:
        annotator.project.apply(ChangeObject(1, priority=9))
        path = exported(annotator, "coco", tmp_path / "out")
    with opened(tmp_path, "ours", ["other"]) as annotator:
        annotator.import_masks(annotator.plan_import(path))
        other, low, high = annotator.project.objects
        assert other.priority < high.priority < low.priority


def test_masks_of_another_size_are_scaled_on_request(tmp_path: Path) -> None:
    with opened(tmp_path, names=["dog"]) as annotator:
        path = exported(annotator, "coco", tmp_path / "out")
        document = json.loads(path.read_text())
        for image in document["images"]:
            image |= {"height": 2 * SIZE[0], "width": 2 * SIZE[1]}
        for item in document["annotations"]:
            item["segmentation"] = [[8.0, 8.0, 20.0, 8.0, 20.0, 20.0, 8.0, 20.0]]
        path.write_text(json.dumps(document))
        with pytest.raises(FormatError, match="--scale"):
            annotator.plan_import(path)
        annotator.import_masks(annotator.plan_import(path, scale=True))
        np.testing.assert_array_equal(annotator.project.mask(0, 1), box(4, 4, side=6))


@pytest.mark.parametrize("format_id", ["coco", "davis", "yolo-seg"])
def test_new_objects_get_their_class_and_others_keep_theirs(format_id: str, tmp_path: Path) -> None:
    with opened(tmp_path, names=("Anna", "ball")) as annotator:
        annotator.project.apply(ClassifyObjects((1,), "person"))
        annotator.export(format_id, tmp_path / "out")
        annotator.project.apply(ClassifyObjects((1, 2), "thing"))
        annotator.import_masks(annotator.plan_import(tmp_path / "out"))
        assert [one.category for one in annotator.project.objects] == ["thing", "thing"]
    with opened(tmp_path, "two") as annotator:
        annotator.import_masks(annotator.plan_import(tmp_path / "out"))
        found = [(one.name, one.category) for one in annotator.project.objects]
        assert found == [("Anna", "person"), ("ball", "")]
        annotator.undo()
        assert annotator.project.objects == ()
