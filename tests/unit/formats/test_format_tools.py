"""The files are opened by the tools that they are for."""

import json
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from format_cases import make_mask
from PIL import Image, ImageDraw
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pydantic import BaseModel, ConfigDict, Field

from xmem_gui.formats import (
    ExportRequest,
    FrameSelection,
    MemoryAnnotation,
    ObjectInfo,
    export,
    palette_colour,
    plan_export,
)
from xmem_gui.formats.palette import DAVIS_PALETTE

# pycocotools 2.0.11 itself, when it decodes under numpy 2.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)

SIZE = (45, 61)
FRAMES = 5


@pytest.fixture
def clip() -> MemoryAnnotation:
    objects = [ObjectInfo(i, name, palette_colour(i)) for i, name in ((1, "dog"), (2, "cat"), (5, "dog"))]
    annotation = MemoryAnnotation(SIZE, FRAMES, objects=objects, name="pets", rate=10)
    rng = np.random.default_rng(7)
    for frame in range(FRAMES):
        annotation.set_image(frame, rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8))
        for info, kind in zip(objects, ("blob", "ring", "pixel"), strict=True):
            annotation.set(frame, info.id, make_mask(kind, *SIZE, frame))
    return annotation


def test_pillow_sees_palette_pictures(clip: MemoryAnnotation, tmp_path: Path) -> None:
    export(clip, "davis", tmp_path)
    files = sorted((tmp_path / "Annotations" / "480p" / "pets").iterdir())
    assert [file.name for file in files] == [f"{i:05d}.png" for i in range(FRAMES)]
    for file in files:
        with Image.open(file) as image:
            assert (image.mode, image.size) == ("P", SIZE[::-1])
            assert bytes(image.getpalette() or ()) == DAVIS_PALETTE
            assert set(np.unique(np.array(image))) <= {0, 1, 2, 5}


def test_an_export_is_what_vos_benchmark_reads(clip: MemoryAnnotation, tmp_path: Path) -> None:
    """It opens whatever lies in a video's folder with Pillow, in the order of names, and takes its values."""
    export(clip, "index-png", tmp_path)
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_dir()] == ["pets"]
    files = sorted((tmp_path / "pets").iterdir())
    assert len(files) == FRAMES
    objects = [info.id for info in clip.objects]
    for frame, file in enumerate(files):
        with Image.open(file) as image:
            index = np.array(image)
        assert set(np.unique(index).tolist()) <= {0, *objects}
        shown = np.zeros(SIZE, int)
        for number in objects:
            shown[clip.mask(frame, number)] = number
        np.testing.assert_array_equal(index, shown)


