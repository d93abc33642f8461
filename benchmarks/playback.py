"""Playing large videos in the window: the first frame, frames shown a second, and those left out.

Run ``python benchmarks/playback.py [--size 3840x2160] [--frames 150] [--rounds 3] [--json FILE]``. Clips are
made with PyAV (H.264 and HEVC, 30 frames a second, B-frames, a group of 250); every frame carries its number
as a bar code. Each is opened in the real window, without a screen, gets objects with a mask on every frame,
and is played from its beginning with nothing decoded yet:

- opening, from asking for the video until its first frame is drawn
- frames shown a second, and how many of those due were left out
- how late timers of 5 ms came in the window's event loop while it played
- stopping in the middle, until the frame is there in all its pixels

A frame on whose picture another number is read is counted as wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import av
import cv2
import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from seek import number_in, paint
from timeline import Monitor

from xmem_gui.gui.app import make_application, make_window
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.heap import keep_heap

RATE = 30
BITS_A_SECOND = {"H.264": 45_000_000, "HEVC": 25_000_000}
"""As cameras write 4K."""
CODECS = {
    "H.264": ("libx264", {"preset": "veryfast", "x264-params": "vbv-maxrate=50000:vbv-bufsize=8000"}),
    "HEVC": (
        "libx265",
        {"preset": "ultrafast", "x265-params": "log-level=none:vbv-maxrate=28000:vbv-bufsize=5000"},
    ),
}
LIMIT = 300.0


@dataclass(frozen=True)
class Row:
    clip: str
    megabits: float
    open_s: float
    shown_a_second: float
    left_out: int
    wrong: int
    late_99_ms: float
    late_most_ms: float
    processor_s: float
    whole_after_stop_ms: float


def make_clip(path: Path, codec: str, size: tuple[int, int], frames: int) -> None:
    """Write a moving texture under a little grain, as cameras do."""
    name, options = CODECS[codec]
    width, height = size
    rng = np.random.default_rng(0)
    texture = cv2.resize(
        rng.integers(0, 256, (height // 16, width // 16, 3), np.uint8), size, interpolation=cv2.INTER_CUBIC
    )
    grain = rng.normal(0, 6, (height + 64, width + 64, 1)).astype(np.int8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(name, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = BITS_A_SECOND[codec]
        stream.codec_context.gop_size = 250
        stream.codec_context.max_b_frames = 3
        stream.options = options
        for number in range(frames):
            x, y = rng.integers(0, 64, 2)
            noise = np.repeat(grain[y : y + height, x : x + width], 3, axis=2)
            image = cv2.add(paint(number, texture, width, height), noise, dtype=cv2.CV_8U)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


class Bench:
    """The window, and what it shows."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        preferences = Preferences(folder / "settings")
        preferences.set(hints_shown=True)
        self.window, self.session = make_window(make_application(), preferences)
        self.session.notice.connect(lambda notice: print(notice.text, file=sys.stderr))
        self.shown: list[tuple[float, int]] = []
        self.wrong = 0
        self.reads = False
        ready: list[bool] = []
        self.warm: list[str] = []
        self.window.ready.connect(lambda: ready.append(True))
        self.window.resize(width, height)
        self.window.show()
        self.wait(lambda: bool(ready))
        self.view = self.window.workspace.canvas.view
        self.frames = self.window.context.frames
        self.actions = self.window.context.actions
        self.view.shown.connect(self._on_shown)
        self.window._warm.device.connect(self.warm.append)

    def _on_shown(self, frame: int) -> None:
        self.view.repaint()
        self.shown.append((time.perf_counter(), frame))
        if self.reads and frame == self.view.rendition.sight.frame:
            image = self.view.rendition.image
            rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
            self.wrong += number_in(rows[..., :3]) != frame

    def wait(self, until: Callable[[], bool]) -> None:
        loop, began = QEventLoop(), time.perf_counter()
        while not until():
            QTimer.singleShot(2, loop.quit)
            loop.exec()
            if time.perf_counter() - began > LIMIT:
                raise SystemExit("timed out")

    def open(self, path: Path) -> float:
        """Return seconds until the first frame is drawn; then wait until all else is loaded."""
        self.shown.clear()
        self.warm.clear()
        began = time.perf_counter()
        self.session.open(path)
        self.wait(lambda: bool(self.shown))
        seconds = self.shown[0][0] - began
        self.wait(lambda: bool(self.warm))
        return seconds

    def draw(self, objects: int) -> None:
        """Give every frame masks: discs that move."""
        from xmem_gui.project import Rle

        annotator = self.session.annotator
        height, width = self.frames.size
        project = annotator.project
        ids = [project.add_object().id for _ in range(objects)]
        with project.run() as run:
            for frame in range(len(annotator.video)):
                masks = {}
                for place, one in enumerate(ids):
                    mask = np.zeros((height, width), np.uint8)
                    x = width * (2 * place + 1) // (2 * objects) + 4 * frame % 200
                    cv2.circle(mask, (x, height // 2), height // 8, 1, -1)
                    masks[one] = Rle.from_mask(mask)
                run.put(frame, masks, confidence=dict.fromkeys(ids, 1.0))
        self.wait(lambda: not self.session.telling and self.frames.is_idle)

    def play(self, frames: int) -> tuple[list[tuple[float, int]], Monitor, float]:
        """Play to the end; return what was shown, how late timers came, and the processor's seconds."""
        monitor = Monitor()
        self.shown.clear()
        used = time.process_time()
        monitor.start()
        self.actions["play.forward"].trigger()
        self.wait(lambda: self.session.frame == frames - 1)
        self.wait(lambda: bool(self.shown) and self.shown[-1][1] == frames - 1)
        self.wait(lambda: not self.frames.is_playing)
        return list(self.shown), monitor, time.process_time() - used

    def stop(self, frame: int) -> float:
        """Play until a frame and stop; return seconds until its pixels are all there."""
        self.session.frame = 0
        self.wait(lambda: self.frames.is_idle)
        self.actions["play.forward"].trigger()
        self.wait(lambda: self.session.frame >= frame)
        began = time.perf_counter()
        self.actions["play.forward"].trigger()
        self.wait(lambda: self.frames.image(self.session.frame) is not None and self.frames.is_idle)
        return time.perf_counter() - began

    def close(self) -> None:
        ended: list[bool] = []
        self.session.close(ended.append)
        self.wait(lambda: bool(ended))


def measure(bench: Bench, name: str, clip: Path, folder: Path, frames: int, objects: int) -> Row:
    path = folder / clip.name
    shutil.copyfile(clip, path)
    open_s = bench.open(path)
    if objects:
        bench.draw(objects)
    bench.reads, bench.wrong = True, 0
    shown, monitor, processor = bench.play(frames)
    monitor._timer.stop()
    bench.reads = False
    order = [frame for _, frame in shown]
    distinct = len(set(order))
    seconds = shown[-1][0] - shown[0][0]
    stopped = bench.stop(frames // 2)
    bench.close()
    return Row(
        clip=name,
        megabits=8e-6 * path.stat().st_size * RATE / frames,
        open_s=open_s,
        shown_a_second=(distinct - 1) / seconds,
        left_out=frames - distinct,
        wrong=bench.wrong,
        late_99_ms=float(np.percentile(monitor.late, 99)),
        late_most_ms=float(np.max(monitor.late)),
        processor_s=processor,
        whole_after_stop_ms=1000 * stopped,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="3840x2160")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--objects", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--codec", choices=CODECS, action="append")
    parser.add_argument("--clips", type=Path, help="keep the clips in this folder, and take them from it")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    keep_heap()
    width, height = map(int, options.size.split("x"))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        bench = Bench(folder, 1600, 900)
        for codec in options.codec or CODECS:
            path = (options.clips or folder) / f"{CODECS[codec][0]} {options.size} {options.frames}.mp4"
            if not path.exists():
                make_clip(path, codec, (width, height), options.frames)
            for number in range(options.rounds):
                place = folder / f"{codec} {number}"
                place.mkdir()
                rows.append(measure(bench, codec, path, place, options.frames, options.objects))
                print(
                    {key: round(value, 2) for key, value in asdict(rows[-1]).items() if key != "clip"}, codec
                )
    print(f"load {os.getloadavg()[0]:.1f}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    os._exit(0)


if __name__ == "__main__":
    main()
