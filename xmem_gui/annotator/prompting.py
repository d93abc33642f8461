"""Clicks, scribbles and boxes on the document: which of them count, and the mask before the first."""

from __future__ import annotations

import threading

from xmem_gui.annotator.mask_tools import Editing
from xmem_gui.annotator.prompt_log import PromptLog, PromptRound
from xmem_gui.annotator.proposing import PromptSettings, Proposal, Proposing
from xmem_gui.interaction import Box, Point, Prompts, Stroke
from xmem_gui.project import DocumentChange, GoBack, Outcome, Project, door
from xmem_gui.video import FrameSource

_Key = tuple[int, int]


class Prompting(Proposing):
    """Keeps the prompts of each object on each frame, and has masks made of them.

    `add` is a click: the prompt joins those that count, and the mask made of all of them is put into the
    document, committed, as one undoable step. Undoing that step takes the prompt back, and redoing brings it
    again. `discard` goes back to the mask before the first prompt; `forget` keeps the mask.

    A window does in three threads what `add` does in one: `ask` notes the prompts, `answer` computes, and
    `put` changes the document unless the prompts were taken back meanwhile. It may be used from any thread.

    Parameters
    ----------
    project, video
        The open project, and its open video.
    editing
        Settles accepted masks with those of other objects.
    settings
        The network that turns prompts into masks, and its device.
    """

    def __init__(
        self, project: Project, video: FrameSource, editing: Editing, settings: PromptSettings | None = None
    ) -> None:
        super().__init__(project, video, editing, settings)
        self._logs: dict[_Key, PromptLog] = {}
        self._guard = threading.RLock()
        project.changed.connect(self._follow)

    def prompts(self, frame: int, object_id: int) -> Prompts | None:
        """Return the prompts of an object on a frame that count; None if there are none."""
        with self._guard:
            log = self._logs.get((frame, object_id))
            return None if log is None else log.current

    def corrections(self, frame: int, object_id: int) -> int:
        """Return how many clicks had to correct what the first prompt made; 0 if there was a mask before."""
        with self._guard:
            log = self._logs.get((frame, object_id))
            return 0 if log is None else log.corrections

    # In one go

    def add(self, frame: int, object_id: int, prompt: Point | Stroke | Box) -> Outcome | None:
        """Say one more thing of an object, and have its mask made; returns as `set`, and raises as it."""
        return self.set(frame, object_id, (self.prompts(frame, object_id) or Prompts()).plus(prompt))

    def set(self, frame: int, object_id: int, prompts: Prompts, *, whole: bool = False) -> Outcome | None:
        """Say all of it anew, where prompts were moved or deleted; no prompts discard those before.

        Parameters
        ----------
        frame, object_id
            The object whose mask the prompts ask for, and on which frame.
        prompts
            All that shall count from now on, in the video's pixels.
        whole
            Whether all are asked at once, as `again` does.

        Returns
        -------
        Outcome or None
            What became of the document; None if the prompts were taken back while they were answered.

        Raises
        ------
        ProjectError
            If there is no such object, or it is locked; the prompts do not count then.
        XmemGuiError
            If no mask can be computed (`Proposing.propose`); the prompts do not count then.
        """
        if prompts.is_empty:
            return self.discard(frame, object_id)
        asked = self.ask(frame, object_id, prompts)
        try:
            return self.put(asked, self.answer(asked, whole=whole))
        except BaseException:
            self.drop(asked)
            raise

    def again(self, frame: int, object_id: int) -> Outcome | None:
        """Have the mask made anew of all prompts at once; None if there are none."""
        prompts = self.prompts(frame, object_id)
        return None if prompts is None else self.set(frame, object_id, prompts, whole=True)

    def discard(self, frame: int, object_id: int) -> Outcome | None:
        """Forget the prompts and go back to the mask before them; None if there was nothing to take back."""
        log = self.withdraw(frame, object_id)
        return None if log is None else self.restore(log)

    def forget(self, frame: int, object_id: int) -> None:
        """Forget the prompts and keep the mask: the next proposal begins with the mask there is then."""
        self.withdraw(frame, object_id)

    def settle(self) -> None:
        """Have all masks made so far stay when their prompts are discarded, as one does who has moved on."""
        with self._guard:
            for log in self._logs.values():
                log.settled = True

    # Step by step

    def ask(self, frame: int, object_id: int, prompts: Prompts) -> PromptRound:
        """Note prompts that are to be answered: they count from now on."""
        key = door.whole(frame, "frame number"), door.whole(object_id, "object number")
        with self._guard:
            return self._logs.setdefault(key, PromptLog(*key)).add(prompts)

    def answer(self, asked: PromptRound, *, whole: bool = False) -> Proposal:
        """Return the mask that prompts ask for; as `Proposing.propose`, and as long."""
        return self.propose(asked.frame, asked.object_id, asked.prompts, whole=whole)

    def is_wanted(self, asked: PromptRound) -> bool:
        """Whether prompts are still the last that were asked, and not taken back."""
        with self._guard:
            log = self._logs.get((asked.frame, asked.object_id))
            return log is not None and log.latest is asked

    def put(self, asked: PromptRound, proposal: Proposal) -> Outcome | None:
        """Put the answer into the document; None if it is not wanted any more.

        Raises
        ------
        ProjectError
            If the object is locked or gone.
        """
        key = asked.frame, asked.object_id
        before = self._project.record(*key)
        with self._guard:
            log = self._logs.get(key)
            if log is None or log.latest is not asked:
                return None
            if not log.begun:
                log.before, log.begun = before, True
        outcome = self.accept(proposal)
        if outcome.step is not None:
            asked.step = outcome.step.id
        return outcome

    def drop(self, asked: PromptRound) -> None:
        """Forget prompts that came to nothing; those before them count again."""
        with self._guard:
            key = asked.frame, asked.object_id
            log = self._logs.get(key)
            if log is not None:
                log.drop(asked)
                if not log.rounds:
                    del self._logs[key]

    def latest(self, frame: int, object_id: int) -> PromptRound | None:
        """Return the last prompts that were asked of an object on a frame and not taken back."""
        with self._guard:
            log = self._logs.get((frame, object_id))
            return None if log is None else log.latest

    def withdraw(self, frame: int, object_id: int) -> PromptLog | None:
        """Forget the prompts of an object on a frame; return them for `restore`, None if there are none."""
        super().forget(frame, object_id)
        with self._guard:
            return self._logs.pop((frame, object_id), None)

    def restore(self, log: PromptLog) -> Outcome | None:
        """Go back to the mask before prompts that were withdrawn; None if no mask was made of them.

        Raises
        ------
        ProjectError
            If the object is locked or gone.
        """
        if not log.can_be_taken_back:
            return None
        if log.before is None:
            return self._editing.clear(log.frame, [log.object_id])
        before, verb = log.before.rle.to_mask(), "Take back prompts"
        edit = self._editing.rework(log.frame, log.object_id, lambda _: before, verb=verb)
        return self._project.apply(
            GoBack(edit.frame, edit.object, edit.decide, verb, kind=edit.kind, known=log.before)
        )

    def _follow(self, change: DocumentChange) -> None:
        """Take back the prompts of steps that are undone, and bring those back that are redone."""
        if change.of_history:
            undo, redo = self._project.next_undo, self._project.next_redo
            with self._guard:
                for log in self._logs.values():
                    log.follow(None if undo is None else undo.id, None if redo is None else redo.id)
