"""What a frame costs on a GPU: our step, and the same network arranged plainly, in one run.

Whole frames at 480p: upload, step, index mask back. Ours replays recorded graphs (docs/adr/0036). Plainly, as
papers' code does it: one call after the other under autocast, batch norms apart, channels first, image and
object features joined before each convolution, and the result waited for before the next frame. Both have the
same random weights (the full network) or the shipped ones (the compact).

Latency is from a frame to its index mask, one frame at a time. Throughput is with the index mask of the frame
before fetched while the next is computed. Busy is the share of the time in which the GPU computes. The
roofline is how long the card would take for a frame's arithmetic, or for what its calls read and write if
that is longer, at the rates that it reaches in a large product and a large copy.

    python benchmarks/gpu.py [--device cuda] [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from propagate import plain_arrangement

from xmem_gui.annotator.compute import suited_memory
from xmem_gui.device import autocast, best_precision, device_name, wait_for
from xmem_gui.model import FULL, XMem, find_model, load_network
from xmem_gui.propagation import Engine
from xmem_gui.propagation.graphs import GraphRunner, PlainRecorder

MEGA = 1e6


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    networks: tuple[str, ...] = ("full", "compact")
    size: tuple[int, int] = (480, 854)
    objects: tuple[int, ...] = (1, 2, 5, 10)
    warm_up: int = 12
    frames: int = 60
    seconds: float = 2.0
    flat: int = 2000


QUICK = Plan(networks=("compact",), size=(64, 96), objects=(1, 2), warm_up=2, frames=3, flat=20)


@dataclass
class Row:
    """One network with so many objects, arranged in one way; times in seconds, memory in bytes."""

    network: str
    objects: int
    arrangement: str
    latency: float = 0.0
    latency_95: float = 0.0
    frames_per_second: float = 0.0
    busy: float | None = None
    peak_bytes: int | None = None
    replays: bool = False


class Clip:
    """Frames of noise with squares that move, and the squares of the first."""

    def __init__(self, size: tuple[int, int], objects: int) -> None:
        rng = np.random.default_rng(0)
        self.images, self.masks = [], {}
        height, width = size
        side = height // 6
        ground = rng.integers(0, 128, (height, width, 3), np.uint8)
        for frame in range(30):
            image = ground.copy()
            for name in range(1, objects + 1):
                top, left = (name * 37 + frame) % (height - side), (name * 71 + 2 * frame) % (width - side)
                image[top : top + side, left : left + side] = 128 + 12 * name
                if frame == 0:
                    self.masks[name] = np.zeros(size, bool)
                    self.masks[name][top : top + side, left : left + side] = True
            self.images.append(image)

    def image(self, frame: int) -> np.ndarray:
        there_and_back = frame % (2 * len(self.images) - 2)
        return self.images[min(there_and_back, 2 * len(self.images) - 2 - there_and_back)]


def network_of(name: str) -> XMem:
    torch.manual_seed(0)
    return XMem(FULL) if name == "full" else load_network(find_model(name))


def ours(network: XMem, device: torch.device) -> Engine:
    if device.type == "cuda":
        from xmem_gui.propagation.cuda_graphs import cuda_runner

        runner: Callable[[], GraphRunner] = partial(cuda_runner, device)
    else:
        runner = partial(GraphRunner, PlainRecorder())
    return Engine(network, memory=suited_memory(network.config), device=device, size=None, runner=runner)


def unrecorded(network: XMem, device: torch.device) -> Engine:
    return Engine(network, memory=suited_memory(network.config), device=device, size=None)


def plainly(network: XMem, device: torch.device) -> Engine:
    return Engine(
        network, memory=suited_memory(network.config), device=device, size=None, precision=torch.float32
    )


def arrangements(device: torch.device) -> dict[str, tuple[Callable[[XMem, torch.device], Engine], Callable]]:
    """Return how an engine is made, and in what it is made and called."""

    @contextmanager
    def as_papers_do() -> Iterator[None]:
        with plain_arrangement(), autocast(device, best_precision(device)):
            yield

    return {
        "ours": (ours, nullcontext),
        "no graphs": (unrecorded, nullcontext),
        "plain": (plainly, as_papers_do),
    }


def begun(engine: Engine, clip: Clip, frames: int) -> int:
    """Step over some frames; return the number of the next."""
    engine.start()
    for frame in range(frames):
        engine.step(frame, clip.image(frame), clip.masks if frame == 0 else None).index_mask()
    return frames


def measure(row: Row, engine: Engine, clip: Clip, plan: Plan) -> None:
    """Fill a row."""
    device = engine.device
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    at = begun(engine, clip, plan.warm_up)
    wait_for(device)
    times, until = [], time.perf_counter() + plan.seconds
    while len(times) < plan.frames and (time.perf_counter() < until or len(times) < 3):
        began = time.perf_counter()
        engine.step(at, clip.image(at)).index_mask()
        times.append(time.perf_counter() - began)
        at += 1
    row.latency, row.latency_95 = median(times), sorted(times)[int(0.95 * len(times))]
    began, done, before = time.perf_counter(), 0, None
    while done < plan.frames and (time.perf_counter() < began + plan.seconds or done < 3):
        result = engine.step(at, clip.image(at))
        if row.arrangement == "plain":
            result.index_mask()
        elif before is not None:
            before.index_mask()
        before, at, done = result, at + 1, done + 1
    assert before is not None
    before.index_mask()
    row.frames_per_second = done / (time.perf_counter() - began)
    if device.type == "cuda":
        row.peak_bytes = torch.cuda.max_memory_reserved(device)
        row.busy = busy_share(lambda frame: engine.step(frame, clip.image(frame)).index_mask(), at, device)
    row.replays = engine.replays


def busy_share(step: Callable[[int], object], at: int, device: torch.device, frames: int = 10) -> float:
    """Return the share of the time of some frames in which a CUDA device runs kernels."""
    from torch.profiler import ProfilerActivity, profile

    wait_for(device)
    began = time.perf_counter()
    for frame in range(frames):
        step(at + frame)
    wait_for(device)
    # What kernels take is asked of the profiler, how long it takes in all is not: it slows the host down.
    whole = time.perf_counter() - began
    with profile(activities=[ProfilerActivity.CUDA]) as watched:
        for frame in range(frames, 2 * frames):
            step(at + frame)
        wait_for(device)
    spent = sum(getattr(one, "self_device_time_total", 0) for one in watched.key_averages()) / MEGA
    return spent / whole


def flatness(engine: Engine, clip: Clip, frames: int) -> dict[str, float]:
    """Return how time and memory of a long run's last tenth compare with those of its second."""
    device, tenth = engine.device, max(frames // 10, 1)
    engine.start()
    times, held = [], []
    for frame in range(frames):
        began = time.perf_counter()
        engine.step(frame, clip.image(frame), clip.masks if frame == 0 else None).index_mask()
        times.append(time.perf_counter() - began)
        held.append(torch.cuda.memory_allocated(device) if device.type == "cuda" else engine.memory.bytes)
    return {
        "frames": frames,
        "seconds": sum(times),
        "time_ratio": median(times[-tenth:]) / median(times[tenth : 2 * tenth]),
        "memory_ratio": max(held[-tenth:]) / max(max(held[tenth : 2 * tenth]), 1),
        "longest": max(times[tenth:]),
    }


class _Traffic(TorchDispatchMode):
    """Counts the bytes that calls read and write."""

    bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        if not all(one.alias_info is not None for one in func._schema.returns):
            tensors = [one for one in tree_leaves((args, out)) if isinstance(one, torch.Tensor)]
            self.bytes += sum(one.numel() * one.element_size() for one in tensors)
        return out


@dataclass
class Roofline:
    """A frame, on average over memory frames and others, and what the device reaches."""

    gflop: float
    megabytes: float
    tflops: float
    gigabytes_per_second: float
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.seconds = max(
            self.gflop / (1e3 * self.tflops), self.megabytes / (1e3 * self.gigabytes_per_second)
        )


def roofline(network: XMem, device: torch.device, objects: int, plan: Plan) -> Roofline:
    engine, clip = unrecorded(network, device), Clip(plan.size, objects)
    at = begun(engine, clip, plan.warm_up)
    every = engine.memory.config.memory_every
    with FlopCounterMode(display=False) as counted:
        for frame in range(at, at + every):
            engine.step(frame, clip.image(frame))
    with _Traffic() as traffic:
        for frame in range(at + every, at + 2 * every):
            engine.step(frame, clip.image(frame))
    flop, moved = counted.get_total_flops() / every, traffic.bytes / every
    side = 8192 if device.type == "cuda" else 512
    one = torch.randn(side, side, device=device, dtype=engine.precision)
    product = rate(lambda: one @ one, device)
    large = torch.empty(1 << (29 if device.type == "cuda" else 22), dtype=torch.uint8, device=device)
    other = torch.empty_like(large)
    copy = rate(lambda: other.copy_(large), device)
    return Roofline(flop / 1e9, moved / MEGA, 2 * side**3 * product / 1e12, 2 * large.numel() * copy / 1e9)


def rate(call: Callable[[], object], device: torch.device, repeats: int = 20) -> float:
    """Return how often a second something can be done."""
    for _ in range(3):
        call()
    wait_for(device)
    began = time.perf_counter()
    for _ in range(repeats):
        call()
    wait_for(device)
    return repeats / (time.perf_counter() - began)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield lines for benchmarks/results.md."""
    yield "| network | objects | | latency, 95 % (ms) | frames/s | times plain | busy | peak MB |"
    yield "|---|---|---|---|---|---|---|---|"
    plain = {(one.network, one.objects): one for one in rows if one.arrangement == "plain"}
    for row in rows:
        times = row.frames_per_second / plain[row.network, row.objects].frames_per_second
        busy = "-" if row.busy is None else f"{row.busy:.2f}"
        peak = "-" if row.peak_bytes is None else f"{row.peak_bytes / MEGA:.0f}"
        name = row.arrangement + (" (fell back)" if row.arrangement == "ours" and not row.replays else "")
        yield (
            f"| {row.network} | {row.objects} | {name} | {1e3 * row.latency:.1f}, {1e3 * row.latency_95:.1f} "
            f"| {row.frames_per_second:.1f} | {times:.2f} | {busy} | {peak} |"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="little of everything, to see whether it runs")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    plan, device = QUICK if options.quick else Plan(), torch.device(options.device)
    began, rows = time.perf_counter(), list[Row]()
    print(f"{device_name(device)}, torch {torch.__version__}, {best_precision(device)}", flush=True)
    for name in plan.networks:
        network = network_of(name)
        for objects in plan.objects:
            clip = Clip(plan.size, objects)
            for arrangement, (make, entered) in arrangements(device).items():
                row = Row(name, objects, arrangement)
                with entered():
                    measure(row, make(network, device), clip, plan)
                rows.append(row)
                print(f"{name}, {objects}, {arrangement}: {row.frames_per_second:.1f} frames/s", flush=True)
    flat = flatness(ours(network_of("compact"), device), Clip(plan.size, 2), plan.flat)
    name = plan.networks[0]
    roof = roofline(network_of(name), device, 2, plan)
    found = next(one for one in rows if (one.network, one.objects, one.arrangement) == (name, 2, "ours"))
    print("\n" + "\n".join(table(rows)) + "\n")
    print(
        f"compact, 2 objects, {flat['frames']} frames: the last tenth takes {flat['time_ratio']:.2f} of the "
        f"second's time and {flat['memory_ratio']:.2f} of its memory; the longest frame "
        f"{1e3 * flat['longest']:.0f} ms"
    )
    print(
        f"roofline, {name}, 2 objects: {roof.gflop:.1f} GFLOP and {roof.megabytes:.0f} MB a frame at "
        f"{roof.tflops:.3g} TFLOP/s and {roof.gigabytes_per_second:.3g} GB/s are "
        f"{1e3 * roof.seconds:.2f} ms, {roof.seconds * found.frames_per_second:.2f} of ours"
    )
    print(f"took {time.perf_counter() - began:.0f} s")
    if options.json:
        facts = {"device": device_name(device), "torch": torch.__version__, "quick": options.quick}
        results = {"rows": [asdict(row) for row in rows], "flat": flat, "roofline": asdict(roof)}
        options.json.write_text(json.dumps(facts | results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    sys.exit(main())
