import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_job import SIZE, Job, contents, make_job

from xmem_gui.annotator import Annotator, EngineSettings, PropagateRequest, Propagation, propagate_to_folder
from xmem_gui.errors import CheckpointError, MaskError, OutputError, XmemGuiError
from xmem_gui.formats.davis import read_index_mask, write_index_mask
from xmem_gui.memory import MemoryConfig


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


def request(job: Job, **changes: object) -> PropagateRequest:
    settings = EngineSettings(
        model=str(job.model),
        device="cpu",
        memory=MemoryConfig(
            max_working_frames=2, min_working_frames=1, prototypes=4, max_long_term_tokens=8, memory_every=2
        ),
    )
    whole = PropagateRequest(
        video=job.video, masks=(str(job.mask),), out=job.out, settings=settings, direction="both"
    )
    return replace(whole, **changes)


def test_every_frame_gets_a_mask_named_as_it(job: Job):
    summary = propagate_to_folder(request(job))
    assert summary.frames == 8
    assert summary.objects == (1, 2)
    assert summary.frames_per_second > 0
    assert sorted(contents(job.out)) == [f"{i:05d}.png" for i in range(8)]
    with Image.open(job.out / "00003.png") as image:
        assert image.mode == "P"
        assert image.size == SIZE[::-1]
    given = read_index_mask(job.mask)
    assert np.array_equal(read_index_mask(job.out / "00000.png", objects=range(256)), given)


@pytest.mark.parametrize("stop_after", [1, 4, 6, 9, 10])
@pytest.mark.parametrize("given", [(3,), (1, 6)])
def test_an_interrupted_run_goes_on_to_identical_files(job: Job, stop_after: int, given: tuple[int, ...]):
    masks = tuple(f"{frame}={job.mask}" for frame in given)
    steps = []
    propagate_to_folder(request(job, masks=masks), progress=steps.append)
    whole = contents(job.out)
    job = replace(job, out=job.out.with_name("halves"))
    done = []
    first = propagate_to_folder(
        request(job, masks=masks), progress=done.append, cancelled=lambda: len(done) == stop_after
    )
    assert first.cancelled == (stop_after < len(steps))
    assert first.frames == len([name for name in contents(job.out) if name.endswith(".png")])
    if first.cancelled:
        second = propagate_to_folder(request(job, masks=masks, resume=True), progress=done.append)
        assert not second.cancelled
    assert done == steps
    assert contents(job.out) == whole


def test_a_killed_run_goes_on_from_its_last_saved_state(job: Job, monkeypatch: pytest.MonkeyPatch):
    propagate_to_folder(request(job))
    whole = contents(job.out)
    monkeypatch.setattr("xmem_gui.annotator.propagation.folder_run._SAVE_EVERY", -1.0)
    left = replace(job, out=job.out.with_name("left by a kill"))

    def keep(progress) -> None:
        if progress.done == 5:
            # What is just being written comes and goes.
            shutil.copytree(job.out, left.out, ignore=shutil.ignore_patterns("*.part"))

    propagate_to_folder(request(job, overwrite=True), progress=keep)
    (left.out / ".00006.png.1234abcd.part").write_bytes(b"half")
    (left.out / "..xmem-gui-run.safetensors.1234abcd.part").write_bytes(b"half")
    summary = propagate_to_folder(request(left, resume=True))
    assert summary.frames == 4
    assert contents(left.out) == whole


def test_the_folder_gets_the_masks_that_the_window_would_make(job: Job, tmp_path: Path):
    """Both ways between two masks: blended, and where an object is only in the second, followed past it."""
    only_one, whole = tmp_path / "one.png", read_index_mask(job.mask)
    write_index_mask(only_one, np.where(whole == 1, 1, 0).astype(np.uint8))
    masks = (f"1={job.mask}", f"4={only_one}", f"6={job.mask}")
    propagate_to_folder(request(job, masks=masks))
    with Annotator.open(job.video, project=tmp_path / "p.xmem", settings=request(job).settings) as annotator:
        for name in (annotator.add_object().id, annotator.add_object().id):
            for frame in (1, 6, 4)[: 3 if name == 1 else 2]:
                annotator.set_mask(frame, name, whole == name)
        for _ in annotator.run(Propagation("both")):
            pass
        for frame in range(8):
            found = read_index_mask(job.out / f"{frame:05d}.png", objects=range(256))
            for name in (1, 2):
                assert np.array_equal(found == name, annotator.project.mask(frame, name)), (frame, name)


