"""Any export that can be read back comes back on the frames, and to the objects, that it was written from."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from format_cases import BINARY, INDEX, READ_BACK, make_mask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from xmem_gui.formats import (
    ExportPlan,
    ExportRequest,
    FrameSelection,
    ImportPlan,
    MemoryAnnotation,
    Naming,
    ObjectInfo,
    export,
    into_memory,
    open_import,
    plan_export,
)

SIZE = (7, 9)
TRIES = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
PATTERNS = st.sampled_from([None, "%05d", "%d", "%03d", "frame_{:06d}", "shot010_%04d", "f%02d_v2", "im.%d"])


@st.composite
def clips(draw: st.DrawFn) -> MemoryAnnotation:
    """A clip of up to 30 frames, named as a video's or as a folder's of pictures."""
    count = draw(st.integers(1, 30))
    start, step = draw(st.integers(0, 1200)), draw(st.integers(1, 3))
    form = draw(st.sampled_from(["{:05d}", "img_{}", "shot010.{:04d}", "{}-cam2"]))
    names = [form.format(start + step * i) for i in range(count)]
    frames = draw(st.sampled_from([count, names]))
    ids = draw(st.lists(st.integers(1, 400), min_size=1, max_size=3, unique=True))
    objects = [ObjectInfo(i, f"thing {i}", (i % 256, 7, 9), draw(st.integers(-2, 2))) for i in ids]
    clip = MemoryAnnotation(
        SIZE, frames, objects=objects, name=draw(st.sampled_from(["clip", "take 12", "7"]))
    )
    for frame in range(count):
        for info in objects:
            kind = draw(st.sampled_from(["none", "empty", "blob", "noise", "pixel"]))
            if kind != "none":
                mask = make_mask(kind, *SIZE, frame * 1000 + info.id)
                clip.set(frame, info.id, mask, committed=draw(st.booleans()), reviewed=draw(st.booleans()))
    return clip


@st.composite
def requests(draw: st.DrawFn, clip: MemoryAnnotation) -> ExportRequest:
    ids = [info.id for info in clip.objects]
    start = draw(st.integers(0, clip.frames - 1))
    frames = FrameSelection(
        start=start,
        stop=draw(st.none() | st.integers(start + 1, clip.frames)),
        step=draw(st.integers(1, 5)),
        explicit=draw(st.none() | st.lists(st.integers(0, clip.frames - 1), min_size=1).map(tuple)),
        status=draw(st.sampled_from(["any", "any", "committed", "reviewed"])),
        annotated_only=draw(st.booleans()),
    )
    naming = Naming(draw(PATTERNS), draw(st.integers(0, 1100)), draw(st.booleans()))
    chosen = draw(st.none() | st.lists(st.sampled_from(ids), min_size=1, unique=True).map(tuple))
    return ExportRequest(frames=frames, objects=chosen, naming=naming)


def read_back(clip: MemoryAnnotation, path: Path, name: str | None = None) -> ImportPlan:
    names = [clip.frame_name(frame) for frame in range(clip.frames)]
    return open_import(path, size=SIZE, frame_names=names, name=clip.name if name is None else name)


def assert_exact(plan: ExportPlan, found: ImportPlan, format_id: str) -> None:
    """Assert that what was written is what is read: frames, objects and masks; none counts as empty."""
    assert found.question is None
    assert {info.id: info for info in found.objects} == {info.id: info for info in plan.objects}
    assert set(found.frames) <= set(plan.frames)
    if format_id not in BINARY:
        assert found.frames == plan.frames
    read = into_memory(found, found.read())
    nothing = np.zeros(SIZE, dtype=bool)
    for frame in plan.frames:
        covered = nothing.copy()
        for info in reversed(plan.objects):
            mask = plan.mask(frame, info.id)
            wanted = nothing if mask is None else mask
            if format_id in INDEX:
                wanted, covered = wanted & ~covered, covered | wanted
            got = read.mask(frame, info.id)
            np.testing.assert_array_equal(nothing if got is None else got, wanted, f"frame {frame} {info}")


@pytest.mark.parametrize("format_id", READ_BACK)
@given(data=st.data())
@TRIES
def test_every_export_comes_back_exactly(format_id: str, data: st.DataObject) -> None:
    clip = data.draw(clips())
    request = data.draw(requests(clip))
    with tempfile.TemporaryDirectory() as place:
        plan = plan_export(clip, format_id, place, request)
        assume(plan.frames)
        assume(format_id not in BINARY or any(True for frame in plan.frames for _ in plan.masks(frame)))
        targets = export(clip, format_id, place, request)
        path = targets[0] if len(targets) == 1 and targets[0].is_file() else Path(place)
        assert_exact(plan, read_back(clip, path), format_id)


def small_clip(count: int = 12, name: str = "clip") -> MemoryAnnotation:
    clip = MemoryAnnotation(SIZE, count, objects=[ObjectInfo(1, "fox", (1, 2, 3))], name=name)
    for frame in range(count):
        clip.set(frame, 1, make_mask("blob", *SIZE, frame))
    return clip


FROM_1 = ExportRequest(naming=Naming("%05d", 1), frames=FrameSelection(start=2, stop=9, step=3))
FOLDERS = ("index-png", "davis", "binary-png", "labelme", "yolo-seg")


@pytest.mark.parametrize("format_id", FOLDERS)
def test_an_export_that_was_moved_with_its_sidecar_comes_back(format_id: str, tmp_path: Path) -> None:
    clip = small_clip()
    folder, *others = export(clip, format_id, tmp_path / "old", FROM_1)
    sidecar = next(path for path in others if path.name.endswith(".objects.json"))
    new = tmp_path / "new"
    new.mkdir()
    shutil.move(folder, new / folder.name)
    shutil.move(sidecar, new / sidecar.name)
    shutil.rmtree(tmp_path / "old")
    assert read_back(clip, new / folder.name).frames == (2, 5, 8)


@pytest.mark.parametrize("format_id", FOLDERS)
def test_without_its_sidecar_a_part_of_the_frames_is_asked(format_id: str, tmp_path: Path) -> None:
    clip = small_clip()
    written = export(clip, format_id, tmp_path, FROM_1)
    next(path for path in written if path.name.endswith(".objects.json")).unlink()
    plan = read_back(clip, tmp_path)
    assert plan.question is not None
    assert {one.first_number for one in plan.question.answers} == {0, 1}


def test_exports_of_several_formats_share_a_sidecar(tmp_path: Path) -> None:
    clip = small_clip()
    export(clip, "index-png", tmp_path, FROM_1)
    export(clip, "labelme", tmp_path / "other", FROM_1)
    export(clip, "davis", tmp_path, ExportRequest(naming=Naming("%05d", 4)))
    export(clip, "yolo-seg", tmp_path, ExportRequest(naming=Naming("%03d", 0)))
    assert read_back(clip, tmp_path / "clip").frames == (2, 5, 8)
    assert read_back(clip, tmp_path / "Annotations" / "480p" / "clip").frames == tuple(range(12))
    assert read_back(clip, tmp_path / "clip.yaml").frames == tuple(range(12))


def test_a_sidecar_of_another_video_is_noticed(tmp_path: Path) -> None:
    export(small_clip(12), "index-png", tmp_path, FROM_1)
    plan = read_back(small_clip(13), tmp_path)
    assert "was written for another video ('clip': 12 frames, 9 x 7 pixels)" in plan.warnings[0]
    assert plan.question is not None


def test_a_sidecar_that_lacks_files_is_noticed(tmp_path: Path) -> None:
    clip = small_clip()
    folder, _ = export(clip, "index-png", tmp_path, FROM_1)
    shutil.copy(folder / "00003.png", folder / "00004.png")
    plan = read_back(clip, tmp_path)
    assert "'00004' is not in the list" in plan.warnings[0]
    assert plan.question is not None


def test_a_sidecar_of_another_folder_is_noticed(tmp_path: Path) -> None:
    clip = small_clip()
    folder, _ = export(clip, "index-png", tmp_path, FROM_1)
    deeper = tmp_path / "deep" / "clip"
    shutil.copytree(folder, deeper)
    plan = read_back(clip, deeper)
    assert "was written for 'clip', not 'deep/clip'" in plan.warnings[0]
    assert plan.question is not None


@pytest.mark.parametrize(
    "spoilt",
    [{"frames": [2, 5, 99]}, {"frames": [2, 2, 2]}, {"frames": "all"}, {"names": ["a"]}, {"names": 5}],
)
@pytest.mark.parametrize("format_id", ["index-png", "coco"])
def test_damaged_frame_numbers_are_noticed(spoilt: dict[str, object], format_id: str, tmp_path: Path) -> None:
    clip = small_clip()
    path = export(clip, format_id, tmp_path / "out", FROM_1)[-1]
    document = json.loads(path.read_text())
    (document if format_id == "index-png" else document["xmem_gui"]).update(spoilt)
    path.write_text(json.dumps(document))
    plan = read_back(clip, tmp_path / "out" if format_id == "index-png" else path)
    assert "damaged frame numbers" in plan.warnings[0]
    assert plan.question is not None


def test_images_put_in_by_another_tool_are_noticed(tmp_path: Path) -> None:
    clip = small_clip()
    (path,) = export(clip, "coco", tmp_path / "a.json", FROM_1)
    document = json.loads(path.read_text())
    document["images"].append({"id": 9, "file_name": "00010.jpg"})
    path.write_text(json.dumps(document))
    plan = read_back(clip, path)
    assert "'00010' is not in the list" in plan.warnings[0]
    assert plan.question is not None


def test_the_order_of_images_does_not_matter(tmp_path: Path) -> None:
    clip = small_clip()
    (path,) = export(clip, "coco", tmp_path / "a.json", FROM_1)
    document = json.loads(path.read_text())
    document["images"].reverse()
    path.write_text(json.dumps(document))
    plan = read_back(clip, path)
    for mask in plan.read():
        np.testing.assert_array_equal(mask.mask(), clip.mask(mask.frame, 1))
    assert plan.frames == (2, 5, 8)


def test_files_of_before_names_were_written_down_still_come_back(tmp_path: Path) -> None:
    clip = small_clip()
    for format_id in ("coco", "youtube-vis", "sav-json"):
        (path,) = export(clip, format_id, tmp_path / f"{format_id}.json", FROM_1)
        document = json.loads(path.read_text())
        document["xmem_gui"] = {key: document["xmem_gui"][key] for key in ("objects", "frames")}
        path.write_text(json.dumps(document))
        assert read_back(clip, path).frames == (2, 5, 8)


def test_lines_of_objects_of_one_name_are_told_apart_until_a_file_is_changed(tmp_path: Path) -> None:
    twins = [ObjectInfo(number, "twin", (number, 0, 0)) for number in (4, 6)]
    clip = MemoryAnnotation(SIZE, 3, objects=twins, name="clip")
    for frame, number in ((0, 6), (1, 4), (1, 6), (2, 6)):
        clip.set(frame, number, make_mask("pixel", *SIZE, 10 * frame + number))
    folder, *_ = export(clip, "yolo-seg", tmp_path)
    plan = read_back(clip, tmp_path)
    assert {(mask.frame, mask.object_id) for mask in plan.read()} == {(0, 6), (1, 4), (1, 6), (2, 6)}
    assert not any("told apart by their order" in note for note in plan.warnings)
    (folder / "00002.txt").write_text((folder / "00002.txt").read_text() + (folder / "00000.txt").read_text())
    changed = read_back(clip, tmp_path)
    assert {mask.object_id for mask in changed.read() if mask.frame == 2} == {4, 6}
    assert any("told apart by their order" in note for note in changed.warnings)
