"""Clicks: how long preparing a frame and answering a click take, and how many clicks objects need.

Times are medians at 1080p on a drawn picture: a first click (which looks at
the whole and then closer), a further click while the part looked at stays, and one that makes it look
elsewhere. With a dataset, the clicks to IoU 85 and 90 are counted with and without looking closer, and with
scribbles.

    python benchmarks/clicks.py [--dataset DIR] [--sequence NAME ...] [--every N] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.evaluation import evaluate_clicks
from xmem_gui.interaction import Point, Prompts
from xmem_gui.interaction.compact import CompactSegmenter
from xmem_gui.model import ClickNet, find_model
from xmem_gui.model.click_weights import load_click_model

SIZE = (1080, 1920)
ROUNDS = 15


def median_ms(call: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Return the median time of some calls; ``before`` runs ahead of each and is not counted."""
    times = []
    for _ in range(ROUNDS + 2):
        before()
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[2:])


def picture() -> np.ndarray:
    """Draw two disks of 200 pixels' radius over a texture, at x = 600 and 1300, y = 500."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(60, 140, (27, 48, 3), dtype=np.uint8)
    image = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    for x, colour in ((600, (220, 60, 40)), (1300, (40, 60, 220))):
        cv2.circle(image, (x, 500), 200, colour, -1)
    return image


def disk(x: int) -> np.ndarray:
    mask = np.zeros(SIZE, np.uint8)
    cv2.circle(mask, (x, 500), 200, 1, -1)
    return mask > 0


def times(network: ClickNet) -> dict[str, float]:
    segmenter = CompactSegmenter(network, torch.device("cpu"))
    image, left, right = picture(), disk(600), disk(1300)
    click, other = Prompts(points=(Point(600, 500),)), Prompts(points=(Point(1300, 500),))
    result = {"prepare": median_ms(lambda: segmenter.prepare(image))}
    fresh = [segmenter.prepare(image)]

    def anew() -> None:
        fresh[0] = segmenter.prepare(image)

    result["first click"] = median_ms(lambda: fresh[0].predict(click), anew)
    result["further click"] = median_ms(lambda: fresh[0].predict(click, left))
    anew()
    result["click that looks elsewhere"] = median_ms(
        lambda: fresh[0].predict(other, right), lambda: (anew(), fresh[0].predict(click, left))
    )
    return result


def quality(network: ClickNet, dataset: Path, names: list[str] | None, every: int) -> dict[str, Any]:
    scores = {}
    for title, zoom, scribbles in (
        ("clicks", True, False),
        ("clicks, never closer", False, False),
        ("scribbles", True, True),
    ):
        segmenter = CompactSegmenter(network, torch.device("cpu"), zoom=zoom)
        found = evaluate_clicks(dataset, segmenter, every=every, scribbles=scribbles, sequences=names)
        scores[title] = found.as_dict()
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="compact-click")
    parser.add_argument("--dataset", type=Path)
    parser.add_argument("--sequence", action="append")
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    network = load_click_model(find_model(arguments.model))
    facts: dict[str, Any] = {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "milliseconds": times(network),
    }
    for name, value in facts["milliseconds"].items():
        print(f"{name:<28} {value:7.1f} ms")
    if arguments.dataset:
        facts["quality"] = quality(network, arguments.dataset, arguments.sequence, arguments.every)
        for title, all_ in facts["quality"].items():
            print(f"\n{title:<20} to 85  to 90   IoU after 1     3     5  never 85, 90 of")
            for name, row in {**all_["sequences"], "all": all_}.items():
                ious = "".join(f"{value:6.3f}" for value in row["iou_after"].values())
                failed = row["failures"]
                print(
                    f"{name:<20} {row['noc85']:5.2f}  {row['noc90']:5.2f}        {ious}"
                    f"  {failed['85']:>5} {failed['90']:>3} {row['frames']:>3}"
                )
    if arguments.json:
        arguments.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
