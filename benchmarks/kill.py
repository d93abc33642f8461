"""Kill a process at work on a project, again and again, and see that nothing it was promised is lost.

Run ``python benchmarks/kill.py [--runs 500] [--seed 0] [--json FILE]``. Each run forks a child that edits,
propagates, undoes, flushes and backs up a project from a seed, saves copies of it, and takes its place over
after another program has put another file there; it sends it SIGKILL at a random moment. Then:

- SQLite's ``integrity_check`` says ok;
- the project opens, and what it shows is *exactly* one of the states that the child went through (found by
  going through the same seed again), and not an older one than the last for which `flush` returned;
- a copy that is there is whole, and exactly the state of which it was made;
- undoing everything and redoing everything comes back to that state, and each undo to the one before.

Needs ``fork`` (Linux, macOS). The test suite runs it small.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.project import (
    ChangeObject,
    ClearMasks,
    DeleteObjects,
    Fingerprint,
    MergeObjects,
    Origin,
    Project,
    Review,
    Rework,
    Rle,
    SetMasks,
    StepState,
    SwapObjects,
    VideoReference,
)

HEIGHT, WIDTH, FRAMES = 24, 32, 40
LONGEST_SECONDS = 0.5
MOST_STEPS_AFTER = 5000


class LostError(AssertionError):
    """Something was lost."""


@dataclass
class Verdict:
    saved: int
    found: int
    in_run: bool
    undone: int
    copied: bool = False


def create(path: Path) -> None:
    video = VideoReference(path.parent / "clip.mp4", Fingerprint(WIDTH, HEIGHT, FRAMES, 1.6, "abc"))
    with Project.create(path, video=video, backup_every=None) as project:
        for name in ("rabbit", "rock", "ball"):
            project.add_object(name)


def digest(project: Project, *, history: bool = True) -> str:
    """Sum up all that a user could see: objects, masks with their flags, and the steps."""
    mark = hashlib.sha256(repr(project.objects).encode())
    for frame in range(project.frames):
        mark.update(repr(project.records(frame)).encode())
    if history:
        for step in project.history:
            if step.state is not StepState.OPEN or step.size:
                mark.update(repr((step.id, step.label, step.state is StepState.UNDONE)).encode())
    return mark.hexdigest()


def random_mask(chance: random.Random) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    y, x = chance.randrange(HEIGHT - 4), chance.randrange(WIDTH - 4)
    mask[y : y + chance.randrange(1, 12), x : x + chance.randrange(1, 12)] = True
    return mask


def brushed(old: Rle | None, object_id: int, x: int, y: int) -> dict[int, np.ndarray]:
    """Return an object's mask with a small square more, whose corner is given."""
    mask = np.zeros((HEIGHT, WIDTH), np.bool_) if old is None else old.to_mask()
    mask[y : y + 5, x : x + 5] = True
    return {object_id: mask}


def edit(project: Project, chance: random.Random) -> None:
    """Make one random edit, undo or redo."""
    while len(project.objects) < 2:
        project.add_object()
    ids = [item.id for item in project.objects]
    frame, one, pair = chance.randrange(FRAMES), chance.choice(ids), chance.sample(ids, 2)
    span = range(frame, min(frame + chance.randrange(1, 20), FRAMES))
    match chance.randrange(13):
        case 0 | 1:
            project.apply(SetMasks(frame, {one: random_mask(chance)}, Origin.CLICKED))
        case 2 | 3:
            x, y = chance.randrange(WIDTH), chance.randrange(HEIGHT)
            project.apply(Rework(frame, one, lambda masks, _: brushed(masks.get(one), one, x, y), "Paint"))
        case 4:
            project.apply(ClearMasks([one], span))
        case 5:
            project.apply(SwapObjects(pair[0], pair[1], span))
        case 6:
            project.apply(MergeObjects(pair[0], pair[1], span))
        case 7:
            project.apply(ChangeObject(one, name=f"name {chance.randrange(100)}"))
        case 8 if len(ids) > 3:
            project.apply(DeleteObjects([one]))
        case 8:
            project.add_object()
        case 9 if project.query.masks_on(frame):
            project.commit(frame)
        case 10:
            project.apply(Review(span))
        case 11:
            project.redo()
        case _:
            project.undo()


def life(project: Project, chance: random.Random) -> Iterator[str]:
    """Work on the project; yield after each change, which is atomic, or where to flush or back up."""
    while True:
        match chance.randrange(10):
            case 0:
                ids = [item.id for item in project.objects]
                start = chance.randrange(FRAMES)
                with project.run() as run:
                    yield "run"
                    for frame in range(start, min(start + 15, FRAMES)):
                        run.put(frame, {one: random_mask(chance) for one in ids}, confidence=chance.random())
                        yield "flush in run" if chance.random() < 0.2 else "run"
                yield "edit"
            case 1:
                yield "back up" if chance.random() < 0.1 else "flush"
            case 2 if chance.random() < 0.5:
                yield "copy"
            case 3 if chance.random() < 0.5:
                yield "replace"
                for _ in range(3):
                    edit(project, chance)
                    yield "edit"
                yield "take over"
            case _:
                edit(project, chance)
                yield "edit"


