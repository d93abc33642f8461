"""Files that mean harm or are merely broken: good exports, mutated in one place."""

import base64
import io
import json
import random
import shutil
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from format_cases import WRITABLE
from PIL import Image

from xmem_gui.errors import XmemGuiError
from xmem_gui.formats import IMPORTERS, MemoryAnnotation, ObjectInfo, export, open_import
from xmem_gui.formats.davis import write_index_mask

SIZE = (24, 32)
FORMATS = (
    "index-grey-16",
    "npz",
    "panoptic",
    "mots-png",
    "mots-txt",
    "davis",
    "youtube-vos",
    "binary-png",
    "sav-json",
    "coco",
    "youtube-vis",
    "yolo-seg",
    "labelme",
    "cvat",
    "cvat-polygons",
    "cvat-images",
    "label-studio",
    "label-tiff",
    "ctc",
    *(name for name in ("exr",) if name in WRITABLE),
)
NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**40,
    -(10**40),
    1e308,
    0.5,
    "",
    "../../../etc/passwd",
    "\u0000",
    "9" * 50,
    [],
    {},
    [[[]]],
    {"size": [10**9, 10**9], "counts": "PPYo1"},
    {"size": [24, 32], "counts": [10**18, -(10**18)]},
    {"size": [24, 32], "counts": "o" * 100},
)
WORDS = (
    b"99999999999",
    b"-1",
    b"nan",
    b"1e999",
    b"\xff\xfe",
    b"\x00",
    b"{",
    b"]",
    b"<",
    b"&amp;",
    b"..",
    b"'",
    b"9" * 400,
)


@dataclass(frozen=True)
class Sample:
    format_id: str
    folder: Path
    path: str
    """What to open, relative to the folder; '.' for the folder itself."""


def make_samples(root: Path) -> list[Sample]:
    objects = [ObjectInfo(1, "dog", (200, 0, 0)), ObjectInfo(2, "cat", (0, 200, 0), 1)]
    clip = MemoryAnnotation(SIZE, 3, objects=objects, name="clip")
    rng = np.random.default_rng(0)
    for frame in range(3):
        clip.set(frame, 1, np.kron(rng.random((6, 8)) < 0.4, np.ones((4, 4), dtype=bool)))
        clip.set(frame, 2, rng.random(SIZE) < 0.1)
    samples = []
    for format_id in FORMATS:
        targets = export(clip, format_id, root / format_id)
        single = len(targets) == 1 and targets[0].is_file()
        samples.append(Sample(format_id, root / format_id, targets[0].name if single else "."))
    pictures = root / "voc" / "SegmentationObject"
    pictures.mkdir(parents=True)
    for frame in range(3):
        write_index_mask(pictures / f"{frame:05d}.png", rng.integers(0, 3, SIZE).astype(np.uint8))
    for format_id, document in (("darwin", _darwin()), ("supervisely", _supervisely())):
        (root / format_id).mkdir()
        (root / format_id / "clip.json").write_text(json.dumps(document))
        samples.append(Sample(format_id, root / format_id, "clip.json"))
    return [*samples, Sample("voc", root / "voc", ".")]


def _darwin() -> dict[str, Any]:
    """Return a video of V7 Darwin, which is only read."""
    pixels = SIZE[0] * SIZE[1]
    layer = {
        "dense_rle": [0, 40, 1, 60, 2, 9, 0, pixels - 109],
        "mask_annotation_ids_mapping": {"a": 1, "b": 2},
    }
    states = {"0": {"mask": {}}, "2": {"mask": {}}}
    annotations = [{"id": number, "name": "dog", "frames": states} for number in "ab"]
    layers = {frame: {"raster_layer": layer} for frame in states}
    annotations.append({"id": "r", "name": "__raster_layer__", "frames": layers})
    slots = [{"slot_name": "0", "height": SIZE[0], "width": SIZE[1]}]
    return {"version": "2.0", "item": {"name": "clip.mp4", "slots": slots}, "annotations": annotations}


