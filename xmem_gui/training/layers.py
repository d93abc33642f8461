"""What lies under the pasted objects of a clip: a moving photo, a deformed still, or real video."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Picture
from xmem_gui.training.motion import Motion, MotionSpeed, make_motion, sampled, sampling_map, warp
from xmem_gui.training.sources import SourceStore, StillKind
from xmem_gui.training.sprites import bounding_box, pick_frames

MAX_BASE_OBJECTS = 8
"""Most objects kept of one still."""


@dataclass(frozen=True)
class Layer:
    """Frames (T, S, S, 3) and index masks (T, S, S) with values 0 to ``objects``."""

    frames: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    objects: int


def draw_speed(rng: np.random.Generator) -> MotionSpeed:
    """Draw how lively a layer or an object is: from nearly still to a quarter of the crop each frame."""
    liveliness = float(np.exp(rng.uniform(np.log(0.2), np.log(2.6))))
    return MotionSpeed(
        shift=0.05 * liveliness,
        turn=0.06 * liveliness * float(rng.uniform(0.2, 1.5)),
        zoom=0.05 * liveliness * float(rng.uniform(0.3, 1.5)),
        shear=0.03 * liveliness,
        elastic=float(rng.choice([0.0, 0.015, 0.03], p=[0.25, 0.45, 0.3])),
    )


def photo_layer(store: SourceStore, rng: np.random.Generator, *, size: int, frames: int) -> Layer:
    """Return a photo that moves, with no object in it."""
    masks = np.zeros((frames, size, size), np.uint8)
    if not store.photos:
        colours = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
        photo = cv2.resize(colours, (size, size), interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
    else:
        photo = store.photo(int(rng.integers(store.photos)))
    height, width = photo.shape[:2]
    fit = size / min(height, width)
    scale = fit * float(rng.uniform(1.0, 1.9))
    slack = max(0.0, (scale / fit - 1) * size / 2)
    target = (size / 2 + float(rng.uniform(-slack, slack)), size / 2 + float(rng.uniform(-slack, slack)))
    calm = replace(draw_speed(rng), elastic=float(rng.choice([0.0, 0.01])))
    motion = make_motion(
        rng,
        steps=frames,
        picture=(height, width),
        canvas=size,
        centre=(width / 2, height / 2),
        target=target,
        scale=scale,
        angle=float(rng.normal(0, 0.1)),
        speed=replace(calm, shift=calm.shift * 0.6, turn=calm.turn * 0.4, zoom=calm.zoom * 0.4),
        flip=bool(rng.random() < 0.5),
    )
    box = (0, 0, size, size)
    drawn = np.stack([warp(photo, motion, t, box=box, border=cv2.BORDER_REFLECT_101) for t in range(frames)])
    return Layer(drawn, masks, 0)


def still_layer(store: SourceStore, rng: np.random.Generator, *, size: int, frames: int) -> Layer:
    """Return a still deformed by affine and elastic motion, image and mask together."""
    still = store.draw_still(rng)
    mask, objects = _still_objects(still.mask, still.kind, rng)
    box = _aim_box(mask, rng)
    speed = draw_speed(rng)
    motion = _aimed_motion(rng, box, mask.shape, size=size, frames=frames, speed=speed, steady=1.0)
    both = [warp_both(still.image, mask, objects, motion, t, size) for t in range(frames)]
    return Layer(np.stack([image for image, _ in both]), np.stack([drawn for _, drawn in both]), objects)


def clip_layer(
    store: SourceStore, rng: np.random.Generator, *, size: int, frames: int, top_stride: int = 8
) -> Layer:
    """Return a stretch of real video, cropped around its object."""
    clip = store.clip(int(rng.integers(store.clips)))
    picked = pick_frames(rng, len(clip.frames), frames, top_stride=top_stride)
    if not (clip.masks[picked[0]] > 0).any():
        picked = picked[::-1]
    box = _aim_box(clip.masks[picked[0]], rng)
    calm = MotionSpeed(shift=0.01, turn=0.01, zoom=0.01, shear=0.004, elastic=0.0)
    motion = _aimed_motion(rng, box, clip.masks.shape[1:], size=size, frames=frames, speed=calm, steady=0.4)
    objects = int(clip.masks.max())
    both = [
        warp_both(clip.frames[index], clip.masks[index], objects, motion, t, size)
        for t, index in enumerate(picked)
    ]
    return Layer(np.stack([image for image, _ in both]), np.stack([drawn for _, drawn in both]), objects)


def _still_objects(mask: Picture, kind: StillKind, rng: np.random.Generator) -> tuple[Picture, int]:
    """Choose what counts as an object in a still; returns a mask with values 0 to n, and n."""
    if kind is StillKind.PARTS and rng.random() < 0.65:
        return (mask > 0).astype(np.uint8), 1
    values, counts = np.unique(mask[mask > 0], return_counts=True)
    fit = values[(counts > mask.size * 0.004) & (counts < mask.size * 0.7)]
    if kind is StillKind.OBJECTS:
        chosen = fit[:MAX_BASE_OBJECTS]
    else:
        chosen = rng.permutation(fit)[: int(rng.integers(1, 4))]
    table = np.zeros(256, np.uint8)
    table[chosen] = np.arange(1, len(chosen) + 1)
    return table[mask], len(chosen)


def _aim_box(mask: Picture, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Return the box of one object, or of all; the whole picture if there is none."""
    values = np.unique(mask[mask > 0])
    height, width = mask.shape
    if len(values) == 0:
        return 0, 0, width, height
    everything = len(values) == 1 or rng.random() < 0.5
    region = mask > 0 if everything else mask == rng.choice(values)
    return bounding_box(region) or (0, 0, width, height)


