"""Going on with a run from the command line, and two of them at a time."""

import json
from pathlib import Path

import pytest
from cli_hand import run_here
from small_job import contents, make_job

from xmem_gui.project.folder_lock import only_run


def test_resume_on_a_finished_run_says_so_and_ends_with_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = make_job(tmp_path, frames=3)
    said = (
        "propagate",
        job.video,
        "--mask",
        job.mask,
        "--model",
        job.model,
        "--device",
        "cpu",
        "--out",
        job.out,
    )
    assert run_here(monkeypatch, *said).code == 0
    before = contents(job.out)
    done = run_here(monkeypatch, *said, "--resume", "--json")
    assert done.code == 0, done
    assert "already finished" in done.err
    facts = json.loads(done.out)
    assert (facts["already"], facts["cancelled"], facts["frames"]) == (True, False, 0)
    assert contents(job.out) == before
    assert run_here(monkeypatch, *said).code == 1


def test_a_second_run_into_one_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = make_job(tmp_path, frames=2)
    with only_run(job.out):
        done = run_here(
            monkeypatch, "propagate", job.video, "--mask", job.mask, "--model", job.model, "--device", "cpu",
            "--out", job.out, "--overwrite",
        )  # fmt: skip
    assert done.code == 1
    assert "Another run is writing into" in done.err
    assert list(job.out.iterdir()) == []
