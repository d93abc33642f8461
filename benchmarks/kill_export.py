"""Exports killed with SIGKILL at random moments: no half-written one may ever stand under its final name.

A child exports a clip over and over, replacing it each time with one of two lengths; it is killed after a
random time. Whatever is then under the final name must be one whole export, read back mask by mask.

    python benchmarks/kill_export.py [--kills 500] [--seed 0] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.formats import (
    ExportRequest,
    FrameSelection,
    MemoryAnnotation,
    ObjectInfo,
    export,
    open_import,
)

SIZE = (60, 90)
FRAMES = 40
LENGTHS = (FRAMES, FRAMES // 2)
FORMATS = ("index-png", "youtube-vos", "binary-png", "coco", "cvat", "labelme")


def make_clip() -> MemoryAnnotation:
    infos = [ObjectInfo(1, "one", (200, 0, 0)), ObjectInfo(2, "two", (0, 200, 0))]
    clip = MemoryAnnotation(SIZE, FRAMES, objects=infos, name="clip")
    rng = np.random.default_rng(0)
    for frame in range(FRAMES):
        mask = rng.random(SIZE) < 0.3
        clip.set(frame, 1, mask)
        clip.set(frame, 2, ~mask)
    return clip


def export_for_ever(clip: MemoryAnnotation, format_id: str, folder: Path) -> None:
    turn = 0
    while True:
        frames = FrameSelection(stop=LENGTHS[turn % 2])
        export(clip, format_id, folder, ExportRequest(frames=frames, overwrite=True))
        turn += 1


def check(clip: MemoryAnnotation, format_id: str, folder: Path) -> str:
    """Return 'whole', 'nothing' or 'HALF: ...'."""
    final = {
        "index-png": "clip",
        "youtube-vos": "Annotations/clip",
        "binary-png": "clip",
        "coco": "clip.json",
        "cvat": "clip.xml",
        "labelme": "clip",
    }[format_id]
    path = folder / final
    if not path.exists():
        return "nothing"
    names = [clip.frame_name(frame) for frame in range(FRAMES)]
    importer = "index-png" if format_id == "youtube-vos" else format_id
    plan = open_import(path, importer, size=SIZE, frame_names=names, name="clip")
    if len(plan.frames) not in LENGTHS or plan.masks != 2 * len(plan.frames):
        return f"HALF: {plan.describe()}"
    for mask in plan.read():
        if not np.array_equal(mask.mask(), clip.mask(mask.frame, mask.object_id)):
            return f"HALF: frame {mask.frame} differs"
    return "whole"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--longest", type=float, default=0.4, help="seconds before the kill, at most")
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    clip, dice = make_clip(), random.Random(options.seed)
    results: Counter[str] = Counter()
    failures = []
    with tempfile.TemporaryDirectory() as name:
        for kill in range(options.kills):
            format_id = FORMATS[kill % len(FORMATS)]
            folder = Path(name) / format_id
            child = os.fork()
            if child == 0:
                export_for_ever(clip, format_id, folder)
            time.sleep(dice.uniform(0.0, options.longest))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            try:
                found = check(clip, format_id, folder)
            except Exception as error:
                found = f"HALF: {error!r}"
            results[found.split(":")[0]] += 1
            if found.startswith("HALF"):
                failures.append(f"{format_id}, kill {kill}: {found}")
    print(f"{options.kills} kills: " + ", ".join(f"{n} {what}" for what, n in sorted(results.items())))
    for failure in failures[:20]:
        print("  " + failure)
    if options.json:
        found_all = {"kills": options.kills, "results": dict(results), "failures": failures}
        options.json.write_text(json.dumps(found_all, indent=1) + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
