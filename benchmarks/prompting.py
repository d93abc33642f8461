"""How long prompts take to become a mask: features once a frame, then each prediction.

For segment-anything without a checkpoint the package's own network runs with random weights, which takes
as long; its own predictor stands beside for the ratio. CPU milliseconds count all threads, and hold on a
busy machine better than the clock's.

    python benchmarks/prompting.py [--model sam_vit_b] [--random] [--size 1920x1080] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.interaction import Box, Point, Prompts, Stroke
from xmem_gui.interaction.sam import SamSegmenter
from xmem_gui.interaction.segmenters import make_segmenter


def timed(work: Callable[[], Any], repeats: int) -> tuple[Any, float, float]:
    """Return the last result, and the median milliseconds of the clock and of all threads."""
    clock, cpu = [], []
    for _ in range(repeats):
        began, began_cpu = time.perf_counter(), time.process_time()
        result = work()
        clock.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
    return result, statistics.median(clock) * 1e3, statistics.median(cpu) * 1e3


def random_sam(kind: str) -> Any:
    from segment_anything import sam_model_registry

    return sam_model_registry[kind]().eval().requires_grad_(False)


def theirs(network: Any, picture: np.ndarray, repeats: int) -> tuple[float, float]:
    """Time the package's own predictor on the same picture and click, from ready features."""
    from segment_anything import SamPredictor

    predictor = SamPredictor(network)
    side = 1024 / max(picture.shape[:2])
    predictor.original_size = picture.shape[:2]
    predictor.input_size = tuple(int(length * side + 0.5) for length in picture.shape[:2])
    predictor.features, predictor.is_image_set = torch.randn(1, 256, 64, 64), True
    place = np.array([[picture.shape[1] / 2, picture.shape[0] / 2]])
    return timed(lambda: predictor.predict(place, np.array([1])), repeats)[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="sam_vit_b")
    parser.add_argument("--random", action="store_true", help="random weights instead of a checkpoint")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    device = torch.device(options.device)
    rows: dict[str, tuple[float, float]] = {}
    if options.random:
        network = random_sam(options.model.removeprefix("sam_"))
        rows["the package's predictor, one click"] = theirs(network, picture, options.repeats)
        segmenter: Any = SamSegmenter(network, device, name="random")
    else:
        segmenter = make_segmenter(options.model, device)
    image, *rows["prepare"] = timed(lambda: segmenter.prepare(picture), 1)
    click = Prompts((Point(width / 2, height / 2),))
    steps = np.random.default_rng(1).normal(3, 8, (60, 2))
    walk = np.cumsum(steps, axis=0) + np.array([width / 4, height / 4])
    before = image.predict(click)
    for name, prompts, mask in (
        ("one click", click, None),
        ("two clicks, the last round", click.plus(Point(width / 3, height / 3, positive=False)), before),
        ("a box", Prompts(box=Box(width / 4, height / 4, width / 2, height / 2)), None),
        ("a stroke, the current mask", Prompts(strokes=(Stroke(walk, 8),)), before > 0.5),
    ):
        _, *rows[name] = timed(
            lambda prompts=prompts, mask=mask: image.predict(prompts, mask), options.repeats
        )
    print(f"{options.model} at {width} x {height} on {device}, {torch.get_num_threads()} threads")
    for name, (clock, cpu) in rows.items():
        print(f"{name:36} {clock:9.0f} ms {cpu:9.0f} CPU ms")
    if options.json:
        options.json.write_text(json.dumps({"threads": torch.get_num_threads(), **rows}, indent=1))


if __name__ == "__main__":
    main()
