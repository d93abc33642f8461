"""Project files changed at random: none may do worse than a clear error, and most can be salvaged.

Run ``python benchmarks/hostile_projects.py [--files 1000] [--json FILE]``. Each file has some of its bytes
changed, a part overwritten, or its end cut off. It is opened, everything in it is read, undone and redone;
what is refused as damaged is salvaged. Every mask that is read must be exactly as it was. Every third file
has rows that lie instead (history, masks, tables of contents, settings, with checksums that fit): it must not
do worse than an error of this program, and what is done in it afterwards must be kept. Prints what became of
the files, the slowest one, and the memory it took.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.errors import XmemGuiError
from xmem_gui.project import (
    DamagedProjectError,
    Fingerprint,
    MaskRecord,
    Origin,
    Project,
    Rle,
    VideoReference,
)
from xmem_gui.project.records import pack_mask

HEIGHT, WIDTH, FRAMES, OBJECTS = 60, 80, 60, 3
MOST_SECONDS, MOST_MIB = 5.0, 64.0


def mask(frame: int, one: int) -> Rle:
    return Rle.from_mask(np.random.default_rng((frame, one)).random((HEIGHT, WIDTH)) < 0.3)


def make(path: Path) -> None:
    video = VideoReference(path.parent / "clip.mp4", Fingerprint(WIDTH, HEIGHT, FRAMES, 2.4, "abc"))
    with Project.create(path, video=video, backup_every=None) as project:
        ids = [project.add_object().id for _ in range(OBJECTS)]
        with project.run() as run:
            for frame in range(FRAMES):
                run.put(frame, {one: mask(frame, one) for one in ids})


def mutate(original: bytes, chance: random.Random) -> bytes:
    data = bytearray(original)
    match chance.randrange(6):
        case 0:
            del data[chance.randrange(len(data)) :]
        case 1:
            start = chance.randrange(len(data))
            stop = min(start + chance.randrange(1, 9000), len(data))
            data[start:stop] = chance.randbytes(stop - start)
        case 2:
            for _ in range(8):  # the header and the page that lists the tables
                data[chance.randrange(4096)] = chance.randrange(256)
        case _:
            for _ in range(chance.choice((1, 4, 40))):
                data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def read(project: Project, known: dict[tuple[int, int], Rle]) -> int:
    """Read everything; return how many masks are right. A wrong one is a failure."""
    right = 0
    for frame in range(min(project.frames, FRAMES)):
        for one, record in project.records(frame).items():
            if record.rle.to_mask().tobytes() != known[frame, one].to_mask().tobytes():
                raise AssertionError(f"The mask of object {one} on frame {frame} is not what it was.")
            right += 1
    project.query.counts()
    return right


COLUMNS = {
    "meta": ("value",),
    "objects": ("name", "colour", "priority", "deleted"),
    "masks": ("record",),
    "lanes": ("record",),
    "steps": ("id", "label", "state", "size", "created"),
    "changes": ("step", "kind", "object", "frame", "image"),
}
LIES = (-1, 0, 99, 2**63 - 1, 1.5, 1e300, float("inf"), "", "x", "9" * 30, b"", b"\xff" * 40)


def forge(path: Path, chance: random.Random) -> None:
    """Make rows lie: values of other kinds or rows, records of other masks with their checksums."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA ignore_check_constraints=ON")
        for _ in range(chance.choice((1, 1, 3, 10))):
            table = chance.choice(list(COLUMNS))
            column = chance.choice(COLUMNS[table])
            count = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            row, other = (chance.randrange(max(count, 1)) for _ in range(2))
            at = f"WHERE rowid = (SELECT rowid FROM {table} LIMIT 1 OFFSET {row})"
            value = f"(SELECT {column} FROM {table} LIMIT 1 OFFSET {other})"
            given: tuple[object, ...] = ()
            if chance.random() < 0.5:
                value, given = "?", (chance.choice(LIES),)
            elif column in ("record", "image"):
                one, frame = chance.randrange(1, 9), chance.randrange(FRAMES)
                rle = chance.choice((Rle.empty(3, 3), Rle(b"nonsense", HEIGHT, WIDTH, 5), mask(frame, one)))
                record = MaskRecord(rle, chance.choice((0, 7, rle.height)), Origin.DRAWN)
                value, given = "?", (pack_mask(record, one, frame),)
            with contextlib.suppress(sqlite3.Error, OverflowError):
                database.execute(f"UPDATE {table} SET {column} = {value} {at}", given)
        database.commit()


def examine_forged(path: Path) -> str:
    """Do everything in it; what is added afterwards must be there when it is opened again."""
    try:
        with Project.open(path, backup_every=None) as project:
            refused = False
            for work in (
                lambda: [project.records(frame) for frame in range(min(project.frames, FRAMES))],
                lambda: [project.painted(0, one.id) for one in project.objects],
                lambda: [project.query.states(frame) for frame in range(FRAMES)],
                lambda: (project.query.counts(), project.query.doubts(), project.setting("range")),
                project.undo,
                project.undo,
                project.redo,
                project.undo,
            ):
                try:
                    work()
                except XmemGuiError:
                    refused = True
            name = project.add_object("made afterwards").name
        with Project.open(path, backup_every=None) as again:
            assert name in {one.name for one in again.objects}, "what was added is not there"
    except XmemGuiError:
        return "rows that lie: refused"
    return f"rows that lie: opened, {'a part refused' if refused else 'nothing refused'}"


def examine(path: Path, known: dict[tuple[int, int], Rle]) -> str:
    try:
        with Project.open(path, backup_every=None) as project:
            read(project, known)
            project.undo()
            project.redo()
            read(project, known)
            return "opened, all that is read is right"
    except DamagedProjectError:
        pass
    except XmemGuiError:
        return "opened, a part refused as damaged"
    try:
        project, report = Project.salvage(path, backup_every=None)
        with project:
            right = read(project, known)
    except XmemGuiError:
        return "refused as damaged, nothing to salvage"
    assert right == report.masks
    return f"refused as damaged, salvaged {'all' if right == FRAMES * OBJECTS else 'a part of the'} masks"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    known = {(frame, one): mask(frame, one) for frame in range(FRAMES) for one in range(1, OBJECTS + 1)}
    fates: Counter[str] = Counter()
    slowest, failures = 0.0, []
    with tempfile.TemporaryDirectory() as name:
        make(Path(name) / "good.xmem")
        original = (Path(name) / "good.xmem").read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(options.files):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "bad.xmem"
            chance = random.Random(options.seed * 10_000 + number)
            rows = number % 3 == 2
            path.write_bytes(original if rows else mutate(original, chance))
            if rows:
                forge(path, chance)
            start = time.perf_counter()
            try:
                fates[examine_forged(path) if rows else examine(path, known)] += 1
            except Exception as error:
                failures.append(f"file {number}: {error!r}")
                print(failures[-1], flush=True)
            slowest = max(slowest, time.perf_counter() - start)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (
        2**20 if sys.platform == "darwin" else 2**10
    )
    figures = {
        **fates,
        "failures": len(failures),
        "slowest (s)": round(slowest, 2),
        "memory (MiB)": round(grown, 1),
    }
    for what, value in figures.items():
        print(f"{what:50} {value:10,}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if failures or slowest > MOST_SECONDS or grown > MOST_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
