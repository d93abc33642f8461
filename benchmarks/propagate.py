"""Frames per second of the main job, and where a frame's time goes.

Whole runs - decoding, network, memory, PNG writing - of the shipped model on the sample or on DAVIS-layout
sequences; then single frames of the full XMem (random weights) with two objects at 480p, once as shipped and
once arranged plainly (batch norms apart, channels first, image and object features joined before each
convolution), for the ratio.

    python benchmarks/propagate.py [--dataset DIR] [--repeats 5] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from unittest import mock

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.annotator import EngineSettings, PropagateRequest, make_engine, propagate_to_folder
from xmem_gui.assets import asset
from xmem_gui.evaluation import EngineSegment, find_sequences
from xmem_gui.heap import keep_heap
from xmem_gui.model import FULL, XMem
from xmem_gui.model.blocks import per_object
from xmem_gui.propagation import Engine

SIZE = (480, 854)


def whole_runs(dataset: Path | None) -> list[dict[str, object]]:
    """Run the main job on whole clips."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        request = PropagateRequest(
            video=asset("sample/sample.mp4"),
            masks=(str(asset("sample/sample.png")),),
            out=Path(folder) / "sample",
        )
        done = propagate_to_folder(request)
        rows.append(
            {"clip": "sample 640x360", "objects": 2, "frames": done.frames, "fps": done.frames_per_second}
        )
        engine = make_engine(EngineSettings())
        for sequence in find_sequences(dataset) if dataset else []:
            out = Path(folder) / sequence.name
            out.mkdir()
            timing = EngineSegment(engine)(sequence, out, lambda _: None)
            objects = len(sequence.objects[next(iter(sequence.objects))])
            rows.append(
                {
                    "clip": sequence.name,
                    "objects": objects,
                    "frames": timing.frames,
                    "fps": timing.frames_per_second,
                }
            )
    return rows


def seconds_of(function: Callable[[], object], repeats: int) -> float:
    """Return the median time of a call after one that warms up."""
    function()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return median(times)


def parts(engine: Engine, objects: int, repeats: int) -> dict[str, float]:
    """Time the parts of a frame at 480p with ten frames in memory, in the precision that the engine takes."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*SIZE, 3), np.uint8)
    masks = {}
    for name in range(1, objects + 1):
        masks[name] = np.zeros(SIZE, bool)
        masks[name][100 * name : 100 * name + 80, 200:400] = True
    engine.start()
    for frame in range(9):
        engine.step(frame, image, masks)
    geometry = engine._geometry(image, {})
    tensor = geometry.image(image, engine.device)
    tokens = engine.memory.sizes

    def read() -> torch.Tensor:
        return engine.memory.read(features.key[0], features.selection[0], engine.objects)

    features = engine._look(9, tensor)
    hidden = engine._hidden(features)
    readout = read()
    soft = torch.rand(objects, *tensor.shape[-2:])
    found = {
        "key encoder": seconds_of(lambda: engine._look(9, tensor), repeats),
        "decoder": seconds_of(lambda: engine._network.decode(features, readout, hidden), repeats),
        "value encoder": seconds_of(
            lambda: engine._encode_value(tensor, features, hidden, soft, deep=True), repeats
        ),
    }
    found["memory read"] = seconds_of(read, repeats)
    # A value is encoded on every fifth frame.
    found["frame"] = sum(found.values()) - found["value encoder"] * 4 / 5
    found["tokens"] = tokens.working + tokens.long_term + tokens.permanent
    return found


def plain_arrangement() -> ExitStack:
    """Patch the network to the plain arrangement; see the module's docstring."""

    def joined(conv: torch.nn.Conv2d, image: torch.Tensor, objects: torch.Tensor) -> torch.Tensor:
        images = per_object(image, len(objects)).expand(len(objects), -1, -1, -1)
        return conv(torch.cat([images, objects], 1))

    stack = ExitStack()
    stack.enter_context(mock.patch("xmem_gui.model.blocks.convolve_joined", joined))
    stack.enter_context(mock.patch("xmem_gui.model.inference._fold_batch_norms"))
    stack.enter_context(mock.patch.object(torch, "channels_last", torch.contiguous_format))
    return stack


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, help="DAVIS-layout folder")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    keep_heap()
    torch.set_grad_enabled(False)
    runs = whole_runs(options.dataset)
    print(f"{'clip':20}{'objects':>8}{'frames':>8}{'frames/s':>10}")
    for row in runs:
        print(f"{row['clip']:20}{row['objects']:8}{row['frames']:8}{row['fps']:10.2f}")
    table = {
        f"compact, {n} objects": parts(make_engine(EngineSettings()), n, options.repeats) for n in (1, 3)
    }
    torch.manual_seed(0)
    full = XMem(FULL)
    table["full, 2 objects"] = parts(Engine(full), 2, options.repeats)
    with plain_arrangement():
        table["full, 2 objects, plain"] = parts(Engine(full), 2, options.repeats)
    names = list(next(iter(table.values())))
    print("\n" + " " * 24 + "".join(f"{name:>16}" for name in names) + "   (ms)")
    for title, row in table.items():
        cells = [f"{row[n] * (1 if n == 'tokens' else 1000):16.0f}" for n in names]
        print(f"{title:24}" + "".join(cells))
    ratio = table["full, 2 objects, plain"]["frame"] / table["full, 2 objects"]["frame"]
    print(f"\nfull XMem, plain / shipped: {ratio:.2f}")
    if options.json:
        facts = {
            "machine": platform.processor(),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }
        options.json.write_text(
            json.dumps({**facts, "runs": runs, "parts_seconds": table, "full_plain_ratio": ratio}, indent=1)
            + "\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
