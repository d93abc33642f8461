"""Clips of the paper's data sets: deformed stills, and videos with frames left out."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from xmem_gui.arrays import Picture
from xmem_gui.errors import XmemGuiError
from xmem_gui.training.clips import Clip, choose_followed
from xmem_gui.training.config import PaperStage
from xmem_gui.training.layers import Layer, warp_both
from xmem_gui.training.motion import Motion, MotionSpeed, make_motion
from xmem_gui.training.paper_sources import PaperSources, VideoFolder, still_pairs
from xmem_gui.training.photometry import photograph
from xmem_gui.training.sources import read_index_image, read_rgb

_ATTEMPTS = 50
_LEAST_SHARE = (16 / 384) ** 2
"""Of frame 0 that an object takes: one place of the stride-16 features in the paper's crops."""
_ROOM = 1.25
"""Pictures are read with a shorter side of so many crops, as 480 is to 384."""
_VOID = 255

_DEFORMED = MotionSpeed(shift=0.05, turn=0.12, zoom=0.06, shear=0.06, elastic=0.03)
_TREMBLE = MotionSpeed(shift=0.01, turn=0.03, zoom=0.01, shear=0.01, elastic=0.0)
_STILL = MotionSpeed(shift=0.0, turn=0.0, zoom=0.0, shear=0.0, elastic=0.0)

Files = list[tuple[Path, Path]]


class PaperClips:
    """Clips by number: number n is item n of an endless row of shuffled passes over the data."""

    def __init__(self, sources: PaperSources, *, seed: int) -> None:
        self._seed = seed
        self._stills = [pair for folder in sources.stills for pair in still_pairs(folder)]
        self._videos = [
            (folder, name) for folder in sources.videos for name in folder.videos() * folder.repeat
        ]
        self._count = len(self._stills) + len(self._videos)
        if self._count == 0:
            raise XmemGuiError("the data sets' folders hold no picture with a mask, and no video")
        self._frames = lru_cache(maxsize=None)(VideoFolder.frames)
        self._pass: tuple[int, list[int]] = (-1, [])

    def make(self, stage: PaperStage, *, number: int, at: int) -> Clip:
        """Make clip ``number`` for the stage's step ``at``; equal arguments give an equal clip.

        Where an item shows no object, or too few frames, another is drawn.

        Raises
        ------
        XmemGuiError
            If nothing usable is found, or a file cannot be read.
        """
        item = self._item(number)
        for attempt in range(_ATTEMPTS):
            rng = np.random.default_rng((self._seed, number, attempt, 23))
            layer = self._layer(item, rng, stage, at)
            if layer is not None:
                clip = choose_followed(layer, rng, most=stage.objects, least_share=_LEAST_SHARE)
                if clip is not None:
                    return replace(clip, frames=photograph(clip.frames, rng))
            item = int(rng.integers(self._count))
        raise XmemGuiError(
            f"none of {_ATTEMPTS} clips drawn has {stage.frames} frames and an object in the first:"
            " check the folders of masks"
        )

    def _item(self, number: int) -> int:
        which, place = divmod(number, self._count)
        if self._pass[0] != which:
            order = np.random.default_rng((self._seed, which, 29)).permutation(self._count)
            self._pass = which, order.tolist()
        return self._pass[1][place]

    def _layer(self, item: int, rng: np.random.Generator, stage: PaperStage, at: int) -> Layer | None:
        if item < len(self._stills):
            return self._collage(item, rng, stage)
        folder, name = self._videos[item - len(self._stills)]
        files = self._frames(folder, name)
        picked = spaced_frames(rng, len(files), stage.frames, most_skip=stage.most_skip(at))
        if picked is None:
            return None
        return video_layer(
            [files[index] for index in picked],
            rng,
            size=stage.size,
            least_area=folder.least_area,
            speed=_TREMBLE if stage.trembles(at) else _STILL,
        )

    def _collage(self, item: int, rng: np.random.Generator, stage: PaperStage) -> Layer:
        """Return a deformed still with objects of up to two others over it."""
        base = paper_still_layer(self._stills[item], rng, stage)
        extra = int(rng.integers(0, stage.objects))
        others = [self._stills[int(rng.integers(len(self._stills)))] for _ in range(extra)]
        for number, files in enumerate(others, start=2):
            over = paper_still_layer(files, rng, stage)
            inside = over.masks > 0
            base.frames[inside] = over.frames[inside]
            base.masks[inside] = number
        return replace(base, objects=1 + extra)


