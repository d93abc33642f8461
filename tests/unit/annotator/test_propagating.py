from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_job import SIZE, Job, contents, make_job

from xmem_gui.annotator import EngineSettings, PropagateRequest, propagate_to_folder
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
        video=job.video, masks=(str(job.mask),), out=job.out, settings=settings, directions="both"
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


@pytest.mark.parametrize("stop_after", [1, 4, 6])
def test_an_interrupted_run_goes_on_to_identical_files(job: Job, stop_after: int):
    masks = (f"3={job.mask}",)
    propagate_to_folder(request(job, masks=masks))
    whole = contents(job.out)
    job = replace(job, out=job.out.with_name("halves"))
    done = []
    first = propagate_to_folder(
        request(job, masks=masks), progress=done.append, cancelled=lambda: len(done) == stop_after
    )
    assert first.cancelled
    assert first.frames == len([name for name in contents(job.out) if name.endswith(".png")])
    second = propagate_to_folder(request(job, masks=masks, resume=True))
    assert not second.cancelled
    assert first.frames + second.frames == 8
    assert contents(job.out) == whole


def test_a_killed_run_goes_on_from_its_last_saved_state(job: Job, monkeypatch: pytest.MonkeyPatch):
    propagate_to_folder(request(job))
    whole = contents(job.out)
    job = replace(job, out=job.out.with_name("killed"))
    monkeypatch.setattr("xmem_gui.annotator.propagating._SAVE_EVERY", -1.0)

    class Kill(BaseException):
        pass

    def die(progress) -> None:
        if progress.done == 5:
            raise Kill

    with pytest.raises(Kill):
        propagate_to_folder(request(job), progress=die)
    summary = propagate_to_folder(request(job, resume=True))
    assert summary.frames == 4
    assert contents(job.out) == whole


def test_masks_in_the_folder_are_not_overwritten_silently(job: Job):
    propagate_to_folder(request(job))
    before = contents(job.out)
    with pytest.raises(OutputError, match="holds masks already"):
        propagate_to_folder(request(job))
    assert contents(job.out) == before
    assert propagate_to_folder(request(job, overwrite=True)).frames == 8


def test_another_run_is_not_gone_on_with(job: Job):
    propagate_to_folder(request(job), cancelled=iter([False, False, True]).__next__)
    with pytest.raises(OutputError, match="run of another video, model, masks or settings"):
        propagate_to_folder(request(job, resume=True, masks=(f"2={job.mask}",)))


def test_a_damaged_state_begins_again_with_the_same_masks(job: Job):
    propagate_to_folder(request(job))
    whole = contents(job.out)
    job = replace(job, out=job.out.with_name("damaged"))
    done = []
    propagate_to_folder(request(job), progress=done.append, cancelled=lambda: len(done) == 3)
    state = job.out / ".xmem-gui-run.safetensors"
    state.write_bytes(state.read_bytes()[:100])
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
        (str(stranger),): "frame_1",
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
