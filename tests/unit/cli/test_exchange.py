import json
from pathlib import Path

import numpy as np
from PIL import Image
from small_job import Job, contents, make_job
from test_commands import run

from xmem_gui.annotator import Annotator
from xmem_gui.formats.davis import read_index_mask, write_index_mask
from xmem_gui.gui.state.export_presets import ExportPreset, with_preset
from xmem_gui.gui.state.settings_file import settings_file


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


def test_a_start_number_alone_numbers_the_files(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    run("import", job.video, folder_of_masks(job, tmp_path / "masks"), "--format", "index-png")
    arguments = ("export", job.video, "--format", "index-png", "--start-number", "1", "--out")
    assert run(*arguments, tmp_path / "out").returncode == 0
    assert sorted(path.stem for path in (tmp_path / "out").glob("*/*.png")) == ["00001", "00002", "00003"]
    back = run("import", job.video, tmp_path / "out")
    assert "Nothing was changed" in back.stderr, back.stderr
    assert run(*arguments, tmp_path / "more", "--names", "%d").returncode == 0
    assert sorted(path.stem for path in (tmp_path / "more").glob("*/*.png")) == ["1", "2", "3"]


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


def test_objects_go_where_the_person_says(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    masks = folder_of_masks(job, tmp_path / "masks")
    arguments = ("import", job.video, masks, "--format", "index-png", "--json")
    first = json.loads(run(*arguments).stdout)
    assert [(one["object"], one["new"]) for one in first["into"]] == [(1, True), (2, True)]
    looked = run(*arguments, "--dry-run", "--map", "object 2=object 1")
    assert "object 1 -> new object 3" in looked.stderr
    assert "object 2 -> object 1 (object 1)" in looked.stderr
    done = run(*arguments, "--map", "1=2", "--map", "2=new")
    assert done.returncode == 0, done.stderr
    assert [(one["object"], one["new"], one["replaced"]) for one in json.loads(done.stdout)["into"]] == [
        (2, False, 3), (3, True, 0),
    ]  # fmt: skip


def test_an_import_without_a_mask_says_so_and_fails(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    images = [{"id": n, "file_name": f"{n:05d}.png", "width": 64, "height": 48} for n in range(3)]
    document = {"images": images, "categories": [{"id": 1, "name": "dog"}], "annotations": []}
    (tmp_path / "none.json").write_text(json.dumps(document))
    box = {"id": 1, "image_id": 0, "category_id": 1, "bbox": [1, 1, 5, 5]}
    (tmp_path / "boxes.json").write_text(json.dumps(document | {"annotations": [box]}))
    for name, more in (("none.json", ()), ("none.json", ("--dry-run",)), ("boxes.json", ())):
        done = run("import", job.video, tmp_path / name, *more)
        assert done.returncode == 1
        assert "Imported" not in done.stderr
        assert "othing" in done.stderr


def test_masks_of_another_size_are_scaled_when_asked(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    masks = tmp_path / "masks"
    masks.mkdir()
    write_index_mask(masks / "00001.png", read_index_mask(job.mask).repeat(2, 0).repeat(2, 1))
    refused = run("import", job.video, masks)
    assert refused.returncode == 1
    assert "128 x 96 pixels, but the video has 64 x 48" in refused.stderr
    done = run("import", job.video, masks, "--scale")
    assert done.returncode == 0, done.stderr
    assert "2 masks of 2 objects" in done.stderr


def test_mattes_have_an_edge(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    run("import", job.video, folder_of_masks(job, tmp_path / "masks"), "--format", "index-png")
    arguments = ("export", job.video, "--format", "matte-png", "--out")
    for place, edge in (("hard", ()), ("soft", ("--feather", "3", "--choke", "-0.5", "--refine", "2"))):
        assert run(*arguments, tmp_path / place, *edge).returncode == 0
        (path, *_) = sorted((tmp_path / place).rglob("*.png"))
        levels = np.unique(np.asarray(Image.open(path)))
        assert (len(levels) > 2) == (place == "soft")
    done = run(*arguments, tmp_path / "odd", "--feather", "65")
    assert done.returncode == 2
    assert "--feather" in done.stderr
    done = run("export", job.video, "--format", "coco", "--out", tmp_path / "c.json", "--choke", "1")
    assert "hard masks only" in done.stderr


def test_overlays_have_a_look_and_a_quality(tmp_path: Path):
    job = make_job(tmp_path, frames=3)
    run("import", job.video, folder_of_masks(job, tmp_path / "masks"), "--format", "index-png")
    arguments = ("export", job.video, "--format", "overlay", "--out")
    sizes = {}
    for quality in ("fine", "small", "40"):
        done = run(*arguments, out := tmp_path / f"{quality}.mp4", "--quality", quality)
        assert done.returncode == 0, done.stderr
        sizes[quality] = out.stat().st_size
    assert sizes["40"] < sizes["small"] < sizes["fine"]
    look = ("--fill", "0", "--outline", "0", "--dim", "1", "--labels")
    done = run(*arguments, tmp_path / "dark.mp4", *look)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "dark.mp4").stat().st_size != sizes["fine"]
    for odd, words in (("huge", "not one of"), ("60", "from 1"), ("0", "from 1")):
        done = run(*arguments, tmp_path / "odd.mp4", "--quality", odd)
        assert done.returncode in (1, 2)
        assert words in " ".join(done.stderr.replace("│", " ").split())
        assert not (tmp_path / "odd.mp4").exists()
    done = run("export", job.video, "--format", "coco", "--out", tmp_path / "c.json", "--quality", "good")
    assert "only one quality" in done.stderr


def test_a_preset_of_the_window_gives_format_and_options(tmp_path: Path, monkeypatch):
    job = make_job(tmp_path, frames=3)
    run("import", job.video, folder_of_masks(job, tmp_path / "masks"), "--format", "index-png")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    arguments = ("export", job.video, "--preset", "each second", "--out")
    refused = run(*arguments, tmp_path / "none")
    assert refused.returncode == 2
    assert "There are none" in " ".join(refused.stderr.replace("│", " ").split())
    kept = with_preset((), ExportPreset(name="each second", format_id="index-png", every=2, pattern="%03d"))
    kept = with_preset(kept, ExportPreset(name="seen", format_id="coco", which="annotated", quality="small"))
    place = settings_file()
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"export_presets": kept, "theme": "dark"}))
    assert run(*arguments, tmp_path / "out").returncode == 0
    assert sorted(path.stem for path in (tmp_path / "out").rglob("*.png")) == ["000", "002"]
    assert run(*arguments, tmp_path / "all", "--every", "1").returncode == 0
    assert len(list((tmp_path / "all").rglob("*.png"))) == 3
    refused = run("export", job.video, "--preset", "every", "--out", tmp_path / "none")
    assert refused.returncode == 2
    assert "'each second', 'seen'" in " ".join(refused.stderr.replace("│", " ").split())
    assert run("export", job.video, "--preset", "seen", "--out", tmp_path / "c.json").returncode == 0
    assert (tmp_path / "c.json").is_file()
    assert run("export", job.video, "--out", tmp_path / "c.json").returncode == 2


def test_info_and_exports_say_classes(tmp_path: Path):
    job = make_job(tmp_path, frames=2)
    with Annotator.open(job.video) as annotator:
        mask = read_index_mask(job.mask) == 1
        for name, category in (("Anna", "person"), ("ball", "")):
            annotator.set_mask(0, annotator.add_object(name, category).id, mask)
    said = run("info", tmp_path / "video.xmem")
    assert "1 Anna (person): masks on 1 frames" in said.stdout
    assert "2 ball: masks on 1 frames" in said.stdout
    facts = json.loads(run("info", tmp_path / "video.xmem", "--json").stdout)
    assert [one["category"] for one in facts["objects"]] == ["person", ""]
    assert run("export", job.video, "--format", "coco", "--out", tmp_path / "c.json").returncode == 0
    names = [one["name"] for one in json.loads((tmp_path / "c.json").read_text())["categories"]]
    assert names == ["person", "ball"]
