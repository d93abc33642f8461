"""Projects whose rows lie, with checksums that fit: never more than an error of our own, and work goes on."""

import random
import sqlite3
import struct
import zlib
from contextlib import closing, suppress

import numpy as np
import pytest
from project_samples import FRAMES, HEIGHT, WIDTH, new_project, pattern

from xmem_gui.errors import XmemGuiError
from xmem_gui.project import DeleteObjects, Project, Rle, SetMasks
from xmem_gui.project.lanes import CHUNK
from xmem_gui.project.records import pack_mask, pack_object
from xmem_gui.project.values import MaskRecord, Origin, VideoObject

BIG, FAR = 2**63 - 1, (1 << 24) - 1
VALUES = [
    None,
    -1,
    0,
    1,
    2,
    99,
    BIG,
    -BIG,
    1.5,
    1e300,
    float("inf"),
    "",
    "1",
    "x" * 50,
    "\ud7ff",
    b"",
    b"\xff" * 40,
]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p.xmem"
    with new_project(path) as project:
        for name in ("rabbit", "rock"):
            project.add_object(name)
        for frame in range(4):
            project.apply(SetMasks(frame, {1: pattern(frame), 2: pattern(frame + 5)}))
        project.apply(DeleteObjects([2]))
        project.undo()
        project.set_setting("range", [1, 2])
    return path


def change(path, statement, values=()):
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA ignore_check_constraints=ON")
        with suppress(sqlite3.Error, OverflowError, UnicodeError):
            database.execute(statement, values)
        database.commit()


def unexpected(path) -> list[str]:
    """Open it, do everything, and close it; return every error that is no sentence for people."""
    found: list[str] = []

    def do(work):
        try:
            return work()
        except XmemGuiError as error:
            if not str(error):
                found.append(f"{error!r} says nothing")
        except Exception as error:
            found.append(repr(error))

    project = do(lambda: Project.open(path, backup_every=None, flush_interval=60))
    if project is None:
        return found
    for work in (
        lambda: [project.records(frame) for frame in range(min(project.frames, 50))],
        lambda: [project.painted(0, item.id) for item in project.objects],
        lambda: [project.query.states(frame) for frame in range(FRAMES)],
        project.query.counts,
        project.query.doubts,
        lambda: project.setting("range"),
        lambda: [project.undo() for _ in range(9)],
        lambda: [project.redo() for _ in range(9)],
        project.undo,
        project.add_object,
        lambda: project.apply(SetMasks(0, {1: pattern(3)})),
        project.flush,
        project.close,
        lambda: project.close(lose_unsaved=True),
    ):
        do(work)
    return found


COLUMNS = {
    "meta": ("key", "value"),
    "objects": ("name", "colour", "priority", "visible", "locked", "deleted"),
    "masks": ("record",),
    "lanes": ("record",),
    "steps": ("id", "kind", "label", "state", "size", "created"),
    "changes": ("step", "kind", "object", "frame", "image"),
}


@pytest.mark.parametrize(("table", "column"), [(t, c) for t, columns in COLUMNS.items() for c in columns])
def test_any_value_in_any_column(path, table, column):
    whole = path.read_bytes()
    for value in VALUES:
        path.write_bytes(whole)
        change(path, f"UPDATE OR IGNORE {table} SET {column} = ?", (value,))
        assert unexpected(path) == [], value


@pytest.mark.parametrize("key", ["revision", "video", "last_step", "uid:1", "setting:range"])
def test_any_value_of_what_is_no_history(path, key):
    whole = path.read_bytes()
    for value in (*VALUES, "9" * 30, "-5", "1e5", "[" * 3000, "{}", "null", "NaN"):
        path.write_bytes(whole)
        change(path, "UPDATE meta SET value = ? WHERE key = ?", (value, key))
        assert unexpected(path) == [], value
    change(path, "DELETE FROM meta WHERE key = ?", (key,))
    assert unexpected(path) == []


