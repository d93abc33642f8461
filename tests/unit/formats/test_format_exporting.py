import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from format_cases import READ_BACK, WRITABLE
from PIL import Image

from xmem_gui.errors import Cancelled, OutputError
from xmem_gui.formats import (
    ExportRequest,
    FrameSelection,
    MemoryAnnotation,
    Naming,
    ObjectInfo,
    export,
    plan_export,
)

SIZE = (12, 16)


def make_clip(frames: int = 6, name: str = "clip") -> MemoryAnnotation:
    objects = [ObjectInfo(1, "low", (200, 0, 0), priority=0), ObjectInfo(2, "high", (0, 200, 0), priority=5)]
    clip = MemoryAnnotation(SIZE, frames, objects=objects, name=name)
    for frame in range(frames):
        first, second = np.zeros(SIZE, dtype=bool), np.zeros(SIZE, dtype=bool)
        first[2:8, 2:8] = True
        second[5:10, 5 + frame % 3 : 12] = True
        clip.set(frame, 1, first, committed=frame == 2, reviewed=frame in (1, 2))
        clip.set(frame, 2, second, committed=frame == 4)
        clip.set_image(frame, np.full((*SIZE, 3), frame, dtype=np.uint8))
        clip.set_probability(frame, 1, np.where(first, 0.9, 0.2).astype(np.float32))
    return clip


def index_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_higher_priority_is_on_top(tmp_path: Path) -> None:
    export(make_clip(), "index-png", tmp_path)
    index = index_of(tmp_path / "clip" / "00000.png")
    assert index[6, 6] == 2
    assert index[2, 2] == 1
    assert index[0, 0] == 0