def child(path: Path, seed: int, report: int) -> None:
    """Work until killed, and write the number of each change that is known to be on the disk."""
    project = Project.open(path, flush_interval=0.01, backup_every=0.1)
    for number, action in enumerate(life(project, random.Random(seed))):
        if action == "back up":
            project.checkpoint()
        elif "flush" in action:
            project.flush()
        elif action == "copy":
            os.write(report, f"copy {number}\n".encode())
            project.save_copy(path.with_name("copy.xmem"), overwrite=True)
            continue
        elif action == "replace":
            log = path.with_name(path.name + "-wal")
            project.flush()
            while log.exists() and log.stat().st_size:  # a backup reads: the file alone is whole only later
                project.set_setting("wait", 0)
                project.flush()
            other = path.with_name("from elsewhere")
            shutil.copyfile(path, other)
            other.replace(path)
        elif action == "take over":
            project.take_over()
        else:
            continue
        os.write(report, f"{number}\n".encode())


def kill_once(folder: Path, seed: int) -> Verdict:
    path = folder / "project.xmem"
    create(path)
    reader, report = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reader)
            child(path, seed, report)
        except BaseException as error:
            os.write(report, f"error {error!r}\n".encode())
        finally:
            os._exit(1)
    os.close(report)
    time.sleep(random.Random(seed + 1).random() * LONGEST_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with os.fdopen(reader) as pipe:
        lines = pipe.read().splitlines()
    if errors := [line for line in lines if line.startswith("error")]:
        raise LostError(f"The child failed by itself: {errors[0]}")
    saved = [int(line) for line in lines if line.isdecimal()]
    verdict = examine(path, seed, saved=saved[-1] if saved else -1)
    copied = [int(line.split()[1]) for line in lines if line.startswith("copy ")]
    verdict.copied = examine_copy(path.with_name("copy.xmem"), seed, copied)
    return verdict


def examine_copy(path: Path, seed: int, numbers: list[int]) -> bool:
    """Check that a copy that is there is of the last state that was copied, or of the one before."""
    if not path.exists():
        if len(numbers) > 1:
            raise LostError("A copy that was finished is gone.")
        return False
    with contextlib.closing(sqlite3.connect(path)) as database:
        if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise LostError("The copy is damaged.")
    with Project.open(path, backup_every=None) as copy:
        found = digest(copy)
    wanted = set(numbers[-2:])
    again = path.with_name("again.xmem")
    again.unlink(missing_ok=True)
    create(again)
    with Project.open(again, backup_every=None, flush_interval=60) as project:
        for number, _ in enumerate(life(project, random.Random(seed))):
            if number in wanted and digest(project) == found:
                return True
            if number >= max(wanted):
                break
    raise LostError("The copy is not what it was made of.")


def examine(path: Path, seed: int, *, saved: int) -> Verdict:
    with contextlib.closing(sqlite3.connect(path)) as database:
        verdict = database.execute("PRAGMA integrity_check").fetchall()
        broken = database.execute("PRAGMA foreign_key_check").fetchall()
    if verdict != [("ok",)] or broken:
        raise LostError(f"integrity_check: {verdict} {broken}")
    with Project.open(path, backup_every=None) as project:
        if project.read_only:
            raise LostError(f"The lock outlived its holder: {project.read_only}")
        states = replay(path.parent, seed, saved=saved, until=digest(project))
        found, in_run = len(states) - 2, states[-1] == "in run"
        undone = 0
        whole = digest(project)
        while project.undo().step is not None:
            undone += 1
        for _ in range(undone):
            project.redo()
        while project.redo().step is not None:
            pass
        while project.next_undo is not None and digest(project) != whole:
            project.undo()
        if digest(project) != whole:
            raise LostError("Undoing and redoing everything does not come back.")
    return Verdict(saved, found, in_run, undone)


def replay(folder: Path, seed: int, *, saved: int, until: str) -> list[str]:
    """Go through the same changes again up to the state found; fail if it is not there.

    Returns the digests gone through, and in the end whether that was within a run.
    """
    path = folder / "again.xmem"
    create(path)
    with Project.open(path, backup_every=None, flush_interval=60) as project:
        states = [digest(project)] if saved < 0 else [""]
        if states[0] == until:
            return [*states, "before"]
        for number, action in enumerate(life(project, random.Random(seed))):
            states.append("" if number < saved else digest(project))
            if states[-1] == until:
                return [*states, "in run" if "run" in action else "edit"]
            if number > saved + MOST_STEPS_AFTER:
                break
    raise LostError(f"What is in the file is no state at or after change {saved}, which was on the disk.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--folder", type=Path, help="where to write (default: the system's temporary folder)")
    options = parser.parse_args(arguments)
    verdicts, lost = [], []
    for number in range(options.runs):
        seed = 1000 * options.seed + number
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            try:
                verdicts.append(kill_once(Path(name), seed))
            except Exception as error:
                lost.append(f"seed {seed}: {error!r}")
                print(lost[-1], flush=True)
    figures = {
        "kills": options.runs,
        "lost": len(lost),
        "within a run": sum(verdict.in_run for verdict in verdicts),
        "before the first flush": sum(verdict.saved < 0 for verdict in verdicts),
        "changes on the disk (median)": int(np.median([verdict.found + 1 for verdict in verdicts] or [0])),
        "changes beyond the last flush (most)": max(
            (verdict.found - verdict.saved for verdict in verdicts), default=0
        ),
        "copies found whole": sum(verdict.copied for verdict in verdicts),
        "steps undone and redone": sum(verdict.undone for verdict in verdicts),
    }
    for name, value in figures.items():
        print(f"{name:40} {value:10,}")
    if options.json:
        options.json.write_text(json.dumps({**figures, "failures": lost}, indent=1) + "\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
