"""Clips made on the fly: a base layer, objects pasted over it in depth order, and a camera's faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.training.layers import Layer, clip_layer, photo_layer, still_layer
from xmem_gui.training.motion import Motion, canvas_box, warp
from xmem_gui.training.photometry import motion_kernel, photograph
from xmem_gui.training.placing import place_anywhere, place_crowd
from xmem_gui.training.sources import SourceStore
from xmem_gui.training.sprites import Sprite

MIN_SHARE = 0.004
"""Smallest share of frame 0 that an object to follow takes."""


@dataclass(frozen=True)
class Mixture:
    """How often each kind of clip is made (relative weights)."""

    composed: float = 0.45
    stills: float = 0.3
    real: float = 0.25


@dataclass(frozen=True)
class ClipSpec:
    """What clips look like: side in pixels (a multiple of 16), frames, and most objects to follow."""

    size: int = 192
    frames: int = 3
    objects: int = 3
    mixture: Mixture = field(default_factory=Mixture)


@dataclass(frozen=True)
class Clip:
    """Frames (T, S, S, 3) RGB, index masks (T, S, S) of values 0 to ``objects``, all present in frame 0."""

    frames: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    objects: int


def make_clip(store: SourceStore, spec: ClipSpec, *, seed: int, index: int) -> Clip:
    """Make one clip; equal seed, index, spec and sources give an equal clip."""
    for attempt in range(20):
        rng = np.random.default_rng((seed, index, attempt))
        layer = _paste_all(store, rng, _base(store, rng, spec), spec)
        clip = choose_followed(layer, rng, most=spec.objects, least_share=MIN_SHARE)
        if clip is not None:
            return replace(clip, frames=photograph(clip.frames, rng))
    rng = np.random.default_rng((seed, index))
    empty = photo_layer(store, rng, size=spec.size, frames=spec.frames)
    frames, masks = empty.frames.copy(), empty.masks.copy()
    corner = spec.size // 4
    frames[:, corner : 3 * corner, corner : 3 * corner] //= 2
    masks[:, corner : 3 * corner, corner : 3 * corner] = 1
    return Clip(frames, masks, 1)


def _base(store: SourceStore, rng: np.random.Generator, spec: ClipSpec) -> Layer:
    weights = np.array(
        [
            spec.mixture.composed,
            spec.mixture.stills if store.stills else 0.0,
            spec.mixture.real if store.clips else 0.0,
        ]
    )
    if weights.sum() == 0:
        weights[0] = 1.0
    maker = (photo_layer, still_layer, clip_layer)[int(rng.choice(3, p=weights / weights.sum()))]
    return maker(store, rng, size=spec.size, frames=spec.frames)


def _paste_all(store: SourceStore, rng: np.random.Generator, base: Layer, spec: ClipSpec) -> Layer:
    """Paste as many objects as the spec asks for, and sometimes more as distractors and occluders."""
    missing = max(0, spec.objects - base.objects)
    if base.objects:
        missing = int(rng.integers(0, missing + 1)) if rng.random() < 0.5 else missing
        extra = int(rng.random() < 0.25)
    else:
        missing = max(1, missing)
        extra = int(rng.choice([0, 1, 2], p=[0.5, 0.35, 0.15]))
    count = missing + extra
    if count == 0:
        return base
    frames, masks = base.frames.copy(), base.masks.copy()
    crowd = count > 1 and rng.random() < 0.4
    place = place_crowd if crowd else place_anywhere
    placed = place(store, rng, count, size=spec.size, frames=spec.frames)
    for number, one in enumerate(placed, start=base.objects + 1):
        paste(frames, masks, one.sprite, one.motion, number=number, blur=bool(rng.random() < 0.3))
    return Layer(frames, masks, base.objects + len(placed))


def paste(
    frames: NDArray[np.uint8],
    masks: NDArray[np.uint8],
    sprite: Sprite,
    motion: Motion,
    *,
    number: int,
    blur: bool = False,
) -> None:
    """Draw an object over frames (T, S, S, 3) and masks (T, S, S) in place; ``blur`` smears its motion."""
    canvas = frames.shape[1]
    for t in range(len(frames)):
        picture = sprite.at(t)
        box = canvas_box(motion, t, picture=(picture.shape[0], picture.shape[1]), canvas=canvas)
        if box is None:
            continue
        drawn = warp(picture, motion, t, box=box, border=cv2.BORDER_CONSTANT)
        if blur and len(frames) > 1:
            other = t - 1 if t else 1
            dx, dy = np.clip((motion.shifts[t] - motion.shifts[other]) * 0.4, -12, 12)
            drawn = cv2.filter2D(drawn, -1, motion_kernel(float(dx), float(dy))).astype(np.uint8, copy=False)
        left, top, right, bottom = box
        under = frames[t, top:bottom, left:right]
        alpha = drawn[..., 3:].astype(np.float32) * (1 / 255)
        under[...] = under + (drawn[..., :3].astype(np.float32) - under) * alpha
        masks[t, top:bottom, left:right][drawn[..., 3] >= 128] = number


def choose_followed(layer: Layer, rng: np.random.Generator, *, most: int, least_share: float) -> Clip | None:
    """Choose the objects to follow among those seen well in frame 0; None if there is none."""
    counts = np.bincount(layer.masks[0].ravel(), minlength=layer.objects + 1)[1:]
    seen = 1 + np.flatnonzero(counts >= least_share * layer.masks[0].size)
    if len(seen) == 0:
        return None
    chosen = rng.permutation(seen)[:most]
    table = np.zeros(256, np.uint8)
    table[chosen] = np.arange(1, len(chosen) + 1)
    return Clip(layer.frames, table[layer.masks], len(chosen))
