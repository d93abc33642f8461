import base64
import json
import os
import struct
import threading
import tracemalloc
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_cases import SIZE, every_importer, importer_of, make_samples, mutate, read_all
from PIL import Image

from xmem_gui.errors import FormatError, MaskError, XmemGuiError
from xmem_gui.formats import IMPORTERS, open_import
from xmem_gui.formats.rle import from_coco

NAMES = ["00000", "00001", "00002"]
ENTITIES = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">%s]><annotations>&z;</annotations>"""


@pytest.mark.parametrize("part", range(6))
def test_300_mutated_files_are_read_or_refused(part: int, tmp_path: Path) -> None:
    samples = make_samples(tmp_path / "good")
    before = sorted((tmp_path / "good").rglob("*"))
    for seed in range(50 * part, 50 * part + 50):
        sample = samples[seed % len(samples)]
        folder = tmp_path / f"bad{seed}"
        what = mutate(sample, folder, seed)
        inside = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        path = folder / sample.path
        try:
            read_all(path, importer_of(sample), ("refuse", "repair", "keep")[seed % 3])
        except Exception as error:
            raise AssertionError(f"{what}: {error!r}") from error
        assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == inside, what
    assert {p.name for p in tmp_path.iterdir()} == {
        "good",
        *(f"bad{s}" for s in range(50 * part, 50 * part + 50)),
    }
    assert sorted((tmp_path / "good").rglob("*")) == before


def test_good_samples_are_read(tmp_path: Path) -> None:
    for sample in make_samples(tmp_path):
        assert read_all(sample.folder / sample.path, None) >= 3
        assert read_all(sample.folder / sample.path, importer_of(sample), "refuse") >= 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"images": NaN}',
        b"\xff\xfe{}",
        b"null",
        b"[]",
        b'"x"',
        b'{"masklet": [[null]], "masklet_id": [0]}',
        b'{"images": [], "annotations": {}}',
        b'{"shapes": 5}',
        b"9" * 10_000,
    ],
    ids=range(13),
)
def test_broken_json(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    every_importer(path)
    every_importer(tmp_path)
    with pytest.raises(XmemGuiError):
        open_import(path, "coco", size=SIZE, frame_names=NAMES)


def test_xml_entities_are_not_expanded(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghijklmnopqrstuvwxyz"))
    (tmp_path / "bomb.xml").write_text(ENTITIES % levels)
    with pytest.raises(FormatError, match="document type"):
        open_import(tmp_path / "bomb.xml", "cvat", size=SIZE, frame_names=NAMES)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "read.xml").write_text(ENTITIES % f'<!ENTITY z SYSTEM "file://{secret}">')
    with pytest.raises(FormatError, match="document type"):
        open_import(tmp_path / "read.xml", "cvat", size=SIZE, frame_names=NAMES)


def test_xml_nested_deeply_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<annotations>" + "<a>" * 100_000)
    with pytest.raises(FormatError, match="nested"):
        open_import(tmp_path / "a.xml", "cvat", size=SIZE, frame_names=NAMES)


@pytest.mark.parametrize(
    "counts",
    [
        "PPYo1",
        "o" * 5000,
        "",
        "0" * 10_000_000,
        "~~~~",
        "Z",
        "é",
        [768, 1],
        [-1, 769],
        [10**30],
        [0.5] * 3,
        [True],
        ["1"],
        [[]],
        5,
        None,
    ],
    ids=range(16),
)
def test_run_lengths_that_do_not_fit_are_refused(counts: Any) -> None:
    with pytest.raises(MaskError):
        from_coco({"size": list(SIZE), "counts": counts})


@pytest.mark.parametrize(
    "size", [[10**9, 10**9], [24, 33], [0, 0], [-24, -32], ["24", "32"], [24], None, "ab"]
)
def test_sizes_that_do_not_fit_are_refused_before_anything_is_made(size: Any) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(MaskError):
            from_coco({"size": size, "counts": "PPYo1"})
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def _png(width: int, height: int, body: bytes) -> bytes:
    out = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(body)), (b"IEND", b"")):
        out += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return out


@pytest.mark.parametrize("format_id", ["index-png", "binary-png"])
def test_an_image_bomb_is_refused_by_its_header(format_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "001" if format_id == "binary-png" else tmp_path
    folder.mkdir(exist_ok=True)
    (folder / "00000.png").write_bytes(_png(60_000, 60_000, bytes(2**20)))
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="60000 x 60000"):
            open_import(tmp_path, format_id, size=SIZE, frame_names=NAMES)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_picture_in_json_larger_than_its_frame_is_refused(tmp_path: Path) -> None:
    shape = {
        "label": "a",
        "points": [[0, 0], [9, 9]],
        "shape_type": "mask",
        "mask": base64.b64encode(_png(60_000, 60_000, b"")).decode(),
    }
    (tmp_path / "00000.json").write_text(json.dumps({"shapes": [shape]}))
    with pytest.raises(FormatError, match="fits in its frame"):
        open_import(tmp_path, "labelme", size=SIZE, frame_names=NAMES)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    names = ("00000.png", "00000.json", "00000.txt", "a.xml")
    for name in names:
        os.mkfifo(tmp_path / name)
    found: list[int] = []

    def read() -> None:
        for path in (tmp_path, *(tmp_path / name for name in names)):
            found.extend(read_all(path, format_id) for format_id in (None, *IMPORTERS))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout=60)
    assert not reader.is_alive(), "a pipe was opened and waited for"
    assert found == [-1] * 5 * (1 + len(IMPORTERS))


def test_references_in_yaml_are_refused(tmp_path: Path) -> None:
    (tmp_path / "00000.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n")
    bomb = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nnames: [*b, *b]\n"
    (tmp_path / "data.yaml").write_text(bomb)
    with pytest.raises(FormatError, match="references"):
        open_import(tmp_path / "data.yaml", "yolo-seg", size=SIZE, frame_names=NAMES)
    (tmp_path / "data.yaml").write_text("names: !!python/object/apply:os.system ['true']\n")
    with pytest.raises(FormatError):
        open_import(tmp_path / "data.yaml", "yolo-seg", size=SIZE, frame_names=NAMES)


def test_names_in_files_are_not_followed(tmp_path: Path) -> None:
    rle = {"size": list(SIZE), "counts": [24 * 32]}
    document = {
        "images": [{"id": 1, "file_name": "../../../../etc/00000.jpg", "height": 24, "width": 32}],
        "categories": [{"id": 1, "name": "../../evil\n\x1b[31m"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": rle}],
    }
    (tmp_path / "a.json").write_text(json.dumps(document))
    plan = open_import(tmp_path / "a.json", size=SIZE, frame_names=NAMES)
    assert plan.frames == (0,)
    assert plan.objects[0].name.isprintable()


def test_a_link_out_of_the_folder_is_only_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    Image.fromarray(np.ones(SIZE, dtype=np.uint8)).save(outside)
    before = outside.read_bytes()
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "00000.png").symlink_to(outside)
    assert read_all(tmp_path / "masks", "index-png", "keep") == 1
    assert outside.read_bytes() == before
