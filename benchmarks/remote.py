"""A GPU elsewhere against this machine, in turn: frames a second, and how long a click takes.

    ray start --head --ray-client-server-port 10001 --include-dashboard false
    python benchmarks/remote.py --address ray://127.0.0.1:10001

With both ends on one machine the ratio is what packing, Ray and unpacking take from a processor.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.annotator.computer import Computer, ThisMachine
from xmem_gui.assets import asset
from xmem_gui.cluster.remote import RemoteComputer
from xmem_gui.cluster.remote_frames import pack, unpack
from xmem_gui.interaction import Point, Prompts

NAMES = ("here", "elsewhere, first pass", "elsewhere, again")


def opened(place: Path, settings: EngineSettings) -> Annotator:
    annotator = Annotator.open(asset("sample/sample.mp4"), project=place, settings=settings)
    annotator.add_object()
    mask = np.zeros((annotator.video.height, annotator.video.width), bool)
    mask[90:300, 170:330] = True
    annotator.set_mask(0, 1, mask)
    return annotator


def frames_a_second(annotator: Annotator, frames: int) -> float:
    """Track so many frames; the time of the first is not counted, for what is committed is made then."""
    results = annotator.run(Propagation("forward", last=frames))
    next(results)
    began = time.perf_counter()
    return sum(1 for _ in results) / (time.perf_counter() - began)


def click_seconds(annotator: Annotator, clicks: int) -> list[float]:
    annotator.prompting.prepare(0)
    prompts, found = Prompts(), []
    for number in range(clicks):
        prompts = prompts.plus(Point(200.0 + 15 * number, 180.0))
        began = time.perf_counter()
        annotator.prompting.propose(0, 1, prompts)
        found.append(time.perf_counter() - began)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--address", default="ray://127.0.0.1:10001")
    parser.add_argument("--size", type=int, default=480)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="compact")
    options = parser.parse_args()
    settings = EngineSettings(model=options.model, size=options.size)
    remote = RemoteComputer(options.address)
    began = time.perf_counter()
    remote.link()
    print(f"connected to {remote.name} in {time.perf_counter() - began:.1f} s")
    rates: dict[str, list[float]] = {name: [] for name in NAMES}
    clicks: dict[str, list[float]] = {"here": [], "elsewhere": []}
    with tempfile.TemporaryDirectory() as folder:
        computers: dict[str, Computer] = {"here": ThisMachine(), "elsewhere": remote}
        for number in range(options.rounds):
            for name, computer in computers.items():
                with opened(Path(folder) / f"{name}{number}.xmem", settings) as annotator:
                    annotator.computer = computer
                    annotator.prepare()
                    rates[name if name == "here" else NAMES[1]].append(
                        frames_a_second(annotator, options.frames)
                    )
                    if name != "here":
                        rates[NAMES[2]].append(frames_a_second(annotator, options.frames))
                    clicks[name] += click_seconds(annotator, 4)[1:]
                    picture = annotator.video.frame(0)
    remote.close()
    base = statistics.median(rates["here"])
    for name in NAMES:
        rate = statistics.median(rates[name])
        print(f"{name:24} {rate:6.2f} frames/s  {rate / base:5.2f}")
    for name, seconds in clicks.items():
        print(f"a click {name:16} {statistics.median(seconds) * 1000:6.0f} ms")
    began = time.perf_counter()
    packed = pack(picture)
    middle = time.perf_counter()
    unpack(packed)
    print(
        f"a frame {picture.shape[1]}x{picture.shape[0]}: packed in {(middle - began) * 1000:.1f} ms to "
        f"{packed.bytes / 1000:.0f} kB, unpacked in {(time.perf_counter() - middle) * 1000:.1f} ms"
    )


if __name__ == "__main__":
    main()
