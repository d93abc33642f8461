"""Small files of each tool: a good square of 10 x 8 pixels in two frames, and what is put beside it."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from xmem_gui.formats import ImportPlan, open_import
from xmem_gui.formats.palette import DAVIS_PALETTE
from xmem_gui.project.rle import Rle

SIZE = (20, 30)
NAMES = ["00000", "00001", "00002"]
CORNERS = [[5, 4], [15, 4], [15, 12], [5, 12]]
FLAT = [float(v) for pair in CORNERS for v in pair]


def square(left: int = 5) -> np.ndarray:
    mask = np.zeros(SIZE, dtype=bool)
    mask[4:12, left : left + 10] = True
    return mask


def rle(left: int = 5) -> dict[str, Any]:
    return Rle.from_mask(square(left)).to_coco()


def opened(path: Path, **options: Any) -> ImportPlan:
    """Open files whose polygons lie on the edges of pixels."""
    usual = {"size": SIZE, "frame_names": NAMES, "name": "seq", "first_number": 0, "outline": False}
    return open_import(path, **(usual | options))


def masks_of(plan: ImportPlan, **options: Any) -> dict[tuple[int, int], np.ndarray]:
    return {(mask.frame, mask.object_id): mask.mask() for mask in plan.read(**options)}


def coco(path: Path, *others: Any, **images: Any) -> Path:
    """Write COCO with a dog of track 7 in frames 0 and 1, and other annotations."""
    good = [
        {"id": n + 1, "image_id": n, "category_id": 1, "track_id": 7, "segmentation": rle()} for n in (0, 1)
    ]
    document = {
        "images": [
            {"id": n, "file_name": f"{n:05d}.jpg", "height": SIZE[0], "width": SIZE[1], **images}
            for n in range(3)
        ],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [*good, *others],
    }
    path.write_text(json.dumps(document))
    return path


def youtube_vis(path: Path, third: Any, *others: Any) -> Path:
    """Write YouTube-VIS with a dog in frames 0 and 1, whose third mask is given, and other annotations."""
    dog = {"id": 7, "video_id": 1, "category_id": 1, "segmentations": [rle(), rle(), third]}
    video = {"id": 1, "height": SIZE[0], "width": SIZE[1], "file_names": [f"seq/{n}.jpg" for n in NAMES]}
    document = {"videos": [video], "categories": [{"id": 1, "name": "dog"}], "annotations": [dog, *others]}
    path.write_text(json.dumps(document))
    return path


def sav(path: Path, third: Any, ids: tuple[Any, ...] = (7,)) -> Path:
    """Write SA-V with a masklet in frames 0 and 1, and another row."""
    document = {"masklet": [[rle()], [rle()], third], "masklet_id": [*ids], "video_frame_count": 3}
    path.write_text(json.dumps(document))
    return path


def shape(label: Any = "dog", points: Any = None, kind: Any = "polygon", **others: Any) -> dict[str, Any]:
    return {"label": label, "points": points or CORNERS, "shape_type": kind, "group_id": 7, **others}


def labelme(folder: Path, *others: Any, **document: Any) -> Path:
    """Write LabelMe files of frames 0 and 1 with a dog of group 7; other shapes are in frame 1."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame, shapes in enumerate(([shape()], [shape(), *others])):
        found = {"version": "5.4.1", "shapes": shapes, "imageHeight": 20, "imageWidth": 30, **document}
        (folder / f"{NAMES[frame]}.json").write_text(json.dumps(found))
    return folder


def yolo(folder: Path, *lines: str) -> Path:
    """Write YOLO labels of frames 0 and 1 with class 0; other lines are in frame 1."""
    folder.mkdir(parents=True, exist_ok=True)
    good = "0 " + " ".join(f"{v / SIZE[1 - n % 2]:.9g}" for n, v in enumerate(FLAT))
    (folder / "00000.txt").write_text(good + "\n")
    (folder / "00001.txt").write_text("\n".join([good, *lines]) + "\n")
    return folder


def cvat(path: Path, *elements: str, meta: str = "") -> Path:
    """Write CVAT for video with a dog's polygon track in frames 0 and 1, and other elements of the file."""
    points = ";".join(f"{x},{y}" for x, y in CORNERS)
    good = "".join(f'<polygon frame="{f}" outside="0" points="{points}"/>' for f in (0, 1))
    path.write_text(
        f"<annotations><version>1.1</version><meta>{meta}</meta>"
        f'<track id="7" label="dog">{good}</track>{"".join(elements)}</annotations>'
    )
    return path


def cvat_images(path: Path, *shapes: str, image: str = 'width="30" height="20"') -> Path:
    """Write CVAT for images with a dog's polygon in images 0 and 1; other shapes are in image 1."""
    points = ";".join(f"{x},{y}" for x, y in CORNERS)
    good = f'<polygon label="dog" points="{points}"/>'
    path.write_text(
        f'<annotations><image id="0" name="00000.jpg" width="30" height="20">{good}</image>'
        f'<image id="1" name="00001.jpg" {image}>{good}{"".join(shapes)}</image></annotations>'
    )
    return path


def picture(path: Path, values: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values.astype(np.uint8))
    image.putpalette(DAVIS_PALETTE)
    image.save(path)
    return path


def index_png(folder: Path) -> Path:
    """Write index PNGs of frames 0 and 1 with object 7."""
    for name in NAMES[:2]:
        picture(folder / f"{name}.png", square() * 7)
    return folder


def binary_png(folder: Path) -> Path:
    """Write black and white PNGs of frames 0 and 1 for object 7."""
    for name in NAMES[:2]:
        (folder / "007").mkdir(parents=True, exist_ok=True)
        Image.fromarray(square().astype(np.uint8) * 255).save(folder / "007" / f"{name}.png")
    return folder


def png_text(mask: np.ndarray) -> str:
    out = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(out, format="PNG")
    return base64.b64encode(out.getvalue()).decode()
