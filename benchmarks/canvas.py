"""The canvas with 1080p frames: scrubbing, zooming, moving, painting, playing.

A clip of 80 frames (1920 x 1080, 30 a second, H.264) with three objects on each frame is opened in the
canvas of the window, without a screen (Qt's offscreen platform, which draws as the window does). Decoded
frames are in the cache; masks are read from the project on each pass and laid over each other anew.

- scrub: from asking for the next frame until the frame with its masks is on the canvas
- zoom, pan: how long the window's thread takes for a step, by the clock and in processor time (which other
  programs do not lengthen), and until the picture is crisp again
- brush: likewise, for one movement of a brush of 40 pixels
- play: pictures shown in the time the clip takes, of those there are

The load of the machine before the run is printed: what else runs counts.

    python benchmarks/canvas.py [--width 1280] [--height 720] [--rounds 3] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from xmem_gui.gui.canvas import CanvasPanel
from xmem_gui.gui.context import make_context
from xmem_gui.gui.controllers.player import Player
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.theme import Theme
from xmem_gui.heap import keep_heap

W, H, FRAMES, RATE = 1920, 1080, 80, 30
LIMIT = 120.0


def make_clip(folder: Path) -> Path:
    from xmem_gui.video import VideoWriter

    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.integers(0, 255, (H, W + 4 * FRAMES, 3), np.uint8), (0, 0), 3)
    path = folder / "clip.mp4"
    with VideoWriter(path, size=(W, H), rate=RATE, crf=23) as writer:
        for frame in range(FRAMES):
            writer.write(np.ascontiguousarray(texture[:, 4 * frame : 4 * frame + W]))
    return path


def add_objects(session: Session, wait: Callable[[Callable[[], bool]], None]) -> None:
    rows, columns = np.ogrid[:H, :W]
    done = []

    def work(annotator):
        from xmem_gui.project import SetMasks

        ids = [annotator.project.add_object(f"object {i}").id for i in range(3)]
        for frame in range(FRAMES):
            masks = {
                one: (rows - 540) ** 2 / 300**2 + (columns - 400 - 500 * i - 2 * frame) ** 2 / 230**2 < 1
                for i, one in enumerate(ids)
            }
            annotator.project.apply(SetMasks(frame, masks))

    session.edit(work, lambda _: done.append(True))
    wait(lambda: bool(done))


@dataclass
class Steps:
    clock: list[float]
    processor: list[float]

    def summary(self) -> dict[str, dict[str, float]]:
        return {"clock": milliseconds(self.clock), "processor": milliseconds(self.processor)}


class Bench:
    def __init__(self, folder: Path, width: int, height: int) -> None:
        self.app = QApplication([])
        Theme(self.app, "dark")
        context = make_context(Preferences(folder / "settings"))
        self.session, self.actions, self.frames = context.session, context.actions, context.frames
        self.session.notice.connect(lambda notice: print(notice.text, file=sys.stderr))
        self.player = Player(context)
        self.panel = CanvasPanel(context)
        self.panel.resize(width, height)
        self.panel.show()
        self.view = self.panel.view
        self.shown: list[tuple[float, int]] = []
        self.view.shown.connect(self._on_shown)
        opened: list[bool] = []
        self.session.opened.connect(lambda: opened.append(True))
        self.session.open(make_clip(folder))
        self.wait(lambda: bool(opened))
        add_objects(self.session, self.wait)
        for frame in range(FRAMES):
            self.go(lambda frame=frame: setattr(self.session, "frame", frame))

    def _on_shown(self, frame: int) -> None:
        self.view.repaint()
        self.shown.append((time.perf_counter(), frame))

    def wait(self, until: Callable[[], bool]) -> None:
        began = time.perf_counter()
        while not until():
            self.app.processEvents()
            time.sleep(0.0002)
            if time.perf_counter() - began > LIMIT:
                raise SystemExit("timed out")

    def go(self, act: Callable[[], object]) -> float:
        """Return seconds from an act until the then current frame is drawn."""
        self.shown.clear()
        began = time.perf_counter()
        act()
        frame = self.session.frame
        self.wait(lambda: any(number == frame for _, number in self.shown))
        return next(when for when, number in self.shown if number == frame) - began

    def to_start(self) -> None:
        if self.session.frame:
            self.go(lambda: setattr(self.session, "frame", 0))

    def _next(self) -> None:
        self.session.frame += 1

    def settle(self) -> None:
        self.wait(lambda: self.frames.is_idle)
        self.app.processEvents()

    def scrub(self, rounds: int) -> Steps:
        """Processor time is that of all threads here."""
        times = Steps([], [])
        for _ in range(rounds):
            self.to_start()
            # A key pressed now and then, not held: navigation leaves repeats out while a frame is awaited.
            for _ in range(FRAMES - 1):
                used = time.process_time()
                times.clock.append(self.go(self._next))
                times.processor.append(time.process_time() - used)
        return times

    def steps(self, act: Callable[[int], object], count: int) -> tuple[Steps, float]:
        """Return what each step takes of the window's thread, and seconds from the last until it is crisp."""
        times = Steps([], [])
        for number in range(count):
            began, used = time.perf_counter(), time.thread_time()
            act(number)
            self.view.repaint()
            times.clock.append(time.perf_counter() - began)
            while time.perf_counter() < began + 1 / 60:  # then comes the next
                self.app.processEvents()
                time.sleep(0.002)
            times.processor.append(time.thread_time() - used)
        began = time.perf_counter()
        self.settle()
        return times, time.perf_counter() - began

    def play(self) -> tuple[int, int]:
        """Return pictures shown and pictures there are, the cache warm."""
        self.to_start()
        self.shown.clear()
        self.player.play()
        self.wait(lambda: self.player.direction == 0)
        self.settle()
        return len({frame for _, frame in self.shown}), FRAMES

    def brush(self) -> Steps:
        self.panel.choose("tool.brush")
        self.session.selected = self.session.objects[0].id
        self.panel.desk.options = self.panel.desk.options.with_radius(40)
        self.settle()
        times, view = Steps([], []), self.view
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
        for number in range(100):
            at = QPointF(200 + 6 * number % 700, 200 + round(90 * np.sin(number / 8)))
            move = QMouseEvent(
                QEvent.Type.MouseMove, at, view.mapToGlobal(at), Qt.MouseButton.NoButton,
                Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
            )  # fmt: skip
            began, used = time.perf_counter(), time.thread_time()
            QApplication.sendEvent(view, move)
            self.app.processEvents()
            times.clock.append(time.perf_counter() - began)
            times.processor.append(time.thread_time() - used)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
        self.settle()
        return times

    def end(self) -> None:
        ended: list[bool] = []
        self.frames.stop()
        self.session.shut_down(ended.append)
        self.wait(lambda: bool(ended))


