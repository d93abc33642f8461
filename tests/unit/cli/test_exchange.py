import json
from pathlib import Path

from small_job import Job, contents, make_job
from test_commands import run

from xmem_gui.formats.davis import read_index_mask, write_index_mask


def folder_of_masks(job: Job, folder: Path) -> Path:
    folder.mkdir()
    for frame in range(3):
        write_index_mask(folder / f"{frame:05d}.png", read_index_mask(job.mask))
    return folder


def test_masks_go_in_and_out_again(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    masks = folder_of_masks(job, tmp_path / "masks")
    looked = run("import", job.video, masks, "--format", "index-png", "--dry-run", "--json")
    assert looked.returncode == 0, looked.stderr
    assert json.loads(looked.stdout)["changed"] is False
    done = run("import", job.video, masks, "--format", "index-png")
    assert done.returncode == 0, done.stderr
    assert "6 masks of 2 objects" in done.stderr
    out = run("export", job.video, "--format", "index-png", "--out", job.out, "--json")
    assert out.returncode == 0, out.stderr
    facts = json.loads(out.stdout)
    assert (facts["frames"], facts["objects"]) == (3, [1, 2])
    written = Path(facts["written"][0])
    assert {k: v for k, v in contents(written).items() if k.endswith(".png")} == contents(masks)


def test_exports_are_refused_rather_than_overwritten(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    run("import", job.video, folder_of_masks(job, tmp_path / "masks"), "--format", "index-png")
    arguments = ("export", job.video, "--format", "coco", "--out", tmp_path / "coco.json", "--range", "0:1")
    assert run(*arguments).returncode == 0
    before = (tmp_path / "coco.json").read_bytes()
    again = run(*arguments)
    assert again.returncode == 1
    assert "coco.json" in again.stderr
    assert (tmp_path / "coco.json").read_bytes() == before
    assert run(*arguments, "--overwrite").returncode == 0


def test_unknown_formats_and_objects_are_one_sentence(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    run("import", job.video, folder_of_masks(job, tmp_path / "masks"), "--format", "index-png")
    for arguments, words in {
        ("--format", "betamax"): "no format 'betamax'",
        ("--format", "coco", "--object", "9"): "no object 9",
    }.items():
        done = run("export", job.video, *arguments, "--out", tmp_path / "x")
        assert done.returncode == 1
        assert words in done.stderr
    listed = run("formats").stdout
    assert "davis" in listed
    assert "youtube-vis" in listed


def test_exporting_makes_no_project(tmp_path: Path):
    job = make_job(tmp_path, frames=2)
    done = run("export", job.video, "--format", "coco", "--out", tmp_path / "x.json")
    assert done.returncode == 1
    assert "has no project" in done.stderr
    assert not list(tmp_path.glob("*.xmem*"))


def test_looking_at_an_import_makes_no_project(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    masks = folder_of_masks(job, tmp_path / "masks")
    looked = run("import", job.video, masks, "--format", "index-png", "--dry-run", "--json")
    assert looked.returncode == 0, looked.stderr
    facts = json.loads(looked.stdout)
    assert (facts["masks"], facts["frames"], facts["changed"]) == (6, 3, False)
    assert facts["project"] == str(tmp_path / "video.xmem")
    assert not list(tmp_path.glob("*.xmem*"))
