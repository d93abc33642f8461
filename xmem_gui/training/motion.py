"""Smooth affine and elastic motion over the frames of a clip, and warping by it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Doubles


@dataclass(frozen=True)
class MotionSpeed:
    """How much may change from one frame to the next (standard deviations).

    ``shift`` is a share of the crop's side, ``turn`` in radians, ``zoom`` and ``shear`` in log units,
    ``elastic`` a share of the warped picture's shorter side (over the whole clip, not each frame).
    """

    shift: float = 0.05
    turn: float = 0.06
    zoom: float = 0.04
    shear: float = 0.03
    elastic: float = 0.02


@dataclass(frozen=True)
class Motion:
    """Affine matrices (T, 2, 3), picture to canvas; coarse elastic fields (T, G, G, 2) in picture pixels."""

    matrices: Doubles
    fields: NDArray[np.float32] | None

    @property
    def shifts(self) -> Doubles:
        """Where the picture's origin lands in each frame, (T, 2) in canvas pixels."""
        return self.matrices[:, :, 2]


def smooth_walk(rng: np.random.Generator, steps: int, size: float) -> Doubles:
    """Return ``steps`` values that begin at 0 and move smoothly, about ``size`` a step."""
    if size <= 0 or steps < 2:
        return np.zeros(steps)
    time = np.arange(steps, dtype=np.float64)
    span = steps - 1
    drift = rng.normal(0, size) * time
    sway = rng.normal(0, size) * span * np.sin(np.pi * rng.uniform(0.3, 1.5) * time / span) / 2
    jitter = rng.normal(0, size * 0.15, steps)
    walk = drift + sway + jitter
    return np.asarray(walk - walk[0], dtype=np.float64)


def make_motion(
    rng: np.random.Generator,
    *,
    steps: int,
    picture: tuple[int, int],
    canvas: int,
    centre: tuple[float, float],
    target: tuple[float, float],
    scale: float,
    angle: float,
    speed: MotionSpeed,
    flip: bool = False,
    aspect: float = 1.0,
) -> Motion:
    """Draw a motion that puts the picture's point ``centre`` at ``target`` of the canvas in frame 0.

    Parameters
    ----------
    rng
        Where the randomness comes from.
    steps
        Number of frames that the motion is made for.
    picture
        Height and width of the picture in pixels.
    canvas
        Side of the canvas in pixels.
    centre, target
        (x, y) in picture pixels and in canvas pixels.
    scale, angle
        Canvas pixels per picture pixel, and radians, in frame 0.
    speed
        How much changes from frame to frame.
    flip
        Whether the picture is mirrored left to right.
    aspect
        Extra stretch of x over y.
    """
    xs = target[0] + canvas * smooth_walk(rng, steps, speed.shift)
    ys = target[1] + canvas * smooth_walk(rng, steps, speed.shift * 0.7)
    angles = angle + smooth_walk(rng, steps, speed.turn)
    zooms = scale * np.exp(np.clip(smooth_walk(rng, steps, speed.zoom), -0.7, 0.7))
    shears = np.clip(smooth_walk(rng, steps, speed.shear) + rng.normal(0, speed.shear), -0.3, 0.3)
    stretches = np.sqrt(aspect) * np.exp(np.clip(smooth_walk(rng, steps, speed.shear), -0.25, 0.25))
    cos, sin = np.cos(angles), np.sin(angles)
    sign = -1.0 if flip else 1.0
    a = zooms * (cos * stretches * sign)
    b = zooms * (cos * shears - sin / stretches)
    c = zooms * (sin * stretches * sign)
    d = zooms * (sin * shears + cos / stretches)
    matrices = np.stack(
        [
            np.stack([a, b, xs - a * centre[0] - b * centre[1]], axis=-1),
            np.stack([c, d, ys - c * centre[0] - d * centre[1]], axis=-1),
        ],
        axis=1,
    )
    return Motion(matrices, _elastic(rng, steps, min(picture) * speed.elastic))


def _elastic(rng: np.random.Generator, steps: int, size: float) -> NDArray[np.float32] | None:
    if size <= 0:
        return None
    grid = int(rng.integers(3, 6))
    still, moving, waving = rng.normal(0, size, (3, grid, grid, 2))
    phase = np.linspace(0, 1, steps)[:, None, None, None]
    wave = np.sin(2 * np.pi * (rng.uniform(0.5, 1.5) * phase + rng.uniform()))
    return np.asarray(still * 0.5 + moving * phase + waving * wave, dtype=np.float32)


def warp(
    picture: NDArray[np.uint8], motion: Motion, frame: int, *, box: tuple[int, int, int, int], border: int
) -> NDArray[np.uint8]:
    """Draw the picture as it lies in one frame, inside the canvas box (left, top, right, bottom).

    ``border`` is OpenCV's border mode for what lies outside the picture.
    """
    return sampled(picture, sampling_map(motion, frame, box=box), border=border)


def sampled(
    picture: NDArray[np.uint8], maps: tuple[NDArray[np.float32], NDArray[np.float32]], *, border: int
) -> NDArray[np.uint8]:
    """Draw the picture's pixels at the places the maps name (see `sampling_map`), bilinearly."""
    drawn = cv2.remap(picture, *maps, cv2.INTER_LINEAR, borderMode=border, borderValue=(0, 0, 0, 0))
    return np.asarray(drawn, dtype=np.uint8)


def sampling_map(
    motion: Motion, frame: int, *, box: tuple[int, int, int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return for each canvas pixel of the box where it comes from: x and y in picture pixels."""
    left, top, right, bottom = box
    inverse = cv2.invertAffineTransform(motion.matrices[frame])
    columns = np.arange(left, right, dtype=np.float32)[None, :]
    rows = np.arange(top, bottom, dtype=np.float32)[:, None]
    (a, b, tx), (c, d, ty) = inverse.astype(np.float32)
    xs = a * columns + (b * rows + tx)
    ys = c * columns + (d * rows + ty)
    if motion.fields is not None:
        field = cv2.resize(motion.fields[frame], (right - left, bottom - top), interpolation=cv2.INTER_CUBIC)
        xs += field[..., 0]
        ys += field[..., 1]
    return xs, ys


def canvas_box(
    motion: Motion, frame: int, *, picture: tuple[int, int], canvas: int
) -> tuple[int, int, int, int] | None:
    """Return the canvas box (left, top, right, bottom) that the picture touches in a frame; None if none."""
    height, width = picture
    margin = 0.0 if motion.fields is None else float(np.abs(motion.fields[frame]).max())
    low, right, bottom = -margin, width + margin, height + margin
    corners = np.array([[low, low, 1], [right, low, 1], [low, bottom, 1], [right, bottom, 1]])
    points = corners @ motion.matrices[frame].T
    x0, y0 = np.maximum(np.floor(points.min(axis=0)), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(points.max(axis=0)) + 1, canvas).astype(int)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    return int(x0), int(y0), int(x1), int(y1)
