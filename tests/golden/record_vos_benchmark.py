"""Record what vos-benchmark scores, so that the tests need neither it nor what it requires (docs/adr/0003).

Run it where vos-benchmark 0.1.0 and scikit-image are installed: ``python record_vos_benchmark.py``. It draws
clips of index masks, and writes them to ``vos_benchmark.npz`` and their scores to ``vos_benchmark.json``.
The clips are kept, not only their seeds: libraries change how they draw.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from vos_benchmark.evaluator import Evaluator

HERE = Path(__file__).parent
Frames = list[tuple[np.ndarray, np.ndarray]]
"""Prediction and truth, (H, W) uint8 each."""


def blobs(rng: np.random.Generator, shape: tuple[int, int], objects: int) -> np.ndarray:
    mask = np.zeros(shape, dtype=np.uint8)
    for number in range(1, objects + 1):
        centre = (int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0])))
        axes = (int(rng.integers(0, shape[1] // 3 + 1)), int(rng.integers(0, shape[0] // 3 + 1)))
        cv2.ellipse(mask, centre, axes, float(rng.integers(0, 180)), 0, 360, number, -1)
    return mask


def clip_of_blobs(seed: int) -> Frames:
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(20, 200)), int(rng.integers(20, 250)))
    frames = []
    for _ in range(5):
        truth = blobs(rng, shape, int(rng.integers(0, 4)))
        shift = np.roll(truth, rng.integers(-4, 5, 2).tolist(), axis=(0, 1))
        frames.append((np.where(rng.random(shape) < 0.01, np.uint8(5), shift), truth))
    return frames


def clip_of_noise(seed: int) -> Frames:
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(0, 4, (31, 47), np.uint8), rng.integers(0, 4, (31, 47), np.uint8)) for _ in range(3)
    ]


def clip_of_edge_cases(seed: int) -> Frames:
    empty, full, pixel, border = (np.zeros((40, 60), np.uint8) for _ in range(4))
    full[:] = 1
    pixel[39, 59] = 2
    border[0], border[-1], border[:, 0], border[:, -1] = 1, 1, 2, 3
    kinds = [empty, full, pixel, border, np.flip(border).copy()]
    order = np.random.default_rng(seed).permutation(25)
    return [(kinds[i // 5], kinds[i % 5]) for i in order]


def clip_left_standing(frames: int, second_from: int) -> Frames:
    """Two squares that move, the second from some frame on, and masks that stay where they were first.

    As in ``tests/unit/evaluation/conftest.py``, without the first and the last frame, which do not count.
    """
    still = np.zeros((40, 64), np.uint8)
    clip = []
    for frame in range(frames):
        truth = np.zeros((40, 64), np.uint8)
        truth[5:15, 4 + 3 * frame : 14 + 3 * frame] = 1
        if frame >= second_from:
            truth[22:32, 10 + 2 * frame : 20 + 2 * frame] = 2
        for number in set(np.unique(truth).tolist()) - set(np.unique(still).tolist()):
            still[truth == number] = number
        clip.append((still.copy(), truth))
    return clip[1:-1]


def clips() -> Iterator[tuple[str, Frames]]:
    for seed in range(6):
        yield f"blobs-{seed}", clip_of_blobs(seed)
        yield f"noise-{seed}", clip_of_noise(seed)
        yield f"edge-cases-{seed}", clip_of_edge_cases(seed)
    yield "standing-a", clip_left_standing(5, 0)
    yield "standing-b", clip_left_standing(6, 2)


def main() -> None:
    arrays: dict[str, np.ndarray] = {}
    scores: dict[str, dict[str, dict[str, float]]] = {}
    for name, frames in clips():
        evaluator = Evaluator()
        for prediction, truth in frames:
            evaluator.feed_frame(prediction, truth)
        j, f = evaluator.conclude()
        arrays[f"{name}.prediction"] = np.stack([prediction for prediction, _ in frames])
        arrays[f"{name}.truth"] = np.stack([truth for _, truth in frames])
        counts = {number: len(of_frames) for number, of_frames in evaluator.object_iou.items()}
        scores[name] = {
            str(number): {"j": float(j[number]), "f": float(f[number]), "frames": counts[number]}
            for number in sorted(j)
        }
    np.savez_compressed(HERE / "vos_benchmark.npz", **arrays)
    (HERE / "vos_benchmark.json").write_text(json.dumps(scores, indent=1) + "\n")


if __name__ == "__main__":
    main()
