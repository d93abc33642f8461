"""The project file: one SQLite database, how it is laid out, opened and told from other files."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from pathlib import Path

from xmem_gui import files
from xmem_gui.errors import ProjectError

SUFFIX = ".xmem"
APPLICATION_ID = 0x584D656D
"""``XMem``: bytes 68 to 71 of every project file."""
PAGE_SIZE = 4096
BUSY_TIMEOUT = 10_000
"""Milliseconds that a connection waits for another one."""
MAGIC = b"SQLite format 3\0"

_FIRST = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE objects (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 16777215),
    name TEXT NOT NULL,
    colour INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE masks (
    id INTEGER PRIMARY KEY CHECK (id = frame * 16777216 + object),
    frame INTEGER NOT NULL,
    object INTEGER NOT NULL REFERENCES objects (id),
    record BLOB NOT NULL
);
CREATE TABLE lanes (
    id INTEGER PRIMARY KEY CHECK (id = object * 16777216 + chunk),
    object INTEGER NOT NULL REFERENCES objects (id),
    chunk INTEGER NOT NULL,
    record BLOB NOT NULL
);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    state INTEGER NOT NULL,
    size INTEGER NOT NULL,
    created REAL NOT NULL
);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL REFERENCES steps (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    object INTEGER NOT NULL,
    frame INTEGER NOT NULL,
    image BLOB NOT NULL,
    UNIQUE (step, kind, object, frame)
);
"""

_CLASSES = "ALTER TABLE objects ADD COLUMN category TEXT NOT NULL DEFAULT ''"

BESIDE = ("-journal", "-wal", "-shm")
"""What the names of files end in that SQLite has beside a database."""

UNREADABLE = (sqlite3.Error, OverflowError, UnicodeError)
"""What reading a damaged file can raise (SQLite's very messages can hold what is no text)."""

MIGRATIONS: list[str] = [_FIRST, _CLASSES]
"""Scripts that bring a file from version i to i + 1; the version is SQLite's ``user_version``."""

_AS_NEXT = {1: "CREATE TEMP VIEW objects AS SELECT *, '' AS category FROM main.objects"}
"""By version, what has a connection that may not write see a file as one of the next version."""


class ForeignFileError(ProjectError):
    """A file does not begin as a project does."""


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open the database for use from any one thread at a time.

    Raises
    ------
    ProjectError
        If a link, a pipe or a folder has the name of one of the files that SQLite has beside it.
    sqlite3.Error
        If SQLite cannot open it.
    """
    _need_own_beside(path)
    address = path.absolute().as_uri() + ("?mode=ro" if readonly else "?mode=rw")
    database = sqlite3.connect(
        address, uri=True, timeout=BUSY_TIMEOUT / 1000, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=ON", "synchronous=FULL"):
            database.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _need_own_beside(path: Path) -> None:
    """Refuse what SQLite would wait for without end (a pipe), or say of only that it cannot open it."""
    place = Path(os.path.realpath(path))
    for end in BESIDE:
        one = place.with_name(place.name + end)
        if files.is_there(one) and (one.is_symlink() or not one.is_file()):
            raise ProjectError(
                f"{one.name} is a link or no ordinary file, so {path.name} cannot be used: move it away."
            )


def connect_readonly(path: Path) -> sqlite3.Connection:
    """Open the database to read it, also where nothing can be written beside it.

    Raises
    ------
    ProjectError
        If there is unsaved work beside the file that cannot be read from there.
    sqlite3.Error
        If SQLite cannot open it.
    """
    with contextlib.suppress(sqlite3.OperationalError), contextlib.ExitStack() as stack:
        database = connect(path, readonly=True)
        stack.callback(database.close)
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        stack.pop_all()
        return database
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise ProjectError(
            f"Cannot read {path.name} where it is because its folder is read-only and {log.name} holds newer "
            "work: copy both files to a folder that can be written."
        )
    return connect_frozen(path)


def connect_frozen(path: Path) -> sqlite3.Connection:
    """Open the file alone, without its log and without locks, while nobody writes to it."""
    database = sqlite3.connect(
        path.absolute().as_uri() + "?immutable=1", uri=True, isolation_level=None, check_same_thread=False
    )
    database.execute("PRAGMA trusted_schema=OFF")
    return database


def initialise(path: Path) -> sqlite3.Connection:
    """Make a new database in a file that is not in use yet (not in WAL mode: see `use_log`).

    It is not brought to the disk: `publish` it when it is finished.
    """
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA synchronous=OFF")
    database.execute(f"PRAGMA page_size={PAGE_SIZE}")
    database.execute(f"PRAGMA application_id={APPLICATION_ID}")
    migrate(database)
    return database


def use_log(database: sqlite3.Connection) -> None:
    """Put the database in write-ahead mode, so that readers and the writer do not wait for each other."""
    database.execute("PRAGMA journal_mode=WAL").fetchone()


def version(database: sqlite3.Connection) -> int:
    """Return the schema version of a database."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def migrate(database: sqlite3.Connection) -> None:
    """Bring the database to the newest version in one transaction."""
    with contextlib.ExitStack() as stack:
        database.execute("BEGIN IMMEDIATE")
        stack.callback(_roll_back, database)
        for script in MIGRATIONS[version(database) :]:
            for statement in filter(str.strip, script.split(";")):
                database.execute(statement)
        database.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
        database.execute("COMMIT")


def show_as_newest(database: sqlite3.Connection) -> bool:
    """Have this connection alone see an older file as one of the newest version; tell whether it can be."""
    number = version(database)
    if not all(one in _AS_NEXT for one in range(number, len(MIGRATIONS))):
        return False
    for one in range(number, len(MIGRATIONS)):
        database.execute(_AS_NEXT[one])
    return True


def need_project_bytes(path: Path) -> None:
    """Check from its first bytes that a file is a project.

    Raises
    ------
    ForeignFileError
        If it is something else, or its beginning is damaged.
    ProjectError
        If there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        raise ProjectError(f"There is no project at {path}.") from None
    except OSError as error:
        raise ProjectError(f"Cannot read {path}: {error.strerror}.") from None
    if len(head) < 100 or head[:16] != MAGIC or int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise ForeignFileError(f"{path.name} is not an xmem-gui project, or its beginning is damaged.")


def layout_is_ours(database: sqlite3.Connection) -> bool:
    """Tell whether the tables are those that `MIGRATIONS` make: nothing missing, nothing added."""
    return _layout(database) == _expected_layout(version(database))


def _layout(database: sqlite3.Connection) -> frozenset[tuple[str, str, str | None]]:
    return frozenset(database.execute("SELECT type, name, sql FROM sqlite_master").fetchall())


@functools.lru_cache(maxsize=8)
def _expected_layout(number: int) -> frozenset[tuple[str, str, str | None]]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for script in MIGRATIONS[:number]:
            database.executescript(script)
        return _layout(database)


def _roll_back(database: sqlite3.Connection) -> None:
    if database.in_transaction:
        database.execute("ROLLBACK")
