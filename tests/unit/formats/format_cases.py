"""Annotations to send through the formats and back, and the comparison."""

import importlib.util

import numpy as np
from hypothesis import strategies as st

from xmem_gui.formats import EXPORTERS, ImportPlan, MemoryAnnotation, ObjectInfo, into_memory

NEEDS = {"exr": "OpenEXR"}
"""The package that a format needs beside the program's own."""
WRITABLE = tuple(
    name for name in EXPORTERS if name not in NEEDS or importlib.util.find_spec(NEEDS[name]) is not None
)
"""The formats that can be written here."""

INDEX = (
    "index-png",
    "index-grey-8",
    "index-grey-16",
    "voc",
    "npz",
    "panoptic",
    "mots-png",
    "mots-txt",
    "davis",
    "youtube-vos",
    "mose",
    "lvos",
    "label-tiff",
    "ctc",
)
BINARY = ("binary-png", "sav-png")
RUN_LENGTHS = (
    "sav-json",
    "coco",
    "coco-dataset",
    "labelme-masks",
    "youtube-vis",
    "cvat",
    "cvat-images",
    "label-studio",
    *(name for name in ("exr",) if name in WRITABLE),
)
POLYGONS = ("yolo-seg", "labelme", "cvat-polygons")
READ_BACK = (*INDEX, *BINARY, *RUN_LENGTHS, *POLYGONS)

KINDS = ("none", "empty", "full", "pixel", "corner", "noise", "sparse", "blob", "ring", "diagonal", "column")
LETTERS = st.characters(exclude_categories=("C", "Z", "M"))
NAMES = st.text(LETTERS, min_size=1, max_size=12)


def make_mask(kind: str, height: int, width: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), dtype=bool)
    y, x = np.mgrid[:height, :width]
    if kind == "full":
        mask[:] = True
    elif kind == "pixel":
        mask[rng.integers(height), rng.integers(width)] = True
    elif kind == "corner":
        mask[-1, -1] = True
    elif kind == "noise":
        mask = rng.random((height, width)) < 0.5
    elif kind == "sparse":
        mask = rng.random((height, width)) < 0.05
    elif kind in ("blob", "ring"):
        distance = np.hypot(y - height * rng.random(), x - width * rng.random())
        mask = distance < max(height, width) / 3
        if kind == "ring":
            mask &= distance > max(height, width) / 8
    elif kind == "diagonal":
        mask = (y - x) % max(2, width // 3) == 0
    elif kind == "column":
        mask[:, rng.integers(width)] = True
    return mask


@st.composite
def annotations(draw: st.DrawFn, largest_id: int = 255) -> MemoryAnnotation:
    height, width = draw(st.integers(1, 23)), draw(st.integers(1, 23))
    ids = draw(st.lists(st.integers(1, largest_id), min_size=1, max_size=4, unique=True))
    names = draw(st.lists(NAMES, min_size=len(ids), max_size=len(ids), unique=True))
    byte = st.integers(0, 255)
    objects = [
        ObjectInfo(i, name, draw(st.tuples(byte, byte, byte)), draw(st.integers(-3, 3)))
        for i, name in zip(ids, names, strict=True)
    ]
    frames = draw(st.integers(1, 3))
    annotation = MemoryAnnotation((height, width), frames, objects=objects, name=draw(NAMES))
    for frame in range(frames):
        for info in objects:
            kind = draw(st.sampled_from(KINDS))
            if kind != "none":
                annotation.set(frame, info.id, make_mask(kind, height, width, draw(st.integers(0, 999))))
    return annotation


def shown(annotation: MemoryAnnotation, frame: int) -> dict[int, np.ndarray]:
    """Return what an index mask shows of each object: the one of higher priority, then id, on top."""
    index = np.zeros(annotation.size, dtype=int)
    for info in sorted(annotation.objects, key=lambda info: (info.priority, info.id)):
        mask = annotation.mask(frame, info.id)
        if mask is not None:
            index[mask] = info.id
    return {info.id: index == info.id for info in annotation.objects}


def assert_same(annotation: MemoryAnnotation, plan: ImportPlan, *, flat: bool) -> None:
    """Assert that an import has every object and mask of an annotation; no mask counts as an empty one."""
    found = into_memory(plan, plan.read())
    assert {info.id: info for info in plan.objects} == {info.id: info for info in annotation.objects}
    empty = np.zeros(annotation.size, dtype=bool)
    for frame in range(annotation.frames):
        visible = shown(annotation, frame)
        for info in annotation.objects:
            mask = annotation.mask(frame, info.id)
            wanted = visible[info.id] if flat else empty if mask is None else mask
            got = found.mask(frame, info.id)
            np.testing.assert_array_equal(empty if got is None else got, wanted, f"frame {frame} {info}")
        assert plan.masks >= 0
