"""An open project as those see it who only look: objects, masks, history, settings, the video."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from xmem_gui.arrays import Mask
from xmem_gui.errors import ProjectError
from xmem_gui.project import door, identity, opening
from xmem_gui.project.appearance import Appearance
from xmem_gui.project.backups import Backup, Backups
from xmem_gui.project.earlier import EarlierMasks, find_earlier
from xmem_gui.project.edits import frame_number, need_object, object_number
from xmem_gui.project.history import History
from xmem_gui.project.notices import Gravity, Notice, Remedy
from xmem_gui.project.painted import painted
from xmem_gui.project.queries import Queries
from xmem_gui.project.renumber import kept_masks
from xmem_gui.project.store import Store
from xmem_gui.project.values import MaskRecord, StepInfo, VideoObject
from xmem_gui.project.video_reference import Fingerprint, Location, Probe, StoredReference
from xmem_gui.project.voice import Voice


class OpenProject:
    """What can be asked of an open project; `Project` adds what can be changed.

    Attributes
    ----------
    path : Path
        The project file.
    read_only : str
        Why nothing can be changed, in a sentence; empty if it can.
    query : Queries
        Presence, key frames, confidence, counts, next and previous.
    changed : Listeners of DocumentChange
        Told what has changed, once for each edit, undo, redo, and frame of a run, whichever thread made it:
        after all of it is in the document, so that whoever asks now is answered with it, and before the call
        returns, unless another thread is telling just then. No lock is held. The disk follows within half a
        second (`Project.flush`); a disk that is full keeps nobody from hearing.
    noticed : Listeners of Notice
        Told of each sentence for people, such as why a backup failed, in the thread that found it out.
    """

    def __init__(self, path: Path, *, read_only: str, undo_bytes: int) -> None:
        self.path, self.read_only = path, read_only
        self._voice = Voice()
        self.changed, self.noticed = self._voice.changed, self._voice.noticed
        self._backups = Backups(path)
        self._database = opening.open_database(
            path, readonly=bool(read_only), before_migration=self._backups.make
        )
        try:
            self._load()
        except BaseException:
            self._database.close()
            raise
        self._history = History(self._store, budget=undo_bytes)
        self.query = Queries(self._store)

    def _load(self) -> None:
        with opening.reading(self.path):
            try:
                self._reference = self._read_reference()
                mark = self._reference.fingerprint
                self._store = Store(
                    self._database,
                    frames=mark.frames,
                    height=mark.height,
                    width=mark.width,
                    voice=self._voice,
                )
            except ProjectError as error:
                text = f"{self.path.name} is damaged: salvage it to save what can be read. ({error})"
                raise opening.damaged(self.path, text) from error

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What people should know of the project, said since it was opened, the oldest first."""
        return self._voice.notices

    def say(self, text: str, gravity: Gravity = "warning", remedy: Remedy = Remedy.NONE) -> None:
        """Tell people something about the project: it is kept in ``notices``, and all who listen are told.

        Parameters
        ----------
        text
            What happened and what to do, in plain sentences.
        gravity
            ``info``, ``warning`` or ``error``.
        remedy
            What a program can offer to do about it.
        """
        self._voice.say(text, gravity, remedy)

    def hear(self, listener: Callable[[Notice], object]) -> Callable[[], None]:
        """Have a function told of every notice, those of before first; return what ends that."""
        return self._voice.hear(listener)

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
        return self._store.overview.objects

    def object(self, object_id: int) -> VideoObject:
        """Return one object.

        Raises
        ------
        ProjectError
            If there is none of that id.
        """
        return need_object(self._store, object_number(object_id))

    @property
    def next_object(self) -> int:
        """The number that the next new object will get."""
        return self._store.next_object

    def uid(self, object_id: int) -> str:
        """Return what tells an object from those of all other projects; empty if that is not known."""
        return identity.sound_uid(self._meta(identity.uid_key(object_number(object_id))))

    def record(self, frame: int, object_id: int) -> MaskRecord | None:
        """Return a mask with all that is known of it; None if there is none."""
        frame, object_id = frame_number(frame), object_number(object_id)
        with opening.reading(self.path):
            try:
                return self._store.mask(frame, object_id)
            except ProjectError:
                if not self.read_only:
                    raise
                self.refresh()  # whoever may write has taken it away since
                return self._store.mask(frame, object_id)

    def mask(self, frame: int, object_id: int) -> Mask | None:
        """Return a mask as a bool array of shape (H, W); None if there is none."""
        record = self.record(frame, object_id)
        return None if record is None else record.rle.to_mask()

    def painted(self, frame: int, object_id: int) -> Mask | None:
        """Return the pixels (H, W) that a person has set by hand, in the mask or out of it; None if none.

        Brush, eraser, polygon and the like; what was clicked, propagated or imported is not.
        """
        with opening.reading(self.path):
            return painted(self._store, frame_number(frame), object_number(object_id))

    def earlier(self, frame: int) -> EarlierMasks | None:
        """Return a frame's masks before the last step that changed them; None if none are known."""
        with opening.reading(self.path):
            return find_earlier(self._store, frame_number(frame))

    def records(self, frame: int) -> dict[int, MaskRecord]:
        """Return all masks of a frame, by object id."""
        with self._store.lock:
            found = {one: self.record(frame, one) for one in sorted(self.query.masks_on(frame))}
        return {one: record for one, record in found.items() if record is not None}

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

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a value kept with the project, such as the range or the frame last shown."""
        text = self._meta(f"setting:{door.text(name)}")
        if text is None:
            return default
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(text)
        return default

    @property
    def fingerprint(self) -> Fingerprint:
        """What the project knows of its video."""
        return self._reference.fingerprint

    @property
    def appearance(self) -> Appearance | None:
        """What the project remembers of its video's frames; None in a project of an older program."""
        mark = self.fingerprint
        text = self._meta(opening.APPEARANCE)
        return Appearance.from_json(text, of=mark.timestamps, frames=mark.frames)

    @property
    def video_places(self) -> tuple[Path, ...]:
        """Where the video was: relative to the project, then by its full path. Nothing is looked at."""
        return self._reference.places(self.path.absolute().parent)

    @property
    def near_places(self) -> tuple[Path, ...]:
        """Those of them that are on this computer, or on the project's own."""
        folder = self.path.absolute().parent
        return tuple(one for one in self.video_places if self._reference.host(one, folder) is None)

    def locate_video(self, probe: Probe | None = None, *, hosts: Collection[str] = ()) -> Location:
        """Look for the video.

        Parameters
        ----------
        probe : callable or None
            Compares a video with the one that was; None takes what is there for it.
        hosts : collection of str
            Other computers that may be asked.

        Returns
        -------
        Found, Moved, Changed, Missing or Remote
            Where it is, or what to ask the user.
        """
        return self._reference.locate(self.path.absolute().parent, probe, hosts)

    @property
    def kept(self) -> dict[str, int]:
        """How many masks are kept for pictures that are gone, by their file names."""
        with opening.reading(self.path):
            return kept_masks(self._database)

    @property
    def backups(self) -> list[Backup]:
        """The backups there are, the newest first."""
        return self._backups.all()

    def refresh(self) -> None:
        """Read again what another process may have changed (where the project is read-only)."""
        if self.read_only:
            with self._store.lock, opening.reading(self.path):
                self._reference = self._read_reference()
                self._store.frames = self._reference.fingerprint.frames
                self._store.load()

    def _meta(self, key: str) -> str | None:
        with opening.reading(self.path):
            return self._store.meta(key)

    def _read_reference(self) -> StoredReference:
        row = self._database.execute("SELECT value FROM meta WHERE key = 'video'").fetchone()
        return StoredReference.from_json(row[0] if row else "")
