"""Random and sequential access to video frames: how many are wrong, and how fast.

Clips are made with PyAV; every frame carries its number as a bar code over a moving texture, so that a wrong
frame is seen as such. For each clip, 500 frames are asked for in random order and each number is read back
from the picture. Sequential speed is measured over the whole clip, forwards on the bare source, and in both
directions through the cache (64 frames). Two who read in turn, one from the beginning and one from the
middle, as a player does beside a run, share one place in the video, or have a reader each. OpenCV's own seek
gets the first 150 of the same frames.

    python benchmarks/seek.py [--seeks 500] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.video import CachedSource, FrameSource, open_source

BITS = 10
STEPS = (1500, 3000, 3000, 4500, 9000)
CACHED_FRAMES = 64
OPENCV_SEEKS = 150


@dataclass(frozen=True)
class Clip:
    name: str
    suffix: str
    variable: bool
    group: int


@dataclass(frozen=True)
class Row:
    clip: str
    frames: int
    seeks: int
    wrong: int
    seeks_opencv: int
    wrong_opencv: int
    open_ms: float
    random_ms: float
    forward_ms: float
    cached_forward_ms: float
    cached_backward_ms: float
    two_at_one_place_ms: float
    two_at_their_own_ms: float
    random_to_sequential: float
    random_opencv_ms: float


CLIPS = (
    Clip("constant, group 60", ".mp4", variable=False, group=60),
    Clip("variable, group 60", ".mp4", variable=True, group=60),
    Clip("constant, group 250", ".mkv", variable=False, group=250),
    Clip("variable, group 250", ".mkv", variable=True, group=250),
)


def paint(number: int, texture: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    image = np.roll(texture, number * 2, axis=1).copy()
    for bit, bar in enumerate(np.array_split(np.arange(width), BITS)):
        image[: height // 8, bar] = 255 * (number >> bit & 1)
    return image


def number_in(image: npt.NDArray[np.uint8]) -> int:
    height = len(image)
    row = image[height // 32 : 3 * height // 32].mean(axis=(0, 2))
    return sum(1 << bit for bit, bar in enumerate(np.array_split(row, BITS)) if bar[3:-3].mean() > 127)


def write_clip(path: Path, clip: Clip, *, frames: int, width: int, height: int) -> None:
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (height // 16, width // 16, 3), np.uint8)
    texture = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90000)
        stream.codec_context.gop_size = clip.group
        stream.codec_context.max_b_frames = 3
        stream.options = {"preset": "fast", "sc_threshold": "0"}
        pts = 0
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(paint(number, texture, width, height), format="rgb24")
            frame.pts, frame.time_base = pts, Fraction(1, 90000)
            pts += STEPS[number % len(STEPS)] if clip.variable else 3000
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def read_all(source: FrameSource, order: list[int]) -> tuple[int, float]:
    """Return how many frames were wrong, and milliseconds a frame without reading the bar code."""
    wrong, seconds = 0, 0.0
    for index in order:
        start = time.perf_counter()
        image = source.frame(index)
        seconds += time.perf_counter() - start
        wrong += number_in(image) != index
    return wrong, 1000 * seconds / len(order)


def read_in_turn(first: FrameSource, second: FrameSource) -> tuple[int, float]:
    """Return how many frames were wrong, and milliseconds a frame, with two who read half of a clip each."""
    half, wrong, seconds = len(first) // 2, 0, 0.0
    for index in range(half):
        for source, wanted in ((first, index), (second, half + index)):
            start = time.perf_counter()
            image = source.frame(wanted)
            seconds += time.perf_counter() - start
            wrong += number_in(image) != wanted
    return wrong, 1000 * seconds / (2 * half)


def read_opencv(path: Path, order: list[int]) -> tuple[int, float]:
    video = cv2.VideoCapture(str(path))
    wrong, seconds = 0, 0.0
    for index in order:
        start = time.perf_counter()
        video.set(cv2.CAP_PROP_POS_FRAMES, index)
        good, image = video.read()
        seconds += time.perf_counter() - start
        wrong += not good or number_in(image) != index
    video.release()
    return wrong, 1000 * seconds / len(order)


def measure(path: Path, clip: Clip, *, seeks: int) -> Row:
    start = time.perf_counter()
    source = open_source(path)
    open_ms = 1000 * (time.perf_counter() - start)
    frames = len(source)
    order = random.Random(0).choices(range(frames), k=seeks)
    budget = CACHED_FRAMES * source.width * source.height * 3
    with source:
        wrong, forward_ms = read_all(source, list(range(frames)))
        wrong_random, random_ms = read_all(source, order)
    with CachedSource(open_source(path), budget_bytes=budget) as cache:
        wrong_forward, cached_forward_ms = read_all(cache, list(range(frames)))
        wrong_backward, cached_backward_ms = read_all(cache, list(reversed(range(frames))))
    with CachedSource(open_source(path), budget_bytes=budget) as cache:
        wrong_shared, shared_ms = read_in_turn(cache, cache)
    with CachedSource(open_source(path), budget_bytes=budget) as cache:
        wrong_own, own_ms = read_in_turn(cache, cache.reader())
    if wrong + wrong_forward + wrong_backward + wrong_shared + wrong_own:
        raise SystemExit(f"{clip.name}: sequential reading gave wrong frames")
    wrong_opencv, random_opencv_ms = read_opencv(path, order[:OPENCV_SEEKS])
    return Row(
        clip=f"{clip.name} ({path.suffix[1:]})",
        frames=frames,
        seeks=seeks,
        wrong=wrong_random,
        seeks_opencv=min(seeks, OPENCV_SEEKS),
        wrong_opencv=wrong_opencv,
        open_ms=open_ms,
        random_ms=random_ms,
        forward_ms=forward_ms,
        cached_forward_ms=cached_forward_ms,
        cached_backward_ms=cached_backward_ms,
        two_at_one_place_ms=shared_ms,
        two_at_their_own_ms=own_ms,
        random_to_sequential=random_ms / forward_ms,
        random_opencv_ms=random_opencv_ms,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeks", type=int, default=500)
    parser.add_argument("--frames", type=int, default=600, help=f"frames of each clip, below {1 << BITS}")
    parser.add_argument("--size", default="640x360", help="WIDTHxHEIGHT")
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    if not 1 < options.frames < 1 << BITS:
        parser.error(f"--frames must be between 2 and {(1 << BITS) - 1}")
    heads = (
        "wrong",
        "OpenCV wrong",
        "open ms",
        "random ms",
        "OpenCV ms",
        "forward ms",
        "cached fwd/back ms",
        "two: one place / own ms",
        "ratio",
    )
    print(f"{'clip':28s}" + "".join(f"{head:>{len(head) + 3}s}" for head in heads))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for clip in CLIPS:
            path = Path(folder) / f"clip{clip.group}{'v' * clip.variable}{clip.suffix}"
            write_clip(path, clip, frames=options.frames, width=width, height=height)
            row = measure(path, clip, seeks=options.seeks)
            rows.append(row)
            cells = (
                f"{row.wrong}/{row.seeks}",
                f"{row.wrong_opencv}/{row.seeks_opencv}",
                f"{row.open_ms:.0f}",
                f"{row.random_ms:.1f}",
                f"{row.random_opencv_ms:.1f}",
                f"{row.forward_ms:.2f}",
                f"{row.cached_forward_ms:.2f} / {row.cached_backward_ms:.2f}",
                f"{row.two_at_one_place_ms:.2f} / {row.two_at_their_own_ms:.2f}",
                f"{row.random_to_sequential:.1f}",
            )
            print(
                f"{row.clip:28s}" + "".join(f"{c:>{len(h) + 3}s}" for c, h in zip(cells, heads, strict=True)),
                flush=True,
            )
    if options.json:
        result = {
            "benchmark": "seek",
            "machine": platform.platform(),
            "python": platform.python_version(),
            "av": av.__version__,
            "opencv": cv2.__version__,
            "size": [width, height],
            "rows": [asdict(row) for row in rows],
        }
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return 1 if any(row.wrong for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
