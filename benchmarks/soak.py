"""Work at one project for an hour, at random, with the window open: memory stays flat and nothing fails.

Run ``python benchmarks/soak.py [--minutes 60] [--seed 0] [--objects 20] [--json FILE]``. The real window,
without a screen, on a made video; an untrained network of a few weights stands for XMem, so that what is
measured is the program. Edits, propagations (some of them cancelled), undo and redo, exports, imports, jumps,
and now and then closing and opening again, drawn from the seed and done one after another. The document is
changed by its API, in the threads that the window uses, and all views follow.

- No exception but our own refusals (a locked object, nothing to follow), each of them counted.
- Resident memory: the median of the last sixth of the time against that of the second sixth.
- At the end SQLite's ``integrity_check`` says ok, and the project opens with the masks it was closed with.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "annotator")]

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, QTimer
from tiny_network import use_tiny_network

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.gui.app import make_application, make_window
from xmem_gui.gui.shell.diagnostics import Catcher
from xmem_gui.gui.state.jobs import JobControl
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session
from xmem_gui.project import ChangeObject, DeleteObjects, Project
from xmem_gui.video import VideoWriter

SIZE, FRAMES = (160, 96), 80
EXPORTS = ("davis", "index-png", "binary-png", "coco", "labelme", "cvat")
PATIENCE = 600.0
"""Seconds after which one step has hung."""


def make_video(path: Path) -> Path:
    """Write noise with a bright square that goes to the right."""
    rng = np.random.default_rng(0)
    with VideoWriter(path, size=SIZE, rate=25) as writer:
        for frame in range(FRAMES):
            image = rng.integers(0, 60, (SIZE[1], SIZE[0], 3), np.uint8)
            image[20:60, frame : frame + 40] = (200, 160, 90)
            writer.write(image)
    return path


def resident() -> float:
    """Return the megabytes of memory that the process has now."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Worker:
    """Does one random thing after another in the window."""

    def __init__(self, session: Session, video: Path, folder: Path, *, objects: int, seed: int) -> None:
        self.session, self.video, self.folder, self.objects = session, video, folder, objects
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.failures: list[str] = []
        session.notice.connect(self._on_notice)

    def _on_notice(self, notice: Any) -> None:
        if "inside the program" in notice.text:
            self.failures.append(notice.details)
        elif notice.level == "error":
            self.refused[re.sub(r"(thing )?[0-9.]+", "N", notice.text)[:60]] += 1

    # Waiting

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        began, loop = time.monotonic(), QEventLoop()
        while not ready():
            if time.monotonic() - began > PATIENCE:
                raise AssertionError(f"waited in vain for {what}")
            QTimer.singleShot(5, loop.quit)
            loop.exec()

    def settle(self) -> None:
        for _ in range(2):
            seen: list[None] = []
            for worker in (self.session.engine, self.session.documents):
                worker.submit(lambda: None, seen.append)
            self.wait(lambda: self._is_quiet(seen), "quiet")  # noqa: B023

    def _is_quiet(self, seen: list[None]) -> bool:
        return len(seen) == 2 and not self.session.telling and self.session.job is None

    def edit(self, work: Callable[[Annotator], object]) -> None:
        self.session.edit(lambda annotator: _nothing(work(annotator)))
        self.settle()

    # Steps

    def open(self) -> None:
        self.session.open(self.video)
        self.wait(lambda: self.session.annotator is not None, "opening")
        self.settle()
        while len(self.session.objects) < self.objects:
            self.edit(lambda annotator: annotator.add_object(f"thing {len(annotator.project.objects)}"))

    def step(self) -> None:
        kinds = {
            "paint": 30, "tool": 20, "jump": 40, "commit": 6, "run": 8, "cancelled run": 4, "undo": 12,
            "redo": 6, "export": 2, "import": 1, "rename": 2, "object": 1, "clear": 2, "open again": 1,
        }  # fmt: skip
        kind = self.random.choices(list(kinds), list(kinds.values()))[0]
        getattr(self, {"import": "import_"}.get(kind, kind.replace(" ", "_")))()
        self.done[kind] += 1

    def place(self) -> tuple[int, int]:
        return self.random.randrange(FRAMES), self.random.choice(self.session.objects).id

    def paint(self) -> None:
        (frame, name), draw = self.place(), self.random
        points = [(draw.uniform(0, SIZE[0]), draw.uniform(0, SIZE[1])) for _ in range(draw.randint(1, 6))]
        radius, erase = draw.uniform(1, 20), draw.random() < 0.2
        if draw.random() < 0.6 or len(points) < 3:
            self.edit(lambda one: one.editing.brush(frame, name, points, radius, erase=erase))
        else:
            self.edit(lambda one: one.editing.polygon(frame, name, points, erase=erase))

    def tool(self) -> None:
        frame, name = self.place()
        x, y = self.random.uniform(0, SIZE[0] - 1), self.random.uniform(0, SIZE[1] - 1)
        other = self.random.randrange(FRAMES)
        tools: list[Callable[[Annotator], object]] = [
            lambda one: one.editing.flood_fill(frame, name, x, y),
            lambda one: one.editing.fill_holes(frame, name),
            lambda one: one.editing.keep_largest(frame, name),
            lambda one: one.editing.grow(frame, name, 2),
            lambda one: one.editing.shrink(frame, name, 2),
            lambda one: one.editing.smooth_edge(frame, name, 2),
            lambda one: one.editing.snap_to_edges(frame, name),
            lambda one: one.editing.copy_from(other, frame, name),
        ]
        self.edit(self.random.choice(tools))

    def jump(self) -> None:
        self.session.frame = self.random.randrange(FRAMES)
        self.session.selected = self.random.choice(self.session.objects).id
        self.settle()

    def commit(self) -> None:
        frame, _ = self.place()
        take_back = self.random.random() < 0.5
        self.edit(lambda one: one.uncommit(frame) if take_back else one.commit(frame))

    def run(self, *, stop_after: int | None = None) -> None:
        draw = self.random
        start, length = draw.randrange(FRAMES), draw.randint(5, 30)
        direction: Any = draw.choice(["forward", "backward", "both"])
        span = max(0, start - length), min(FRAMES - 1, start + length)

        def work(annotator: Annotator, control: JobControl) -> None:
            keys = annotator.project.query.key_frames()
            near = min(keys, key=lambda frame: abs(frame - start), default=start)
            first, last = min(span[0], near), max(span[1], near)
            wanted = Propagation(direction, start=near, first=first, last=last)
            results = annotator.run(wanted, cancelled=control.cancelled)
            for number, result in enumerate(results):
                control.progress(number, 2 * length, result.frame)
                if number == stop_after:
                    control.cancel()

        self.session.run("Soak", work)
        self.settle()

    def cancelled_run(self) -> None:
        self.run(stop_after=self.random.randint(0, 8))

    def undo(self) -> None:
        for _ in range(self.random.randint(1, 5)):
            self.edit(lambda one: one.undo())

    def redo(self) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.edit(lambda one: one.redo())

    def export(self) -> Path:
        kind = self.random.choice(EXPORTS)
        return self._export(kind)

    def _export(self, kind: str) -> Path:
        out = Path(tempfile.mkdtemp(dir=self.folder)) / ("masks.json" if kind == "coco" else "masks")
        if kind == "cvat":
            out = out.with_suffix(".xml")
        self.session.run("Export", lambda one, control: one.export(kind, out, cancelled=control.cancelled))
        self.settle()
        return out

    def import_(self) -> None:
        out = self._export("davis")

        def work(annotator: Annotator, control: JobControl) -> None:
            plan = annotator.plan_import(out, cancelled=control.cancelled)
            annotator.import_masks(plan, cancelled=control.cancelled)

        self.session.run("Import", work)
        self.settle()

    def rename(self) -> None:
        _, name = self.place()
        self.edit(lambda one: one.project.apply(ChangeObject(name, name=f"thing {self.random.random():.6f}")))

    def object(self) -> None:
        """Delete one and add another, and let go of those that imports have brought."""
        names = [one.id for one in self.session.objects]
        extra = names[self.objects - 1 :] if len(names) > self.objects else [self.random.choice(names)]
        self.edit(lambda one: one.project.apply(DeleteObjects(extra)))
        while len(self.session.objects) < self.objects:
            self.edit(lambda one: one.add_object())

    def clear(self) -> None:
        frame, name = self.place()
        self.edit(lambda one: one.editing.clear(range(frame, min(frame + 10, FRAMES)), [name]))

    def open_again(self) -> None:
        self.open()


