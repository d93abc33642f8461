"""What is open, opened and closed: the one object that all views share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from xmem_gui.errors import Cancelled, ProjectError
from xmem_gui.gui.state.hearing import Hearing
from xmem_gui.gui.state.lanes import Lanes
from xmem_gui.gui.state.presence import Presence
from xmem_gui.gui.state.values import CloseAgain, Offer, Unsaved, trouble_of

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import DocumentChange, Notice


class Session(Lanes):
    """An open video with its project, the current frame, object and range, and the threads that work on it.

    Views read from ``annotator`` what is fast (objects, queries), ask for the rest with `ask`, change the
    document with `edit` only, and follow the signals. All of it lives in the window's thread.
    """

    opened = Signal()
    closed = Signal()
    opening = Signal(str)
    """Name of what is being opened."""
    opening_over = Signal()
    """It can be shown now, or cannot be opened."""
    settings_changed = Signal()
    """The network, the device or the memory's limits are others."""
    memory_changed = Signal()
    """What the engine remembers is another, otherwise than by a frame that was tracked."""
    ending = Signal()
    """All is saved, and the threads are about to end."""
    troubled = Signal(object)
    """A `Trouble`: opening failed, and a dialog can help."""
    document_changed = Signal(object)
    """A `DocumentChange`, whoever made it; many small ones come as one."""
    unsaved = Signal(object)
    """An `Unsaved`: what is open cannot be saved where it is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hosts: set[str] = set()
        """Other computers that the person lets be asked for the video of a project."""
        self._ended = False
        self._hearing = Hearing(self)
        self._hearing.changed.connect(self._on_document)
        self._hearing.noticed.connect(self._on_notice)
        self._hearing.settings_changed.connect(self.settings_changed)
        self._hearing.memory_changed.connect(self.memory_changed)
        self.presence = Presence(self)
        """Which objects are seen on the current frame."""

    # What is open

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

        def work() -> Annotator:
            return self._open(
                path, project=project, look_only=look_only, without_video=without_video, hosts=hosts
            )

        def found(fresh: Annotator) -> None:
            self.opening_over.emit()
            if self.annotator is None:
                self._on_opened(fresh, frame)
            elif fresh.project.read_only and _same(fresh, self.annotator):
                # Its lock is our own: under another name, this is what is open.
                self.documents.submit(fresh.close)
                self.say(self.tr("{} is open already.").format(path.name))
            else:
                self.close(lambda saved: self._on_opened(fresh, frame) if saved else self._let_go(fresh))

        def failed(error: Exception) -> None:
            self.opening_over.emit()
            if self.annotator is None:
                self.closed.emit()
            trouble = trouble_of(error, path, project)
            if trouble is not None:
                self.troubled.emit(trouble)
            elif not isinstance(error, Cancelled):
                self._failed(error)

        self.opening.emit(path.name)
        self.documents.submit(work, found, failed=failed, key="open")

    def _open(self, path: Path, **how: Any) -> Annotator:
        """Open what the options of `Annotator.open` say; in the documents' lane."""
        # Here, for it takes longer than the window may be late.
        from xmem_gui.annotator import Annotator

        annotator = Annotator.open(path, **how)
        if self._ended:
            # Nobody is left to close it.
            annotator.close()
            raise Cancelled("The program ends.")
        return annotator

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
        place = self.frame, self.selected, self.marks
        self._hearing.leave()
        self._leave()
        self.closed.emit()

        def failed(error: Exception) -> None:
            self._on_opened(annotator)
            self.frame, self.selected, self.marks = place
            then(False)
            if isinstance(error, ProjectError):
                self.ask_ways_out(replace(self._unsaved(annotator, again), text=str(error)))
            else:
                self._failed(error)

        closing = partial(annotator.close, lose_unsaved=lose_unsaved)
        self._after(
            lambda: self.documents.submit(closing, lambda _: then(True), failed=failed),
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
                self.ending.emit()
                self._end_lanes()
            then(saved)

        self.close(closed)

    @property
    def telling(self) -> bool:
        """Whether views are still to be told of a change."""
        return self._hearing.has_news

    # Inside

    def _on_document(self, change: DocumentChange) -> None:
        if change.of_objects:
            self._drop_unknown({one.id for one in self.objects})
        self.document_changed.emit(change)

    def _on_opened(self, annotator: Annotator, frame: int = 0) -> None:
        self.annotator = annotator
        self._frame, self._range = 0, (None, None)
        self._object = next((one.id for one in self.objects), None)
        self.opened.emit()
        self.frame_changed.emit(0)
        self.object_selected.emit(self._object)
        self.frame = frame
        self._hearing.follow(annotator)
        self.ask(_costs, lambda text: self.say(text) if text else None)

    def _on_notice(self, notice: Notice) -> None:
        from xmem_gui.project import Remedy

        if notice.remedy is Remedy.SAVE_ELSEWHERE and self.annotator and self.annotator.project.pending.error:
            self.say(notice.text, notice.gravity, Offer(self.tr("What to do…"), self.ask_ways_out))
        elif notice.remedy is not Remedy.OPEN_COPY:  # said with what can be done, by `Openers`
            self.say(notice.text, notice.gravity)

    def _unsaved(self, annotator: Annotator, close: CloseAgain) -> Unsaved:
        pending = annotator.project.pending
        return Unsaved(annotator, pending.error, pending.trouble, closing=True, close=close)


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
