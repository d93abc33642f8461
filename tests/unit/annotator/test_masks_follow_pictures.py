"""Exports of a folder, imported after pictures were added and removed: masks follow the pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xmem_gui.annotator import Annotator
from xmem_gui.errors import FormatError
from xmem_gui.formats import EXPORTERS, IMPORTERS, ExportRequest, FrameSelection, Naming

SIZE = (24, 32)
FORMATS = sorted(EXPORTERS.keys() & IMPORTERS.keys())


def picture(path: Path, value: int) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.full((*SIZE, 3), (value, 255 - value, 90), np.uint8)).save(path)


def mask(number: int) -> np.ndarray:
    made = np.zeros(SIZE, dtype=bool)
    made[4:9, number : number + 6] = True
    return made


@pytest.fixture
def seq(tmp_path: Path) -> Path:
    for number in range(6):
        picture(tmp_path / "seq" / f"img_{number}.png", 30 * number)
    with Annotator.open(tmp_path / "seq") as annotator:
        thing = annotator.add_object("thing")
        for number in (1, 2, 5):
            annotator.set_mask(number, thing.id, mask(number))
        annotator.set_mask(3, thing.id, np.zeros(SIZE, dtype=bool))
    return tmp_path / "seq"


def exported(seq: Path, format_id: str, naming: Naming | None = None, **frames: int) -> Path:
    out = seq.parent / "out"
    with Annotator.open(seq) as annotator:
        request = ExportRequest(frames=FrameSelection(**frames), naming=naming or Naming())
        first, *others = annotator.export(format_id, out, request)
    seq.with_suffix(".xmem").unlink()
    return out if others else first


@pytest.mark.parametrize(("removed", "added"), [((0,), True), ((0, 2), False), ((4,), True)])
@pytest.mark.parametrize("naming", [Naming(), Naming("x_%03d", 7)])
@pytest.mark.parametrize("format_id", FORMATS)
def test_masks_follow_their_pictures(
    format_id: str, naming: Naming, removed: tuple[int, ...], added: bool, seq: Path
) -> None:
    out = exported(seq, format_id, naming, start=1)
    for number in removed:
        (seq / f"img_{number}.png").unlink()
    if added:
        picture(seq / "img_6.png", 200)
    with Annotator.open(seq) as annotator:
        annotator.import_masks(annotator.plan_import(out))
        names = [annotator.video.frame_name(frame) for frame in range(len(annotator.video))]
        found = {
            names[frame]: annotator.project.mask(frame, 1)
            for frame in annotator.project.query.known_frames(1)
        }
    there = {number for number in (1, 2, 3, 5) if number not in removed}
    assert found.keys() == {f"img_{number}" for number in there}
    for number in there:
        assert (found[f"img_{number}"] == (mask(number) & (number != 3))).all()


@pytest.mark.parametrize("format_id", ["sav-json", "label-tiff"])
def test_rows_of_a_part_of_another_video_are_for_no_frame(format_id: str, seq: Path, tmp_path: Path) -> None:
    out = exported(seq, format_id, start=1, step=2)
    for number in range(9):
        picture(tmp_path / "more" / f"other_{number}.png", 20 * number)
    with Annotator.open(tmp_path / "more") as annotator, pytest.raises(FormatError, match="cannot be"):
        annotator.plan_import(out)