def _nothing(_: object) -> None:
    """An edit that says nothing of what it changed: the views look at everything."""


def masks_of(project: Project) -> dict[int, dict[int, tuple[int, ...]]]:
    return {
        frame: {name: tuple(one.rle.counts) for name, one in project.records(frame).items()}
        for frame in range(FRAMES)
    }


def at_the_end(path: Path, expected: dict[int, Any]) -> list[str]:
    """Return what is wrong with the project on the disk."""
    wrong = []
    with contextlib.closing(sqlite3.connect(path)) as database:
        if (found := database.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            wrong.append(f"integrity: {found}")
        if found := database.execute("PRAGMA foreign_key_check").fetchall():
            wrong.append(f"foreign keys: {found}")
    with Project.open(path, backup_every=None) as project:
        if masks_of(project) != expected:
            wrong.append("other masks than it was closed with")
    return wrong


def soak(folder: Path, *, minutes: float, seed: int, objects: int) -> dict[str, Any]:
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(folder / name.lower())
    application = make_application()
    preferences = Preferences(folder / "settings")
    preferences.set(size=SIZE[1], hints_shown=True)
    window, session = make_window(application, preferences)
    catcher, ready = Catcher(session), list[bool]()
    window.ready.connect(lambda: ready.append(True))
    window.show()
    worker = Worker(session, make_video(folder / "clip.mp4"), folder, objects=objects, seed=seed)
    worker.wait(lambda: bool(ready), "the window")
    worker.open()
    began, samples = time.monotonic(), list[tuple[float, float]]()
    while (passed := time.monotonic() - began) < 60 * minutes:
        if not samples or passed - samples[-1][0] > 5:
            samples.append((passed, resident()))
            if len(samples) % 60 == 1:
                steps = sum(worker.done.values())
                print(f"{passed / 60:5.1f} min {samples[-1][1]:6.0f} MB, {steps} steps", flush=True)
        worker.step()
        if worker.failures:
            break
    assert session.annotator is not None
    place, expected = session.annotator.project.path, masks_of(session.annotator.project)
    gone: list[bool] = []
    window.gone.connect(lambda: gone.append(True))
    window.close()
    worker.wait(lambda: bool(gone), "the window to close")
    catcher.release()
    wrong = at_the_end(place, expected)
    early = [mb for at, mb in samples if 1 / 6 <= at / (60 * minutes) < 1 / 3]
    late = [mb for at, mb in samples if at / (60 * minutes) >= 5 / 6]
    return {
        "minutes": round((time.monotonic() - began) / 60, 1),
        "steps": sum(worker.done.values()),
        "done": dict(worker.done),
        "refused": dict(worker.refused),
        "failures": worker.failures,
        "wrong": wrong,
        "early_mb": statistics.median(early),
        "late_mb": statistics.median(late),
        "peak_mb": max(mb for _, mb in samples),
        "project_mb": place.stat().st_size / 2**20,
        "samples": samples,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        use_tiny_network(patch)
        found = soak(Path(folder), minutes=options.minutes, seed=options.seed, objects=options.objects)
    for name in ("minutes", "steps", "done", "refused", "early_mb", "late_mb", "peak_mb", "project_mb"):
        print(f"{name:12}", found[name])
    print("ratio       ", round(found["late_mb"] / found["early_mb"], 3))
    for failure in (*found["failures"], *found["wrong"]):
        print(failure)
    if options.json:
        options.json.write_text(json.dumps(found))
    return int(bool(found["failures"] or found["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
