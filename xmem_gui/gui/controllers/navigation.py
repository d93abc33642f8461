"""Going from frame to frame: one, ten, the ends, key frames, low confidence, an object's; in and out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from xmem_gui.gui.context import Context

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator

_REPEATING = 0.06
"""Seconds within which two steps come from a key held down: nobody taps that fast."""


class Navigation(QObject):
    """The slots of the Go menu.

    Parameters
    ----------
    context
        Its session has the current frame; its frames tell whether that is on the screen yet.
    clock
        Returns seconds that only grow; a test gives its own.
    """

    moving = Signal()
    """The person goes somewhere; a player that runs stops."""

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(context.session)
        self._session = session = context.session
        self._frames = frames = context.frames
        actions, self._preferences = context.actions, context.preferences
        self._clock = clock
        self._stepped = -_REPEATING
        self._broken: set[int] = set()
        # A frame that cannot be shown holds nothing up; the canvas says what is wrong with it.
        frames.failed.connect(self._note_broken)
        session.opened.connect(self._broken.clear)
        session.closed.connect(self._broken.clear)
        actions.bind("go.next", lambda: self.step(1))
        actions.bind("go.previous", lambda: self.step(-1))
        actions.bind("go.next_ten", lambda: self.step(10))
        actions.bind("go.previous_ten", lambda: self.step(-10))
        actions.bind("go.first", lambda: self.go(0))
        actions.bind("go.last", lambda: self.go(session.frames - 1))
        actions.bind("go.next_key", lambda: self.jump("key", 1))
        actions.bind("go.previous_key", lambda: self.jump("key", -1))
        actions.bind("go.object_first", lambda: self.to_object("first"))
        actions.bind("go.object_last", lambda: self.to_object("last"))
        actions.bind("review.next", lambda: self.jump("low", 1))
        actions.bind("review.previous", lambda: self.jump("low", -1))
        actions.bind("range.in", lambda: self._mark(session.frame, session.marks[1]))
        actions.bind("range.out", lambda: self._mark(session.marks[0], session.frame))
        actions.bind("range.clear", lambda: self._mark(None, None))

    def go(self, frame: int) -> None:
        """Go to a frame."""
        self.moving.emit()
        self._session.frame = frame

    def step(self, count: int) -> None:
        """Go on or back by so many frames.

        A key held down steps only as fast as frames are shown, so that nothing queues up and the picture
        stands still when the key is let go. It passes frames that cannot be shown.
        """
        now = self._clock()
        repeating = now - self._stepped < _REPEATING
        self._stepped = now
        if repeating and not self.is_settled(self._session.frame):
            return
        self.go(self._session.frame + count)

    def is_settled(self, frame: int) -> bool:
        """Whether a frame is on the screen, or never will be."""
        return self._frames.image(frame) is not None or frame in self._broken

    def _note_broken(self, frame: int, _: str) -> None:
        self._broken.add(frame)

    def jump(self, what: str, direction: int) -> None:
        """Go to the next (1) or previous (-1) frame of a sort of `project.What`, by its value."""
        frame, threshold = self._session.frame, self._preferences.values.low_confidence
        self.moving.emit()

        def found(there: int | None) -> None:
            if there is None:
                self._session.say(self._missing(what, direction))
            else:
                self._session.frame = there

        def work(annotator: Annotator) -> int | None:
            # Here, for the window shows before the project's packages are loaded.
            from xmem_gui.project import What

            query = annotator.project.query
            return (query.next if direction > 0 else query.previous)(What(what), frame, threshold=threshold)

        self._session.ask(work, found, key="jump")

    def to_object(self, end: Literal["first", "last"]) -> None:
        """Go to the first or the last frame on which the selected object is seen."""
        session, selected = self._session, self._session.selected
        if selected is None:
            return
        self.moving.emit()

        def found(spans: list[range]) -> None:
            if spans:
                session.frame = spans[0].start if end == "first" else spans[-1].stop - 1
            else:
                session.say(self.tr("The object has no mask yet."))

        session.ask(lambda annotator: annotator.project.query.spans(selected), found, key="jump")

    def _mark(self, first: int | None, last: int | None) -> None:
        self._session.marks = first, last

    def _missing(self, what: str, direction: int) -> str:
        if what == "key":
            after, before = self.tr("No key frame after this one."), self.tr("No key frame before this one.")
        else:
            after = self.tr("No frame with low confidence after this one.")
            before = self.tr("No frame with low confidence before this one.")
        return after if direction > 0 else before
