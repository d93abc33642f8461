import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_job import contents, make_job

from xmem_gui.formats.davis import read_index_mask


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "xmem_gui", *map(str, arguments)]


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, cwd=cwd, check=False)


def test_propagate_prints_one_object_and_writes_masks(tmp_path: Path):
    job = make_job(tmp_path, frames=4)
    done = run(
        "propagate", job.video, "--mask", job.mask, "--out", job.out, "--model", job.model, "--json",
        "--device", "cpu", "--range", "0:2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["frames"] == 3
    assert facts["objects"] == [1, 2]
    assert facts["out"] == str(job.out)
    assert facts["frames_per_second"] > 0
    assert sorted(contents(job.out)) == ["00000.png", "00001.png", "00002.png"]


def test_a_dry_run_says_the_plan_and_writes_nothing(tmp_path: Path):
    job = make_job(tmp_path, frames=8)
    arguments = ("propagate", job.video, "--mask", f"1={job.mask}", "--mask", f"5={job.mask}")
    done = run(
        *arguments, "--out", job.out, "--model", job.model, "--direction", "both", "--dry-run", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert "Tracks object 1 and object 2 both ways: frames 0 to 7 (8 frames)." in done.stderr
    assert "It uses the masks given for frames 1 and 5." in done.stderr
    facts = json.loads(done.stdout)
    assert (facts["frames"], facts["steps"], facts["key_frames"]) == (8, 13, [1, 5])
    assert facts["stretches"] == [[0, 1], [1, 5], [5, 7]]
    assert not job.out.exists()
    done = run(*arguments, "--out", job.out, "--dry-run", "--model", "no-such-model")
    assert done.returncode == 1, "a model that is not there is told before it is needed"
    assert "no-such-model" in done.stderr


def test_ctrl_c_keeps_what_is_finished_and_resume_ends_with_identical_files(tmp_path: Path):
    job = make_job(tmp_path, frames=40)
    arguments = ("propagate", job.video, "--mask", job.mask, "--model", job.model, "--device", "cpu")
    assert run(*arguments, "--out", tmp_path / "whole").returncode == 0
    process = subprocess.Popen(command(*arguments, "--out", job.out), stderr=subprocess.PIPE, text=True)
    while not (job.out / "00003.png").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "with --resume to continue" in errors
    finished = len(list(job.out.glob("*.png")))
    assert 4 <= finished < 40
    assert run(*arguments, "--out", job.out, "--resume").returncode == 0
    assert contents(job.out) == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["propagate", "{video}", "--mask", "nowhere.png", "--out", "o"], 1, "no mask file nowhere.png"),
        (["propagate", "{video}", "--out", "o"], 2, "--mask"),
        (["propagate", "nowhere", "--mask", "m.png", "--out", "o"], 2, "does not exist"),
        (["propagate", "{video}", "--mask", "m", "--out", "o", "--range", "5"], 2, "not a range"),
        (["models", "path", "no-such-model"], 1, "no-such-model"),
        (["models", "download", "no-such-model"], 1, "no model 'no-such-model'"),
        (["info", "{mask}"], 1, "mask.png"),
    ],
)
def test_errors_are_one_sentence_and_exit_codes_tell_them_apart(tmp_path: Path, arguments, code, words):
    job = make_job(tmp_path, frames=2)
    filled = [argument.format(video=job.video, mask=job.mask) for argument in arguments]
    done = run(*filled, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_info_says_what_a_video_is(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    facts = json.loads(run("info", job.video, "--json").stdout)
    assert (facts["frames"], facts["width"], facts["height"]) == (3, 64, 48)
    assert "frames          3" in run("info", job.video).stdout


def test_models_are_listed(tmp_path: Path):
    listed = json.loads(run("models", "list", "--json").stdout)["models"]
    assert {"compact", "xmem", "mobile_sam", "sam2.1_tiny"} <= {model["name"] for model in listed}
    needs = {model["name"]: model["needs"] for model in listed}
    assert needs["mobile_sam"] == ""
    here = importlib.util.find_spec("sam2") is not None
    assert needs["sam2.1_tiny"] == (
        "" if here else "It needs the package sam2: run `pip install 'xmem-gui[sam2]'`."
    )


def test_evaluate_vos_scores_a_dataset(tmp_path: Path):
    job = make_job(tmp_path, frames=4)
    images, masks = tmp_path / "data/JPEGImages/480p", tmp_path / "data/Annotations/480p/video"
    images.mkdir(parents=True)
    masks.mkdir(parents=True)
    job.video.rename(images / "video")
    for frame in range(4):
        (masks / f"{frame:05d}.png").write_bytes(job.mask.read_bytes())
    done = run(
        "evaluate",
        "vos",
        tmp_path / "data",
        "--out",
        job.out,
        "--model",
        job.model,
        "--device",
        "cpu",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    assert set(scores["sequences"]) == {"video"}
    assert scores["j_and_f"] == pytest.approx((scores["j"] + scores["f"]) / 2)
    assert 0 <= scores["j"] <= 100
    prediction = read_index_mask(job.out / "video" / "00000.png", objects=range(256))
    assert (prediction == read_index_mask(job.mask)).all()


def test_help_does_not_load_the_networks():
    code = (
        "import sys; from xmem_gui.cli.main import app; "
        "assert not {'torch', 'cv2', 'av', 'numpy', 'pydantic'} & set(sys.modules), 'slow start'"
    )
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_info_names_bad_pictures_and_the_display_range(tmp_path: Path):
    for number in range(3):
        values = np.linspace(100, 4000, 24 * 32).reshape(24, 32).astype(np.uint16)
        Image.fromarray(values).save(tmp_path / f"{number}.png")
    (tmp_path / "1.png").write_bytes(b"")
    facts = json.loads(run("info", tmp_path, "--json").stdout)
    assert facts["display_range"] == "0:4000"
    assert [text.startswith("Frame 1 of ") for text in facts["warnings"]] == [True]
    done = run("info", tmp_path, "--display-range", "100:900")
    assert "100:900" in done.stdout
    assert "1.png) is empty (0 bytes)" in done.stdout.replace("\n", " ")
    assert run("info", tmp_path, "--display-range", "900:100").returncode == 2
