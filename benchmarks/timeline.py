"""How fast the timeline is: time to paint it, and stalls of the window while one works with it.

Run ``python benchmarks/timeline.py [--frames 10000] [--objects 20] [--json FILE]``. It makes a video and a
project in a temporary folder, opens them in the window's timeline without a screen, and scrubs, zooms, moves,
runs a propagation (without a network: masks only) and undoes it. A stall is how much later than asked a timer
of 5 ms comes; "own work" is the same in processor time of the window's thread, which is what a machine with
nothing else to do would show.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from xmem_gui.annotator import Annotator
from xmem_gui.gui import theme
from xmem_gui.gui.context import make_context
from xmem_gui.gui.controllers.player import Player
from xmem_gui.gui.state.jobs import JobControl
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.timeline import TimelinePanel
from xmem_gui.project import Origin, Rle, SetMasks
from xmem_gui.video import VideoWriter

SIZE = (64, 36)
STALL_99, STALL_MOST = 50.0, 200.0
_TICK = 5


@dataclass
class Row:
    what: str
    value: float
    unit: str
    limit: str = ""


class Monitor:
    """Notes how late a timer comes, by the clock and by the thread's processor time."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.own: list[float] = []
        self._timer = QTimer(interval=_TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.late, self.own = [], []
        self._wall, self._work = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now, work = time.perf_counter(), time.thread_time()
        self.late.append(max(0.0, 1000 * (now - self._wall) - _TICK))
        self.own.append(1000 * (work - self._work))
        self._wall, self._work = now, work

    def rows(self, what: str) -> list[Row]:
        self.stop()
        late, own = np.array(self.late or [0.0]), np.array(self.own or [0.0])
        return [
            Row(f"{what}: stall, 99th percentile", float(np.percentile(late, 99)), "ms", f"< {STALL_99:g}"),
            Row(f"{what}: longest stall", float(late.max()), "ms", f"< {STALL_MOST:g}"),
            Row(f"{what}: own work, 99th percentile", float(np.percentile(own, 99)), "ms", f"< {STALL_99:g}"),
            Row(f"{what}: longest own work", float(own.max()), "ms", f"< {STALL_MOST:g}"),
        ]


def make(folder: Path, frames: int, objects: int) -> Path:
    """Make a video and fill its project: spans, gaps, dips of confidence, key frames."""
    path = folder / "clip.mp4"
    width, height = SIZE
    columns = np.arange(width)
    with VideoWriter(path, size=SIZE, rate=25) as writer:
        for frame in range(frames):
            image = np.empty((height, width, 3), np.uint8)
            image[:] = ((columns * 3 + frame) % 256)[None, :, None]
            writer.write(image)
    rng = np.random.default_rng(0)
    mask = np.zeros((height, width), bool)
    mask[5:15, 5:20] = True
    seen, gone = Rle.from_mask(mask), Rle.from_mask(np.zeros_like(mask))
    with Annotator.open(path) as annotator:
        project = annotator.project
        ids = [project.add_object().id for _ in range(objects)]
        with project.run() as run:
            for frame in range(frames):
                masks = {one: seen if (frame // 400 + one) % 3 else gone for one in ids}
                run.put(frame, masks, confidence={one: float(rng.uniform(0.5, 1)) for one in ids})
        for one in ids:
            for frame in rng.choice(frames, 20, replace=False).tolist():
                project.apply(SetMasks(frame, {one: seen}, Origin.DRAWN, commit=True))
    return path


def spin(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(done: Callable[[], bool]) -> None:
    while not done():
        spin(10)


def steps(work: Callable[[int], object], count: int, *, every: int = 10) -> None:
    """Do something again and again with the event loop in between."""
    for number in range(count):
        work(number)
        spin(every)


def painting(panel: TimelinePanel) -> list[Row]:
    rows = []
    for width in (1280, 2560):
        panel.resize(width, 560)
        spin(300)
        for track in (panel.ruler, panel.filmstrip, panel.lanes):
            spent = []
            for _ in range(20):
                begun = time.thread_time()
                track.repaint()
                spent.append(1000 * (time.thread_time() - begun))
            name = type(track).__name__
            rows.append(Row(f"paint {name}, {width} pixels", float(np.median(spent)), "ms", "< 16"))
    panel.resize(1280, 180)
    spin(200)
    return rows


def working(session: Session, panel: TimelinePanel, frames: int) -> list[Row]:
    """Everything one does with a timeline, watched."""
    monitor, rows, chance = Monitor(), [], random.Random(0)
    viewport = panel.viewport

    def watched(what: str, work: Callable[[], object]) -> None:
        monitor.start()
        work()
        rows.extend(monitor.rows(what))

    def hover(number: int) -> None:
        viewport.hover = number * 37 % frames

    watched("scrub", lambda: steps(lambda _: setattr(session, "frame", chance.randrange(frames)), 150))
    watched("zoom", lambda: steps(lambda n: viewport.zoom(1.25 if n % 60 < 30 else 0.8, 700), 120))
    viewport.zoom(8)
    watched("move", lambda: steps(lambda n: viewport.move(60 if n % 80 < 40 else -60), 120))
    viewport.fit()
    watched("lanes up and down", lambda: steps(lambda n: setattr(viewport, "top", n * 11 % 300), 100))
    watched("hover", lambda: steps(hover, 100))
    watched("a run of 600 frames", lambda: propagate(session, frames))
    watched("undo of it", lambda: undo(session))
    return rows


def propagate(session: Session, frames: int) -> None:
    mask = np.zeros((SIZE[1], SIZE[0]), bool)
    mask[3:9, 3:9] = True
    ids = [one.id for one in session.objects]

    def work(annotator: Annotator, control: JobControl) -> None:
        with annotator.project.run(replace_reviewed=True) as run:
            for done, frame in enumerate(range(frames // 3, frames // 3 + 600), start=1):
                run.put(frame, dict.fromkeys(ids, mask), confidence=0.6)
                control.progress(done, 600, frame)
                time.sleep(0.005)

    session.run("Forward", work)
    until(lambda: session.job is None)


def undo(session: Session) -> None:
    done: list[object] = []
    session.edit(lambda annotator: annotator.undo(), done.append)
    until(lambda: bool(done))
    spin(300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    application = QApplication([])
    look = theme.Theme(application, "dark")
    with tempfile.TemporaryDirectory() as folder:
        context = make_context(Preferences(Path(folder)))
        session = context.session
        panel = TimelinePanel(context, Player(context))
        panel.resize(1280, 180)
        panel.show()
        path = make(Path(folder), options.frames, options.objects)
        session.open(path)
        until(lambda: session.annotator is not None)
        spin(500)
        rows = painting(panel) + working(session, panel, options.frames)
        ended: list[bool] = []
        session.shut_down(ended.append)
        until(lambda: bool(ended))
        context.frames.stop()
    del look
    print(f"{options.frames:,} frames, {options.objects} objects, load {os.getloadavg()[0]:.1f}")
    for row in rows:
        print(f"{row.what:45} {row.value:9.2f} {row.unit:3} {row.limit}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
