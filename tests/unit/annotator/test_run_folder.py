"""The folder that a run fills: whose it is, what it holds, and what becomes of a run that fails."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_job import SIZE, Job, contents, make_job

from xmem_gui.annotator import EngineSettings, PropagateRequest, propagate_to_folder
from xmem_gui.annotator.propagation.checkpoint import Snapshot, load_snapshot, save_snapshot
from xmem_gui.annotator.propagation.folder_run import RunStoppedError
from xmem_gui.errors import OutputError
from xmem_gui.project.folder_lock import LOCK, only_run


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path, frames=6)


def request(job: Job, **changes: object) -> PropagateRequest:
    settings = EngineSettings(model=str(job.model), device="cpu")
    return replace(PropagateRequest(job.video, (str(job.mask),), job.out, settings=settings), **changes)


def stopped(job: Job, after: int, **changes: object) -> None:
    """Leave a run after so many steps."""
    done: list[object] = []
    summary = propagate_to_folder(
        request(job, **changes), progress=done.append, cancelled=lambda: len(done) == after
    )
    assert summary.cancelled


@pytest.mark.parametrize("out", ["video", "video/../video", "to-video", "file"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_masks_are_not_put_among_what_is_read(job: Job, out: str, overwrite: bool):
    (job.video.parent / "to-video").symlink_to(job.video)
    (job.video.parent / "file").touch()
    before = contents(job.video)
    with pytest.raises(OutputError, match="choose another"):
        propagate_to_folder(request(job, out=job.video.parent / out, overwrite=overwrite))
    assert contents(job.video) == before


@pytest.mark.parametrize("given", ["given", "2=given/00002.png", "given/00002.png"])
def test_given_masks_are_read_too(job: Job, given: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(job.video.parent)
    Path("given").mkdir()
    job.mask.rename("given/00002.png")
    before = contents(Path("given"))
    with pytest.raises(OutputError, match="read: choose"):
        propagate_to_folder(request(job, masks=(given,), out=Path("given"), overwrite=True))
    assert contents(Path("given")) == before


def test_two_frames_of_one_name_are_refused_before_anything_is_made(job: Job):
    Image.open(job.video / "00003.png").save(job.video / "00003.BMP")
    with pytest.raises(OutputError, match="Two frames of video are named '00003'"):
        propagate_to_folder(request(job))
    assert not job.out.exists()
    assert propagate_to_folder(request(job, last=2)).frames == 3


def test_frames_that_differ_in_case_only_are_refused(job: Job):
    for name in ("a", "A"):
        Image.open(job.video / "00005.png").save(job.video / f"{name}.png")
    with pytest.raises(OutputError, match=r"named '[aA]' and '[aA]'"):
        propagate_to_folder(request(job))


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["00001.png", "holiday.jpg"])
def test_somebody_s_pictures_are_not_called_masks_and_not_replaced(job: Job, name: str, overwrite: bool):
    job.out.mkdir()
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(job.out / name)
    before = contents(job.out)
    with pytest.raises(OutputError, match=f"pictures that are not this program's masks, such as {name}"):
        propagate_to_folder(request(job, overwrite=overwrite))
    assert contents(job.out) == before


def test_a_mask_changed_by_hand_is_theirs_now(job: Job):
    propagate_to_folder(request(job))
    with Image.open(job.out / "00004.png") as image:
        image.convert("L").save(job.out / "00004.png")
    theirs = (job.out / "00004.png").read_bytes()
    with pytest.raises(OutputError, match=r"such as 00004\.png"):
        propagate_to_folder(request(job, overwrite=True))
    assert (job.out / "00004.png").read_bytes() == theirs


def test_a_link_in_the_folder_is_not_written_through(job: Job):
    job.out.mkdir()
    (job.out / "00001.png").symlink_to(job.video / "00001.png")
    before = contents(job.video)
    with pytest.raises(OutputError, match=r"00001\.png"):
        propagate_to_folder(request(job, overwrite=True))
    assert contents(job.video) == before


@pytest.mark.parametrize("out", ["video/masks", "out"])
def test_a_run_knows_itself_again_whatever_the_folder_s_time(job: Job, out: str):
    job = replace(job, out=job.video.parent / out)
    stopped(job, 3)
    (job.video / "Thumbs.db").write_bytes(b"a system's")
    os.utime(job.video)
    assert propagate_to_folder(request(job, resume=True)).frames == 3
    assert len(contents(job.out)) == 6


def test_a_video_whose_pictures_changed_is_another(job: Job):
    stopped(job, 3)
    os.utime(job.video / "00004.png", ns=(1, 1))
    with pytest.raises(OutputError, match="run of another video"):
        propagate_to_folder(request(job, resume=True))


def test_a_moved_video_is_the_same(job: Job):
    stopped(job, 3)
    moved = replace(job, video=job.video.rename(job.video.with_name("elsewhere")))
    assert propagate_to_folder(request(moved, resume=True)).frames == 3


def test_going_on_with_a_finished_run_does_nothing_and_says_so(job: Job):
    propagate_to_folder(request(job))
    before = {name: (job.out / name).stat().st_mtime_ns for name in contents(job.out)}
    summary = propagate_to_folder(request(job, resume=True))
    assert (summary.already, summary.frames, summary.cancelled) == (True, 0, False)
    assert {name: (job.out / name).stat().st_mtime_ns for name in contents(job.out)} == before


def test_a_camera_with_a_wrong_clock_makes_no_other_run(job: Job):
    """Pictures of tomorrow are later than the masks that are made of them today."""
    os.utime(job.video / "00001.png", (4e9, 4e9))
    propagate_to_folder(request(job))
    assert propagate_to_folder(request(job, resume=True)).already


@pytest.mark.parametrize("text", ["[" * 100_000, '{"run": 1e999}', "[]", "7"])
def test_a_note_of_a_run_that_says_nothing_is_of_another_run(job: Job, text: str):
    stopped(job, 2)
    (job.out / ".xmem-gui-run.json").write_text(text)
    with pytest.raises(OutputError, match="holds a run of another"):
        propagate_to_folder(request(job, resume=True))
    assert propagate_to_folder(request(job, overwrite=True)).frames == 6


@pytest.mark.parametrize("change", [lambda _facts: {}, lambda facts: {**facts, "done": "x"}])
@pytest.mark.parametrize("tensors", ["theirs", "none"])
def test_a_state_that_is_none_begins_the_run_again(job: Job, change, tensors: str):
    propagate_to_folder(request(job, out=job.out.with_name("whole")))
    stopped(job, 3)
    path = job.out / ".xmem-gui-run.safetensors"
    kept = load_snapshot(path)
    facts = kept.facts if tensors == "none" else change(kept.facts)
    save_snapshot(path, Snapshot(facts, {} if tensors == "none" else kept.tensors))
    assert propagate_to_folder(request(job, resume=True)).frames == 6
    assert contents(job.out) == contents(job.out.with_name("whole"))


def test_what_is_finished_is_told_from_another_run_and_from_less(job: Job):
    propagate_to_folder(request(job, last=3))
    assert propagate_to_folder(request(job, last=3, resume=True)).already
    with pytest.raises(OutputError, match="holds masks already"):
        propagate_to_folder(request(job, resume=True))
    (job.out / "00002.png").unlink()
    with pytest.raises(OutputError, match="holds masks already"):
        propagate_to_folder(request(job, last=3, resume=True))


def test_a_second_run_into_the_folder_is_refused(job: Job):
    refused: list[str] = []

    def try_another(_: object) -> None:
        with pytest.raises(
            OutputError, match=f"Another run is writing into .*process {os.getpid()}"
        ) as error:
            propagate_to_folder(request(job, overwrite=True))
        refused.append(str(error.value))

    assert propagate_to_folder(request(job), progress=try_another).frames == 6
    assert len(refused) == 6
    assert sorted(contents(job.out)) == [f"{i:05d}.png" for i in range(6)]


def test_a_run_that_was_killed_holds_nothing(tmp_path: Path):
    code = (
        "import os, pathlib; from xmem_gui.project.folder_lock import only_run\n"
        f"with only_run(pathlib.Path({str(tmp_path)!r})): os._exit(1)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1
    assert (tmp_path / f"{LOCK}.lock").exists()
    with only_run(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_lock_s_place_is_refused(tmp_path: Path):
    (tmp_path / "theirs").write_text("text")
    (tmp_path / "out").mkdir()
    (tmp_path / f"out/{LOCK}.lock").symlink_to(tmp_path / "theirs")
    with pytest.raises(OutputError, match="link"), only_run(tmp_path / "out"):
        pass
    assert (tmp_path / "theirs").read_text() == "text"


def test_why_the_first_mask_could_not_be_written_is_what_is_said(job: Job, monkeypatch: pytest.MonkeyPatch):
    """The run writes behind its back: when it ends, what could not be written is not there to be synced."""

    def failing(path, mask, **_):
        raise OutputError(f"The mask '{path}' cannot be written: No space left on device.")

    monkeypatch.setattr("xmem_gui.annotator.propagation.mask_folder.write_index_mask", failing)
    with pytest.raises(RunStoppedError, match=r"00000\.png' cannot be written: No space left"):
        propagate_to_folder(request(job))


def test_a_run_that_fails_midway_keeps_all_and_says_how_to_go_on(job: Job, monkeypatch: pytest.MonkeyPatch):
    propagate_to_folder(request(job))
    whole = contents(job.out)
    job = replace(job, out=job.out.with_name("failing"))
    calls: list[int] = []

    def failing(self, name, result):
        calls.append(result.frame)
        if len(calls) == 5:
            raise OSError(28, "No space left on device", str(self.folder))
        write(self, name, result)

    from xmem_gui.annotator.propagation.mask_folder import MaskFolder

    write = MaskFolder.write
    monkeypatch.setattr(MaskFolder, "write", failing)
    with pytest.raises(RunStoppedError, match=r"disk is full.*--resume continues"):
        propagate_to_folder(request(job))
    monkeypatch.undo()
    masks = {name: data for name, data in contents(job.out).items() if name.endswith(".png")}
    assert masks == {name: whole[name] for name in sorted(whole)[:4]}
    assert json.loads((job.out / ".xmem-gui-run.json").read_text())["run"]
    propagate_to_folder(request(job, resume=True))
    assert contents(job.out) == whole