def test_masks_in_the_folder_are_not_overwritten_silently(job: Job):
    propagate_to_folder(request(job))
    before = contents(job.out)
    with pytest.raises(OutputError, match="holds masks already"):
        propagate_to_folder(request(job))
    assert contents(job.out) == before
    assert propagate_to_folder(request(job, overwrite=True)).frames == 8


def test_another_run_is_not_gone_on_with(job: Job):
    propagate_to_folder(request(job), cancelled=iter([False, False, True]).__next__)
    before = contents(job.out)
    with pytest.raises(OutputError, match="run of another video, model, masks or settings"):
        propagate_to_folder(request(job, resume=True, masks=(f"2={job.mask}",)))
    assert contents(job.out) == before


@pytest.mark.parametrize("length", [0, 4, 100, -1, None])
def test_a_damaged_state_begins_again_with_the_same_masks(job: Job, length: int | None):
    propagate_to_folder(request(job))
    whole = contents(job.out)
    job = replace(job, out=job.out.with_name("damaged"))
    done = []
    propagate_to_folder(request(job), progress=done.append, cancelled=lambda: len(done) == 3)
    state = job.out / ".xmem-gui-run.safetensors"
    data = bytearray(state.read_bytes())
    data[-1] ^= length is None
    state.write_bytes(data[:length])
    assert propagate_to_folder(request(job, resume=True)).frames == 8
    assert contents(job.out) == whole


def test_a_folder_of_masks_belongs_to_the_frames_of_their_names(job: Job, tmp_path: Path):
    folder = tmp_path / "masks"
    folder.mkdir()
    mask = read_index_mask(job.mask)
    write_index_mask(folder / "00002.png", mask)
    write_index_mask(folder / "00005.png", np.where(mask == 1, 3, 0).astype(np.uint8))
    summary = propagate_to_folder(request(job, masks=(str(folder),)))
    assert summary.objects == (1, 2, 3)
    last = read_index_mask(job.out / "00005.png", objects=range(256))
    assert np.array_equal(last == 3, mask == 1)


def test_what_is_wrong_is_said(job: Job, tmp_path: Path):
    empty = tmp_path / "empty.png"
    write_index_mask(empty, np.zeros(SIZE, np.uint8))
    small = tmp_path / "small.png"
    write_index_mask(small, np.ones((5, 5), np.uint8))
    stranger = tmp_path / "strangers"
    stranger.mkdir()
    write_index_mask(stranger / "frame_1.png", np.ones(SIZE, np.uint8))
    for masks, error in {
        ("no-such.png",): "no mask file no-such.png",
        (str(empty),): "is empty",
        (str(small),): "5",
        (f"8={job.mask}",): "frames 0 to 7",
        (f"2={job.mask}", f"2={job.mask}"): "two masks",
        (str(stranger),): "'frame_1' can start at 0 or at 1.*--first-number 1",
    }.items():
        with pytest.raises(MaskError, match=error):
            propagate_to_folder(request(job, masks=masks))
    with pytest.raises(XmemGuiError, match="range 3:20 does not lie in video"):
        propagate_to_folder(request(job, first=3, last=20))
    with pytest.raises(CheckpointError):
        propagate_to_folder(request(job, settings=EngineSettings(model="no-such")))
    with pytest.raises(XmemGuiError, match="no device 'toaster'"):
        propagate_to_folder(request(job, settings=EngineSettings(model=str(job.model), device="toaster")))
    assert not job.out.exists()


def test_a_run_killed_as_it_ended_leaves_no_lock_when_it_is_gone_on_with(job: Job):
    propagate_to_folder(request(job))
    whole = contents(job.out)
    (job.out / ".xmem-gui-run.lock").write_text("{}")
    assert propagate_to_folder(request(job, resume=True)).already
    assert contents(job.out) == whole
