"""The threads that work on what is open, and who waits for whom in them: docs/adr/0024-lanes-of-work.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QObject, Signal

from xmem_gui.errors import Cancelled, ProjectError
from xmem_gui.gui.state.jobs import JobControl, JobState, RunningJob
from xmem_gui.gui.state.standpoint import Standpoint
from xmem_gui.gui.state.values import Message, Offer, notice_of
from xmem_gui.gui.state.workers import Worker

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator, EngineSettings
    from xmem_gui.project import Outcome, StepInfo, VideoObject

_T = TypeVar("_T")


class Lanes(Standpoint):
    """Work on what is open: edits, questions, prompts and long jobs, each in the thread that is for them.

    Attributes
    ----------
    annotator
        What is open; None if nothing is.
    documents
        Edits, in their order, and what is known within a frame of the screen.
    looking
        Questions that take longer: what an export would write, what is worth a look.
    clicks
        Prompts are answered here, whatever else goes on.
    engine
        Runs, exports and imports, one after the other.
    taking_back
        Asked in turn by `undo`: each gives up what is not in the document yet, and says whether it did.
    """

    job_changed = Signal(object)
    """A `JobState`, or None when there is no job."""
    notice = Signal(object)
    """A `Message`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.annotator: Annotator | None = None
        self.documents = Worker("documents", self._failed)
        self.looking = Worker("looking", self._failed)
        self.clicks = Worker("clicks", self._failed)
        self.engine = Worker("engine", self._failed)
        self.taking_back: list[Callable[[], bool]] = []
        self._starting = False
        self._job = RunningJob(self)
        self._job.changed.connect(self.job_changed)

    @property
    def frames(self) -> int:
        """How many frames the video has; 0 if nothing is open."""
        return 0 if self.annotator is None else len(self.annotator.video)

    @property
    def objects(self) -> list[VideoObject]:
        """The objects in the order of their ids; asking waits for nothing."""
        return [] if self.annotator is None else list(self.annotator.project.objects)

    @property
    def next_undo(self) -> StepInfo | None:
        """The step that undoing would undo."""
        return None if self.annotator is None else self.annotator.project.next_undo

    @property
    def next_redo(self) -> StepInfo | None:
        """The step that redoing would redo."""
        return None if self.annotator is None else self.annotator.project.next_redo

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

        def lost(error: Exception) -> None:
            said = notice_of(error)
            if isinstance(error, ProjectError):
                # Nothing went wrong: it may not be done now, and the sentence says why.
                said = replace(said, level="warning", details="")
            self.notice.emit(said)
            if failed is not None:
                failed()

        self.documents.submit(lambda: work(annotator), then, failed=lost)

    def undo(self) -> None:
        """Undo what the person did last: what is still being found is given up, else a step is undone."""
        if not any(take_back() for take_back in self.taking_back):
            self.edit(lambda annotator: annotator.undo())

    def ask(
        self, work: Callable[[Annotator], _T], then: Callable[[_T], None], *, key: str | None = None
    ) -> None:
        """Ask something of the document as the edits before have left it; of a key, only the newest counts.

        It takes less than a frame of the screen: edits, and so the answers to clicks, wait for it.
        """
        self._ask(self.documents, work, then, key)

    def look(
        self, work: Callable[[Annotator], _T], then: Callable[[_T], None], *, key: str | None = None
    ) -> None:
        """Ask something that may take long, beside edits; of a key, only the newest question counts."""
        self._ask(self.looking, work, then, key)

    def run(
        self,
        label: str,
        work: Callable[[Annotator, JobControl], _T],
        then: Callable[[_T], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
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
        """
        annotator = self.annotator
        if annotator is None:
            return False
        control = self._job.begin(label)
        if control is None:
            return False

        def done(value: _T) -> None:
            self._job.end()
            if then is not None:
                then(value)

        def on_failed(error: Exception) -> None:
            self._job.end()
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

        def work() -> None:
            annotator.settings = make()

        self.engine.submit(work)

    @property
    def job(self) -> JobState | None:
        """The running job."""
        return self._job.state

    @property
    def starting(self) -> bool:
        """Whether a job was asked for that waits for clicks and edits; it can be given up."""
        return self._starting

    @starting.setter
    def starting(self, starting: bool) -> None:
        if starting != self._starting:
            self._starting = starting
            self.job_changed.emit(self.job)

    def cancel_job(self) -> None:
        """Ask the running job to stop; what is finished stays."""
        self._job.cancel()

    def say(self, text: str, level: Literal["info", "warning", "error"] = "info", *offers: Offer) -> None:
        """Show the person a sentence, and buttons for what can be done about it."""
        self.notice.emit(Message(text, level, offers=offers))

    # Inside

    def _ask(
        self, lane: Worker, work: Callable[[Annotator], _T], then: Callable[[_T], None], key: str | None
    ) -> None:
        annotator = self.annotator
        if annotator is not None:
            lane.submit(
                lambda: work(annotator), lambda value: then(value) if self.annotator is annotator else None,
                key=key,
            )  # fmt: skip

    def _after(self, then: Callable[[], None]) -> None:
        """Call something once all lanes but that of the documents have done what they were asked."""
        self._pass_through((self.clicks, self.looking, self.engine), then)

    def _pass_through(self, lanes: Sequence[Worker], then: Callable[[], None]) -> None:
        if not lanes:
            then()
        else:
            lanes[0].submit(lambda: None, lambda _: self._pass_through(lanes[1:], then))

    def _end_lanes(self) -> None:
        for lane in (self.clicks, self.looking, self.engine):
            lane.stop(finish=False)
        self.documents.stop()

    def _failed(self, error: Exception) -> None:
        self.notice.emit(notice_of(error))