def test_youtube_vos_meta_lists_the_frames_of_each_object(clip: MemoryAnnotation, tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(json.dumps({"videos": {"other": {"objects": {}}}}))
    assert any("1 other" in warning for warning in plan_export(clip, "youtube-vos", tmp_path).warnings)
    export(clip, "youtube-vos", tmp_path, ExportRequest(images=True))
    videos = json.loads((tmp_path / "meta.json").read_text())["videos"]
    assert set(videos) == {"other", "pets"}
    dog = videos["pets"]["objects"]["1"]
    assert dog == {"category": "dog", "frames": [f"{i:05d}" for i in range(FRAMES)]}
    assert len(list((tmp_path / "JPEGImages" / "pets").iterdir())) == FRAMES


def test_pycocotools_reads_the_masks(
    clip: MemoryAnnotation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = export(clip, "coco", tmp_path / "pets.json")
    coco = COCO(str(path))
    capsys.readouterr()
    assert len(coco.getImgIds()) == FRAMES
    assert {item["name"] for item in coco.loadCats(coco.getCatIds())} == {"dog", "cat"}
    for item in coco.loadAnns(coco.getAnnIds()):
        frame = coco.loadImgs(item["image_id"])[0]["frame_index"]
        mask = clip.mask(frame, item["track_id"])
        np.testing.assert_array_equal(coco.annToMask(item).astype(bool), mask)
        assert item["area"] == mask.sum()
        assert item["bbox"] == coco_mask.toBbox(item["segmentation"]).tolist()


def test_pycocotools_reads_masklets(clip: MemoryAnnotation, tmp_path: Path) -> None:
    (path,) = export(clip, "sav-json", tmp_path)
    assert path.name == "pets_manual.json"
    document = json.loads(path.read_text())
    assert (document["video_height"], document["video_width"]) == SIZE
    assert document["masklet_id"] == [1, 2, 5]
    assert all(
        len(document[key]) == 3 for key in document if key.startswith("masklet_") and key != "masklet_num"
    )
    for frame, row in enumerate(document["masklet"]):
        for object_id, rle in zip(document["masklet_id"], row, strict=True):
            np.testing.assert_array_equal(coco_mask.decode(rle).astype(bool), clip.mask(frame, object_id))


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RunLengths(Strict):
    size: list[int] = Field(min_length=2, max_length=2)
    counts: str


class VisVideo(Strict):
    id: int
    width: int
    height: int
    length: int
    file_names: list[str]


class VisCategory(Strict):
    id: int
    name: str
    supercategory: str


class VisAnnotation(Strict):
    id: int
    video_id: Literal[1]
    category_id: int
    iscrowd: Literal[0, 1]
    width: int
    height: int
    length: int
    segmentations: list[RunLengths | None]
    bboxes: list[list[int] | None]
    areas: list[int | None]


class VisFile(BaseModel):
    """The members that YouTube-VIS's own tool reads."""

    model_config = ConfigDict(strict=True)
    info: dict[str, str]
    licenses: list[str]
    videos: list[VisVideo]
    categories: list[VisCategory]
    annotations: list[VisAnnotation]


def test_youtube_vis_has_its_structure(clip: MemoryAnnotation, tmp_path: Path) -> None:
    (path,) = export(clip, "youtube-vis", tmp_path)
    found = VisFile.model_validate_json(path.read_text())
    assert found.videos[0].length == FRAMES == len(found.videos[0].file_names)
    known = {item.id for item in found.categories}
    for item in found.annotations:
        assert item.category_id in known
        assert len(item.segmentations) == len(item.bboxes) == len(item.areas) == item.length == FRAMES
        for frame, rle in enumerate(item.segmentations):
            assert rle is not None
            np.testing.assert_array_equal(
                coco_mask.decode(rle.model_dump()).astype(bool), clip.mask(frame, item.id)
            )


class LabelmeShape(Strict):
    label: str
    points: list[list[float]] = Field(min_length=3)
    group_id: int | None
    description: str
    shape_type: Literal["polygon"]
    flags: dict[str, bool]
    mask: None


class LabelmeFile(Strict):
    version: str
    flags: dict[str, bool]
    shapes: list[LabelmeShape]
    imagePath: str  # noqa: N815
    imageData: None  # noqa: N815
    imageHeight: int  # noqa: N815
    imageWidth: int  # noqa: N815


def test_labelme_has_its_structure_and_draws_the_masks(clip: MemoryAnnotation, tmp_path: Path) -> None:
    export(clip, "labelme", tmp_path, ExportRequest(images=True))
    for frame in range(FRAMES):
        path = tmp_path / "pets" / f"{frame:05d}.json"
        found = LabelmeFile.model_validate_json(path.read_text())
        assert (found.imageHeight, found.imageWidth) == SIZE
        assert (path.parent / found.imagePath).is_file()
        for object_id in (
            1,
            5,
        ):  # a ring's seam is drawn by LabelMe as a line of its own colour, inside the ring
            picture = Image.new("L", SIZE[::-1])
            for shape in found.shapes:
                if shape.group_id == object_id:
                    ImageDraw.Draw(picture).polygon([tuple(p) for p in shape.points], outline=1, fill=1)
            np.testing.assert_array_equal(np.array(picture).astype(bool), clip.mask(frame, object_id))


def test_yolo_labels_are_drawn_by_opencv_as_ultralytics_does(clip: MemoryAnnotation, tmp_path: Path) -> None:
    export(clip, "yolo-seg", tmp_path)
    lines = (tmp_path / "labels" / "pets" / "00000.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["0", "1", "0"]
    for line, object_id in zip(lines, (1, 2, 5), strict=True):
        ring = np.array(line.split()[1:], dtype=float).reshape(-1, 2)
        assert ((ring >= 0) & (ring <= 1)).all()
        picture = np.zeros(SIZE, dtype=np.uint8)
        cv2.fillPoly(picture, [(ring * SIZE[::-1]).astype(np.int32)], 1)
        mask = clip.mask(0, object_id)
        assert (picture.astype(bool) & mask).sum() / (picture.astype(bool) | mask).sum() > 0.99


@pytest.mark.parametrize("format_id", ["cvat", "cvat-polygons"])
def test_cvat_has_its_structure(clip: MemoryAnnotation, format_id: str, tmp_path: Path) -> None:
    (path,) = export(clip, format_id, tmp_path)
    root = ElementTree.parse(path).getroot()
    assert root.tag == "annotations"
    assert root.findtext("version") == "1.1"
    task = root.find("meta/task")
    assert task.findtext("mode") == "interpolation"
    assert (task.findtext("original_size/height"), task.findtext("original_size/width")) == ("45", "61")
    labels = {label.text for label in task.findall("labels/label/name")}
    for track in root.findall("track"):
        assert set(track.attrib) == {"id", "label", "source", "group_id"}
        assert track.get("label") in labels
        shapes = list(track)
        assert all({"frame", "keyframe", "outside", "occluded", "z_order"} < set(s.attrib) for s in shapes)
        assert shapes[0].get("outside") == "0"
        if format_id == "cvat":
            assert {shape.tag for shape in shapes} == {"mask"}
            assert sum(shape.get("outside") == "0" for shape in shapes) == 1  # CVAT reads one mask of a track
            _assert_cvat_mask(shapes[0], clip, int(track.get("group_id")))
        else:
            assert {shape.tag for shape in shapes} == {"polygon"}
            _assert_cvat_polygons(shapes, clip, int(track.get("group_id")))


def _assert_cvat_mask(shape: ElementTree.Element, clip: MemoryAnnotation, object_id: int) -> None:
    left, top, width, height = (int(shape.get(key)) for key in ("left", "top", "width", "height"))
    runs = [int(value) for value in shape.get("rle").split(", ")]
    values = np.repeat(np.arange(len(runs)) % 2, runs).reshape(height, width)
    mask = np.zeros(SIZE, dtype=bool)
    mask[top : top + height, left : left + width] = values
    np.testing.assert_array_equal(mask, clip.mask(int(shape.get("frame")), object_id))


def _assert_cvat_polygons(shapes: list[ElementTree.Element], clip: MemoryAnnotation, object_id: int) -> None:
    for shape in shapes:
        if shape.get("outside") == "0":
            ring = [float(v) for pair in shape.get("points").split(";") for v in pair.split(",")]
            found = coco_mask.decode(coco_mask.frPyObjects([ring], *SIZE))[..., 0].astype(bool)
            np.testing.assert_array_equal(found, clip.mask(int(shape.get("frame")), object_id))


def test_soft_masks_keep_probabilities(clip: MemoryAnnotation, tmp_path: Path) -> None:
    soft = np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)
    clip.set_probability(0, 1, soft)
    for format_id, mode, top in (("soft-8", "L", 255), ("soft-16", "I;16", 65535)):
        export(clip, format_id, tmp_path)
        with Image.open(tmp_path / f"pets-{format_id}" / "001" / "00000.png") as image:
            assert image.mode == mode
            np.testing.assert_allclose(np.array(image) / top, soft, atol=0.51 / top)
        with Image.open(tmp_path / f"pets-{format_id}" / "002" / "00000.png") as image:
            np.testing.assert_array_equal(np.array(image) == top, clip.mask(0, 2))


def test_cut_outs_have_the_frame_and_the_mask_as_alpha(clip: MemoryAnnotation, tmp_path: Path) -> None:
    export(clip, "cutout", tmp_path)
    with Image.open(tmp_path / "pets-cutout" / "002" / "00003.png") as image:
        assert image.mode == "RGBA"
        values = np.array(image)
    np.testing.assert_array_equal(values[..., :3], clip.image(3))
    np.testing.assert_array_equal(values[..., 3] == 255, clip.mask(3, 2))


def frames_of(path: Path, form: str) -> list[np.ndarray]:
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 10
        return [frame.to_ndarray(format=form) for frame in container.decode(stream)]


def test_matte_video_is_exact(clip: MemoryAnnotation, tmp_path: Path) -> None:
    pytest.importorskip("av")
    (path,) = export(clip, "matte", tmp_path, ExportRequest(objects=(1,)))
    found = frames_of(path, "gray")
    assert len(found) == FRAMES
    for frame, picture in enumerate(found):
        np.testing.assert_array_equal(picture, clip.mask(frame, 1).astype(np.uint8) * 255)


def test_ffv1_alpha_video_is_exact(clip: MemoryAnnotation, tmp_path: Path) -> None:
    pytest.importorskip("av")
    (path,) = export(clip, "alpha-ffv1", tmp_path / "alpha.mkv", ExportRequest(objects=(2,)))
    assert path == tmp_path / "alpha.mkv"
    for frame, picture in enumerate(frames_of(path, "rgba")):
        np.testing.assert_array_equal(picture[..., :3], clip.image(frame))
        np.testing.assert_array_equal(picture[..., 3] == 255, clip.mask(frame, 2))


def test_prores_keeps_the_alpha_plane(clip: MemoryAnnotation, tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    (path,) = export(clip, "alpha-prores", tmp_path, ExportRequest(objects=(1,)))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("prores", *SIZE[::-1])
        assert stream.codec_context.pix_fmt.startswith("yuva444p")
        frames = [frame.to_ndarray(format="rgba") for frame in container.decode(stream)]
    assert len(frames) == FRAMES
    for frame, picture in enumerate(frames):
        np.testing.assert_array_equal(picture[..., 3] > 127, clip.mask(frame, 1))


def test_overlay_video_has_every_frame(clip: MemoryAnnotation, tmp_path: Path) -> None:
    pytest.importorskip("av")
    (path,) = export(clip, "overlay", tmp_path, ExportRequest(frames=FrameSelection(start=1)))
    found = frames_of(path, "rgb24")
    assert len(found) == FRAMES - 1
    assert found[0].shape == (46, 62, 3)  # even sizes are all that plays everywhere


def test_preview_moves(clip: MemoryAnnotation, tmp_path: Path) -> None:
    (path,) = export(clip, "preview", tmp_path)
    with Image.open(path) as image:
        assert (image.format, image.n_frames, image.size) == ("WEBP", FRAMES, SIZE[::-1])
