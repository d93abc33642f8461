import json
from pathlib import Path

import pytest
from cli_hand import run_here
from small_job import make_job


@pytest.mark.parametrize(
    ("options", "objects"), [((), 2), (("--by-class",), 1), (("--by-class", "--no-outline"), 1)]
)
def test_classes_as_objects(
    options: tuple[str, ...], objects: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = make_job(tmp_path, frames=3)
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "00000.txt").write_text(
        "0 0.1 0.1 0.3 0.1 0.3 0.3 0.1 0.3\n0 0.6 0.6 0.8 0.6 0.8 0.8 0.6 0.8\n"
    )
    done = run_here(
        monkeypatch, "import", job.video, labels, "--first-number", "0", "--dry-run", "--json", *options
    )
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["objects"]) == objects


def test_the_outline_of_polygons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What COCO's polygons leave out by themselves, the option adds."""
    from xmem_gui.annotator import Annotator

    job = make_job(tmp_path, frames=3)
    areas = []
    for number, options in enumerate(((), ("--outline",), ("--no-outline",))):
        project = tmp_path / f"{number}.xmem"
        with Annotator.open(job.video, project=project) as annotator:
            height, width = annotator.video.height, annotator.video.width
        image = {"id": 1, "file_name": "00000.jpg", "height": height, "width": width}
        ring = [2, 2, 9, 2, 9, 7, 2, 7]
        item = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [ring]}
        path = tmp_path / "a.json"
        path.write_text(json.dumps({"images": [image], "annotations": [item], "categories": []}))
        asked = ("import", job.video, path, "--project", project, "--first-number", "0", *options)
        done = run_here(monkeypatch, *asked)
        assert done.code == 0, done.err
        with Annotator.open(job.video, project=project) as annotator:
            areas.append(int(annotator.project.mask(0, 1).sum()))
    assert areas == [35, 48, 35]