def milliseconds(times: list[float]) -> dict[str, float]:
    points = {"median": 50, "p95": 95, "p99": 99, "worst": 100}
    return {name: round(1000 * float(np.percentile(times, at)), 1) for name, at in points.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    keep_heap()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.width, options.height)
        found: dict[str, object] = {"load": os.getloadavg()[0], "canvas": [options.width, options.height]}
        found["scrub_ms"] = bench.scrub(options.rounds).summary()
        middle = QPointF(options.width / 2, options.height / 2)
        zoom, crisp = bench.steps(lambda n: bench.view.zoom(1.05 if n % 60 < 30 else 1 / 1.05, middle), 120)
        found["zoom_ms"], found["crisp_after_zoom_ms"] = zoom.summary(), round(1000 * crisp, 1)
        bench.view.zoom(3.0)
        pan, crisp = bench.steps(
            lambda n: setattr(
                bench.view, "place", bench.view.place.moved(*((9, 5) if n % 60 < 30 else (-9, -5)))
            ),
            120,
        )
        found["pan_ms"], found["crisp_after_pan_ms"] = pan.summary(), round(1000 * crisp, 1)
        bench.view.fit()
        bench.settle()
        found["brush_ms"] = bench.brush().summary()
        played = [bench.play() for _ in range(options.rounds)]
        found["played"] = [f"{shown} of {all_}" for shown, all_ in played]
        bench.end()
    for name, value in found.items():
        print(f"{name:22} {value}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