def spaced_frames(rng: np.random.Generator, total: int, count: int, *, most_skip: int) -> list[int] | None:
    """Draw ``count`` frames, each at most ``most_skip`` from another, in one direction or the other.

    Returns None if there are fewer.
    """
    if total < count:
        return None
    chosen = {int(rng.integers(total))}
    while len(chosen) < count:
        near = {
            index
            for one in chosen
            for index in range(max(0, one - most_skip), min(total, one + most_skip + 1))
        }
        chosen.add(int(rng.choice(sorted(near - chosen))))
    return sorted(chosen, reverse=bool(rng.random() < 0.5))


def paper_still_layer(files: tuple[Path, Path], rng: np.random.Generator, stage: PaperStage) -> Layer:
    """Return a still with one object, deformed from frame to frame."""
    image_file, mask_file = files
    plane = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE)
    if plane is None:
        raise XmemGuiError(f"{mask_file} is not a readable picture: replace or remove it")
    still = _paired(read_rgb(image_file), (plane >= 128).astype(np.uint8), mask_file, stage.size)
    motion = _crop(rng, still[1].shape, stage.size, stage.frames, speed=_DEFORMED, least_area=0.5)
    return _drawn([still] * stage.frames, motion, stage.size)


def video_layer(
    files: Files, rng: np.random.Generator, *, size: int, least_area: float, speed: MotionSpeed
) -> Layer:
    """Return some frames of a video, cropped to at least ``least_area`` of the picture, moving a little."""
    pairs = [_paired(read_rgb(image), read_index_image(mask), mask, size) for image, mask in files]
    shape = pairs[0][1].shape
    for (_, mask), (_, file) in zip(pairs, files, strict=True):
        if mask.shape != shape:
            raise XmemGuiError(f"{file} is not of the size of the video's other masks: replace or remove it")
        mask[mask == _VOID] = 0
    motion = _crop(rng, shape, size, len(files), speed=speed, least_area=least_area)
    return _drawn(pairs, motion, size)


def _paired(image: Picture, mask: Picture, mask_file: Path, size: int) -> tuple[Picture, Picture]:
    """Return picture and mask, made smaller where they are larger than a crop needs."""
    if mask.shape != image.shape[:2]:
        raise XmemGuiError(f"{mask_file} is {mask.shape} but its picture is {image.shape[:2]}")
    height, width = mask.shape
    scale = size * _ROOM / min(height, width)
    if scale >= 1:
        return image, mask.copy()
    to = (max(1, round(width * scale)), max(1, round(height * scale)))
    smaller = cv2.resize(image, to, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(mask, to, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(smaller, np.uint8), np.asarray(labels, np.uint8)


def _crop(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    size: int,
    frames: int,
    *,
    speed: MotionSpeed,
    least_area: float,
) -> Motion:
    """Draw a crop of random area, shape and place, and how it moves."""
    height, width = shape[:2]
    area = float(rng.uniform(least_area, 1.0)) * height * width
    ratio = math.exp(float(rng.uniform(math.log(3 / 4), math.log(4 / 3))))
    wide, tall = min(width, math.sqrt(area * ratio)), min(height, math.sqrt(area / ratio))
    centre = (
        float(rng.uniform(wide / 2, width - wide / 2)),
        float(rng.uniform(tall / 2, height - tall / 2)),
    )
    return make_motion(
        rng,
        steps=frames,
        picture=(height, width),
        canvas=size,
        centre=centre,
        target=(size / 2, size / 2),
        scale=size / math.sqrt(wide * tall),
        angle=float(rng.normal(0, 0.06)),
        speed=speed,
        flip=bool(rng.random() < 0.5),
        aspect=tall / wide,
    )


def _drawn(pairs: list[tuple[Picture, Picture]], motion: Motion, size: int) -> Layer:
    objects = max(int(mask.max()) for _, mask in pairs)
    both = [warp_both(image, mask, objects, motion, frame, size) for frame, (image, mask) in enumerate(pairs)]
    return Layer(np.stack([image for image, _ in both]), np.stack([mask for _, mask in both]), objects)
