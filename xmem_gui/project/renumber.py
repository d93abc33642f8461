"""Giving frames other numbers: pictures have come into a folder or gone, and their masks follow them.

No edit: it cannot be undone, for the pictures themselves have moved. It is done in a project that nobody has
open, in one transaction, after a backup. Steps that can be undone follow too.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import sqlite3
from collections import Counter
from pathlib import Path
from urllib.parse import quote, unquote

from xmem_gui.errors import ProjectError
from xmem_gui.project import opening, schema
from xmem_gui.project.backups import Backups
from xmem_gui.project.lanes import Lane
from xmem_gui.project.lock import ProjectLock
from xmem_gui.project.moves import GONE, Moves
from xmem_gui.project.records import pack_mask, unpack_mask
from xmem_gui.project.rows import MASK, mask_row_id
from xmem_gui.project.values import MaskRecord
from xmem_gui.project.video_reference import StoredReference, VideoReference

_KEPT = "kept:"
"""Rows of ``meta`` that hold the masks of pictures that are gone: ``kept:NAME:OBJECT``."""


def renumber(path: Path, video: VideoReference, moves: Moves) -> None:
    """Let all masks follow their pictures to other frame numbers.

    Masks of pictures that are gone are kept in the file, and come back with them.

    Parameters
    ----------
    path : Path
        The project; nobody may have it open.
    video : VideoReference
        The video as it is now.
    moves : Moves
        Where every picture has gone.

    Raises
    ------
    ProjectError
        If the project is open elsewhere, damaged, or cannot be written; it is then as it was.
    """
    lock = ProjectLock(path)
    owner = lock.acquire()
    if owner is not None:
        raise ProjectError(f"{path.name} is open by {owner}: its frames can be renumbered when it is closed.")
    try:
        Backups(path).make()
        with opening.reading(path), contextlib.closing(schema.connect(path)) as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                _Renumbering(database, video, moves).do(path.parent)
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
    finally:
        lock.release()


def kept_masks(database: sqlite3.Connection) -> dict[str, int]:
    """Return how many masks are kept for pictures that are gone, by their file names."""
    rows = database.execute("SELECT key FROM meta WHERE key >= 'kept:' AND key < 'kept;'").fetchall()
    return dict(Counter(_name_of(key)[0] for (key,) in rows if isinstance(key, str) and key.count(":") == 2))


class _Renumbering:
    def __init__(self, database: sqlite3.Connection, video: VideoReference, moves: Moves) -> None:
        self._database, self._video, self._moves = database, video, moves
        self._names = () if video.appearance is None else video.appearance.names
        row = database.execute("SELECT value FROM meta WHERE key = 'video'").fetchone()
        known = StoredReference.from_json(row[0] if row else "").fingerprint
        if known.frames != len(moves.to):
            raise ProjectError("The project has changed meanwhile: open it again.")
        self._size = (known.height, known.width)
        self._lanes: dict[int, Lane] = {}

    def do(self, folder: Path) -> None:
        self._move_masks()
        self._bring_back()
        self._write_lanes()
        self._move_steps()
        for key, value in opening.video_meta(self._video, folder).items():
            self._put_meta(key, value)
        self._database.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")

    def _move_masks(self) -> None:
        """Give masks their new frames, one by one; those of pictures that are gone are put aside."""
        # Another picture may have got the name of one that is gone: its masks do not come back with that.
        there = frozenset(self._names)
        gone = (name + "/" if name in there else name for name in self._moves.gone)
        gone_names = {frame: next(gone) for frame, to in enumerate(self._moves.to) if to == GONE}
        # By way of a table outside of the file: the old numbers are in the way of the new ones.
        self._database.execute("CREATE TEMP TABLE moved (id INTEGER PRIMARY KEY, frame, object, record)")
        for frame, one, data in self._database.execute("SELECT frame, object, record FROM masks"):
            to = self._to(frame)
            record = unpack_mask(data, one, frame)
            if to == GONE:
                self._put_meta(_key_of(gone_names[frame], one), _text(pack_mask(record, one, 0)))
            else:
                self._place(record, one, to)
        self._database.execute("DELETE FROM masks")
        self._database.execute("INSERT INTO masks SELECT * FROM moved ORDER BY id")
        self._database.execute("DROP TABLE moved")

    def _bring_back(self) -> None:
        """Put masks that were kept for pictures that are there again in their place, unless it is taken."""
        places = {name: frame for frame, name in enumerate(self._names)}
        alive = {one for (one,) in self._database.execute("SELECT id FROM objects WHERE deleted = 0")}
        rows = self._database.execute("SELECT key, value FROM meta WHERE key >= 'kept:' AND key < 'kept;'")
        for key, value in rows.fetchall():
            name, one = _name_of(key)
            if name not in places or one not in alive or name in self._moves.gone:
                continue
            self._database.execute("DELETE FROM meta WHERE key = ?", (key,))
            record = unpack_mask(_bytes(value), one, 0)
            lane = self._lanes.get(one)
            if record is not None and (lane is None or not lane.flags[places[name]]):
                self._place(record, one, places[name], table="masks")

    def _place(self, record: MaskRecord | None, one: int, frame: int, *, table: str = "moved") -> None:
        if record is None or (record.rle.height, record.rle.width) != self._size:
            raise ProjectError("A mask in the project file is damaged.")
        row = (mask_row_id(one, frame), frame, one, pack_mask(record, one, frame))
        self._database.execute(f"INSERT INTO {table} (id, frame, object, record) VALUES (?, ?, ?, ?)", row)
        self._lanes.setdefault(one, Lane(self._moves.frames)).put(frame, record)

    def _write_lanes(self) -> None:
        self._database.execute("DELETE FROM lanes")
        for one, lane in self._lanes.items():
            rows = [(one << 24 | chunk, one, chunk, lane.pack(chunk)) for chunk in lane.changed]
            query = "INSERT INTO lanes (id, object, chunk, record) VALUES (?, ?, ?, ?)"
            self._database.executemany(query, rows)

    def _move_steps(self) -> None:
        """Let the journal follow; what it says of pictures that are gone can no longer be undone."""
        columns = "id, step, kind, object, frame, image"
        self._database.execute(f"CREATE TEMP TABLE moved ({columns})")
        query = "SELECT id, step, object, frame, image FROM changes WHERE kind = ?"
        for number, step, one, frame, image in self._database.execute(query, (MASK,)):
            to = self._to(frame)
            if to != GONE:
                data = pack_mask(unpack_mask(image, one, frame), one, to)
                row = (number, step, MASK, one, to, data)
                self._database.execute(f"INSERT INTO moved ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
        self._database.execute("DELETE FROM changes WHERE kind = ?", (MASK,))
        self._database.execute(f"INSERT INTO changes ({columns}) SELECT {columns} FROM moved")
        self._database.execute("DROP TABLE moved")

    def _to(self, frame: object) -> int:
        if type(frame) is not int or not 0 <= frame < len(self._moves.to):
            raise ProjectError("The project's table of contents is damaged.")
        return self._moves.to[frame]

    def _put_meta(self, key: str, value: str) -> None:
        self._database.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )


def _key_of(name: str, object_id: int) -> str:
    return f"{_KEPT}{quote(name.encode('utf-8', 'surrogatepass'), safe='')}:{object_id}"


def _name_of(key: str) -> tuple[str, int]:
    _, name, one = key.split(":")
    return unquote(name, "utf-8", "surrogatepass"), int(one) if one.isdecimal() else 0


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise ProjectError("A mask in the project file is damaged.") from None
