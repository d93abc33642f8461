"""Which frame a number means is not guessed on the command line: it is refused, or said."""

import json
from pathlib import Path

import numpy as np
import pytest
from small_job import SIZE, make_job
from test_commands import run
from video_clips import write_clip

from xmem_gui.formats.davis import write_index_mask


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", frames=8, size=SIZE[::-1])


@pytest.fixture
def masks(tmp_path: Path) -> Path:
    folder = tmp_path / "masks"
    folder.mkdir()
    for number in (1, 5):
        write_index_mask(folder / f"clip_{number}.png", np.ones(SIZE, np.uint8))
    return folder


def test_an_import_that_can_be_read_in_two_ways_is_refused(clip: Path, masks: Path) -> None:
    for words in ([], ["--dry-run"]):
        done = run("import", clip, masks, *words)
        assert done.returncode == 1
        said = " ".join(done.stderr.split())
        assert "The numbering of 'clip_1' to 'clip_5' can start at 0 or at 1." in said
        assert "--first-number 1 ('clip_1' is frame 0)" in said
    decided = run("import", clip, masks, "--first-number", "1", "--json")
    assert decided.returncode == 0, decided.stderr
    assert json.loads(decided.stdout)["frames"] == 2
    assert "'clip_1' is frame 0" in " ".join(decided.stderr.split())


def test_a_run_with_such_masks_is_refused(clip: Path, masks: Path, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    job = make_job(tmp_path / "job", frames=1)
    arguments = (
        "propagate",
        clip,
        "--mask",
        masks,
        "--model",
        job.model,
        "--device",
        "cpu",
        "--out",
        job.out,
    )
    refused = run(*arguments)
    assert refused.returncode == 1
    assert "--first-number" in refused.stderr
    done = run(*arguments, "--first-number", "1", "--range", "0:4")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in job.out.glob("*.png")) == [f"{i:05d}.png" for i in range(5)]
