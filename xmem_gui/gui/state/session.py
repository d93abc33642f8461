"""What is open and where the person is in it: the one object that all views share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from xmem_gui.errors import Cancelled, ProjectError
from xmem_gui.gui.state.jobs import JobControl, JobState, RunningJob
from xmem_gui.gui.state.presence import Presence
from xmem_gui.gui.state.values import (
    EVERYTHING,
    Change,
    CloseAgain,
    CopiedMask,
    Message,
    Offer,
    Unsaved,
    change_of,
    notice_of,
    trouble_of,
)
from xmem_gui.gui.state.workers import Worker

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator, EngineSettings
    from xmem_gui.project import Outcome, StepInfo, VideoObject

_T = TypeVar("_T")


@dataclass(frozen=True)
class _Facts:
    """What views ask of the document all the time, read in its thread: its lock may be held for long."""

    objects: tuple[VideoObject, ...] = ()
    next_undo: StepInfo | None = None
    next_redo: StepInfo | None = None

    @classmethod
    def of(cls, annotator: Annotator) -> _Facts:
        project = annotator.project
        return cls(project.objects, project.next_undo, project.next_redo)


class Session(QObject):
    """An open video with its project, the current frame, object and range, and the threads that work on it.

    Views read from ``annotator`` what is fast (objects, queries), ask for the rest with `ask`, change the
    document with `edit` only, and follow the signals. All of it lives in the window's thread.
    """

    opened = Signal()
    closed = Signal()
    opening = Signal(str)
    """Name of what is being opened."""
    frame_changed = Signal(int)
    object_selected = Signal(object)
    """An object's id, or None."""
    picked = Signal(int)
    """The id of the object that a person has pointed at, and meant alone."""
    solo_changed = Signal(object)
    """The id of the object that is shown alone, or None."""
    range_changed = Signal()
    copied_changed = Signal()
    """Another mask has been copied."""
    settings_changed = Signal()
    """The network, the device or the memory's limits are others."""
    troubled = Signal(object)
    """A `Trouble`: opening failed, and a dialog can help."""
    document_changed = Signal(object)
    """A `Change`; many small ones come as one."""
    job_changed = Signal(object)
    """A `JobState`, or None when there is no job."""
    notice = Signal(object)
    """A `Message`."""
    unsaved = Signal(object)
    """An `Unsaved`: what is open cannot be saved where it is."""
    _said = Signal(object, str)
    """The project of an annotator has something to say; from whatever thread found it out."""
    _warned = Signal(object, str)
    """The video of an annotator has something to say; from whatever thread read its frames."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.annotator: Annotator | None = None
        self.hosts: set[str] = set()
        """Other computers that the person lets be asked for the video of a project."""
        self.documents = Worker("documents", self._failed)
        self.engine = Worker("engine", self._failed)
        self._frame = 0
        self._object: int | None = None
        self._solo: int | None = None
        self._range: tuple[int | None, int | None] = (None, None)
        self._copied: CopiedMask | None = None
        self._job = RunningJob(self)
        self._facts = _Facts()
        self._pending = Change()
        self._ended = False
        self._flush = QTimer(self, singleShot=True, interval=16)
        self._flush.timeout.connect(self._tell)
        self._said.connect(self._on_said, Qt.ConnectionType.QueuedConnection)
        self._warned.connect(self._on_warned, Qt.ConnectionType.QueuedConnection)
        self.presence = Presence(self)
        """Which objects are seen on the current frame."""
        self._job.changed.connect(self.job_changed)
        self._job.frame_done.connect(lambda frame: self.changed(Change(frozenset({frame}))))

    # What is open

    @property
    def frames(self) -> int:
        """How many frames the video has; 0 if nothing is open."""
        return 0 if self.annotator is None else len(self.annotator.video)

    @property
    def objects(self) -> list[VideoObject]:
        """The objects in the order of their ids."""
        return list(self._facts.objects)

    @property
    def next_undo(self) -> StepInfo | None:
        """The step that undoing would undo."""
        return self._facts.next_undo

    @property
    def next_redo(self) -> StepInfo | None:
        """The step that redoing would redo."""
        return self._facts.next_redo

    def open(
        self,
        path: Path,
        *,
        project: Path | None = None,
        look_only: bool = False,
        without_video: bool = False,
        frame: int = 0,
    ) -> None:
        """Open a video, a folder of images or a project; `opened`, `troubled` or a notice follows.

        What is open stays until the new one can be shown, and if that fails.

        Parameters
        ----------
        path
            A video file, a folder of images or a project.
        project
            Where its project is or shall be; None for beside it.
        look_only
            Whether nothing is to be changed or made.
        without_video
            Whether a project opens without its video.
        frame
            The one to stand at then.
        """
        hosts, before = frozenset(self.hosts), self.annotator
        if before is not None and path in (before.project.path, before.video.path) and project is None:
            self.say(self.tr("{} is open already.").format(path.name))
            return

        def work() -> tuple[Annotator, _Facts]:
            # Here, for it takes longer than the window may be late.
            from xmem_gui.annotator import Annotator

            annotator = Annotator.open(
                path, project=project, look_only=look_only, without_video=without_video, hosts=hosts
            )
            if self._ended:
                # Nobody is left to close it.
                annotator.close()
                raise Cancelled("The program ends.")
            return annotator, _Facts.of(annotator)

        def found(opened: tuple[Annotator, _Facts]) -> None:
            fresh = opened[0]
            if self.annotator is None:
                self._on_opened(opened, frame)
            elif fresh.project.read_only and _same(fresh, self.annotator):
                # Its lock is our own: under another name, this is what is open.
                self.documents.submit(fresh.close)
                self.say(self.tr("{} is open already.").format(path.name))
            else:
                self.close(lambda saved: self._on_opened(opened, frame) if saved else self._let_go(fresh))

        def failed(error: Exception) -> None:
            if self.annotator is None:
                self.closed.emit()
            trouble = trouble_of(error, path, project)
            if trouble is not None:
                self.troubled.emit(trouble)
            elif not isinstance(error, Cancelled):
                self._failed(error)

        self.opening.emit(path.name)
        self.documents.submit(work, found, failed=failed, key="open")

    def _let_go(self, annotator: Annotator) -> None:
        self.documents.submit(annotator.close)

    def close(self, then: Callable[[bool], None] = lambda _: None, *, lose_unsaved: bool = False) -> None:
        """Close what is open once a running job has stopped; ``then`` is told whether that is done.

        The views let go at once; if it cannot be saved they get it back, and `unsaved` asks what to do: that
        may call ``then`` again.

        Parameters
        ----------
        then
            Told whether it is closed.
        lose_unsaved
            Whether to close too what cannot be saved.
        """
        annotator = self.annotator
        if annotator is None:
            then(True)
            return
        again: CloseAgain = partial(self.close, then)
        if not lose_unsaved and annotator.project.pending.error:
            then(False)
            self.ask_ways_out(self._unsaved(annotator, again))
            return
        self.annotator = None
        self.cancel_job()
        place, facts = (self._frame, self._object, self._range), self._facts
        self._frame, self._object, self._range = 0, None, (None, None)
        self.solo = None
        self._facts, self._pending = _Facts(), Change()
        self.closed.emit()

        def failed(error: Exception) -> None:
            self._on_opened((annotator, facts))
            self.frame, self.selected, self.marks = place
            then(False)
            if isinstance(error, ProjectError):
                self.ask_ways_out(replace(self._unsaved(annotator, again), text=str(error)))
            else:
                self._failed(error)

        # The engine's thread gets to this after the job has ended, and it writes no more.
        self.engine.submit(
            lambda: None,
            lambda _: self.documents.submit(
                partial(annotator.close, lose_unsaved=lose_unsaved), lambda _: then(True), failed=failed
            ),
        )

    def ask_ways_out(self, unsaved: Unsaved | None = None) -> None:
        """Ask the person what to do about a project that cannot be saved; by default about the one open."""
        if unsaved is None and self.annotator is not None and self.annotator.project.pending.error:
            unsaved = replace(self._unsaved(self.annotator, self.close), closing=False)
        if unsaved is not None:
            self.unsaved.emit(unsaved)

    def shut_down(self, then: Callable[[bool], None]) -> None:
        """Close and end the threads; ``then`` is told whether all is saved. If not, nothing has ended."""

        def closed(saved: bool) -> None:
            if saved:
                self._ended = True
                self.engine.stop(finish=False)
                self.documents.stop()
            then(saved)

        self.close(closed)

    # Where the person is

    @property
    def frame(self) -> int:
        """The current frame."""
        return self._frame

    @frame.setter
    def frame(self, frame: int) -> None:
        frame = max(0, min(frame, self.frames - 1))
        if frame != self._frame:
            self._frame = frame
            self.frame_changed.emit(frame)

    @property
    def selected(self) -> int | None:
        """The selected object's id."""
        return self._object

    @selected.setter
    def selected(self, object_id: int | None) -> None:
        if object_id != self._object:
            self._object = object_id
            self.object_selected.emit(object_id)

    def pick(self, object_id: int) -> None:
        """Select an object alone, as a click on it outside the list of objects does."""
        self.selected = object_id
        self.picked.emit(object_id)

    @property
    def solo(self) -> int | None:
        """The id of the object that is shown alone, or None; not kept with the project."""
        return self._solo

    @solo.setter
    def solo(self, object_id: int | None) -> None:
        if object_id != self._solo:
            self._solo = object_id
            self.solo_changed.emit(object_id)

    @property
    def span(self) -> tuple[int, int]:
        """The in and out points, both included; the whole video where they are not set."""
        first, last = self._range
        return first or 0, self.frames - 1 if last is None else last

    @property
    def marks(self) -> tuple[int | None, int | None]:
        """The in and out points as set; None where not."""
        return self._range

    @marks.setter
    def marks(self, marks: tuple[int | None, int | None]) -> None:
        first, last = marks
        if first is not None and last is not None and first > last:
            # The mark set last wins; the other goes.
            first, last = (None, last) if first == self._range[0] else (first, None)
        if (first, last) != self._range:
            self._range = first, last
            self.range_changed.emit()

    @property
    def copied(self) -> CopiedMask | None:
        """The mask to paste; it stays when another project is opened."""
        return self._copied

    @copied.setter
    def copied(self, copied: CopiedMask | None) -> None:
        self._copied = copied
        self.copied_changed.emit()

    # Work

    def edit(
        self,
        work: Callable[[Annotator], Outcome | None],
        then: Callable[[Outcome | None], None] | None = None,
        *,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Change the document, in its thread and in the order of the calls; `document_changed` follows.

        If it fails the person is told why, and ``failed`` is called.
        """
        annotator = self.annotator
        if annotator is None:
            return

        def done(outcome: Outcome | None) -> None:
            self.changed(change_of(outcome))
            if then is not None:
                then(outcome)

        def lost(error: Exception) -> None:
            self._failed(error)
            if failed is not None:
                failed()

        self.documents.submit(lambda: work(annotator), done, failed=lost)

    def ask(
        self, work: Callable[[Annotator], _T], then: Callable[[_T], None], *, key: str | None = None
    ) -> None:
        """Ask something that takes longer than a millisecond; the newest question of a key counts."""
        annotator = self.annotator
        if annotator is not None:
            self.documents.submit(
                lambda: work(annotator), lambda value: then(value) if self.annotator is annotator else None,
                key=key,
            )  # fmt: skip

    def run(
        self,
        label: str,
        work: Callable[[Annotator, JobControl], _T],
        then: Callable[[_T], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
        changes: Change = EVERYTHING,
    ) -> bool:
        """Do a long job in the engine's thread, one at a time; False if another one is running.

        Parameters
        ----------
        label
            What the person is told is going on.
        work
            Does the work; called in the engine's thread.
        then
            Called in the window's thread with what ``work`` returned.
        failed
            Called in the window's thread with its exception; by default the person is shown it.
        changes
            What of the document may be different when it has ended.
        """
        annotator = self.annotator
        if annotator is None:
            return False
        control = self._job.begin(label, self.engine.give_way)
        if control is None:
            return False

        def done(value: _T) -> None:
            self._end_job(changes)
            if then is not None:
                then(value)

        def on_failed(error: Exception) -> None:
            self._end_job(changes)
            if not isinstance(error, Cancelled):
                (failed or self._failed)(error)

        self.engine.submit(lambda: work(annotator, control), done, failed=on_failed)
        return True

    def configure(self, make: Callable[[], EngineSettings]) -> None:
        """Compute with other settings from now on; a job that is running ends with those it has.

        ``make`` is called in the engine's thread: what suits a network is known only from its file.
        """
        annotator = self.annotator
        if annotator is None:
            return

        def work() -> bool:
            before, annotator.settings = annotator.settings, make()
            return annotator.settings != before

        self.engine.submit(work, lambda changed: self.settings_changed.emit() if changed else None)

    @property
    def job(self) -> JobState | None:
        """The running job."""
        return self._job.state

    def cancel_job(self) -> None:
        """Ask the running job to stop; what is finished stays."""
        self._job.cancel()

    def changed(self, change: Change) -> None:
        """Say that the document has changed; told to the views with the next frame of the screen."""
        self._pending |= change
        if not self._flush.isActive():
            self._flush.start()

    @property
    def telling(self) -> bool:
        """Whether views are still to be told of a change."""
        return self._flush.isActive()

    def say(self, text: str, level: Literal["info", "warning", "error"] = "info", *offers: Offer) -> None:
        """Show the person a sentence, and buttons for what can be done about it."""
        self.notice.emit(Message(text, level, offers=offers))

    # Inside

    def _tell(self) -> None:
        change, self._pending = self._pending, Change()
        if change.objects or change.history:
            self.ask(_Facts.of, lambda facts: self._tell_with(change, facts))
        else:
            self.document_changed.emit(change)

    def _tell_with(self, change: Change, facts: _Facts) -> None:
        self._facts = facts
        if change.objects:
            known = {None, *(one.id for one in self.objects)}
            self.selected = self.selected if self.selected in known else None
            self.solo = self.solo if self.solo in known else None
        self.document_changed.emit(change)

    def _on_opened(self, opened: tuple[Annotator, _Facts], frame: int = 0) -> None:
        annotator, self._facts = opened
        self.annotator = annotator
        self._frame, self._range = 0, (None, None)
        self._object = next((one.id for one in self.objects), None)
        self.opened.emit()
        self.frame_changed.emit(0)
        self.object_selected.emit(self._object)
        self.changed(EVERYTHING)
        self.frame = frame
        self.ask(_costs, lambda text: self.say(text) if text else None)
        for text in (*map(str, annotator.project.notices), *annotator.video.warnings):
            if text != annotator.project.read_only:  # said with what can be done, by `Openers`
                self.say(text, "warning")
        annotator.project.noticed.connect(lambda notice: self._said.emit(annotator, notice.text))
        annotator.video.warned.connect(lambda text: self._warned.emit(annotator, text))

    def _on_said(self, annotator: Annotator, text: str) -> None:
        if annotator is not self.annotator:
            return
        if text == annotator.project.pending.error:
            self.say(text, "error", Offer(self.tr("What to do…"), self.ask_ways_out))
        else:
            self.say(text, "warning")

    def _unsaved(self, annotator: Annotator, close: CloseAgain) -> Unsaved:
        pending = annotator.project.pending
        return Unsaved(annotator, pending.error, pending.trouble, closing=True, close=close)

    def _on_warned(self, annotator: Annotator, text: str) -> None:
        if annotator is self.annotator:
            self.say(text, "warning")

    def _end_job(self, changes: Change) -> None:
        self._job.end()
        self.changed(changes)

    def _failed(self, error: Exception) -> None:
        self.notice.emit(notice_of(error))


def _same(one: Annotator, other: Annotator) -> bool:
    """Whether two are of one project file."""
    try:
        return one.project.path.samefile(other.project.path)
    except OSError:
        return False


def _costs(annotator: Annotator) -> str:
    """Say what heavy compression of the video costs; in the documents' thread, for it looks at the file."""
    from xmem_gui.video import compression_sentence

    return compression_sentence(annotator.video)
