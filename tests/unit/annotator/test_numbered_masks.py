"""Masks in folders, for runs: which frames they are for, and that what a run wrote is found again."""

from pathlib import Path

import numpy as np
import pytest
from small_job import SIZE, make_job
from video_clips import write_clip

from xmem_gui.annotator import (
    EngineSettings,
    PropagateRequest,
    find_masks,
    plan_import,
    propagate_to_folder,
    write_overlay,
)
from xmem_gui.errors import FormatError, MaskError, XmemGuiError
from xmem_gui.formats.davis import frame_of, write_index_mask
from xmem_gui.video import open_source

FRAMES = 8


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", frames=FRAMES, size=SIZE[::-1])


def masks(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        write_index_mask(folder / f"{name}.png", np.ones(SIZE, np.uint8))
    return folder


def frames_of(video: Path, *given: object, first: int = 0, first_number: int | None = None) -> dict[str, int]:
    with open_source(video) as source:
        found = find_masks([str(one) for one in given], source, first=first, first_number=first_number)
        return {path.stem: frame for frame, path in found.files.items()}


def test_a_folder_for_a_run_is_matched_as_an_import_is(clip: Path, tmp_path: Path) -> None:
    whole = masks(tmp_path / "whole", *(f"{i:05d}" for i in range(1, FRAMES + 1)))
    assert frames_of(clip, whole) == {f"{i:05d}": i - 1 for i in range(1, FRAMES + 1)}
    part = masks(tmp_path / "part", "00001", "00005")
    with pytest.raises(MaskError, match=r"--first-number 1 \('00001' is frame 0\)"):
        frames_of(clip, part)
    assert frames_of(clip, part, first_number=1) == {"00001": 0, "00005": 4}
    assert frames_of(clip, part, first_number=0) == {"00001": 1, "00005": 5}
    with pytest.raises(FormatError, match="with 9 as the first number"):
        frames_of(clip, part, first_number=9)


def test_a_file_is_of_the_first_frame_unless_it_is_named_or_numbered(clip: Path, tmp_path: Path) -> None:
    folder = masks(tmp_path / "m", "00003", "thing")
    assert frames_of(clip, folder / "00003.png", first=2) == {"00003": 2}
    assert frames_of(clip, folder / "00003.png", first_number=1) == {"00003": 2}
    (tmp_path / "job").mkdir()
    pictures = make_job(tmp_path / "job", frames=FRAMES).video
    assert frames_of(pictures, folder / "00003.png") == {"00003": 3}
    assert frames_of(pictures, folder / "thing.png", first=5) == {"thing": 5}


def test_what_a_run_wrote_of_a_part_is_found_again(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    job = make_job(tmp_path / "job", frames=1)
    request = PropagateRequest(
        video=clip, masks=(str(job.mask),), out=tmp_path / "out", first=3, last=5,
        settings=EngineSettings(model=str(job.model), device="cpu"),
    )  # fmt: skip
    propagate_to_folder(request)
    assert [frame_of(path) for path in sorted((tmp_path / "out").glob("*.png"))] == [(3, 8), (4, 8), (5, 8)]
    with open_source(clip) as source:
        plan = plan_import(source, tmp_path / "out")
        assert (plan.question, plan.frames) == (None, (3, 4, 5))
    assert frames_of(clip, tmp_path / "out") == {"00003": 3, "00004": 4, "00005": 5}
    with open_source(write_overlay(clip, tmp_path / "out", tmp_path / "overlay.mp4")) as shown:
        assert len(shown) == 3
    longer = write_clip(tmp_path / "longer.mp4", frames=FRAMES + 1, size=SIZE[::-1])
    with pytest.raises(XmemGuiError, match="--first-number"):
        frames_of(longer, tmp_path / "out")


def test_the_video_itself_is_no_folder_of_masks(tmp_path: Path) -> None:
    job = make_job(tmp_path, frames=3)
    with open_source(job.video) as source:
        with pytest.raises(MaskError, match="is the video itself"):
            find_masks([str(job.video)], source, first=0)
        (tmp_path / "link").symlink_to(job.video)
        with pytest.raises(FormatError, match="is the video itself"):
            plan_import(source, tmp_path / "link")


def test_masks_of_a_folder_without_an_object_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    job = make_job(tmp_path / "job", frames=3)
    folder = masks(tmp_path / "masks", "00000")
    for name in ("00001", "00002"):
        write_index_mask(folder / f"{name}.png", np.zeros(SIZE, np.uint8))
    settings = EngineSettings(model=str(job.model), device="cpu")
    found = propagate_to_folder(
        PropagateRequest(video=job.video, masks=(str(folder),), out=tmp_path / "out", settings=settings)
    )
    assert found.frames == 3
    assert "2 masks are empty, and left out (such as 00001.png)" in found.warnings[0]
    one = str(folder / "00001.png")
    for given in ((one,), (f"0={one}",), (f"1={folder / '00000.png'}", f"0={one}")):
        with pytest.raises(MaskError, match="is empty"):
            propagate_to_folder(
                PropagateRequest(video=job.video, masks=given, out=tmp_path / "x", settings=settings)
            )


@pytest.mark.parametrize("note", ["", "3", "3 of", "9 of 8", "-1 of 8", "3 of 8 of 9", "a of b"])
def test_a_note_that_makes_no_sense_says_nothing(note: str, tmp_path: Path) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Frame", note)
    Image.fromarray(np.ones(SIZE, np.uint8)).save(tmp_path / "a.png", pnginfo=notes)
    assert frame_of(tmp_path / "a.png") is None
