"""The document: one project file, open for reading and, by one process at a time, for writing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xmem_gui import files
from xmem_gui.arrays import Colour
from xmem_gui.errors import ProjectError
from xmem_gui.project import door, identity, opening, places, salvage
from xmem_gui.project.changes import Fact
from xmem_gui.project.edits import Edit
from xmem_gui.project.history import Outcome
from xmem_gui.project.lock import ProjectLock
from xmem_gui.project.mask_edits import Commit
from xmem_gui.project.notices import Remedy
from xmem_gui.project.object_edits import AddObject
from xmem_gui.project.runs import Run
from xmem_gui.project.saved_project import SavedProject
from xmem_gui.project.values import Origin, VideoObject
from xmem_gui.project.video_reference import Found, StoredReference, VideoReference


class Project(SavedProject):
    """A project that is open. Make one with `create` or `open`, and `close` it (or use ``with``).

    It may be used from any thread. An edit is seen at once by every reader and is on the disk within
    half a second, or when `flush` returns.
    """

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
        path = door.place(path)
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
        path, read_only = door.place(path), door.flag(read_only)
        opening.need_project(path)
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
            project.say(why, remedy=Remedy.OPEN_COPY)
        if lock is not None:
            project._say_of_lock(lock)
        copies = [] if why else places.rescued_copies(path)
        if copies:
            project.say(
                f"Work on {path.name} that could not be saved in its place is in {copies[-1]}: "
                "open that file, then move or delete it."
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
        path = door.place(path)
        report = salvage.salvage_file(path)
        project = cls.open(path, **options)
        project.say(str(report))
        return project, report

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

    def add_object(self, name: str = "", colour: Colour | None = None, category: str = "") -> VideoObject:
        """Add an object (`AddObject`) and return it."""
        with self._store.lock:
            return self._store.objects[self.apply(AddObject(name, colour, category)).changed[0].object]

    def commit(self, frame: int, objects: Sequence[int] | None = None) -> Outcome:
        """Promise that a frame's masks stay as they are until a person edits them (`Commit`)."""
        return self.apply(Commit(frame, objects))

    def uncommit(self, frame: int, objects: Sequence[int] | None = None) -> Outcome:
        """Take the promise back."""
        return self.apply(Commit(frame, objects, committed=False))

    def run(
        self,
        origin: Origin = Origin.PROPAGATED,
        *,
        label: str = "",
        replace_reviewed: bool = False,
        kind: str = "",
    ) -> Run:
        """Begin a step that is written while results come in, such as a propagation; parameters as `Run`.

        Raises
        ------
        ProjectError
            If the project is read-only, or another run is going on.
        """
        self._need_writable()
        return Run(
            self._history, self._store,
            origin=origin, label=label, replace_reviewed=replace_reviewed, kind=kind,
        )  # fmt: skip

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

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a value with the project: anything that JSON can hold.

        Raises
        ------
        ProjectError
            If the project is read-only, or JSON has nothing for it.
        """
        self._need_writable()
        name = door.text(name, "name of a setting")
        with self._store.lock:
            kept = door.as_json(value, f"setting '{name}'")
            self._store.put_meta(f"setting:{name}", kept, Fact.SETTINGS)

    def set_uid(self, object_id: int, uid: str) -> None:
        """Say that an object is the one that another project, or a file of ours, knows by this identity.

        Raises
        ------
        ProjectError
            If the project is read-only, or the identity is none of this program's.
        """
        self._need_writable()
        if identity.sound_uid(uid) != uid or not uid:
            raise ProjectError(f"'{uid[:40]}' is no identity of an object.")
        with self._store.lock:
            self._store.put_meta(identity.uid_key(door.whole(object_id)), uid, Fact.OBJECTS)

    def relink(self, video: VideoReference) -> Found:
        """Say where the video is now, and what it looks like; masks keep their frame numbers.

        Whether it is the right video is for the caller to know (`recognition.compare`); where pictures have
        other numbers, `renumber` is to be used.

        Raises
        ------
        ProjectError
            If it is of another size, or too short.
        """
        self._need_writable()
        video = video.plain()
        mark = video.fingerprint
        height, width = self.size
        if (mark.height, mark.width) != (height, width):
            raise ProjectError(
                f"{video.path.name} does not fit this project: its frames are {mark.width}x{mark.height}, "
                f"not {width}x{height}. Choose another video, or make a new project."
            )
        with self._store.lock:
            if any(lane.flags[mark.frames :].any() for lane in self._store.lanes.values()):
                raise ProjectError(f"{video.path.name} is too short: there are masks beyond its end.")
            meta = opening.video_meta(video, self.path.parent)
            self._reference = StoredReference.from_json(meta["video"])
            if mark.frames != self.frames:
                self._store.resize(mark.frames)
            for key, value in meta.items():
                self._store.put_meta(key, value, Fact.VIDEO)
        return Found(video.path)

    def _say_of_lock(self, lock: ProjectLock) -> None:
        """Say what the lock tells: that there is none, or that who had it last did not close the project."""
        if lock.unknown:
            self.say(
                f"The disk of {self.path.name} has no locks, so nothing keeps another program from changing "
                "it at the same time: open it in one place only."
            )
        if lock.left_behind is not None:
            last = self.history[-1].label if self.history else "its beginning"
            who = "The program" if lock.left_behind.is_here else str(lock.left_behind)
            self.say(
                f"{who} ended without closing {self.path.name}. All that was saved is here, up to '{last}'."
            )


def _take_lock(path: Path) -> tuple[ProjectLock | None, str]:
    lock = ProjectLock(path)
    try:
        owner = lock.acquire()
    except ProjectError as error:
        return None, f"{path.name} is open read-only: {error}"
    if owner is not None:
        return (
            None,
            f"{path.name} is open read-only because {owner} has it open: close it there to change it here.",
        )
    files.remove_leftovers(Path(os.path.realpath(path)))
    files.remove_kept_names(Path(os.path.realpath(path)))
    places.bring_in(path)
    if path.stat().st_nlink > 1:
        # Each name would have a log and a lock of its own; and many a second name is somebody's backup.
        lock.release()
        return (
            None,
            f"{path.name} is open read-only because the same file has a second name (a hard link), under "
            "which it would change too: save a copy of it to change that.",
        )
    if not _is_writable(path):
        lock.release()
        return (
            None,
            f"{path.name} is open read-only because the file may not be changed: allow writing to change it.",
        )
    return lock, ""


def _is_writable(path: Path) -> bool:
    try:
        with path.open("r+b"):
            return True
    except OSError:
        return False
