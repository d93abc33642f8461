"""Stalls of the whole window during the main job and on a long project, and how soon it can be used.

Run ``python benchmarks/window.py [--frames 10000] [--objects 20] [--rounds 5] [--where] [--json FILE]``. The
real window, without a screen, with the shipped models:

- start: from starting Python until the window is on the screen and everything in it is made; from opening the
  sample as a new video until its first frame is on the screen, and until the networks are loaded
- main job: the sample; loading of the networks, two objects, clicks, a scribble, tracking, cancel, going on,
  its end, mending, both ways, undo and redo of everything, review, every view, every dialog twice, themes,
  export, import, close
- long project: scrubbing, zooming and moving the timeline, selecting objects, painting, undo, playing, a run
  (masks only), its undo and redo, review, every dialog, deleting an object; then the window is closed

A stall is how much later than asked a timer of 5 ms comes in the window's event loop; "own work" is the
processor time of the window's thread from one timer to the next. What else runs on the machine, or holds
Python's lock, counts in the first only: see the load.
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
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "e2e")]

import hand as hands
import numpy as np
import parts_of_window as rest
from hand import Hand
from PySide6.QtCore import Qt
from stalls import Watch
from timeline import Row, make, spin

from xmem_gui.assets import asset
from xmem_gui.collector import Loading

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
from xmem_gui.collector import Loading
loading = Loading()
from xmem_gui.cli import main
from xmem_gui.gui.app import make_application, make_window
from xmem_gui.gui.state.preferences import Preferences
window, session = make_window(make_application(), Preferences())
moments = []
def moment():
    moments.append((time.time(), time.process_time(), "torch" in sys.modules))
def ready():
    loading.end()
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


def main_job(hand: Hand, folder: Path, *, where: bool) -> Watch:
    watch = Watch(where=where)
    out = folder / "out"
    for what, work in (
        ("opening", lambda: open_first(hand, folder)),
        ("loading the networks", lambda: load_networks(hand)),
        ("clicks and scribbles", lambda: prompt(hand)),
        ("tracking", lambda: follow(hand)),
        ("the end of tracking", lambda: hand.settle()),
        ("mending, both ways", lambda: mend(hand)),
        ("undo and redo of everything", lambda: undo_and_redo(hand)),
        *rest.reviewing(hand), *rest.views(hand), *rest.dialogs(hand),
        ("export", lambda: export(hand, out)),
        ("looking at masks to import", lambda: rest.look_at_import(hand, out)),
        ("importing masks", lambda: rest.import_masks(hand)),
        ("closing the project", lambda: close(hand)),
    ):  # fmt: skip
        watch.part(what, work)
    return watch


def open_first(hand: Hand, folder: Path) -> None:
    """Open the sample until its first picture is shown; nothing is waited for that is loaded then."""
    from xmem_gui.gui.state.recents import own_sample

    hand.warm = []
    hand.window._warm.device.connect(hand.warm.append)
    hand.window.openers.open(own_sample(folder))
    hand.wait(lambda: hand.session.annotator is not None and hand.canvas.rendition is not None, "a picture")


def load_networks(hand: Hand) -> None:
    hand.wait(lambda: bool(hand.warm), "the networks")
    hand.settle()


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
    hand.wait(lambda: hand.session.job is not None, "the rest")
    hand.wait(lambda: hand.session.job is None or hand.session.job.done >= hand.session.job.total - 1 > 0)


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

    hand.do("file.export")
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


def long_project(hand: Hand, folder: Path, frames: int, objects: int, *, where: bool) -> Watch:
    path = make(folder, frames, objects)
    watch = Watch(where=where)
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
        *rest.long_run(hand, frames), *rest.reviewing(hand), *rest.dialogs(hand),
        ("deleting an object and undo", lambda: rest.delete_and_undo(hand)),
        ("closing the project", lambda: close(hand)),
    ):  # fmt: skip
        watch.part(what, work)
    return watch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--where", action="store_true", help="say where the window was in long stalls")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    hands.WAIT = 900_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        rows = starting(options.rounds, folder) if options.rounds else []
        from xmem_gui.gui.app import make_application, make_window
        from xmem_gui.gui.state.preferences import Preferences

        preferences = Preferences(folder / "settings")
        preferences.set(hints_shown=True)
        making = Loading()
        hand = Hand(*make_window(make_application(), preferences))
        making.end()
        hand.window.resize(1280, 720)
        watches = {"main job": main_job(hand, folder, where=options.where)}
        if options.frames:
            watches["long project"] = long_project(
                hand, folder, options.frames, options.objects, where=options.where
            )
        watches["the window"] = Watch(where=options.where)
        watches["the window"].part("closing the window", hand.close)
        for what, watch in watches.items():
            rows += watch.whole(what)
            watch.tell()
    print(f"load before the run {load:.1f}, after it {os.getloadavg()[0]:.1f}")
    for row in rows:
        print(f"{row.what:60} {row.value:9.2f} {row.unit:3} {row.limit}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
