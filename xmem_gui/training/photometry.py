"""What a camera does to a clip: exposure, white balance, blur, noise and JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.training.motion import smooth_walk


def photograph(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the frames (T, H, W, 3) with a camera's faults, drifting from frame to frame."""
    frames = _expose(frames, rng)
    if rng.random() < 0.25:
        frames = _blur(frames, rng)
    if rng.random() < 0.4:
        frames = _add_noise(frames, rng)
    if rng.random() < 0.3:
        frames = _compress(frames, rng)
    return frames


def motion_kernel(dx: float, dy: float) -> NDArray[np.float32]:
    """Return the blur kernel (N, N) of a straight motion by (dx, dy) pixels; it sums to 1."""
    length = max(1, round(float(np.hypot(dx, dy))))
    size = length + 1 - length % 2
    kernel = np.zeros((size, size), np.float32)
    middle = size // 2
    for share in np.linspace(-0.5, 0.5, 2 * size + 1):
        row = int(np.clip(round(middle + dy * share), 0, size - 1))
        column = int(np.clip(round(middle + dx * share), 0, size - 1))
        kernel[row, column] = 1
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _expose(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    count = len(frames)
    if rng.random() < 0.15:
        return frames
    gains = np.exp(rng.normal(0, 0.12) + smooth_walk(rng, count, 0.03))
    biases = rng.normal(0, 10) + smooth_walk(rng, count, 3.0)
    gamma = float(np.exp(rng.normal(0, 0.2)))
    balance = np.exp(rng.normal(0, 0.04, 3))
    levels = np.linspace(0, 1, 256)[:, None] ** gamma * 255
    out = np.empty_like(frames)
    for index in range(count):
        table = np.clip(levels * gains[index] * balance + biases[index], 0, 255).astype(np.uint8)
        out[index] = cv2.LUT(frames[index], table[None])
    if rng.random() < 0.06:
        grey = out.mean(axis=-1, keepdims=True).astype(np.uint8)
        return np.repeat(grey, 3, axis=-1)
    return out


def _blur(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    if rng.random() < 0.5:
        sigma = float(rng.uniform(0.4, 1.6))
        blurred = [cv2.GaussianBlur(frame, (0, 0), sigma) for frame in frames]
    else:
        dx, dy = rng.normal(0, 4, 2)
        whole = rng.random() < 0.4
        hit = [whole or bool(rng.random() < 0.5) for _ in frames]
        kernel = motion_kernel(float(dx), float(dy))
        blurred = [
            cv2.filter2D(frame, -1, kernel) if on else frame for frame, on in zip(frames, hit, strict=True)
        ]
    return np.stack(blurred).astype(np.uint8, copy=False)


def _add_noise(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    grain = rng.normal(0, float(rng.uniform(1, 8)), frames.shape[1:]).astype(np.int16)
    out = np.empty_like(frames)
    for index, frame in enumerate(frames):
        moved = np.roll(grain, tuple(rng.integers(0, frame.shape[0], 2)), axis=(0, 1))
        out[index] = np.clip(frame + moved, 0, 255)
    return out


def _compress(frames: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    quality = int(rng.integers(30, 90))
    out = np.empty_like(frames)
    for index, frame in enumerate(frames):
        _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out[index] = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return out
