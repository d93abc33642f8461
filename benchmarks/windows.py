"""What looking in windows around objects saves on a processor, and what it costs in quality.

Windows and whole frames are taken in turn, frame by frame, and timed as processor time: seconds of a shared
machine say little, their ratio much. The first table is of DAVIS-layout sequences, the second of discs on a
mottled ground, one and as many as asked for.

    python benchmarks/windows.py [--dataset DIR] [--sequence NAME ...] [--frames N] [--objects 30]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.evaluation import find_sequences
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.metrics import contour_accuracy, region_similarity
from xmem_gui.heap import keep_heap
from xmem_gui.propagation import Engine
from xmem_gui.video import ImageFolder

KINDS = {"windows": True, "whole": False}
WARM_UP = 6
"""Frames that are not timed: the memory fills, and the first passes of a size are slow."""

Step = tuple[int, np.ndarray, dict[int, np.ndarray] | None]


def timed(engine: Engine, step: Step, *, last: bool) -> tuple[float, np.ndarray]:
    """Return the processor time of a frame with its masks and confidence, and the index mask."""
    frame, image, masks = step
    began = time.process_time()
    result = engine.step(frame, image, masks, permanent=True, last=last)
    index = result.index_mask()
    result.confidence()
    return time.process_time() - began, index


def in_turn(
    engines: dict[str, Engine], steps: Iterator[Step], count: int
) -> Iterator[tuple[int, dict, dict]]:
    """Yield each frame with the seconds and the index masks of every engine."""
    for engine in engines.values():
        engine.remove(engine.objects)
        engine.start()
    for step in steps:
        found = {name: timed(one, step, last=step[0] == count - 1) for name, one in engines.items()}
        yield (
            step[0],
            {n: spent for n, (spent, _) in found.items()},
            {n: mask for n, (_, mask) in found.items()},
        )


def sequence_row(engines: dict[str, Engine], sequence: Sequence, most: int) -> dict[str, object]:
    """Return a sequence's milliseconds a frame and J and F of both kinds."""
    count, given = min(len(sequence.images), most), sequence.given_masks()
    scores: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    spent: dict[str, list[float]] = {name: [] for name in engines}
    with ImageFolder(sequence.images[0].parent) as video:
        steps = ((frame, video.frame(frame), given.get(frame)) for frame in range(count))
        for frame, seconds, masks in in_turn(engines, steps, count):
            truth = sequence.truth_masks(frame) if frame in sequence.truths else {}
            for name in engines:
                if frame >= WARM_UP:
                    spent[name].append(1000 * seconds[name])
                if frame:
                    scores[name] += [
                        (
                            region_similarity(masks[name] == one, mask),
                            contour_accuracy(masks[name] == one, mask),
                        )
                        for one, mask in truth.items()
                    ]
    row: dict[str, object] = {
        "sequence": sequence.name,
        "objects": len({n for one in given.values() for n in one}),
    }
    for name in engines:
        row[name] = fmean(spent[name])
        row[f"{name} J"], row[f"{name} F"] = (
            100 * fmean(column) for column in zip(*scores[name], strict=True)
        )
    return row


def discs(objects: int, frames: int) -> Iterator[Step]:
    """Yield a clip of discs that sway, 480 x 854, with their masks in the first frame."""
    rng = np.random.default_rng(0)
    ground = rng.integers(80, 140, (60, 107, 3)).repeat(8, 0).repeat(8, 1)[:, :854].astype(np.uint8)
    colours = rng.integers(0, 256, (objects, 3)).astype(np.uint8)
    rows, columns = np.ogrid[:480, :854]
    across = max(1, round((objects * 854 / 480) ** 0.5))
    down = -(-objects // across)
    for frame in range(frames):
        image, masks = ground.copy(), {}
        for at in range(objects):
            row = 480 * (at // across + 0.5) / down + 10 * np.sin(frame / 5 + at)
            column = 854 * (at % across + 0.5) / across + 10 * np.cos(frame / 6 + at)
            masks[at + 1] = (rows - row) ** 2 + (columns - column) ** 2 < 28**2
            image[masks[at + 1]] = colours[at]
        yield frame, image, None if frame else masks


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, help="DAVIS-layout folder")
    parser.add_argument("--sequence", action="append", help="only these")
    parser.add_argument("--frames", type=int, default=1000, help="at most so many of each")
    parser.add_argument("--objects", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    keep_heap()
    torch.set_num_threads(options.threads)
    engines = {name: make_engine(EngineSettings(device="cpu", windows=on)) for name, on in KINDS.items()}
    rows = []
    for sequence in find_sequences(options.dataset) if options.dataset else []:
        if not options.sequence or sequence.name in options.sequence:
            row = sequence_row(engines, sequence, options.frames)
            rows.append(row)
            print(
                "  ".join(f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()),
                flush=True,
            )
    many = {}
    for objects in (1, options.objects):
        frames = min(options.frames, 42)
        spent = [
            seconds for frame, seconds, _ in in_turn(engines, discs(objects, frames), frames) if frame >= 12
        ]
        many[objects] = {name: 1000 * fmean(one[name] for one in spent) for name in engines}
        print(f"{objects} discs: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in many[objects].items()))
    if options.json:
        options.json.write_text(json.dumps({"sequences": rows, "discs": many}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
