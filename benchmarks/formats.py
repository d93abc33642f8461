"""How fast masks go out and come back, in frames a second, for every format.

The clip has blobs with uneven outlines that move and overlap. Each export is planned and written by the
façade that the program uses; each import is inspected, then read to the last mask, which is compared with
the original in one frame out of ten. Frames a CPU second count all threads, and hold on a busy machine.
Index PNG is the format most used: it comes first, and its ratio to the others is shown.

    python benchmarks/formats.py [--frames 120] [--objects 3] [--size 1920x1080] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.formats import EXPORTERS, MemoryAnnotation, ObjectInfo, export, open_import, palette_colour

INDEX = ("index-png", "davis", "youtube-vos", "mose", "lvos")
READ_BACK = (
    "index-png",
    "index-grey-8",
    "index-grey-16",
    "npz",
    "panoptic",
    "mots-png",
    "mots-txt",
    "binary-png",
    "sav-json",
    "coco",
    "coco-dataset",
    "voc",
    "labelme-masks",
    "youtube-vis",
    "yolo-seg",
    "labelme",
    "cvat",
    "cvat-polygons",
    "cvat-images",
    "label-studio",
    "label-tiff",
    "ctc",
    "exr",
)
SAME_AS_INDEX_PNG = INDEX[1:]


@dataclass(frozen=True)
class Row:
    format: str
    export_fps: float
    export_per_cpu_second: float
    to_index_png: float
    inspect_fps: float | None
    read_fps: float | None
    megabytes: float


def blob(number: int, frame: int, frames: int, height: int, width: int) -> npt.NDArray[np.bool_]:
    turn = 2 * np.pi * frame / frames + number
    cy, cx = height * (0.5 + 0.25 * np.sin(turn)), width * (0.5 + 0.3 * np.cos(turn + number))
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    radius = height * (0.18 + 0.02 * np.sin(7 * angle + frame / 5) + 0.004 * np.sin(61 * angle + number))
    outline = np.stack((cx + radius * np.cos(angle), cy + radius * np.sin(angle)), axis=1)
    picture = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(picture, [outline.round().astype(np.int32)], 1)
    return picture.astype(bool)


def make_clip(frames: int, objects: int, height: int, width: int) -> MemoryAnnotation:
    infos = [ObjectInfo(i, f"object {i}", palette_colour(i)) for i in range(1, objects + 1)]
    clip = MemoryAnnotation((height, width), frames, objects=infos, name="clip")
    rng = np.random.default_rng(0)
    picture = np.kron(rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3)), np.ones((8, 8, 1)))
    picture = picture[:height, :width].astype(np.uint8)
    for frame in range(frames):
        clip.set_image(frame, picture)
        for info in infos:
            clip.set(frame, info.id, blob(info.id, frame, frames, height, width))
    return clip


def flat(format_id: str) -> bool:
    """Tell whether a format keeps only what is on top."""
    kinds = ("voc", "npz", "panoptic", "label-tiff", "ctc")
    return "index" in format_id or "mots" in format_id or format_id in kinds


def measure(clip: MemoryAnnotation, format_id: str, folder: Path, index_png: float | None) -> Row:
    start, start_cpu = time.perf_counter(), time.process_time()
    targets = export(clip, format_id, folder)
    export_fps = clip.frames / (time.perf_counter() - start)
    per_cpu_second = clip.frames / (time.process_time() - start_cpu)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    inspect_fps = read_fps = None
    if format_id in READ_BACK:
        path = targets[0] if len(targets) == 1 and targets[0].is_file() else folder
        names = [clip.frame_name(frame) for frame in range(clip.frames)]
        start = time.perf_counter()
        plan = open_import(path, size=clip.size, frame_names=names, name=clip.name)
        inspect_fps = clip.frames / (time.perf_counter() - start)
        start = time.perf_counter()
        masks = list(plan.read())
        read_fps = clip.frames / (time.perf_counter() - start)
        top = len(clip.objects)
        for mask in masks:
            # In an index mask only the object on top keeps its whole shape.
            if mask.frame % 10 == 0 and (not flat(format_id) or mask.object_id == top):
                wanted = clip.mask(mask.frame, mask.object_id)
                if wanted is None or not np.array_equal(mask.mask(), wanted):
                    raise SystemExit(f"{format_id}: frame {mask.frame} came back otherwise")
    ratio = per_cpu_second / index_png if index_png else 1.0
    return Row(format_id, export_fps, per_cpu_second, ratio, inspect_fps, read_fps, size / 1e6)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--objects", type=int, default=3)
    parser.add_argument("--size", default="1920x1080", help="WIDTHxHEIGHT")
    parser.add_argument("--only", nargs="*", help="formats to measure")
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    clip = make_clip(options.frames, options.objects, height, width)
    print(f"{options.frames} frames of {width} x {height}, {options.objects} objects; frames a second")
    heads = ("export", "a CPU second", "to index PNG", "inspect", "read", "MB")
    print(f"{'format':16s}" + "".join(f"{head:>14s}" for head in heads))
    rows: list[Row] = []
    chosen = [f for f in EXPORTERS if f not in SAME_AS_INDEX_PNG and (not options.only or f in options.only)]
    for format_id in chosen:
        with tempfile.TemporaryDirectory() as folder:
            row = measure(clip, format_id, Path(folder), rows[0].export_per_cpu_second if rows else None)
        rows.append(row)
        inspect, read = (f"{v:.0f}" if v is not None else "-" for v in (row.inspect_fps, row.read_fps))
        print(
            f"{format_id:16s}{row.export_fps:14.0f}{row.export_per_cpu_second:14.0f}{row.to_index_png:14.2f}"
            f"{inspect:>14s}{read:>14s}{row.megabytes:14.1f}",
            flush=True,
        )
    if options.json:
        found = {
            "machine": platform.processor() or platform.machine(),
            "python": platform.python_version(),
            "frames": options.frames,
            "objects": options.objects,
            "size": [width, height],
            "rows": [asdict(row) for row in rows],
        }
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
