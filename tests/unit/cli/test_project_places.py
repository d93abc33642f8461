"""Projects anywhere, without their video, or of another one, on the command line."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from small_job import SIZE, make_job
from test_commands import run

from xmem_gui.annotator import Annotator


@pytest.fixture
def job(tmp_path: Path):
    made = make_job(tmp_path, frames=4)
    with Annotator.open(made.video) as annotator:
        one = annotator.add_object("rabbit").id
        for frame in (0, 2):
            mask = np.zeros(SIZE, bool)
            mask[frame : frame + 9, 3:20] = True
            annotator.set_mask(frame, one, mask)
    return made


def test_masks_are_exported_when_the_video_is_gone(job, tmp_path: Path):
    project = tmp_path / "video.xmem"
    before = run("export", job.video, "--format", "coco", "--out", tmp_path / "before.json")
    assert before.returncode == 0, before.stderr
    shutil.rmtree(job.video)
    for number, what in enumerate((project, job.video)):
        out = tmp_path / f"after{number}.json"
        after = run("export", what, "--format", "coco", "--out", out)
        assert after.returncode == 0, after.stderr
        assert "without the video" in after.stderr
        assert json.loads(out.read_text()) == json.loads((tmp_path / "before.json").read_text())
    pictures = run("export", project, "--format", "overlay", "--out", tmp_path / "o.mp4")
    assert pictures.returncode == 1
    assert "needs the video's pictures" in pictures.stderr
    looked = run("info", project, "--json")
    assert looked.returncode == 0, looked.stderr
    facts = json.loads(looked.stdout)
    assert (facts["masks"], facts["frames"], facts["objects"][0]["name"]) == (2, 4, "rabbit")
    assert "not where it was" in facts["video_is"]
    assert "rabbit: masks on 2 frames" in run("info", project).stdout


def test_a_video_is_linked_again(job, tmp_path: Path):
    project, moved = tmp_path / "video.xmem", tmp_path / "else" / "where"
    moved.parent.mkdir()
    job.video.rename(moved)
    looked = run("relink", project, moved, "--dry-run", "--json")
    assert json.loads(looked.stdout) == {"same": True, "differences": [], "changed": False}
    done = run("relink", project, moved)
    assert done.returncode == 0, done.stderr
    assert json.loads(run("info", project, "--json").stdout)["video_is"] == "there"

    (moved / "00001.png").unlink()
    refused = run("relink", project, moved)
    assert refused.returncode == 1
    assert "1 picture is gone (00001.png)" in refused.stderr
    assert run("relink", project, moved, "--accept-changes").returncode == 0
    with Annotator.open(project) as annotator:
        assert annotator.project.mask(1, 1)[2:11, 3:20].all()


def test_a_project_lives_where_it_is_told_to(job, tmp_path: Path):
    (tmp_path / "projects").mkdir()
    place = tmp_path / "projects" / "mine.xmem"
    masks = tmp_path / "masks"
    run("export", job.video, "--format", "index-png", "--out", masks)
    done = run("import", job.video, masks / "video", "--project", place, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["project"] == str(place)
    out = run("export", job.video, "--format", "coco", "--out", tmp_path / "a.json", "--project", place)
    assert out.returncode == 0, out.stderr
    alone = run("export", place, "--format", "coco", "--out", tmp_path / "b.json")
    assert alone.returncode == 0, alone.stderr
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_place_that_cannot_be_written_says_what_to_do(job, tmp_path: Path):
    place = tmp_path / "nowhere" / "p.xmem"
    done = run("import", job.video, job.mask, "--project", place)
    assert done.returncode == 1
    assert "--project" in done.stderr


def test_another_video_of_the_same_stem_is_not_exported(job, tmp_path: Path):
    shutil.copyfile(job.mask, tmp_path / "video.png")
    other = tmp_path / "video.mp4"
    from xmem_gui.video import VideoWriter

    with VideoWriter(other, size=SIZE[::-1], rate=25) as writer:
        for frame in range(6):
            writer.write(np.full((*SIZE, 3), 30 * frame, np.uint8))
    done = run("export", other, "--format", "coco", "--out", tmp_path / "o.json")
    assert done.returncode == 1
    assert "video.xmem is the project of video" in done.stderr
    assert not (tmp_path / "o.json").exists()
    project = tmp_path / "video.xmem"
    named = run("export", other, "--project", project, "--format", "coco", "--out", tmp_path / "o.json")
    assert named.returncode == 1
    assert "made for another video than video.mp4" in named.stderr
    assert not (tmp_path / "o.json").exists()
