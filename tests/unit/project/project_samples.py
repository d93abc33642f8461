"""Small projects and masks for the tests of the document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xmem_gui.project import Fingerprint, Project, Rework, Rle, VideoReference

HEIGHT, WIDTH, FRAMES = 6, 7, 12


def video(folder: Path, *, frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH) -> VideoReference:
    """Describe a video that need not exist."""
    return VideoReference(folder / "clip.mp4", Fingerprint(width, height, frames, frames / 25, "abc", 1000))


def new_project(
    path: Path, *, frames: int = FRAMES, height: int = HEIGHT, width: int = WIDTH, **options
) -> Project:
    """Make a project that makes no backups by itself, unless told to."""
    reference = video(path.parent, frames=frames, height=height, width=width)
    return Project.create(path, video=reference, **{"backup_every": None, **options})


def pattern(seed: int, height: int = HEIGHT, width: int = WIDTH) -> npt.NDArray[np.bool_]:
    """Return a mask that differs from seed to seed; 0 gives an empty one, 1 a full one."""
    if seed in (0, 1):
        return np.full((height, width), bool(seed))
    return np.random.default_rng(seed).random((height, width)) < 0.5


def state(project: Project) -> tuple[object, ...]:
    """Return all that a person can see of a project's objects and masks."""
    return project.objects, [project.records(frame) for frame in range(project.frames)]


def paint(frame: int, object_id: int, pixels: np.ndarray, *, erase: bool = False, y: int = 0) -> Rework:
    """An edit that adds pixels (h, w), from row ``y`` at the left edge, to a mask, or erases them."""

    def decide(masks: Mapping[int, Rle], _: object) -> dict[int, np.ndarray]:
        old = masks[object_id].to_mask() if object_id in masks else np.zeros((HEIGHT, WIDTH), bool)
        patch = np.zeros_like(old)
        patch[y : y + pixels.shape[0], : pixels.shape[1]] = pixels
        return {object_id: old & ~patch if erase else old | patch}

    return Rework(frame, object_id, decide, "Erase" if erase else "Paint")
