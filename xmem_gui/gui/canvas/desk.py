"""What the tools work on: the selected object on the current frame, and changes that show at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from xmem_gui.gui.canvas.options import ToolOptions
from xmem_gui.gui.canvas.rendition import Touch
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Offer

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import DocumentChange, Outcome


@dataclass
class Target:
    """The object that an edit is for.

    Attributes
    ----------
    id
        None until the object has been added; in the documents' thread it is known to every later edit.
    """

    id: int | None

    @property
    def known(self) -> int:
        """The id, for an edit."""
        if self.id is None:
            raise ValueError("the object has not been added")
        return self.id


@dataclass(eq=False)
class _Shown:
    """Touches of one edit, until the document has it."""

    touches: list[Touch] = field(default_factory=list)
    done: bool = False


class Desk(QObject):
    """What tools may use: options, the object to work on, edits, and changes shown before they are made.

    Parameters
    ----------
    session
        The session whose open document is changed.
    """

    repaint = Signal()
    """What a tool draws has changed."""
    touched = Signal(object)
    """A `Touch` to be shown at once."""
    stale = Signal()
    """Something shown did not come true: draw the frame again."""
    options_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._options = ToolOptions()
        self._live = _Shown()
        self._pending: list[_Shown] = []
        session.document_changed.connect(self._on_change)
        session.closed.connect(self._forget)

    @property
    def options(self) -> ToolOptions:
        """What the tools are set to."""
        return self._options

    @options.setter
    def options(self, options: ToolOptions) -> None:
        if options != self._options:
            self._options = options
            self.options_changed.emit()
            self.repaint.emit()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the video."""
        annotator = self.session.annotator
        return (1, 1) if annotator is None else (annotator.video.height, annotator.video.width)

    def target(self, *, erase: bool = False) -> Target | None:
        """Return the object to work on, adding one if none is selected; None, and why, if that may not be.

        Parameters
        ----------
        erase
            Whether something is to be taken away from it: of a new one there is nothing.
        """
        session = self.session
        if session.annotator is None:
            return None
        if session.annotator.project.read_only:
            session.say(session.annotator.project.read_only, "warning")
            return None
        if session.selected is not None:
            chosen = next((one for one in session.objects if one.id == session.selected), None)
            if chosen is not None and chosen.locked:
                text = self.tr("{0} is locked: unlock it to change it.").format(chosen.name)
                session.say(text, "warning", Offer(self.tr("Unlock"), partial(self._unlock, chosen.id)))
                return None
            return Target(session.selected)
        if erase:
            session.say(self.tr("There is nothing to take away from. Select an object first."))
            return None
        return self._add()

    def _unlock(self, object_id: int) -> None:
        from xmem_gui.project import SwitchObjects

        self.session.edit(
            lambda annotator: annotator.project.apply(SwitchObjects((object_id,), locked=False))
        )

    def _add(self) -> Target:
        target = Target(None)

        def add(annotator: Annotator) -> Outcome:
            from xmem_gui.project import AddObject

            outcome = annotator.project.apply(AddObject(""))
            target.id = outcome.changed[0].object
            return outcome

        def added(_: Outcome | None) -> None:
            if self.session.selected is None:
                self.session.selected = target.id

        self.session.edit(add, added)
        return target

    def live(self, touch: Touch) -> None:
        """Show a part of what is being done."""
        self._live.touches.append(touch)
        if touch.alone:
            self.stale.emit()
        else:
            self.touched.emit(touch)

    def drop_live(self) -> None:
        """Give up what is being done."""
        if self._live.touches:
            self._live = _Shown()
            self.stale.emit()

    def edit(
        self,
        target: Target,
        work: Callable[[Annotator, int], Outcome | None],
        then: Callable[[Outcome | None], None] | None = None,
    ) -> None:
        """Change the target's mask: one undoable step; what was shown live stays until it is there."""
        shown, self._live = self._live, _Shown()
        self._pending.append(shown)

        def done(outcome: Outcome | None) -> None:
            shown.done = True
            if not self.session.telling:
                # Views know of it already, or it has changed nothing.
                self._drop_done()
                self.stale.emit()
            if then is not None:
                then(outcome)

        def failed() -> None:
            if shown in self._pending:
                self._pending.remove(shown)
            self.stale.emit()

        self.session.edit(lambda annotator: work(annotator, target.known), done, failed=failed)

    def touches(self, frame: int) -> tuple[Touch, ...]:
        """Return what is to be shown on a frame beyond what the document says, in order."""
        shown = [touch for one in (*self._pending, self._live) for touch in one.touches]
        return tuple(touch for touch in shown if touch.frame == frame)

    def _on_change(self, _: DocumentChange) -> None:
        self._drop_done()

    def _drop_done(self) -> None:
        self._pending = [one for one in self._pending if not one.done]

    def _forget(self) -> None:
        self._pending, self._live = [], _Shown()
