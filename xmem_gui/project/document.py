"""The document: one project file, open for reading and, by one process at a time, for writing."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from xmem_gui.errors import ProjectError
from xmem_gui.project import opening, salvage
from xmem_gui.project.backups import Backup, Backups
from xmem_gui.project.edits import Edit, need_object
from xmem_gui.project.history import History, Outcome
from xmem_gui.project.lock import ProjectLock
from xmem_gui.project.mask_edits import Commit
from xmem_gui.project.object_edits import AddObject
from xmem_gui.project.queries import Queries
from xmem_gui.project.rle import Mask
from xmem_gui.project.runs import Run
from xmem_gui.project.store import Store
from xmem_gui.project.values import Colour, MaskRecord, Origin, StepInfo, VideoObject
from xmem_gui.project.video_reference import (
    Fingerprint,
    Found,
    Location,
    Probe,
    StoredReference,
    VideoReference,
)
from xmem_gui.project.writer import Pending, Writer

logger = logging.getLogger(__name__)


class Project:
    """A project that is open. Make one with `create` or `open`, and `close` it (or use ``with``).

    It may be used from any thread. An edit is seen at once by every reader and is on the disk within
    half a second, or when `flush` returns.

    Attributes
    ----------
    path : Path
        The project file.
    read_only : str
        Why nothing can be changed, in a sentence; empty if it can.
    notices : list of str
        What the user should be told: sentences.
    query : Queries
        Presence, key frames, confidence, counts, next and previous.
    """

    def __init__(
        self,
        path: Path,
        *,
        lock: ProjectLock | None,
        read_only: str,
        flush_interval: float,
        backup_every: float | None,
        undo_bytes: int,
    ) -> None:
        self.path, self.read_only = path, read_only
        self.notices: list[str] = []
        self._lock, self._backup_every = lock, backup_every
        self._backups = Backups(path)
        self._database = opening.open_database(
            path, readonly=bool(read_only), before_migration=self._backups.make
        )
        try:
            self._load(undo_bytes)
        except BaseException:
            self._database.close()
            raise
        self._writer: Writer | None = None
        self._backup_thread: threading.Thread | None = None
        self._backup_due = 0.0
        if not read_only:
            if self._history.recover() is not None:
                self.notices.append(
                    "The last run was cut off; its finished frames are kept and can be undone."
                )
            self._writer = Writer(path, self._store, interval=flush_interval, on_tick=self._tick)
            self._writer.start()
        self._closed = False

    def _load(self, undo_bytes: int) -> None:
        with opening.reading(self.path):
            row = self._database.execute("SELECT value FROM meta WHERE key = 'video'").fetchone()
            try:
                self._reference = StoredReference.from_json(row[0] if row else "")
                mark = self._reference.fingerprint
                self._store = Store(self._database, frames=mark.frames, height=mark.height, width=mark.width)
            except ProjectError as error:
                text = f"{self.path.name} is damaged: salvage it to save what can be read. ({error})"
                raise opening.DamagedProjectError(text) from error
        self._history = History(self._store, budget=undo_bytes)
        self.query = Queries(self._store)

    @classmethod
    def create(cls, path: Path, *, video: VideoReference, **options: Any) -> Project:
        """Make a new project for a video and open it.

        Parameters
        ----------
        path : Path
            Where; no file may be there.
        video : VideoReference
            The video and its fingerprint.
        **options
            As for `open`.

        Raises
        ------
        ProjectError
            If the file exists, or cannot be made.
        """
        opening.create_file(path, video)
        return cls.open(path, **options)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        flush_interval: float = 0.2,
        backup_every: float | None = 600.0,
        undo_bytes: int = 512 << 20,
    ) -> Project:
        """Open a project; read-only if another process has it open, or nothing can be written there.

        Parameters
        ----------
        path : Path
            The project file.
        read_only : bool
            Whether to open it only to look.
        flush_interval : float
            Seconds between writes to the disk.
        backup_every : float or None
            Seconds between backups, the first soon after opening; None for none.
        undo_bytes : int
            How much the file may keep for undoing; the oldest steps go first.

        Raises
        ------
        DamagedProjectError
            If the file is damaged: `salvage` it.
        ProjectError
            If it cannot be opened, or is no project.
        """
        opening.identify(path)
        lock, why = (None, f"{path.name} was opened only to look.") if read_only else _take_lock(path)
        try:
            project = cls(
                path,
                lock=lock,
                read_only=why,
                flush_interval=flush_interval,
                backup_every=backup_every,
                undo_bytes=undo_bytes,
            )
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        if why and not read_only:
            project.notices.append(why)
        if lock is not None and lock.left_behind is not None:
            project.notices.append(
                f"The project was not closed by {lock.left_behind}; all that was saved is here."
            )
        return project

    @classmethod
    def salvage(cls, path: Path, **options: Any) -> tuple[Project, salvage.Salvage]:
        """Repair a damaged project as far as it can be, and open it.

        Returns
        -------
        tuple of Project and Salvage
            The project, and what was saved; the latter is also among the project's notices.

        Raises
        ------
        ProjectError
            If nothing can be saved.
        """
        report = salvage.salvage(path)
        project = cls.open(path, **options)
        project.notices.append(str(report))
        return project, report

    # Reading

    @property
    def frames(self) -> int:
        """Number of frames of the video."""
        return self._store.frames

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the video and of every mask, in pixels."""
        return self._store.height, self._store.width

    @property
    def objects(self) -> tuple[VideoObject, ...]:
        """All objects, by id."""
        with self._store.lock:
            return tuple(sorted(self._store.objects.values(), key=lambda item: item.id))

    def object(self, object_id: int) -> VideoObject:
        """Return one object.

        Raises
        ------
        ProjectError
            If there is none of that id.
        """
        return need_object(self._store, object_id)

    def record(self, frame: int, object_id: int) -> MaskRecord | None:
        """Return a mask with all that is known of it; None if there is none."""
        with opening.reading(self.path):
            try:
                return self._store.mask(frame, object_id)
            except ProjectError:
                if not self.read_only:
                    raise
                self._store.load()  # whoever may write has taken it away since
                return self._store.mask(frame, object_id)

    def mask(self, frame: int, object_id: int) -> Mask | None:
        """Return a mask as a bool array of shape (H, W); None if there is none."""
        record = self.record(frame, object_id)
        return None if record is None else record.rle.to_mask()

    def records(self, frame: int) -> dict[int, MaskRecord]:
        """Return all masks of a frame, by object id."""
        with self._store.lock:
            found = {one: self.record(frame, one) for one in sorted(self.query.masks_on(frame))}
        return {one: record for one, record in found.items() if record is not None}

    # Changing

    def apply(self, edit: Edit) -> Outcome:
        """Make an edit: one undoable step, all of it or nothing.

        Raises
        ------
        ProjectError, MaskError
            If the project is read-only, or the edit is not possible.
        """
        self._need_writable()
        with self._store.lock, opening.reading(self.path):
            return self._history.edit(edit.kind, edit.label(self._store), edit.plan(self._store), edit.rules)

    def add_object(self, name: str = "", colour: Colour | None = None) -> VideoObject:
        """Add an object (`AddObject`) and return it."""
        with self._store.lock:
            return self._store.objects[self.apply(AddObject(name, colour)).changed[0].object]

    def commit(self, frame: int, objects: list[int] | None = None) -> Outcome:
        """Promise that a frame's masks stay as they are until a person edits them (`Commit`)."""
        return self.apply(Commit(frame, objects))

    def uncommit(self, frame: int, objects: list[int] | None = None) -> Outcome:
        """Take the promise back."""
        return self.apply(Commit(frame, objects, committed=False))

    def run(
        self, origin: Origin = Origin.PROPAGATED, *, label: str = "", replace_reviewed: bool = False
    ) -> Run:
        """Begin a propagation or an import: one undoable step, written while results come in.

        Raises
        ------
        ProjectError
            If the project is read-only, or another run is going on.
        """
        self._need_writable()
        return Run(self._history, self._store, origin=origin, label=label, replace_reviewed=replace_reviewed)

    @property
    def history(self) -> tuple[StepInfo, ...]:
        """All steps that are kept, the oldest first; those undone come last."""
        return self._history.steps

    @property
    def next_undo(self) -> StepInfo | None:
        """The step that `undo` would undo; None too while the newest is a run that goes on."""
        return self._history.next_undo()

    @property
    def next_redo(self) -> StepInfo | None:
        """The step that `redo` would redo."""
        return self._history.next_redo()

    def undo(self) -> Outcome:
        """Undo the newest step; the outcome has no step if there is nothing to undo."""
        self._need_writable()
        with opening.reading(self.path):
            return self._history.undo()

    def redo(self) -> Outcome:
        """Redo the step undone last; the outcome has no step if there is nothing to redo."""
        self._need_writable()
        with opening.reading(self.path):
            return self._history.redo()

    # Settings: kept in the file, not part of the history

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a value kept with the project, such as the range or the frame last shown."""
        text = self._store.meta(f"setting:{name}")
        if text is None:
            return default
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(text)
        return default

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a value (anything that JSON can hold) with the project."""
        self._need_writable()
        with self._store.lock:
            self._store.put_meta(f"setting:{name}", json.dumps(value))

    # The video

    @property
    def fingerprint(self) -> Fingerprint:
        """What the project knows of its video."""
        return self._reference.fingerprint

    def locate_video(self, probe: Probe | None = None) -> Location:
        """Look for the video.

        Parameters
        ----------
        probe : callable or None
            Makes the fingerprint of a video; asked only if a file's size on disk is not as it was.

        Returns
        -------
        Found, Moved, Changed or Missing
            Where it is, or what to ask the user.
        """
        return self._reference.locate(self.path.absolute().parent, probe)

    def relink(self, video: VideoReference, *, accept_changes: bool = False) -> Found:
        """Say where the video is now.

        Raises
        ------
        ProjectError
            If it is another video (unless ``accept_changes``), or of another size, or too short.
        """
        self._need_writable()
        what = self.fingerprint.differences(video.fingerprint)
        height, width = self.size
        if (video.fingerprint.height, video.fingerprint.width) != (height, width):
            raise ProjectError(
                f"{video.path.name} does not fit this project: {what[0]}. "
                "Choose another video, or make a new project."
            )
        if what and not accept_changes:
            raise ProjectError(f"{video.path.name} is not the same video: {' and '.join(what)}.")
        with self._store.lock:
            lanes = self._store.lanes.values()
            if any(lane.flags[video.fingerprint.frames :].any() for lane in lanes):
                raise ProjectError(f"{video.path.name} is too short: there are masks beyond its end.")
            self._reference = StoredReference.make(video, self.path.parent)
            self._store.resize(video.fingerprint.frames)
            self._store.put_meta("video", self._reference.to_json())
        return Found(video.path)

    # The disk

    @property
    def pending(self) -> Pending:
        """What is not on the disk yet, and why if something is wrong."""
        return Pending(0, "", 0.0) if self._writer is None else self._writer.pending

    def flush(self) -> None:
        """Bring everything to the disk now.

        Raises
        ------
        ProjectError
            If that is not possible. Nothing is lost: it is tried again by itself.
        """
        if self._writer is not None:
            self._writer.flush()

    def checkpoint(self) -> Backup | None:
        """Bring everything to the disk and make a backup, unless nothing has changed since the last.

        Raises
        ------
        ProjectError
            If either is not possible.
        """
        self._need_writable()
        self.flush()
        return self._backups.make()

    @property
    def backups(self) -> list[Backup]:
        """The backups there are, the newest first."""
        return self._backups.all()

    def refresh(self) -> None:
        """Read again what another process may have changed (where the project is read-only)."""
        if self.read_only:
            with opening.reading(self.path):
                self._store.load()

    def close(self, *, lose_unsaved: bool = False) -> None:
        """Bring everything to the disk and let go of the file.

        Raises
        ------
        ProjectError
            If that is not possible: then the project stays open, and nothing is lost, unless
            ``lose_unsaved``.
        """
        if self._closed:
            return
        try:
            self.flush()
        except ProjectError:
            if not lose_unsaved:
                raise
        self._closed = True
        if self._writer is not None:
            self._writer.stop()
        if self._backup_thread is not None:
            self._backup_thread.join()
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(lose_unsaved=error is not None)

    def _need_writable(self) -> None:
        if self._closed:
            raise ProjectError(f"{self.path.name} is closed.")
        if self.read_only:
            raise ProjectError(self.read_only)

    def _tick(self) -> None:
        """Start a backup when one is due; called by the writer's thread."""
        if self._backup_every is None or self._closed or time.monotonic() < self._backup_due:
            return
        if self._backup_thread is None or not self._backup_thread.is_alive():
            self._backup_due = time.monotonic() + self._backup_every
            thread = threading.Thread(target=self._back_up, name="project-backup", daemon=True)
            thread.start()
            self._backup_thread = thread

    def _back_up(self) -> None:
        try:
            self._backups.make()
        except ProjectError as error:
            logger.warning("%s", error)
            self.notices.append(str(error))


def _take_lock(path: Path) -> tuple[ProjectLock | None, str]:
    lock = ProjectLock(path)
    try:
        owner = lock.acquire()
    except ProjectError as error:
        return None, f"{path.name} is open read-only: {error}"
    if owner is not None:
        return (
            None,
            f"{path.name} is open read-only, for {owner} has it open: close it there to change it here.",
        )
    if not _is_writable(path):
        lock.release()
        return (
            None,
            f"{path.name} is open read-only, for the file may not be changed: allow writing to change it.",
        )
    return lock, ""


def _is_writable(path: Path) -> bool:
    try:
        with path.open("r+b"):
            return True
    except OSError:
        return False
