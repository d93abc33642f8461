"""What corrections cost: commits read in every frame, suggestions, the memory saved and loaded.

python benchmarks/corrections.py [--size 480] [--frames 10000] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.annotator.propagation.checkpoint import Snapshot, load_snapshot, save_snapshot
from xmem_gui.annotator.propagation.descriptors import Descriptors
from xmem_gui.annotator.propagation.suggestions import suggest
from xmem_gui.assets import asset
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.heap import keep_heap
from xmem_gui.memory import FeatureMemory, MemoryConfig
from xmem_gui.project import Fingerprint, Origin, Project, SetMasks, VideoReference
from xmem_gui.propagation import Engine, FrameResult, Geometry
from xmem_gui.video import CachedSource, open_source

HEIGHT, WIDTH = 480, 854


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Return the median processor time of a call, which a busy machine disturbs least."""
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return median(taken)


def frame_with_commits(size: int, repeats: int) -> dict[int, float]:
    """Return the time of a frame of the sample with 1 to 20 committed frames."""
    with CachedSource(open_source(asset("sample/sample.mp4"))) as video:
        step = len(video) // 21
        images = [video.frame(step * place) for place in range(21)]
    mask = read_index_mask(asset("sample/sample.png")) == 1
    engines: dict[int, Engine] = {}
    for commits in (1, 5, 8, 10, 20):
        engine = engines[commits] = make_engine(EngineSettings(size=size, device="cpu"))
        for frame in range(commits):
            engine.commit(frame, images[frame], {1: mask})
        engine.start()
        for frame in range(20):
            engine.step(frame, images[frame], {1: mask} if frame == 0 else None)
    # In turns, so that all see the same moods of the machine.
    taken: dict[int, list[float]] = {commits: [] for commits in engines}
    for turn in range(repeats):
        for commits, engine in engines.items():
            began = time.process_time()
            engine.step(100 + turn, images[20])
            taken[commits].append(time.process_time() - began)
    return {commits: median(times) for commits, times in taken.items()}


def suggestions(frames: int, folder: Path) -> float:
    """Return the time for ten suggestions over a long video with three objects and 20 commits."""
    mark = Fingerprint(64, 48, frames, frames / 25, "-", 1)
    project = Project.create(
        folder / "long.xmem", video=VideoReference(folder / "long.mp4", mark), backup_every=None
    )
    rng = np.random.default_rng(0)
    mask = np.ones((48, 64), bool)
    with project:
        names = [project.add_object().id for _ in range(3)]
        with project.run() as run:
            for frame in range(frames):
                sure = {name: float(rng.random()) for name in names}
                run.put(frame, dict.fromkeys(names, mask), confidence=sure)
        for frame in range(0, frames, max(frames // 20, 1)):
            project.apply(SetMasks(frame, dict.fromkeys(names, mask), Origin.DRAWN, commit=True))
        known = Descriptors(frames, folder / "frames.safetensors")
        geometry = Geometry(48, 64)
        for frame in range(frames):
            vector = torch.from_numpy(rng.random(192, np.float32))
            known.put(FrameResult(frame, (), torch.zeros(1, 1, 1), geometry, descriptor=vector))
        return seconds(lambda: suggest(project, known, 10), 5)


def snapshot(folder: Path) -> dict[str, float]:
    """Return size, and times to save and load, of the full network's tiers: 480p, 20 commits, one object."""
    config = MemoryConfig()
    memory = FeatureMemory(config, key_dim=64, value_dim=512, like=torch.empty(0))
    h, w = HEIGHT // 16, -(-WIDTH // 16)
    frames = 20 + config.max_working_frames - 1 + config.max_long_term_tokens // (h * w)
    for frame in range(frames):
        memory.add(
            torch.randn(64, h, w), torch.rand(1, h, w) + 1, torch.rand(64, h, w), {1: torch.randn(512, h, w)},
            permanent=frame,
        )  # fmt: skip
    path = folder / "memory" / "memory.safetensors"
    saved = Snapshot({}, memory.state())
    return {
        "mib": memory.bytes / 2**20,
        "save": seconds(lambda: save_snapshot(path, saved), 3),
        "load": seconds(lambda: load_snapshot(path), 3),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=480, help="the network's shorter side")
    parser.add_argument("--frames", type=int, default=10_000, help="of the long video")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    keep_heap()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        facts = {
            "frame_seconds_by_commits": frame_with_commits(options.size, options.repeats),
            "suggestions_seconds": suggestions(options.frames, Path(folder)),
            "snapshot": snapshot(Path(folder)),
        }
    frame = facts["frame_seconds_by_commits"]
    print("processor time, one thread")
    for commits, taken in frame.items():
        print(f"a frame with {commits:2} commits  {taken:7.3f} s  {taken / frame[1]:5.2f} x")
    print(f"ten suggestions, {options.frames} frames  {facts['suggestions_seconds']:.3f} s")
    print(
        "full tiers  {mib:.0f} MiB, saved in {save:.2f} s, loaded in {load:.2f} s".format(**facts["snapshot"])
    )
    if options.json:
        options.json.write_text(json.dumps(facts, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
