"""Comparing what came back with what was there, pixel by pixel."""

from pathlib import Path

import numpy as np

from xmem_gui.formats import MemoryAnnotation, into_memory, open_import


def layered(clip: MemoryAnnotation, frame: int) -> np.ndarray:
    """Return the (H, W) numbers that a flat picture shows."""
    found = np.zeros(clip.size, dtype=np.uint16)
    for info in sorted(clip.objects, key=lambda info: (info.priority, info.id)):
        mask = clip.mask(frame, info.id)
        if mask is not None:
            found[mask] = info.id
    return found


def masks_at(clip: MemoryAnnotation, frame: int) -> list[tuple[str, np.ndarray]]:
    """Return (name, mask) of each object that has one, in the order in which exports write them."""
    ordered = sorted(clip.objects, key=lambda info: (info.priority, info.id))
    found = [(info.name, clip.mask(frame, info.id)) for info in ordered]
    return [(name, mask) for name, mask in found if mask is not None]


def assert_imported(clip: MemoryAnnotation, path: Path, *, flat: bool = False) -> None:
    """Assert that a tool's file has every mask, no other, and each object as one through the frames."""
    names = [clip.frame_name(frame) for frame in range(clip.frames)]
    plan = open_import(path, size=clip.size, frame_names=names, name=clip.name, first_number=None)
    assert plan.left_out == (), plan.left_out
    found = into_memory(plan, plan.read())
    partners: dict[int, int] = {}
    for frame in range(clip.frames):
        shown = layered(clip, frame)
        for info in clip.objects:
            mask = clip.mask(frame, info.id)
            wanted = shown == info.id if flat else mask
            if mask is None or not wanted.any():
                continue
            same = [
                other for other in found.objects_at(frame) if np.array_equal(found.mask(frame, other), wanted)
            ]
            assert same, f"frame {frame}, object {info.id}"
            assert partners.setdefault(info.id, same[0]) in same
    assert len(set(partners.values())) == len(clip.objects) == len(plan.objects)
    assert plan.masks == sum(len(masks_at(clip, frame)) for frame in range(clip.frames))