def forged(frame, one, *, mask=None, **values):
    rle = mask or Rle.from_mask(pattern(2))
    record = MaskRecord(rle, rle.area, Origin.DRAWN)
    for name, value in values.items():
        object.__setattr__(record, name, value)
    return pack_mask(record, one, frame)


IMAGES = {
    "a mask of an object that never was": (0, 77, 0, forged(0, 77)),
    "a mask of another size": (0, 1, 0, forged(0, 1, mask=Rle.from_mask(np.ones((3, 3), bool)))),
    "a mask with rubbish": (0, 1, 0, forged(0, 1, mask=Rle(b"rubbish!", HEIGHT, WIDTH, 3))),
    "a mask with another area": (0, 1, 0, forged(0, 1, area=4_000_000_000)),
    "a mask after the end": (0, 1, 10**9, forged(10**9, 1)),
    "a mask of nobody": (0, 0, 0, forged(0, 0)),
    "an object with another number": (1, 1, 0, pack_object(VideoObject(2, "rock", (1, 2, 3)))),
    "an object on a frame": (1, 1, 3, pack_object(VideoObject(1, "rock", (1, 2, 3)))),
    "an object without colour": (1, 1, 0, b'{"id": 1, "name": "x"}'),
    "an object of another kind": (1, 1, 0, b"[[[[[["),
    "an object that is far away": (
        1,
        (1 << 24) - 1,
        0,
        pack_object(VideoObject((1 << 24) - 1, "x", (1, 2, 3))),
    ),
    "no object any more": (1, 1, 0, b""),
    "no such object": (1, 500, 0, b""),
    "no such kind": (7, 1, 0, b""),
}


@pytest.mark.parametrize("what", IMAGES)
def test_a_journal_that_lies(path, what):
    for step in (1, 3, 4):
        columns = "step, kind, object, frame, image"
        change(
            path, f"INSERT OR REPLACE INTO changes ({columns}) VALUES (?, ?, ?, ?, ?)", (step, *IMAGES[what])
        )
        change(path, "UPDATE changes SET kind = ?, object = ?, frame = ?, image = ? WHERE step = ? LIMIT 1",
               (*IMAGES[what], step))  # fmt: skip
        assert unexpected(path) == []


@pytest.mark.parametrize("flags", [0xFF, 0x70, 0x02, 0x40 | 1])
@pytest.mark.parametrize("sure", [0.5, float("nan"), -1.0, 1e30])
def test_a_table_of_contents_that_lies(path, flags, sure):
    body = bytes([flags]) * CHUNK + struct.pack("<f", sure) * CHUNK
    record = struct.pack("<I", zlib.crc32(body)) + body
    change(path, "UPDATE lanes SET record = ?", (record,))
    assert unexpected(path) == []


def test_what_was_made_before_is_there_after_a_journal_that_lies(path):
    change(path, "UPDATE changes SET object = object + 4000 WHERE kind = 0")
    with Project.open(path, backup_every=None) as project:
        with pytest.raises(XmemGuiError, match="damaged"):
            project.undo()
        project.add_object("later")
    with Project.open(path, backup_every=None) as again:
        assert [item.name for item in again.objects] == ["rabbit", "rock", "later"]
        assert np.array_equal(again.mask(3, 1), pattern(3))


@pytest.mark.parametrize("seed", range(4))
def test_rows_of_one_place_put_in_another(path, seed):
    chance = random.Random(seed)
    whole = path.read_bytes()
    for number in range(4):
        path.write_bytes(whole)
        for _ in range(chance.randrange(1, 4)):
            table = chance.choice(["steps", "changes", "objects", "masks", "lanes"])
            column = chance.choice(COLUMNS[table])
            change(
                path,
                f"UPDATE OR IGNORE {table} SET {column} = (SELECT {column} FROM {table} "
                f"ORDER BY random() LIMIT 1) WHERE rowid IN (SELECT rowid FROM {table} "
                "ORDER BY random() LIMIT 2)",
            )
        assert unexpected(path) == [], number
