"""Every format, sent to every place that is, holds, lies in or leads to what is read: that stays as it is."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from format_cases import WRITABLE
from PIL import Image

from xmem_gui.annotator import Annotator
from xmem_gui.errors import OutputError
from xmem_gui.formats import EXPORTERS, ExportRequest
from xmem_gui.project import Rle
from xmem_gui.video import VideoWriter

SIZE = (24, 32)


@dataclass(frozen=True)
class Opened:
    """A project that is open, and what is read of it."""

    annotator: Annotator
    source: Path
    place: Path


def _fill(annotator: Annotator) -> None:
    mask = np.zeros(SIZE, bool)
    mask[4:12, 4:20] = True
    annotator.set_mask(0, annotator.add_object("thing").id, mask)
    annotator.probabilities.begin(1 << 20)
    annotator.probabilities.put(0, 1, Rle.from_mask(mask), np.where(mask, 200, 20).astype(np.uint8))


@pytest.fixture(params=["folder", "file"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    source = tmp_path / ("clip" if request.param == "folder" else "clip.mp4")
    if request.param == "folder":
        source.mkdir()
        for frame in range(2):
            Image.fromarray(np.full((*SIZE, 3), 90 * frame, np.uint8)).save(source / f"{frame:05d}.png")
    else:
        with VideoWriter(source, size=SIZE[::-1], rate=25) as writer:
            for frame in range(2):
                writer.write(np.full((*SIZE, 3), 90 * frame, np.uint8))
    with Annotator.open(source) as annotator:
        _fill(annotator)
        yield Opened(annotator, source, tmp_path)


def _read(opened: Opened) -> dict[str, bytes]:
    files = [opened.source] if opened.source.is_file() else sorted(opened.source.iterdir())
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def _places(opened: Opened) -> list[Path]:
    """Return destinations that have to do with what is read; some are free, and then the export is made."""
    place, source = opened.place, opened.source
    (place / "to-source").symlink_to(source)
    (place / "to-place").symlink_to(place, target_is_directory=True)
    first = source if source.is_file() else source / "00000.png"
    os.link(first, place / f"hard{first.suffix}")
    project = place / "clip.xmem"
    endings = (".mp4", ".mkv", ".mov", ".json", ".xml", ".webp", ".png")
    own = [
        project.with_name(project.name + more) for more in ("-wal", ".lock", "-backups", "-memory", ".json")
    ]
    return [
        source, place, source / "new", place / "to-source", place / "to-place", first, project, *own,
        place / "to-place" / source.name, place / f"hard{first.suffix}", place / "no" / ".." / source.name,
        *(source.with_suffix(ending) for ending in endings),
        *(source / f"new{ending}" for ending in endings if source.is_dir()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("format_id", "images"),
    [(name, images) for name in WRITABLE for images in (False, True)[: 1 + EXPORTERS[name].takes_images]],
)
def test_what_is_read_stays(opened: Opened, format_id: str, images: bool):
    before, project = _read(opened), opened.annotator.project
    made = 0
    places = _places(opened)
    for place in places:
        for overwrite in (False, True):
            request = ExportRequest(overwrite=overwrite, images=images)
            with contextlib.suppress(OutputError):
                opened.annotator.export(format_id, place, request)
                made += 1
            assert _read(opened) == before, (place, overwrite)
            record = project.record(0, 1)
            assert record is not None
            assert record.rle.area == 128
    assert 0 < made < 2 * len(places)
    # But for a backup that may be being made.
    assert not [path for path in opened.place.rglob(".*.part*") if path.parent.name != "backups"]


@pytest.mark.parametrize("format_id", WRITABLE)
def test_the_plan_says_so_as_it_is_made(opened: Opened, format_id: str):
    # A COCO data set is only in folders of its own, and those may be among pictures.
    among = opened.source.is_dir() and format_id != "coco-dataset"
    place = opened.source if among else opened.place / "clip.xmem-wal"
    plan = opened.annotator.plan_export(format_id, place, ExportRequest(overwrite=True))
    assert plan.refusals
    assert "choose another" in plan.refusals[0]
    assert "exists already" not in " ".join(plan.refusals)


def test_an_own_export_is_replaced_and_what_is_theirs_is_not(opened: Opened):
    out, again = opened.place / "out", ExportRequest(overwrite=True)
    for format_id in WRITABLE:
        place = out / format_id
        targets = opened.annotator.export(format_id, place)
        replaced = opened.annotator.export(format_id, place, again)
        # A list that several videos share is only added to.
        assert {target.name for target in set(targets) - set(replaced)} <= {
            "val.txt",
            "labels.txt",
            "default.txt",
        }
        assert set(replaced) <= set(targets)
        assert replaced
        for target in replaced:
            files = [target] if target.is_file() else [path for path in target.rglob("*") if path.is_file()]
            for file in files[:1]:
                ours = file.read_bytes()
                file.write_bytes(b"mine")
                with pytest.raises(OutputError, match="did not write"):
                    opened.annotator.export(format_id, place, again)
                assert file.read_bytes() == b"mine"
                file.write_bytes(ours)
        opened.annotator.export(format_id, place, again)


def test_one_format_does_not_replace_another_s_files(opened: Opened):
    opened.annotator.export("index-png", opened.place / "out")
    with pytest.raises(OutputError, match="did not write in this format"):
        opened.annotator.export("binary-png", opened.place / "out", ExportRequest(overwrite=True))
