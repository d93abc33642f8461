"""What comes while a command works is said on stderr."""

import os
from pathlib import Path

import pytest
from cli_hand import run_here
from small_job import make_job

from xmem_gui.annotator.propagation.checkpoint import load_snapshot


def spoil(picture: Path) -> None:
    """Damage a picture so that only decoding tells."""
    data = bytearray(picture.read_bytes())
    data[60:90] = bytes(30)
    picture.write_bytes(data)


def masks_of(job, monkeypatch) -> None:
    done = run_here(monkeypatch, "import", job.video, job.mask, "--first-number", 0)
    assert done.code == 0, done


def test_a_bad_picture_met_by_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = make_job(tmp_path, frames=4)
    masks = tmp_path / "masks"
    masks.mkdir()
    for frame in range(4):
        (masks / f"{frame:05d}.png").write_bytes(job.mask.read_bytes())
    assert run_here(monkeypatch, "import", job.video, masks).code == 0
    picture = job.video / "00002.png"
    times = picture.stat()
    spoil(picture)
    os.utime(picture, ns=(times.st_atime_ns, times.st_mtime_ns))
    done = run_here(
        monkeypatch, "export", job.video, "--format", "coco", "--out", tmp_path / "coco", "--images"
    )
    assert "warning: Frame 2 of video" in done.err, done
    assert "nearest good frame" in done.err
    assert done.err.count("nearest good frame") == 1


def test_a_run_that_begins_again_since_its_state_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from test_run_folder import request, stopped

    job = make_job(tmp_path, frames=4)
    stopped(job, 2)
    path = job.out / ".xmem-gui-run.safetensors"
    assert load_snapshot(path) is not None
    path.write_bytes(path.read_bytes()[:200])
    asked = request(job)
    done = run_here(
        monkeypatch, "propagate", job.video, "--mask", job.mask, "--model", asked.settings.model,
        "--device", "cpu", "--out", job.out, "--resume",
    )  # fmt: skip
    assert "The run begins again." in done.err, done
