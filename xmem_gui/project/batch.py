"""What is to be written next: the newest value of every row touched since the last transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from xmem_gui.project.records import ABSENT
from xmem_gui.project.rows import Key, mask_row_id
from xmem_gui.project.values import StepInfo, VideoObject


@dataclass(frozen=True, slots=True)
class Image:
    """The other state of a row that a step changed: before it while done, after it while undone.

    ``replaces`` tells whether it takes the place of one noted earlier for the same step and row
    (undo and redo) or gives way to it (the first change of a row within a step is the one that counts).
    """

    data: bytes
    replaces: bool = False


Changes = dict[tuple[int, Key], Image]


@dataclass(slots=True)
class Batch:
    """Rows to be written in one transaction; a later value of a row takes the place of an earlier one."""

    masks: dict[tuple[int, int], bytes] = field(default_factory=dict)
    objects: dict[int, VideoObject | None] = field(default_factory=dict)
    lanes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    steps: dict[int, StepInfo | None] = field(default_factory=dict)
    changes: Changes = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.masks or self.objects or self.steps or self.changes or self.meta)

    def note(self, step: int, key: Key, image: Image) -> None:
        """Note the other state of a row for a step."""
        if image.replaces or (step, key) not in self.changes:
            self.changes[step, key] = image

    def drop_step(self, step: int) -> None:
        """Forget a step and all that was noted for it."""
        self.steps[step] = None
        for name in [name for name in self.changes if name[0] == step]:
            del self.changes[name]

    def follow(self, earlier: Batch) -> Batch:
        """Return one batch that has the effect of `earlier` and then this one."""
        joined = Batch(
            masks=earlier.masks | self.masks,
            objects=earlier.objects | self.objects,
            lanes=earlier.lanes | self.lanes,
            steps=earlier.steps | self.steps,
            meta=earlier.meta | self.meta,
        )
        for changes in (earlier.changes, self.changes):
            for (step, key), image in changes.items():
                if joined.steps.get(step, True) is not None:
                    joined.note(step, key, image)
        return joined

    def write(self, database: sqlite3.Connection) -> int:
        """Write everything in one transaction, or nothing; return the project's revision then.

        Raises
        ------
        sqlite3.Error
            If it could not be written; the database is as it was before.
        """
        database.execute("BEGIN IMMEDIATE")
        try:
            self.write_rows(database)
            database.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
            revision = database.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
            database.execute("COMMIT")
            return int(revision[0])
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def write_rows(self, database: sqlite3.Connection) -> None:
        """Write everything as part of a transaction."""
        self._write_rows(database)
        self._write_history(database)

    def _write_rows(self, database: sqlite3.Connection) -> None:
        database.executemany(
            "INSERT INTO meta (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            self.meta.items(),
        )
        for object_id, item in self.objects.items():
            write_object(database, object_id, item)
        database.executemany(
            "INSERT INTO masks (id, frame, object, record) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            [(mask_row_id(o, f), f, o, record) for (o, f), record in self.masks.items() if record],
        )
        database.executemany(
            "DELETE FROM masks WHERE id = ?",
            [(mask_row_id(o, f),) for (o, f), record in self.masks.items() if record == ABSENT],
        )
        database.executemany(
            "INSERT INTO lanes (id, object, chunk, record) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            [(o << 24 | c, o, c, record) for (o, c), record in self.lanes.items() if record],
        )
        database.executemany(
            "DELETE FROM lanes WHERE id = ?",
            [(o << 24 | c,) for (o, c), record in self.lanes.items() if not record],
        )

    def _write_history(self, database: sqlite3.Connection) -> None:
        database.executemany(
            "INSERT INTO steps (id, kind, label, state, size, created) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE "
            "SET label = excluded.label, state = excluded.state, size = excluded.size",
            [(s.id, s.kind, s.label, int(s.state), s.size, s.created) for s in self.steps.values() if s],
        )
        on_conflict = {False: "NOTHING", True: "UPDATE SET image = excluded.image"}
        for replaces, action in on_conflict.items():
            database.executemany(
                "INSERT INTO changes (step, kind, object, frame, image) VALUES (?, ?, ?, ?, ?) "
                f"ON CONFLICT (step, kind, object, frame) DO {action}",
                [
                    (step, key.kind, key.object, key.frame, image.data)
                    for (step, key), image in self.changes.items()
                    if image.replaces is replaces
                ],
            )
        database.executemany(
            "DELETE FROM steps WHERE id = ?",
            [(number,) for number, step in self.steps.items() if step is None],
        )


def write_object(database: sqlite3.Connection, object_id: int, item: VideoObject | None) -> None:
    """Write an object, or mark it deleted: its row stays, so that its id is never given again."""
    if item is None:
        database.execute(
            "INSERT INTO objects (id, name, colour, priority, visible, locked, deleted) "
            "VALUES (?, '', 0, 0, 0, 0, 1) ON CONFLICT (id) DO UPDATE SET deleted = 1",
            (object_id,),
        )
        return
    red, green, blue = item.colour
    database.execute(
        "INSERT OR REPLACE INTO objects (id, name, colour, priority, visible, locked, category, deleted) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        (
            object_id, item.name, red << 16 | green << 8 | blue, item.priority, item.visible, item.locked,
            item.category,
        ),
    )  # fmt: skip