def test_a_plan_writes_nothing_and_says_everything(tmp_path: Path) -> None:
    plan = plan_export(make_clip(), "davis", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert plan.files == 8
    assert plan.preview[0] == "Annotations/480p/clip/00000.png"
    assert plan.names == tuple(f"{i:05d}" for i in range(6))
    assert plan.conflicts == plan.refusals == ()
    (overlaps,) = plan.warnings
    assert overlaps.startswith("In 6 frames objects overlap")


@pytest.mark.parametrize("format_id", WRITABLE)
def test_a_plan_counts_the_files(format_id: str, tmp_path: Path) -> None:
    plan = plan_export(make_clip(), format_id, tmp_path)
    assert plan.refusals == ()
    export(make_clip(), format_id, tmp_path)
    assert len(everything(tmp_path)) == plan.files


@pytest.mark.parametrize(
    ("frames", "wanted"),
    [
        (FrameSelection(), [0, 1, 2, 3, 4, 5]),
        (FrameSelection(start=1, stop=6, step=2), [1, 3, 5]),
        (FrameSelection(explicit=(5, 0, 5)), [0, 5]),
        (FrameSelection(status="committed"), [2, 4]),
        (FrameSelection(status="reviewed"), [1, 2]),
        (FrameSelection(start=3, status="committed"), [4]),
    ],
)
def test_frames_asked_for(frames: FrameSelection, wanted: list[int], tmp_path: Path) -> None:
    export(make_clip(), "index-png", tmp_path, ExportRequest(frames=frames))
    assert sorted(path.stem for path in (tmp_path / "clip").iterdir()) == [f"{i:05d}" for i in wanted]


def test_only_masks_of_the_status_are_written(tmp_path: Path) -> None:
    request = ExportRequest(frames=FrameSelection(status="committed"))
    assert any(
        "not committed" in warning
        for warning in plan_export(make_clip(), "index-png", tmp_path, request).warnings
    )
    export(make_clip(), "index-png", tmp_path, request)
    assert set(np.unique(index_of(tmp_path / "clip" / "00002.png"))) == {0, 1}
    assert set(np.unique(index_of(tmp_path / "clip" / "00004.png"))) == {0, 2}


def test_chosen_objects(tmp_path: Path) -> None:
    export(make_clip(), "index-png", tmp_path, ExportRequest(objects=(1,)))
    assert set(np.unique(index_of(tmp_path / "clip" / "00000.png"))) == {0, 1}
    with pytest.raises(OutputError, match="no object 9"):
        export(make_clip(), "index-png", tmp_path, ExportRequest(objects=(9,)))


@pytest.mark.parametrize(
    ("naming", "wanted"),
    [
        (Naming("%05d"), ["00000", "00003"]),
        (Naming("frame_{:03d}", start=1), ["frame_001", "frame_004"]),
        (Naming("%d", start=7, consecutive=True), ["7", "8"]),
    ],
)
def test_names_by_a_pattern(naming: Naming, wanted: list[str], tmp_path: Path) -> None:
    request = ExportRequest(frames=FrameSelection(step=3), naming=naming)
    export(make_clip(), "index-png", tmp_path, request)
    assert sorted(path.stem for path in (tmp_path / "clip").iterdir()) == wanted


@pytest.mark.parametrize("pattern", ["frame", "%d_%d", "../%d", "a/%05d", "%s", "{}{}", "{0.__class__}", ""])
def test_bad_patterns_are_refused(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        export(make_clip(), "index-png", tmp_path, ExportRequest(naming=Naming(pattern)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "names", [["../a", "b"], ["a/b", "c"], ["x", "X"], ["", "b"], ["..", "b"], ["nul", "b"]]
)
def test_source_names_that_cannot_be_files_are_refused(names: list[str], tmp_path: Path) -> None:
    clip = MemoryAnnotation(SIZE, names, objects=[ObjectInfo(1, "a", (1, 2, 3))])
    with pytest.raises(OutputError, match="pattern"):
        export(clip, "index-png", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../../up", "/etc/passwd", "..", "a\x00b", "", "con", "x" * 400, "ü/文", ".hidden"]
)
@pytest.mark.parametrize("format_id", ["davis", "binary-png", "coco", "labelme", "yolo-seg", "matte"])
def test_no_name_leads_out_of_the_folder(format_id: str, name: str, tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    targets = export(make_clip(1, name), format_id, inside)
    assert all(target.resolve().is_relative_to(inside.resolve()) for target in targets)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {
        p for p in inside.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("format_id", WRITABLE)
def test_nothing_is_overwritten_unasked(format_id: str, tmp_path: Path) -> None:
    export(make_clip(), format_id, tmp_path)
    before = everything(tmp_path)
    plan = plan_export(make_clip(3), format_id, tmp_path)
    assert plan.conflicts
    with pytest.raises(OutputError, match="exists already"):
        export(make_clip(3), format_id, tmp_path)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("format_id", WRITABLE)
def test_overwriting_replaces_the_whole(format_id: str, tmp_path: Path) -> None:
    export(make_clip(), format_id, tmp_path / "a")
    export(make_clip(3), format_id, tmp_path / "a", ExportRequest(overwrite=True))
    export(make_clip(3), format_id, tmp_path / "b")
    assert everything(tmp_path / "a").keys() == everything(tmp_path / "b").keys()
    if format_id in READ_BACK:
        assert everything(tmp_path / "a") == everything(tmp_path / "b")


def test_overwriting_spares_folders_with_other_files(tmp_path: Path) -> None:
    export(make_clip(), "index-png", tmp_path)
    (tmp_path / "clip" / "thesis.docx").write_text("mine")
    with pytest.raises(OutputError, match=r"thesis\.docx"):
        export(make_clip(), "index-png", tmp_path, ExportRequest(overwrite=True))
    assert (tmp_path / "clip" / "thesis.docx").read_text() == "mine"


@pytest.mark.parametrize("format_id", WRITABLE)
def test_a_cancelled_export_leaves_nothing(format_id: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with pytest.raises(Cancelled):
        export(
            make_clip(),
            format_id,
            tmp_path / "deep" / "new",
            progress=lambda done, total: seen.append((done, total)),
            cancelled=lambda: len(seen) >= 2,
        )
    assert seen == [(1, 6), (2, 6)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format_id", WRITABLE)
def test_progress_ends_at_the_number_of_frames(format_id: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    export(make_clip(), format_id, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 6) for i in range(1, 7)]


def test_more_than_255_objects_are_refused_with_a_way_out(tmp_path: Path) -> None:
    clip = MemoryAnnotation(SIZE, 1, objects=[ObjectInfo(i, f"o{i}", (0, 0, 0)) for i in range(1, 301)])
    with pytest.raises(OutputError, match=r"at most 255 objects.*300.*binary-png.*coco"):
        export(clip, "davis", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_export_is_said(tmp_path: Path) -> None:
    clip = MemoryAnnotation(SIZE, 2, objects=[ObjectInfo(1, "a", (1, 2, 3))])
    with pytest.raises(OutputError, match="No frame is left"):
        export(clip, "coco", tmp_path, ExportRequest(frames=FrameSelection(status="committed")))
    with pytest.raises(OutputError, match="no format 'gif'"):
        export(clip, "gif", tmp_path)
    with pytest.raises(OutputError, match="pictures"):
        export(clip, "overlay", tmp_path)


def test_a_file_in_the_way_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="choose a folder"):
        export(make_clip(), "index-png", tmp_path / "file" / "below")


@pytest.mark.parametrize("format_id", ["index-png", "coco", "labelme"])
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(
    format_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(
        "xmem_gui.formats.staging.Path.replace" if format_id == "coco" else "PIL.Image.Image.save", full
    )
    if format_id == "coco":
        monkeypatch.setattr("xmem_gui.formats.staging.os.link", full)
    if format_id == "labelme":
        monkeypatch.setattr("xmem_gui.formats.labelme.Path.write_text", full)
    with pytest.raises(OutputError, match=r"No space left|cannot be written"):
        export(make_clip(), format_id, tmp_path / "out")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    export(make_clip(), format_id, tmp_path / "out")


CHILD = """
import sys
import numpy as np
from xmem_gui.formats import ExportRequest, MemoryAnnotation, ObjectInfo, export
clip = MemoryAnnotation((90, 160), 300, objects=[ObjectInfo(1, "a", (1, 2, 3))], name="clip")
mask = np.random.default_rng(0).random((90, 160)) < 0.5
for frame in range(300):
    clip.set(frame, 1, mask)
print("ready", flush=True)
sys.stdin.readline()
while True:
    export(clip, sys.argv[1], sys.argv[2], ExportRequest(overwrite=True))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("format_id", ["index-png", "coco"])
def test_a_killed_export_leaves_no_half_under_its_name(format_id: str, tmp_path: Path) -> None:
    for kill in range(3):
        folder = tmp_path / str(kill)
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, format_id, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                child.communicate("go\n", timeout=0.05 + 0.2 * kill)
            child.kill()
        if format_id == "index-png" and (folder / "clip").exists():
            assert len(list((folder / "clip").iterdir())) == 300
        if format_id == "coco" and (folder / "clip.json").exists():
            assert (folder / "clip.json").read_text().endswith("}\n")
