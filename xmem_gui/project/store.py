"""The document in memory: objects, lanes and the masks not yet written, in front of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from xmem_gui.errors import ProjectError
from xmem_gui.project import identity
from xmem_gui.project.batch import Batch, Image
from xmem_gui.project.changes import ChangeNotes, Fact
from xmem_gui.project.lanes import CHUNK, LANES_DAMAGED, Lane
from xmem_gui.project.overview import Overview
from xmem_gui.project.records import pack_mask, unpack_mask
from xmem_gui.project.refusals import Refused
from xmem_gui.project.rows import MASK, OBJECT, Key, Row, pack_row
from xmem_gui.project.tables import Tables
from xmem_gui.project.turn import Turn
from xmem_gui.project.values import MaskRecord, StepInfo, StepState, VideoObject
from xmem_gui.project.voice import Voice


class Store:
    """Current state of every row, whether it is in the file yet or not.

    Writes go to memory and to a `Batch` that the writer takes; reads look in memory, then in the batches
    not yet written, then in the file. So a reader sees a write at once, and no writer waits for the disk.
    What is written while the lock is held is one transaction: the voice is told what has changed when the
    outermost holder lets go.

    Parameters
    ----------
    database : sqlite3.Connection
        The open project file to read from.
    frames : int
        Number of frames of the video.
    height, width : int
        Size of the video in pixels.
    voice : Voice
        What tells others of changes.
    """

    def __init__(
        self, database: sqlite3.Connection, *, frames: int, height: int, width: int, voice: Voice
    ) -> None:
        self.lock = Turn(ending=self._end, ended=voice.tell)
        self._voice, self._notes = voice, ChangeNotes()
        self.frames, self.height, self.width = frames, height, width
        self._tables = Tables(database)
        self.objects: dict[int, VideoObject] = {}
        self.lanes: dict[int, Lane] = {}
        self.steps: dict[int, StepInfo] = {}
        self.next_object = 1
        self._pending = Batch()
        self._written: Batch | None = None
        self._overview = Overview((), None, None)
        self.load()

    def load(self) -> None:
        """Read objects, lanes and steps from the file.

        Raises
        ------
        ProjectError, sqlite3.Error
            If the file is damaged.
        """
        objects: dict[int, VideoObject] = {}
        lanes: dict[int, Lane] = {}
        for item, deleted in self._tables.objects():
            self.next_object = max(self.next_object, item.id + 1)
            lanes[item.id] = Lane(self.frames)
            if not deleted:
                objects[item.id] = item
        for object_id, chunk, record in self._tables.lanes():
            if object_id not in lanes:
                raise ProjectError(LANES_DAMAGED)
            lanes[object_id].unpack(chunk, record)
        steps = self._tables.steps()
        with self.lock:
            self.objects, self.lanes = objects, lanes
            self.steps = {step.id: step for step in steps}
            self._notes.anything()

    # Reading

    @property
    def overview(self) -> Overview:
        """The objects and what can be undone, without waiting for a transaction that is going on."""
        return Overview.of(self.objects, self.steps) if self.lock.is_mine else self._overview

    def get(self, key: Key) -> Row:
        """Return a row as it is now, or None if there is none."""
        if key.kind == OBJECT:
            return self.objects.get(key.object)
        return self.mask(key.frame, key.object)

    def lane(self, object_id: int) -> Lane | None:
        """Return where an object has masks; None if there is no such object (any more)."""
        return self.lanes[object_id] if object_id in self.objects else None

    def known_keys(self, object_id: int, frames: range | None) -> Iterator[Key]:
        """Yield the keys of an object's masks in a range; None for all."""
        if (lane := self.lane(object_id)) is not None:
            for frame in lane.known_frames(frames).tolist():
                yield Key(MASK, object_id, frame)

    def mask(self, frame: int, object_id: int) -> MaskRecord | None:
        """Return one mask record, or None if there is none.

        Raises
        ------
        ProjectError
            If the file is damaged there.
        """
        with self.lock:
            lane = self.lane(object_id)
            if lane is None or not 0 <= frame < self.frames or not lane.flags[frame]:
                return None
            data = self._find_mask(object_id, frame)
        record = unpack_mask(data, object_id, frame)
        if record is None or (record.rle.height, record.rle.width) != (self.height, self.width):
            raise ProjectError(
                f"The mask of object {object_id} on frame {frame} is lost: the project is damaged."
            )
        return record

    def _find_mask(self, object_id: int, frame: int) -> bytes:
        for batch in (self._pending, self._written):
            if batch is not None and (object_id, frame) in batch.masks:
                return batch.masks[object_id, frame]
        return self._tables.mask(object_id, frame)

    def unseen(self, object_id: int) -> list[Key]:
        """Return the masks that a deleted object had: undo brings them back with it."""
        if object_id in self.objects or object_id not in self.lanes:
            return []
        return [Key(MASK, object_id, frame) for frame in self.lanes[object_id].known_frames(None).tolist()]

    def drop_unseen(self) -> None:
        """Remove the masks of deleted objects that no step can bring back; before anything is written.

        Raises
        ------
        sqlite3.Error
            If the file is damaged.
        """
        lost = {one for one, lane in self.lanes.items() if one not in self.objects and lane.flags.any()}
        for step in self.steps if lost else ():
            lost.difference_update(self._tables.objects_changed(step))
        for one in lost:
            for key in self.unseen(one):
                self.put(key, None)

    def changes(self, step: int) -> dict[Key, bytes]:
        """Return the other state of every row that a step changed.

        Raises
        ------
        ProjectError
            If the history is damaged there.
        """
        found = self._tables.changes(step, self.frames)
        for number, key, noted in self._noted():
            if number == step and (noted.replaces or key not in found):
                found[key] = noted.data
        return found

    def states_before(self, frame: int, object_id: int) -> list[MaskRecord | None]:
        """Return a mask as it was before each step that changed it and is not undone, the oldest first.

        Raises
        ------
        ProjectError
            If the history is damaged there.
        """
        images = self.images_before(frame, object_id).values()
        return [self.unpacked(image, frame, object_id) for image in images]

    def images_before(self, frame: int, object_id: int) -> dict[int, bytes]:
        """Return what `states_before` returns, packed and by the number of the step, the oldest first."""
        key = Key(MASK, object_id, frame)
        found = self._tables.images_before(frame, object_id)
        for step, other, noted in self._noted():
            if other == key and (noted.replaces or step not in found):
                found[step] = noted.data
        done = (step for step in sorted(found) if step in self.steps)
        return {step: found[step] for step in done if self.steps[step].state is not StepState.UNDONE}

    def _noted(self) -> Iterator[tuple[int, Key, Image]]:
        """Yield what steps have noted that is not in the file yet, the oldest first."""
        for batch in (self._written, self._pending):
            for (step, key), image in batch.changes.items() if batch is not None else ():
                yield step, key, image

    def unpacked(self, image: bytes, frame: int, object_id: int) -> MaskRecord | None:
        """Return a mask of `images_before`; None where there was none.

        Raises
        ------
        ProjectError
            If the history is damaged there.
        """
        state = unpack_mask(image, object_id, frame)
        if state is not None and (state.rle.height, state.rle.width) != (self.height, self.width):
            raise ProjectError("The project's history is damaged.")
        return state

    # Writing

    def put(self, key: Key, row: Row) -> None:
        """Set a row, or remove it with None; no rule and no journal here (see `History`)."""
        if key.kind == OBJECT:
            assert row is None or isinstance(row, VideoObject)
            self._note_object(key.object, comes_or_goes=(key.object in self.objects) is (row is None))
            self._pending.objects[key.object] = row
            if key.object >= self.next_object:
                self.put_meta(identity.uid_key(key.object), identity.new())
            self.next_object = max(self.next_object, key.object + 1)
            self.lanes.setdefault(key.object, Lane(self.frames))
            if row is None:
                self.objects.pop(key.object, None)
            else:
                self.objects[key.object] = row
        else:
            assert row is None or isinstance(row, MaskRecord)
            self._pending.masks[key.object, key.frame] = pack_mask(row, key.object, key.frame)
            self.lanes[key.object].put(key.frame, row)
            self._notes.mask(key.frame, key.object)

    def note(self, step: int, key: Key, row: Row, *, replaces: bool = False) -> int:
        """Note a row's other state for a step; return the bytes it takes."""
        data = pack_row(key, row)
        self._pending.note(step, key, Image(data, replaces))
        return len(data) + 40

    def put_step(self, step: StepInfo) -> None:
        """Set a step's label, state and size."""
        before = self.steps.get(step.id)
        if before is None or (before.label, before.state) != (step.label, step.state):
            self._notes.fact(Fact.HISTORY)
        self.steps[step.id] = step
        self._pending.steps[step.id] = step

    def drop_step(self, step: int) -> None:
        """Forget a step: it can no longer be undone or redone."""
        del self.steps[step]
        self._pending.drop_step(step)
        self._notes.fact(Fact.HISTORY)

    def put_meta(self, key: str, value: str, fact: Fact = Fact.NONE) -> None:
        """Set a value that is not part of the history; what kind of fact it is decides who is told."""
        self._pending.meta[key] = value
        self._notes.fact(fact)

    def meta(self, key: str) -> str | None:
        """Return a value that is not part of the history."""
        with self.lock:
            for batch in (self._pending, self._written):
                if batch is not None and key in batch.meta:
                    return batch.meta[key]
            return self._tables.meta(key)

    def name_objects(self) -> None:
        """Give an identity to the objects of a project that was made before there were any."""
        with self.lock:
            for key in map(identity.uid_key, self.objects):
                if not identity.sound_uid(self.meta(key)):
                    self.put_meta(key, identity.new())

    def resize(self, frames: int) -> None:
        """Make room for another number of frames; what lies beyond the new end must be empty."""
        for object_id, old in self.lanes.items():
            lane = Lane(frames)
            shared = min(frames, old.frames)
            lane.flags[:shared], lane.confidence[:shared] = old.flags[:shared], old.confidence[:shared]
            lane.changed = set(range(-(-frames // CHUNK)))
            self.lanes[object_id] = lane
        self.frames = frames
        self._notes.anything()

    def _note_object(self, object_id: int, *, comes_or_goes: bool) -> None:
        self._notes.object(object_id)
        lane = self.lanes.get(object_id)
        if comes_or_goes and lane is not None:
            # With it, its masks are seen or no longer.
            for frame in lane.known_frames(None).tolist():
                self._notes.mask(frame, object_id)

    def _end(self) -> bool:
        """End a transaction; return whether there is something to tell."""
        if not self._notes:
            return False
        change, self._notes = self._notes.taken(), ChangeNotes()
        if change.facts & (Fact.OBJECTS | Fact.HISTORY):
            self._overview = Overview.of(self.objects, self.steps)
        self._voice.put(change)
        return True

    # For the writer

    @property
    def unwritten(self) -> int:
        """Number of masks and objects not yet in the file; asking waits for nobody who works at it."""
        while True:
            pending, written = self._pending, self._written
            if pending is self._pending:  # else they have been handed on in between
                break
        batches = [batch for batch in (written, pending) if batch is not None]
        return sum(len(b.masks) + len(b.objects) + len(b.steps) + len(b.meta) for b in batches)

    def unsaved(self) -> Batch:
        """Return a copy of all that is not in the file."""
        with self.lock:
            batch = self._pending.follow(self._written or Batch())
            for object_id, lane in self.lanes.items():
                for chunk in lane.changed:
                    batch.lanes[object_id, chunk] = lane.pack(chunk)
            return batch

    def attach(self, database: sqlite3.Connection) -> None:
        """Read from another file from now on, one that has all that this one had."""
        with self.lock:
            self._tables = Tables(database)

    def take(self) -> Batch | None:
        """Hand out what is to be written; `settle` it when that is done or has failed."""
        with self.lock:
            if self._written is not None or not self._pending:
                return None
            for object_id, lane in self.lanes.items():
                for chunk in lane.changed:
                    self._pending.lanes[object_id, chunk] = lane.pack(chunk)
                lane.changed.clear()
            self._written, self._pending = self._pending, Batch()
            return self._written

    def accept_loss(self, lost: Iterable[Key]) -> None:
        """Make memory say what a file says that lacks some masks, and with them what could be undone."""
        with self.lock:
            for key in lost:
                self.lanes[key.object].put(key.frame, None)
                self._pending.masks.pop((key.object, key.frame), None)
                self._notes.mask(key.frame, key.object)
            for step in [step.id for step in self.steps.values() if step.state is not StepState.OPEN]:
                self.drop_step(step)

    def take_back(self, refused: Refused) -> None:
        """Make memory say what the file says of rows that it does not take."""
        with self.lock:
            for key in refused.rows:
                if key.kind == OBJECT:
                    self._note_object(key.object, comes_or_goes=True)
                    self.objects.pop(key.object, None)
                    if (item := self._tables.object_of(key.object)) is not None:
                        self.objects[key.object] = item
            for key in refused.rows:
                if key.kind == MASK and key.object in self.lanes:
                    data = self._tables.mask(key.object, key.frame)
                    self.lanes[key.object].put(key.frame, unpack_mask(data, key.object, key.frame))
                    self._notes.mask(key.frame, key.object)
            for step in refused.steps:
                self.steps.pop(step, None)
            self._notes.fact(Fact.HISTORY)

    @property
    def is_taken(self) -> bool:
        """Whether a batch is out that is not settled."""
        with self.lock:
            return self._written is not None

    def settle(self, *, written: bool) -> None:
        """Say what became of the batch taken: in the file, or to be tried again."""
        with self.lock:
            assert self._written is not None
            if not written:
                self._pending = self._pending.follow(self._written)
            else:
                # SQLite drops what it has cached when the index of the log says that another has written.
                # Whoever opens a file that was put in this one's place under its name resets that index.
                self._tables.forget_pages()
            self._written = None
