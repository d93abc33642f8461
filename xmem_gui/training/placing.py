"""Where pasted objects stand and how they move: in a crowd of their like, or each by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from xmem_gui.training.layers import draw_speed
from xmem_gui.training.motion import Motion, MotionSpeed, make_motion
from xmem_gui.training.sources import SourceStore
from xmem_gui.training.sprites import Sprite, draw_relatives, draw_sprite, recolour, shrunk


@dataclass(frozen=True)
class Placed:
    """An object and its way over the canvas."""

    sprite: Sprite
    motion: Motion


def place_crowd(
    store: SourceStore, rng: np.random.Generator, count: int, *, size: int, frames: int
) -> list[Placed]:
    """Place objects of one kind side by side, at like size and pace, overlapping at times."""
    sprites = draw_relatives(store, rng, count=count, frames=frames)
    pace = draw_speed(rng)
    pace = replace(pace, shift=pace.shift * 0.6)
    height = size * float(np.exp(rng.uniform(np.log(0.3), np.log(0.85))))
    ground = size * float(rng.uniform(0.4, 0.65))
    placed = []
    for slot, sprite in zip(rng.permutation(len(sprites)), sprites, strict=True):
        tall, wide = sprite.size
        scale = height * float(np.exp(rng.normal(0, 0.1))) / max(tall, wide * 0.8)
        x = size * ((slot + 0.5) / len(sprites) * 0.9 + 0.05 + float(rng.normal(0, 0.05)))
        y = ground + float(rng.normal(0, size * 0.04))
        angle = float(rng.normal(0, 0.06))
        placed.append(
            _place(rng, sprite, (x, y), scale=scale, angle=angle, speed=pace, size=size, frames=frames)
        )
    return placed


def place_anywhere(
    store: SourceStore, rng: np.random.Generator, count: int, *, size: int, frames: int
) -> list[Placed]:
    """Place objects of any kind anywhere, each with its own motion; sometimes two are twins."""
    sprites = [draw_sprite(store, rng, frames=frames) for _ in range(count)]
    if count > 1 and rng.random() < 0.3:
        sprites[-1] = recolour(sprites[0], rng, float(rng.choice([0.0, 0.3])))
    placed = []
    for sprite in sprites:
        scale = size * float(np.exp(rng.uniform(np.log(0.15), np.log(0.8)))) / max(sprite.size)
        target = (size * float(rng.uniform(0.12, 0.88)), size * float(rng.uniform(0.12, 0.88)))
        speed = replace(draw_speed(rng), elastic=float(rng.choice([0.0, 0.03, 0.06], p=[0.2, 0.45, 0.35])))
        angle = float(rng.normal(0, 0.25))
        placed.append(
            _place(rng, sprite, target, scale=scale, angle=angle, speed=speed, size=size, frames=frames)
        )
    return placed


def _place(
    rng: np.random.Generator,
    sprite: Sprite,
    target: tuple[float, float],
    *,
    scale: float,
    angle: float,
    speed: MotionSpeed,
    size: int,
    frames: int,
) -> Placed:
    sprite, scale = shrunk(sprite, scale)
    tall, wide = sprite.size
    motion = make_motion(
        rng,
        steps=frames,
        picture=(tall, wide),
        canvas=size,
        centre=(wide / 2, tall / 2),
        target=target,
        scale=scale,
        angle=angle,
        speed=speed,
        flip=bool(rng.random() < 0.5),
        aspect=float(np.exp(rng.normal(0, 0.1))),
    )
    return Placed(sprite, motion)