def _aimed_motion(
    rng: np.random.Generator,
    box: tuple[int, int, int, int],
    picture: tuple[int, ...],
    *,
    size: int,
    frames: int,
    speed: MotionSpeed,
    steady: float,
) -> Motion:
    """Draw a motion in which the box takes 25 to 95 percent of the crop, if the picture's size allows."""
    left, top, right, bottom = box
    height, width = picture[:2]
    longest = max(right - left, bottom - top)
    fit = size / min(height, width)
    wanted = size * float(np.exp(rng.uniform(np.log(0.25), np.log(0.95)))) / longest
    scale = float(np.clip(wanted, fit * 1.0, fit * 2.6))
    centre = ((left + right) / 2, (top + bottom) / 2)
    target = [size * float(rng.uniform(0.3, 0.7)) for _ in range(2)]
    for axis, side in ((0, width), (1, height)):
        low, high = size - (side - centre[axis]) * scale, centre[axis] * scale
        if low <= high:
            target[axis] = float(np.clip(target[axis], low, high))
    return make_motion(
        rng,
        steps=frames,
        picture=(height, width),
        canvas=size,
        centre=centre,
        target=(target[0], target[1]),
        scale=scale,
        angle=float(rng.normal(0, 0.12 * steady)),
        speed=speed,
        flip=bool(rng.random() < 0.5),
        aspect=float(np.exp(rng.normal(0, 0.08))),
    )


def warp_both(
    image: Picture, mask: Picture, objects: int, motion: Motion, frame: int, size: int
) -> tuple[Picture, Picture]:
    """Draw an image and its mask (values 0 to ``objects``) as they lie in a frame; borders go on."""
    maps = sampling_map(motion, frame, box=(0, 0, size, size))
    drawn = sampled(image, maps, border=cv2.BORDER_REPLICATE)
    if objects == 0:
        return drawn, np.zeros((size, size), np.uint8)
    # Smooth planes instead of nearest values: enlarged edges are curves, not stairs.
    planes = [
        cv2.GaussianBlur((mask == value).astype(np.uint8) * 255, (3, 3), 0.8)
        for value in range(1, objects + 1)
    ]
    shares = np.stack([sampled(plane, maps, border=cv2.BORDER_REPLICATE) for plane in planes]).astype(
        np.int32
    )
    inside = shares.max(axis=0) > 255 - shares.sum(axis=0)
    return drawn, np.where(inside, shares.argmax(axis=0) + 1, 0).astype(np.uint8)
