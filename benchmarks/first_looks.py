"""How long each click model takes to look at a frame for the first time, as a multiple of the compact one's.

All have random weights, which take as long, and look in turn, so that what else the machine does is shared
out. CPU milliseconds count all threads, and hold on a busy machine better than the clock's, best with
--threads 1: several that wait for each other count too. Those of SAM 2.1 are left out where the package sam2
is not installed.

    python benchmarks/first_looks.py [--models compact-click,mobile_sam,sam_vit_b] [--threads 1]
        [--float32] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.device import wait_for
from xmem_gui.interaction import sam, sam2
from xmem_gui.interaction.compact import CompactSegmenter
from xmem_gui.interaction.sam import SamSegmenter
from xmem_gui.interaction.sam2 import Sam2Segmenter
from xmem_gui.model import MODELS, ClickNet, prepared
from xmem_gui.model.sam2 import has_sam2

SAM2 = {"tiny": "t", "small": "s", "base_plus": "b+", "large": "l"}


def random_segmenter(name: str, device: torch.device) -> Any:
    """Return a click model of the registry with random weights."""
    if name == "compact-click":
        return CompactSegmenter(ClickNet().eval(), device)
    family, kind = name.split("_", 1)
    if family == "sam2.1":
        from xmem_gui.model.sam2 import _network as sam2_network

        return Sam2Segmenter(sam2_network(SAM2[kind]).eval().requires_grad_(False), device, name=name)
    from segment_anything import sam_model_registry

    network = sam_model_registry["vit_b" if family == "mobile" else kind]()
    if family == "mobile":
        from xmem_gui.model.tiny_vit import TinyViT

        network.image_encoder = prepared(TinyViT(), torch.device("cpu"))
    return SamSegmenter(network.eval().requires_grad_(False), device, name=name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    known = [one for one, spec in MODELS.items() if spec.kind == "segmenter"]
    parser.add_argument("--models", default=",".join(known))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--float32", action="store_true", help="also where the device is quicker in a half")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    device = torch.device(options.device)
    torch.set_num_threads(options.threads)
    if options.float32:
        for module in (sam, sam2):
            module.best_precision = lambda _: torch.float32
    names = [one for one in options.models.split(",") if has_sam2() or not one.startswith("sam2")]
    segmenters = {name: random_segmenter(name, device) for name in names}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for number in range(options.rounds + 1):
        for name, segmenter in segmenters.items():
            began, began_cpu = time.perf_counter(), time.process_time()
            segmenter.prepare(picture)
            wait_for(device)
            if number or not options.rounds:  # the first round warms up
                found[name].append((time.perf_counter() - began, time.process_time() - began_cpu))
    rows = {
        name: tuple(statistics.median(one) * 1e3 for one in zip(*times, strict=True))
        for name, times in found.items()
    }
    first = rows[names[0]]
    print(f"{width} x {height} on {device}, {torch.get_num_threads()} threads, medians of {options.rounds}")
    for name, (clock, cpu) in rows.items():
        ratio = cpu / first[1] if device.type == "cpu" else clock / first[0]
        print(f"{name:18} {clock:9.0f} ms {cpu:9.0f} CPU ms {ratio:8.1f} x {names[0]}")
    if options.json:
        options.json.write_text(json.dumps({"threads": torch.get_num_threads(), **rows}, indent=1))


if __name__ == "__main__":
    main()
