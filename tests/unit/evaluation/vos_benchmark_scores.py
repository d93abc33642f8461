"""Clips of index masks, and what vos-benchmark scores them (tests/golden/record_vos_benchmark.py)."""

import json
from pathlib import Path

import numpy as np

from xmem_gui.evaluation.metrics import ObjectScores

_GOLDEN = Path(__file__).parents[2] / "golden"


def recorded_scores() -> dict[str, dict[int, ObjectScores]]:
    """Return each clip's scores, by object."""
    found = json.loads((_GOLDEN / "vos_benchmark.json").read_text(encoding="utf8"))
    return {
        clip: {int(number): ObjectScores(**scores) for number, scores in objects.items()}
        for clip, objects in found.items()
    }


def recorded_clip(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a clip's predictions and truths, (T, H, W) uint8 each."""
    with np.load(_GOLDEN / "vos_benchmark.npz") as arrays:
        return arrays[f"{name}.prediction"], arrays[f"{name}.truth"]
