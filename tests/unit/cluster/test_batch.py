"""Batches in this process: what is done, what is kept, what is refused, and what becomes of trouble."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cluster_hand import (
    SIZE,
    Clips,
    HerePool,
    drawn,
    leftovers,
    make_clips,
    masks_in,
    poison,
    report_of,
    run_batch,
)

from xmem_gui.annotator import Annotator
from xmem_gui.cluster.batch import BatchOptions, BatchRun
from xmem_gui.cluster.batch_report import JobStage
from xmem_gui.cluster.jobs import JobList
from xmem_gui.errors import OutputError
from xmem_gui.formats.davis import read_index_mask, write_index_mask
from xmem_gui.project import Project


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    return make_clips(tmp_path, 3, frames=2)


def _stages(report) -> list[str]:
    return [job.state.value for job in report.jobs]


def test_each_job_gives_a_project_with_its_numbers_and_the_exports(clips: Clips, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = run_batch(clips.jobs(exports=("davis", "coco")), out)
    assert _stages(report) == ["done"] * 3
    assert sorted(path.name for path in out.iterdir()) == [
        "clip0", "clip1", "clip2", "report.json", "report.txt",
    ]  # fmt: skip
    for number in range(3):
        with Annotator.open(out / f"clip{number}/clip{number}.xmem", create=False) as annotator:
            assert [one.id for one in annotator.project.objects] == [1, 3]
            assert annotator.video.path == clips.folder / f"clip{number}"
            assert np.array_equal(annotator.project.mask(0, 3), drawn(number) == 3)
            assert all(annotator.project.record(frame, 1) is not None for frame in range(2))
        masks = sorted((out / f"clip{number}/davis").rglob("*.png"))
        assert len(masks) == 2
        assert np.array_equal(read_index_mask(masks[0], size=SIZE), drawn(number))
        assert list((out / f"clip{number}/coco").glob("*.json"))
    assert report_of(out)["counts"] == {"done": 3}


def test_a_project_is_copied_with_what_is_in_it_and_stays_as_it_is(clips: Clips, tmp_path: Path) -> None:
    first = run_batch(JobList(clips.jobs().jobs[:1]), tmp_path / "first")
    place = tmp_path / "first/clip0/clip0.xmem"
    before = place.read_bytes()
    table = tmp_path / "jobs.csv"
    table.write_text(f"project,name\n{place},again\n")
    from xmem_gui.cluster.jobs import Defaults, read_jobs

    jobs = read_jobs(str(table), Defaults(clips.jobs().jobs[0].settings))
    report = run_batch(jobs, tmp_path / "second")
    assert not first.failed
    assert _stages(report) == ["done"]
    assert masks_in(tmp_path / "second")["again"] == masks_in(tmp_path / "first")["clip0"]
    assert place.read_bytes() == before


def test_resume_does_what_is_missing_or_has_changed_and_nothing_else(clips: Clips, tmp_path: Path) -> None:
    out, jobs = tmp_path / "out", clips.jobs()
    run_batch(jobs, out)
    before = {path: path.stat().st_mtime_ns for path in out.glob("clip*/*")}
    assert _stages(run_batch(jobs, out, resume=True)) == ["kept"] * 3
    assert {path: path.stat().st_mtime_ns for path in out.glob("clip*/*")} == before
    write_index_mask(clips.folder / "clip1.png", drawn(7))
    (out / "clip2/job.json").write_text("{}")  # as a person might spoil it: then it is no result any more
    report = run_batch(jobs, out, resume=True)
    assert _stages(report) == ["kept", "done", "failed"]
    assert "no result of a batch" in report.jobs[2].said
    with Project.open(out / "clip1/clip1.xmem", read_only=True) as project:
        assert np.array_equal(project.mask(0, 1), drawn(7) == 1)
    assert _stages(run_batch(clips.jobs(last=0), out, resume=True))[:2] == ["done", "done"]
    assert leftovers(out) == []


def test_a_changed_frame_is_noticed(clips: Clips, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_batch(clips.jobs(), out)
    os.utime(clips.folder / "clip2/00001.png", ns=(1, 1))
    assert _stages(run_batch(clips.jobs(), out, resume=True)) == ["kept", "kept", "done"]


def test_results_are_never_written_over_without_resume(clips: Clips, tmp_path: Path) -> None:
    run_batch(clips.jobs(), tmp_path / "out")
    with pytest.raises(OutputError, match="add --resume"):
        run_batch(clips.jobs(), tmp_path / "out")


def test_results_never_touch_what_is_read_nor_what_is_not_theirs(clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is read"):
        run_batch(clips.jobs(), clips.folder)
    out = tmp_path / "out"
    (out / "clip1").mkdir(parents=True)
    (out / "clip1/mine.txt").write_text("mine")
    report = run_batch(clips.jobs(), out)
    assert _stages(report) == ["done", "failed", "done"]
    assert [path.name for path in (out / "clip1").iterdir()] == ["mine.txt"]


def test_two_batches_never_write_into_one_folder(clips: Clips, tmp_path: Path) -> None:
    out = tmp_path / "out"

    class Nested(HerePool):
        def start(self, task) -> None:
            with pytest.raises(OutputError, match="Another run"):
                run_batch(clips.jobs(), out)
            super().start(task)

    run_batch(JobList(clips.jobs().jobs[:1]), out, Nested())


def test_a_poisoned_clip_is_reported_and_the_others_are_whole(clips: Clips, tmp_path: Path) -> None:
    run_batch(clips.jobs(), tmp_path / "sound")
    poison(clips, 1)
    report = run_batch(clips.jobs(), tmp_path / "out")
    assert _stages(report) == ["done", "failed", "done"]
    assert report.jobs[1].said
    assert report.failed
    sound, found = masks_in(tmp_path / "sound"), masks_in(tmp_path / "out")
    assert found == {name: sound[name] for name in ("clip0", "clip2")}
    assert leftovers(tmp_path / "out") == []
    assert "clip1" in (tmp_path / "out/report.txt").read_text()


def test_a_missing_video_fails_alone(clips: Clips, tmp_path: Path) -> None:
    jobs = clips.jobs()
    for path in (clips.folder / "clip0").iterdir():
        path.unlink()
    assert _stages(run_batch(jobs, tmp_path / "out")) == ["failed", "done", "done"]


def test_what_is_lost_is_tried_again_but_not_for_ever(clips: Clips, tmp_path: Path) -> None:
    pool = HerePool({"clip0": 1, "clip1": 9})
    report = run_batch(clips.jobs(), tmp_path / "out", pool)
    assert _stages(report) == ["done", "failed", "done"]
    assert [task.key for task in pool.started].count("clip1") == 3
    assert report.jobs[1].said == "It is gone. It was tried 3 times."
    assert report.jobs[0].said == ""


def test_what_ran_out_of_memory_gets_a_device_for_itself_once(clips: Clips, tmp_path: Path) -> None:
    pool = HerePool({"clip0": 1, "clip1": 9}, memory=True)
    report = run_batch(clips.jobs(), tmp_path / "out", pool)
    assert _stages(report) == ["done", "failed", "done"]
    assert [task.alone for task in pool.started if task.key == "clip1"] == [False, True]


def test_stopping_leaves_finished_jobs_whole_and_the_rest_to_resume(clips: Clips, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch = BatchRun(clips.jobs(), str(out), BatchOptions())
    report = batch.run(
        HerePool(), cancelled=lambda: any(one.state is JobStage.DONE for one in batch.states.values())
    )
    assert report.stopped
    assert _stages(report)[0] == "done"
    assert "stopped" in _stages(report)
    assert list(masks_in(out)) == ["clip0"]
    assert leftovers(out) == []
    again = run_batch(clips.jobs(), out, resume=True)
    assert _stages(again) == ["kept", "done", "done"]


def test_files_can_go_and_come_as_parcels(clips: Clips, tmp_path: Path) -> None:
    run_batch(clips.jobs(exports=("coco",)), tmp_path / "shared")
    run_batch(clips.jobs(exports=("coco",)), tmp_path / "out", upload=True)
    assert masks_in(tmp_path / "out") == masks_in(tmp_path / "shared")
    with Annotator.open(tmp_path / "out/clip0/clip0.xmem", create=False) as annotator:
        assert annotator.video.path == clips.folder / "clip0"
    files = [{p.relative_to(tmp_path / n) for p in (tmp_path / n).rglob("*")} for n in ("out", "shared")]
    assert files[0] == files[1]


def _with_commits(place: Path, frames: tuple[int, ...]) -> JobList:
    """Return a job of a clip of nine frames with masks on some of them."""
    clips = make_clips(place, 1, frames=9)
    job = clips.jobs().jobs[0]
    masks = []
    for frame in frames:
        write_index_mask(place / f"{frame}.png", drawn(frame))
        masks.append(f"{frame}={place / f'{frame}.png'}")
    return JobList((replace(job, masks=tuple(masks)),))


@pytest.mark.parametrize("frames", [(4,), (0, 8), (1, 3, 6), (2, 3, 4, 8)])
@pytest.mark.parametrize("least", [1, 4])
def test_cut_at_committed_frames_the_masks_are_the_same_to_the_bit(
    tmp_path: Path, frames: tuple[int, ...], least: int
) -> None:
    jobs = _with_commits(tmp_path, frames)
    run_batch(jobs, tmp_path / "whole")
    pool = HerePool({"clip0\n1": 1})  # one piece is lost on the way
    report = run_batch(jobs, tmp_path / "cut", pool, cut=least)
    assert _stages(report) == ["done"], report.as_text()
    assert masks_in(tmp_path / "cut") == masks_in(tmp_path / "whole")
    facts = [json.loads((tmp_path / name / "clip0/job.json").read_text()) for name in ("cut", "whole")]
    assert facts[0]["identity"] == facts[1]["identity"]
    assert facts[0]["facts"]["steps"] == facts[1]["facts"]["steps"]
    if least == 1 and len(frames) > 2:
        assert len({task.key for task in pool.started}) > 2


def test_a_piece_that_cannot_be_done_fails_the_job_once(tmp_path: Path) -> None:
    jobs = _with_commits(tmp_path, (1, 3, 6))
    report = run_batch(jobs, tmp_path / "out", HerePool({"clip0\n2": 9}), cut=1)
    assert _stages(report) == ["failed"]
    assert leftovers(tmp_path / "out") == []
