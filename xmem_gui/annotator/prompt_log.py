"""The prompts of one object on one frame, and which of them the document still has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmem_gui.interaction import Prompts
    from xmem_gui.project import MaskRecord


@dataclass(eq=False)
class PromptRound:
    """Prompts that a mask is made of.

    Attributes
    ----------
    frame, object_id
        The 0-based frame and the object whose mask the prompts ask for.
    prompts
        All prompts of the round, the oldest first.
    step
        The step of the history that made the mask; None while it is being made.
    """

    frame: int
    object_id: int
    prompts: Prompts
    step: int | None = None


@dataclass(eq=False)
class PromptLog:
    """Rounds in order; undoing the document takes prompts back too, and redoing brings them again.

    Attributes
    ----------
    frame, object_id
        The 0-based frame and the object whose mask the prompts ask for.
    rounds
        Those done and those undone.
    undone
        How many of the last rounds are undone.
    before
        The mask before the first round since the person came here; None if there was none.
    begun
        Whether ``before`` holds the mask that the object had before the first prompt.
    settled
        Whether the person has moved on: the mask is kept whatever becomes of the prompts.
    """

    frame: int
    object_id: int
    rounds: list[PromptRound] = field(default_factory=list)
    undone: int = 0
    before: MaskRecord | None = None
    begun: bool = False
    settled: bool = False

    @property
    def latest(self) -> PromptRound | None:
        """The last round that is not undone; None if there is none."""
        kept = len(self.rounds) - self.undone
        return self.rounds[kept - 1] if kept else None

    @property
    def current(self) -> Prompts | None:
        """The prompts that count; None if there are none."""
        latest = self.latest
        return None if latest is None else latest.prompts

    @property
    def corrections(self) -> int:
        """How many clicks had to correct what the first prompt made; 0 where there was a mask before it."""
        prompts = self.current
        if prompts is None or not self.begun or self.before is not None:
            return 0
        first_is_a_click = prompts.box is None and not prompts.strokes
        return max(len(prompts.points) - first_is_a_click, 0)

    def add(self, prompts: Prompts) -> PromptRound:
        """Begin a round; those undone are gone."""
        if self.undone:
            del self.rounds[-self.undone :]
            self.undone = 0
        if self.settled:
            self.begun = self.settled = False
        one = PromptRound(self.frame, self.object_id, prompts)
        self.rounds.append(one)
        return one

    def drop(self, one: PromptRound) -> None:
        """Forget a round that came to nothing."""
        if one in self.rounds:
            self.undone = max(self.undone - (self.rounds.index(one) >= len(self.rounds) - self.undone), 0)
            self.rounds.remove(one)

    @property
    def can_be_taken_back(self) -> bool:
        """Whether there is a mask made of these prompts that the person has not moved on from."""
        return self.begun and not self.settled and any(one.step is not None for one in self.rounds)

    def follow(self, undo: int | None, redo: int | None) -> None:
        """Take back what is undone, given the numbers of the next steps to undo and to redo."""
        if redo is None and self.undone and undo != self.rounds[-1].step:
            # Something else was done instead: what was undone cannot come back.
            del self.rounds[-self.undone :]
            self.undone = 0
        steps = [one.step for one in self.rounds]
        self.undone = 0 if redo is None else sum(step is not None and step >= redo for step in steps)
