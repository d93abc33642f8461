"""Stalls of the whole window during the main job and on a long project, and how soon it can be used.

Run ``python benchmarks/window.py [--frames 10000] [--objects 20] [--rounds 5] [--json FILE]``. The real
window, without a screen, with the shipped models:

- start: from starting Python until the window is on the screen and everything in it is made; from opening the
  sample as a new video until its first frame is on the screen, and until the networks are loaded
- main job: the sample; two objects, clicks, a scribble, following, cancel, going on, mending, both ways, undo
  and redo of everything, export, close
- long project: scrubbing, zooming and moving the timeline, selecting objects, painting, undo, playing

A stall is how much later than asked a timer of 5 ms comes in the window's event loop; "own work" is the same
in processor time of the window's thread. What else runs on the machine counts in the first: see the load.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "e2e")]

import hand as hands
import numpy as np
from hand import Hand
from PySide6.QtCore import Qt
from timeline import Monitor, Row, make, spin

from xmem_gui.assets import asset

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
RABBIT, HEAD = (240, 240), (232, 120)
ROCKS, BELLY = ((80, 225), (90, 255), (105, 262)), ((200, 200), (235, 240), (240, 280))
_CHILD = """
import json, os, sys, time
from pathlib import Path
from xmem_gui.cli import main
from xmem_gui.gui.app import make_application, make_window
from xmem_gui.gui.state.preferences import Preferences
window, session = make_window(make_application(), Preferences())
moments = []
def moment():
    moments.append((time.time(), time.process_time(), "torch" in sys.modules))
def ready():
    moment()
    window.workspace.canvas.view.shown.connect(shown)
    window._warm.device.connect(warm)
    session.open(Path(sys.argv[1]))
def shown(frame):
    if len(moments) == 1:
        window.workspace.canvas.view.repaint()
        moment()
def warm(device):
    moment()
    print(json.dumps(moments), flush=True)
    os._exit(0)
window.ready.connect(ready)
window.show()
from PySide6.QtWidgets import QApplication
QApplication.exec()
"""


def starting(rounds: int, folder: Path) -> list[Row]:
    """Start the program again and again; the first is thrown away, for files come from the disk then."""
    spent = []
    for number in range(rounds + 1):
        video = folder / f"start {number}" / "sample.mp4"
        video.parent.mkdir()
        shutil.copyfile(asset("sample/sample.mp4"), video)
        began = time.time()
        out = subprocess.run(
            [sys.executable, "-c", _CHILD, str(video)], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        ready, shown, warm = json.loads(out)
        assert not shown[2], "torch is imported before the first frame is there"
        spent.append([ready[0] - began, *np.subtract(shown, ready)[:2], *np.subtract(warm, ready)[:2]])
    spent = np.array(spent[1:])
    window, first, first_cpu, networks, networks_cpu = np.median(spent, axis=0).tolist()
    return [Row("start to a usable window, median", window, "s", "< 2.5"),
            Row("start to a usable window, slowest", spent[:, 0].max(), "s"),
            Row("opening to the first frame, median", first, "s"),
            Row("opening to the first frame, processor time", first_cpu, "s"),
            Row("opening to networks loaded, median", networks, "s"),
            Row("opening to networks loaded, processor time", networks_cpu, "s")]  # fmt: skip


class Watch:
    """Gathers what monitors found, part by part."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._late: list[float] = []
        self._own: list[float] = []

    def part(self, what: str, work: Callable[[], object]) -> None:
        """Do a part of the job with a monitor at it."""
        monitor = Monitor()
        monitor.start()
        work()
        late, own = list(monitor.late), list(monitor.own)
        self.rows += [row for row in monitor.rows(what) if "longest" in row.what]
        self._late += late
        self._own += own

    def whole(self, what: str) -> list[Row]:
        """Return what was found over all parts, and then each part."""
        monitor = Monitor()
        monitor.start()
        monitor.late, monitor.own = self._late, self._own
        return monitor.rows(what) + self.rows


