"""The command `batch`: what it says, prints and answers."""

import json
import sys
from pathlib import Path

import pytest
from cli_hand import run_here
from cluster_hand import HerePool, make_clips, poison

from xmem_gui.cluster import local_pool


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(local_pool, "LocalPool", lambda _: HerePool())
    return make_clips(tmp_path, 2, frames=2)


def _said(clips, tmp_path: Path, *more: object) -> tuple[object, ...]:
    said = ("batch", clips.folder, "--out", tmp_path / "out", "--model", clips.model, "--device", "cpu")
    return (*said, *more)


def test_every_change_is_a_line_of_json_and_the_report_is_the_last(
    clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run_here(monkeypatch, *_said(clips, tmp_path, "--export", "coco", "--json"))
    assert done.code == 0, done.err
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert lines[0] == {"job": "clip0", "state": "running", "done": 0, "total": None}
    assert lines[-1]["counts"] == {"done": 2}
    assert lines[-1] == json.loads((tmp_path / "out/report.json").read_text())
    assert "2 jobs: 2 done" in done.err
    again = run_here(monkeypatch, *_said(clips, tmp_path))
    assert (again.code, "add --resume" in again.err) == (1, True)
    kept = run_here(monkeypatch, *_said(clips, tmp_path, "--export", "coco", "--resume"))
    assert (kept.code, "2 there already" in kept.err) == (0, True)


def test_a_failed_job_is_the_exit_code(clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poison(clips, 0)
    done = run_here(monkeypatch, *_said(clips, tmp_path))
    assert done.code == 1
    assert "1 done, 1 failed" in done.err
    assert (tmp_path / "out/clip1/clip1.xmem").is_file()


def test_a_dry_run_lists_the_jobs_and_makes_nothing(
    clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run_here(monkeypatch, *_said(clips, tmp_path, "--dry-run", "--json"))
    assert [one["job"] for one in json.loads(done.out)["jobs"]] == ["clip0", "clip1"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("batch", "CLIPS", "--out", "out"),
        ("evaluate", "vos", "CLIPS"),
        ("evaluate", "clicks", "CLIPS"),
        ("evaluate", "interactive", "CLIPS"),
        ("evaluate", "compression", "CLIPS"),
    ],
    ids=" ".join,
)
def test_without_ray_each_command_says_in_one_sentence_how_to_get_it(
    clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.chdir(tmp_path)
    (clips.folder / "JPEGImages").mkdir()
    (clips.folder / "Annotations").mkdir()
    done = run_here(monkeypatch, *(clips.folder if one == "CLIPS" else one for one in words), "--ray", "auto")
    assert done.code == 1
    errors = [line for line in done.err.splitlines() if line.startswith("error:")]
    assert errors == ["error: A cluster needs Ray, which is not installed: pip install 'xmem-gui[cluster]'."]


def test_upload_is_for_ray(clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_here(monkeypatch, *_said(clips, tmp_path, "--upload")).code == 2
