"""Prompts become masks: answered in the clicks' thread, put into the document as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from xmem_gui.gui.canvas.desk import Desk, Target
from xmem_gui.gui.canvas.ghost import Ghost, make_ghost
from xmem_gui.gui.canvas.rendition import Touch
from xmem_gui.gui.state.preload import load_torch
from xmem_gui.gui.state.values import notice_of

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator, Proposal
    from xmem_gui.annotator.prompt_log import PromptLog, PromptRound
    from xmem_gui.gui.pictures.frames import Frames
    from xmem_gui.interaction import Box, Point, Prompts, Stroke
    from xmem_gui.project import DocumentChange

_Key = tuple[int, int]
_REST = 150
"""Milliseconds to stay on a frame before it is prepared."""
_HOVER = 30
"""Milliseconds that the pointer rests before a click is tried."""


class Prompter(QObject):
    """Has masks made of prompts; which of them count is known to the annotator (`Prompting`).

    Each answer goes into the document at once, committed, as one undoable step: there is never anything that
    could be lost by moving on. The prompts stay, to be added to, moved and deleted.

    Parameters
    ----------
    desk
        Session, and what is shown before the document has it.
    frames
        Says whether a player runs.
    """

    changed = Signal()
    """Prompts have changed, or whether it is busy."""
    ghost_changed = Signal()
    """What a click would take is known, or no longer."""

    def __init__(self, desk: Desk, frames: Frames, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._session, self._frames = desk, desk.session, frames
        self._early: list[Point | Stroke | Box] = []
        self._asked: dict[_Key, PromptRound] = {}
        self._active = False
        self._hovered: Point | None = None
        self._ghost: Ghost | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._prepare)
        self._hover = QTimer(self, singleShot=True, interval=_HOVER)
        self._hover.timeout.connect(self._try)
        session = self._session
        session.document_changed.connect(self._on_change)
        session.frame_changed.connect(self._on_moved)
        frames.playing_changed.connect(self._rest.start)
        session.object_selected.connect(self._on_object)
        session.closed.connect(self._forget_all)
        session.taking_back.append(self.take_back)

    @property
    def prompts(self) -> Prompts | None:
        """Those of the selected object on the current frame; None if there are none."""
        key, annotator = self._key(), self._session.annotator
        return None if key is None or annotator is None else annotator.prompting.prompts(*key)

    @property
    def corrections(self) -> int:
        """How many clicks had to correct the first mask of the selected object on the current frame."""
        key, annotator = self._key(), self._session.annotator
        return 0 if key is None or annotator is None else annotator.prompting.corrections(*key)

    @property
    def is_busy(self) -> bool:
        """Whether a mask is being made."""
        return bool(self._asked)

    @property
    def ghost(self) -> Ghost | None:
        """What a click where the pointer rests would take."""
        return self._ghost

    @property
    def active(self) -> bool:
        """Whether a tool that prompts is chosen: then frames are prepared ahead."""
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        self._active = active
        self._rest.start()
        if not active:
            self.try_at(None)

    def add(self, prompt: Point | Stroke | Box) -> None:
        """Say one more thing of the selected object (a new one if none is) and have its mask made."""
        from xmem_gui.interaction import Prompts

        target = self._desk.target(erase=not getattr(prompt, "positive", True))
        if target is None:
            return
        self.try_at(None)
        if target.id is None:
            self._early.append(prompt)
        else:
            self.set((self.prompts or Prompts()).plus(prompt))

    def set(self, prompts: Prompts) -> None:
        """Say all of it anew: prompts moved or deleted."""
        key = self._key()
        if key is None or self._desk.target() is None:
            return
        if prompts.is_empty:
            self.discard()
            return
        self._ask(key, prompts)

    def again(self) -> bool:
        """Have the mask made anew of all prompts at once; False if there are none."""
        key, prompts = self._key(), self.prompts
        if key is None or prompts is None or self._desk.target() is None:
            return False
        self._ask(key, prompts, whole=True)
        return True

    def keep(self) -> bool:
        """Forget the prompts here and keep the mask; False if there are none."""
        key = self._key()
        if key is None or self.prompts is None:
            return False
        self._forget(key)
        return True

    def discard(self) -> bool:
        """Forget the prompts here and go back to the mask before them; False if there are none."""
        key = self._key()
        if key is None or self.prompts is None:
            return False
        log = self._forget(key)
        if log is not None and not log.settled:
            self._desk.edit(Target(key[1]), lambda annotator, _: annotator.prompting.restore(log))
        return True

    def take_back(self) -> bool:
        """Give up what is being found, the newest first; False if nothing is."""
        annotator, early = self._session.annotator, bool(self._early)
        self._early.clear()
        if early or annotator is None or not self._asked:
            return early
        key, one = self._asked.popitem()
        self._session.clicks.drop(f"propose {key}")
        annotator.prompting.drop(one)
        before = annotator.prompting.latest(*key)
        if before is not None and before.step is None:
            # Asked a moment before, and given up for what is taken back now.
            annotator.prompting.drop(before)
            self._ask(key, before.prompts)
        self.changed.emit()
        return True

    def settle(self) -> None:
        """Have masks made so far stay, whatever becomes of their prompts: the person goes on."""
        if self._session.annotator is not None:
            self._session.annotator.prompting.settle()

    def try_at(self, point: Point | None) -> None:
        """Show what a click would take, once the pointer rests there; None shows it no more."""
        if point == self._hovered:
            return
        self._hovered = point
        self._session.clicks.drop("try")
        if point is None:
            self._hover.stop()
        else:
            self._hover.start()
        self._haunt(None)

    # Inside

    def _key(self) -> _Key | None:
        selected = self._session.selected
        return None if selected is None else (self._session.frame, selected)

    def _ask(self, key: _Key, prompts: Prompts, *, whole: bool = False) -> None:
        annotator = self._session.annotator
        if annotator is None:
            return
        self._asked.pop(key, None)
        one = self._asked[key] = annotator.prompting.ask(*key, prompts)

        def is_wanted() -> bool:
            wanted = self._session.annotator is annotator and self._asked.get(key) is one
            if wanted:
                del self._asked[key]
                self.changed.emit()
            return wanted

        def answer() -> Proposal:
            load_torch()
            return annotator.prompting.answer(one, whole=whole)

        self._session.clicks.submit(
            answer,
            lambda proposal: self._answered(annotator, one, proposal) if is_wanted() else None,
            failed=lambda error: self._unanswered(annotator, one, error) if is_wanted() else None,
            key=f"propose {key}",
        )
        self.changed.emit()

    def _answered(self, annotator: Annotator, one: PromptRound, proposal: Proposal) -> None:
        if not annotator.prompting.is_wanted(one):
            # Taken back meanwhile.
            return
        self._desk.live(Touch(one.frame, one.object_id, 0, 0, proposal.mask, alone=True))
        self._desk.edit(Target(one.object_id), lambda now, _: now.prompting.put(one, proposal))

    def _unanswered(self, annotator: Annotator, one: PromptRound, error: Exception) -> None:
        annotator.prompting.drop(one)
        self._session.notice.emit(notice_of(error))
        self.changed.emit()

    def _try(self) -> None:
        """Find out what a click would take, unless there is other work or the object may not change."""
        from xmem_gui.interaction import Prompts

        session, point = self._session, self._hovered
        annotator, frame, selected = session.annotator, session.frame, session.selected
        locked = any(one.id == selected and one.locked for one in session.objects)
        if point is None or annotator is None or locked or session.job is not None or self.is_busy:
            return
        if not annotator.prompting.is_prepared(frame):
            # It is prepared once the person stays on the frame, and then tried again.
            self._rest.start()
            return
        prompts = (self.prompts or Prompts()).plus(point)

        def look() -> Ghost | None:
            load_torch()
            mask = annotator.prompting.would(frame, selected, prompts)
            return None if mask is None else make_ghost(frame, mask)

        session.clicks.submit(
            look,
            lambda ghost: self._haunt(ghost) if self._hovered is point else None,
            # What is wrong is said when something is asked for.
            failed=lambda _: None,
            key="try",
        )

    def _haunt(self, ghost: Ghost | None) -> None:
        if ghost is not self._ghost:
            self._ghost = ghost
            self.ghost_changed.emit()

    def _prepare(self) -> None:
        """Have the current frame ready for clicks, if nothing else is to be done."""
        session = self._session
        annotator, frame = session.annotator, session.frame
        if not self._active or annotator is None or session.job is not None:
            return
        if self._frames.is_playing:
            # Its processor is for the frames that come; what stands when it stops is prepared.
            return
        if not session.clicks.is_idle:
            if self._hovered is not None:
                self._rest.start()
            return

        def prepare() -> None:
            load_torch()
            annotator.prompting.prepare(frame)

        # What is wrong is said when something is asked for, not before.
        session.clicks.submit(
            prepare,
            lambda _: self._try() if session.frame == frame else None,
            failed=lambda _: None,
            key="prepare",
        )

    def _forget(self, key: _Key) -> PromptLog | None:
        self._asked.pop(key, None)
        annotator = self._session.annotator
        log = None if annotator is None else annotator.prompting.withdraw(*key)
        self.changed.emit()
        return log

    def _forget_all(self) -> None:
        self._asked.clear()
        self._early.clear()
        self.try_at(None)
        self._rest.stop()
        self.changed.emit()

    def _on_change(self, change: DocumentChange) -> None:
        if change.of_history:
            # Prompts go and come with the steps that were made of them.
            self.changed.emit()

    def _on_moved(self, _: int) -> None:
        self.try_at(None)
        self.settle()
        self._session.clicks.drop("prepare")
        self._rest.start()
        self.changed.emit()

    def _on_object(self, object_id: int | None) -> None:
        early, self._early = self._early, []
        self.try_at(None)
        self.settle()
        if object_id is not None:
            for prompt in early:
                self.add(prompt)
        self.changed.emit()