def _supervisely() -> dict[str, Any]:
    """Return a video of Supervisely, which is only read."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((5, 6), 255, np.uint8)).save(buffer, "PNG")
    data = base64.b64encode(zlib.compress(buffer.getvalue())).decode()
    bitmap = {"geometryType": "bitmap", "geometry": {"bitmap": {"origin": [3, 4], "data": data}}}
    outline = {"exterior": [[1, 1], [9, 1], [9, 9]], "interior": []}
    polygon = {"geometryType": "polygon", "geometry": {"points": outline}}
    figures = [{"objectKey": "a", **bitmap}, {"objectKey": "b", **polygon}]
    objects = [{"key": "a", "classTitle": "dog"}, {"key": "b", "classTitle": "cat"}]
    frames = [{"index": frame, "figures": figures} for frame in (0, 2)]
    return {"size": {"height": SIZE[0], "width": SIZE[1]}, "tags": [], "objects": objects, "frames": frames}


def mutate(sample: Sample, folder: Path, seed: int) -> str:
    """Make a copy of a sample with one file spoiled; return what was done."""
    dice = random.Random(seed)
    shutil.copytree(sample.folder, folder)
    file = dice.choice(sorted(path for path in folder.rglob("*") if path.is_file()))
    data = file.read_bytes()
    if file.suffix == ".json" and dice.random() < 0.6:
        kind, data = "node", _spoil_json(data, dice)
    elif file.suffix == ".png" and dice.random() < 0.5:
        kind, data = "png", _spoil_png(data, dice)
    else:
        kind, data = _spoil_bytes(data, dice)
    file.write_bytes(data)
    return f"{sample.format_id} {file.name} {kind} (seed {seed})"


def read_all(path: Path, format_id: str | None, unexpected: Any = "repair") -> int:
    """Open and read; return the number of masks, or -1 if they were refused. All else is raised."""
    try:
        plan = open_import(
            path, format_id, size=SIZE, frame_names=[f"{i:05d}" for i in range(3)], name="clip"
        )
        assert plan.describe()
        count = 0
        ids = {info.id for info in (*plan.objects, *plan.kept_objects)}
        given: dict[int, list[int]] = {}
        for mask in plan.read(unexpected=unexpected):
            given.setdefault(mask.object_id, []).append(mask.frame)
            assert mask.mask().shape == SIZE
            assert 0 <= mask.frame < 3
            assert mask.object_id in ids
            count += 1
        if unexpected != "keep":
            # Whatever the plan promises, the import does.
            assert count == plan.masks
            assert {number: sorted(frames) for number, frames in given.items()} == {
                number: sorted(frames) for number, frames in plan.coverage.items() if frames
            }
    except XmemGuiError as error:
        if not str(error).strip():
            raise AssertionError("an error says nothing") from error
        return -1
    return count


def importer_of(sample: Sample) -> str:
    return {
        "davis": "index-png",
        "index-grey-16": "index-png",
        "youtube-vos": "index-png",
        "cvat-polygons": "cvat",
        "cvat-images": "cvat",
    }.get(sample.format_id, sample.format_id)


def _spoil_json(data: bytes, dice: random.Random) -> bytes:
    document = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in items:
            places.append((node, key))
            walk(value)

    walk(document)
    for _ in range(dice.randint(1, 3)):
        node, key = dice.choice(places)
        node[key] = dice.choice(NASTY)
    return json.dumps(document).encode()


def _spoil_png(data: bytes, dice: random.Random) -> bytes:
    """Spoil a chunk and give it a checksum that fits, so that readers go on."""
    chunks = []
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        chunks.append([data[at + 4 : at + 8], bytearray(data[at + 8 : at + 8 + length])])
        at += 12 + length
    chunk = dice.choice(chunks)
    what = dice.randrange(5)
    if what == 0 and chunk[1]:
        chunk[1][dice.randrange(len(chunk[1]))] = dice.randrange(256)
    elif what == 1:
        chunks[0][1][:8] = struct.pack(">II", dice.choice((0, 1, 2**31 - 1)), dice.choice((0, 24, 2**31 - 1)))
    elif what == 2:
        chunks[0][1][8:10] = bytes((dice.choice((1, 2, 4, 8, 16, 99)), dice.choice((0, 2, 3, 4, 6, 9))))
    elif what == 3:
        chunks.insert(1, [b"zTXt", bytearray(b"a\x00\x00" + zlib.compress(b"x" * 2**22))])
    else:
        chunks.insert(dice.randrange(1, len(chunks) + 1), [chunk[0], bytearray(chunk[1])])
    out = data[:8]
    for name, body in chunks:
        out += struct.pack(">I", len(body)) + name + bytes(body)
        out += struct.pack(">I", zlib.crc32(name + bytes(body)))
    return out


def _spoil_bytes(data: bytes, dice: random.Random) -> tuple[str, bytes]:
    what = dice.randrange(6)
    at = dice.randrange(len(data) + 1)
    if what == 0:
        return "cut", data[:at]
    if what == 1:
        return "word", data[:at] + dice.choice(WORDS) + data[at:]
    if what == 2:
        end = min(len(data), at + dice.randrange(1, 40))
        return "doubled", data[:end] + data[at:]
    if what == 3:
        return "dropped", data[:at] + data[at + dice.randrange(1, 40) :]
    if what == 4:
        return "noise", bytes(dice.randrange(256) for _ in range(dice.randrange(300)))
    spoilt = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        if spoilt:
            spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
    return "flipped", bytes(spoilt)


def every_importer(path: Path) -> None:
    """Try a file or folder as every format: none may do worse than refuse."""
    for format_id in (None, *IMPORTERS):
        read_all(path, format_id)