def main_job(hand: Hand, folder: Path) -> list[Row]:
    watch = Watch()
    from xmem_gui.gui.state.recents import own_sample

    watch.part("opening", lambda: hand.open(own_sample(folder)))
    watch.part("clicks and scribbles", lambda: prompt(hand))
    watch.part("following", lambda: follow(hand))
    watch.part("mending, both ways", lambda: mend(hand))
    watch.part("undo and redo of everything", lambda: undo_and_redo(hand))
    watch.part("export", lambda: export(hand, folder / "out"))
    watch.part("closing the project", lambda: close(hand))
    return watch.whole("main job")


def prompt(hand: Hand) -> None:
    hand.add_object()
    hand.click(*RABBIT)
    hand.click(*HEAD)
    hand.add_object()
    hand.key(Qt.Key.Key_S)
    hand.stroke(ROCKS)
    hand.stroke(BELLY, right=True)


def follow(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F)
    hand.wait(lambda: hand.session.job is not None and hand.session.job.done >= 40, "half of it")
    hand.key(Qt.Key.Key_Escape)
    hand.settle()
    hand.key(Qt.Key.Key_F, CTRL | ALT)
    hand.finished()


def mend(hand: Hand) -> None:
    hand.go(60)
    hand.key(Qt.Key.Key_1)
    hand.key(Qt.Key.Key_C)
    hand.click(RABBIT[0], RABBIT[1] - 60)
    hand.key(Qt.Key.Key_F, SHIFT)
    hand.finished()


def undo_and_redo(hand: Hand) -> None:
    for action, keys in (("edit.undo", CTRL), ("edit.redo", CTRL | SHIFT)):
        while hand.action(action).isEnabled():
            hand.key(Qt.Key.Key_Z, keys)
            hand.settle()


def export(hand: Hand, place: Path) -> None:
    from xmem_gui.gui.dialogs import ExportDialog

    hand.key(Qt.Key.Key_E, CTRL)
    dialog = hand.dialog(ExportDialog)
    dialog.form.destination.setText(str(place))
    hand.settle()
    hand.wait(dialog.bar.begin.isEnabled, "the preview")
    dialog.bar.begin.click()
    hand.said("Exported to")
    dialog.close()


def close(hand: Hand) -> None:
    hand.do("file.close")
    hand.wait(lambda: hand.session.annotator is None, "closing")
    hand.settle()


def long_project(hand: Hand, folder: Path, frames: int, objects: int) -> list[Row]:
    path = make(folder, frames, objects)
    watch = Watch()
    rng = np.random.default_rng(0)

    def scrub() -> None:
        for frame in rng.integers(0, frames, 100).tolist():
            hand.session.frame = frame
            spin(10)

    def zoom() -> None:
        for action in ("timeline.zoom_in",) * 12 + ("timeline.zoom_out",) * 12:
            hand.do(action)
            spin(20)

    def select() -> None:
        for number in range(40):
            hand.key(Qt.Key.Key_PageDown if number % 5 else Qt.Key.Key_PageUp)
            spin(10)

    def edit() -> None:
        hand.key(Qt.Key.Key_D)
        for number in range(6):
            hand.press([(10 + number, 10), (30, 12 + number), (40, 20)])
            hand.settle()
        for _ in range(6):
            hand.key(Qt.Key.Key_Z, CTRL)
            hand.settle()

    def play() -> None:
        hand.do("play.forward")
        spin(4000)
        hand.do("play.forward")

    for what, work in (
        ("opening", lambda: hand.open(path)), ("scrubbing", scrub), ("zooming the timeline", zoom),
        ("selecting", select), ("painting and undo", edit), ("playing", play),
        ("closing the project", lambda: close(hand)),
    ):  # fmt: skip
        watch.part(what, work)
    return watch.whole("long project")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    hands.WAIT = 900_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        rows = starting(options.rounds, folder)
        from xmem_gui.gui.app import make_application, make_window
        from xmem_gui.gui.state.preferences import Preferences

        preferences = Preferences(folder / "settings")
        preferences.set(hints_shown=True)
        hand = Hand(*make_window(make_application(), preferences))
        hand.window.resize(1280, 720)
        rows += main_job(hand, folder)
        rows += long_project(hand, folder, options.frames, options.objects)
        hand.close()
    print(f"load before the run {load:.1f}, after it {os.getloadavg()[0]:.1f}")
    for row in rows:
        print(f"{row.what:45} {row.value:9.2f} {row.unit:3} {row.limit}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
