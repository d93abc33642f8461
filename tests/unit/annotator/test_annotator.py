from pathlib import Path

import numpy as np
import pytest
from small_job import SIZE, Job, make_job

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.errors import Cancelled, FormatError, ProjectError, XmemGuiError
from xmem_gui.formats import ExportRequest
from xmem_gui.formats.davis import read_index_mask, write_index_mask
from xmem_gui.project import ChangeObject, Review


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


def open_job(job: Job) -> Annotator:
    return Annotator.open(job.video, settings=EngineSettings(model=str(job.model), device="cpu"))


def box(top: int, left: int, size: int = 15) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top : top + size, left : left + size] = True
    return mask


def everything(annotator: Annotator) -> dict:
    """Return all masks with what is known of them."""
    project = annotator.project
    return {
        (frame, name): (record.rle, record.origin, record.confidence, record.committed, record.reviewed)
        for frame in range(project.frames)
        for name, record in project.records(frame).items()
    }


def test_masks_propagate_into_the_project_as_one_step(job: Job):
    with open_job(job) as annotator:
        rabbit = annotator.add_object("rabbit").id
        annotator.set_mask(2, rabbit, box(5, 5))
        before = everything(annotator)
        steps = len(annotator.project.history)
        frames = [result.frame for result in annotator.run(Propagation("both"))]
        assert sorted(set(frames)) == list(range(8))
        after = everything(annotator)
        assert {frame for frame, _ in after} == set(range(8))
        assert len(annotator.project.history) == steps + 1
        assert after[2, rabbit] == before[2, rabbit]
        annotator.undo()
        assert everything(annotator) == before
        annotator.redo()
        assert everything(annotator) == after
    with open_job(job) as annotator:
        assert everything(annotator) == after
        annotator.undo()
        assert everything(annotator) == before


def test_committed_reviewed_and_locked_masks_are_barriers(job: Job):
    with open_job(job) as annotator:
        one, two = annotator.add_object().id, annotator.add_object().id
        for name in (one, two):
            annotator.set_mask(0, name, box(3 + 20 * (name == two), 3))
        annotator.set_mask(5, one, box(20, 20))
        annotator.set_mask(3, one, box(1, 1), commit=False)
        annotator.project.apply(Review(range(3, 4), [one]))
        annotator.set_mask(4, two, box(9, 9), commit=False)
        annotator.project.apply(ChangeObject(two, locked=True))
        for _ in annotator.run(Propagation()):
            pass
        assert np.array_equal(annotator.project.mask(5, one), box(20, 20))
        assert np.array_equal(annotator.project.mask(3, one), box(1, 1))
        assert np.array_equal(annotator.project.mask(4, two), box(9, 9))
        assert annotator.project.mask(6, two) is None
        for _ in annotator.run(Propagation(again=True)):
            pass
        assert not np.array_equal(annotator.project.mask(3, one), box(1, 1))


def test_a_cancelled_run_keeps_what_is_finished_and_is_one_step(job: Job):
    with open_job(job) as annotator:
        name = annotator.add_object().id
        annotator.set_mask(0, name, box(5, 5))
        before = everything(annotator)
        answers = iter([False] * 4 + [True])
        results = annotator.run(Propagation(), cancelled=lambda: next(answers))
        assert [result.frame for result in results] == [0, 1, 2, 3]
        assert {frame for frame, _ in everything(annotator)} == {0, 1, 2, 3}
        annotator.undo()
        assert everything(annotator) == before


def test_there_must_be_something_committed_to_follow(job: Job):
    with open_job(job) as annotator:
        name = annotator.add_object().id
        with pytest.raises(XmemGuiError, match="None of the masks"):
            list(annotator.run(Propagation()))
        annotator.set_mask(1, name, box(5, 5), commit=False)
        with pytest.raises(XmemGuiError, match="Frame 1 has no committed mask"):
            list(annotator.run(Propagation(start=1)))
        annotator.commit(1)
        assert [r.frame for r in annotator.run(Propagation("backward", start=1))] == [1, 0]


def test_setting_a_mask_is_one_step_and_must_fit(job: Job):
    with open_job(job) as annotator:
        name = annotator.add_object().id
        steps = len(annotator.project.history)
        annotator.set_mask(1, name, box(5, 5))
        assert annotator.project.record(1, name).committed
        assert len(annotator.project.history) == steps + 1
        with pytest.raises(ProjectError, match="3x3, but the video is 64x48"):
            annotator.set_mask(1, name, np.ones((3, 3), bool))


def test_export_and_import_bring_back_the_same_masks(job: Job, tmp_path: Path):
    with open_job(job) as annotator:
        for name in ("rabbit", "rocks"):
            annotator.add_object(name)
        annotator.set_mask(0, 1, box(3, 3))
        annotator.set_mask(0, 2, box(25, 40))
        for _ in annotator.run(Propagation()):
            pass
        masks = {(f, n): annotator.project.mask(f, n) for f in range(8) for n in (1, 2)}
        plan = annotator.plan_export("davis", tmp_path / "davis")
        assert (len(plan.frames), plan.refusals) == (8, ())
        annotator.export("davis", tmp_path / "davis")
        annotator.export("coco", tmp_path / "coco.json", ExportRequest(overwrite=True))
    other = Annotator.open(job.video, project=tmp_path / "other.xmem")
    with other:
        before = len(other.project.history)
        plan = other.plan_import(tmp_path / "coco.json")
        assert "rabbit" in plan.describe()
        assert other.project.objects == ()
        other.import_masks(plan)
        assert len(other.project.history) == before + 1
        assert [one.name for one in other.project.objects] == ["rabbit", "rocks"]
        for (frame, name), mask in masks.items():
            found = other.project.mask(frame, name)
            assert np.array_equal(np.zeros(SIZE, bool) if found is None else found, mask)
        other.undo()
        assert other.project.objects == ()


def test_a_failed_or_cancelled_import_changes_nothing(job: Job, tmp_path: Path):
    folder = tmp_path / "masks"
    folder.mkdir()
    mask = read_index_mask(job.mask)
    mask[10, 10:12] = 77
    write_index_mask(folder / "00000.png", mask)
    with open_job(job) as annotator:
        plan = annotator.plan_import(folder, "index-png")
        with pytest.raises(FormatError):
            annotator.import_masks(plan)
        with pytest.raises(Cancelled):
            annotator.import_masks(plan, repair=True, cancelled=lambda: True)
        assert annotator.project.objects == ()
        annotator.import_masks(plan, repair=True)
        assert len(annotator.project.objects) == 2


def test_a_project_opens_by_its_own_name_and_asks_for_a_moved_video(job: Job):
    with open_job(job) as annotator:
        path = annotator.project.path
        assert path.name == "video.xmem"
    with Annotator.open(path) as annotator:
        assert len(annotator.video) == 8
    job.video.rename(job.video.with_name("elsewhere"))
    with pytest.raises(ProjectError, match="elsewhere"):
        Annotator.open(path)
