"""A project of a few small frames, and a segmenter that needs no network."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.interaction import Prompts
from xmem_gui.project import Fingerprint, Project, VideoReference
from xmem_gui.video import CachedSource, open_source

SIZE = (24, 32)


def make_frames(folder: Path, frames: int = 4) -> Path:
    """Make a folder of frames: a red square on blue, which moves by one pixel a frame."""
    from PIL import Image

    video = folder / "video"
    video.mkdir()
    for frame in range(frames):
        pixels = np.full((*SIZE, 3), (20, 40, 160), np.uint8)
        pixels[8:16, 8 + frame : 18 + frame] = (200, 30, 30)
        Image.fromarray(pixels).save(video / f"{frame:05d}.png")
    return video


def open_frames(folder: Path) -> tuple[Project, CachedSource]:
    """Make a project of such frames, open."""
    path = make_frames(folder)
    video = CachedSource(open_source(path))
    mark = Fingerprint.of(path, width=SIZE[1], height=SIZE[0], seconds=video.timestamps.tolist())
    return Project.create(folder / "video.xmem", video=VideoReference(path, mark)), video


class DiscImage:
    """Answers with a disc around the last positive point; remembers what it was asked."""

    nbytes = 1000

    def __init__(self, asked: list[tuple[Prompts, NDArray[np.float32] | None]]) -> None:
        self._asked = asked

    def predict(self, prompts, previous_mask=None):
        self._asked.append((prompts, previous_mask))
        rows, columns = np.indices(SIZE) + 0.5
        point = [one for one in prompts.points if one.positive][-1]
        distance = np.hypot(columns - point.x, rows - point.y)
        return np.clip(1 - distance / 8, 0, 1).astype(np.float32)


class DiscSegmenter:
    """A segmenter that counts what it prepares."""

    name = "disc"

    def __init__(self) -> None:
        self.prepared = 0
        self.asked: list[tuple[Prompts, NDArray[np.float32] | None]] = []
        self.threads: set[int] = set()

    def prepare(self, image):
        self.prepared += 1
        self.threads.add(threading.get_ident())
        return DiscImage(self.asked)
