"""The prompts of one object on one frame, and which of them the document still has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmem_gui.interaction import Prompts
    from xmem_gui.project import MaskRecord


@dataclass
class Round:
    """Prompts that a mask was made of.

    Attributes
    ----------
    prompts
        All prompts of the round, the oldest first.
    step
        The step of the history that made the mask; None while it is being made.
    """

    prompts: Prompts
    step: int | None = None


@dataclass
class PromptLog:
    """Rounds in order; undoing the document takes prompts back too, and redoing brings them again.

    Attributes
    ----------
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

    rounds: list[Round] = field(default_factory=list)
    undone: int = 0
    before: MaskRecord | None = None
    begun: bool = False
    settled: bool = False

    @property
    def current(self) -> Prompts | None:
        """The prompts that count; None if there are none."""
        kept = len(self.rounds) - self.undone
        return self.rounds[kept - 1].prompts if kept else None

    def add(self, prompts: Prompts) -> Round:
        """Begin a round; those undone are gone."""
        if self.undone:
            del self.rounds[-self.undone :]
            self.undone = 0
        if self.settled:
            self.begun = self.settled = False
        one = Round(prompts)
        self.rounds.append(one)
        return one

    def drop(self, one: Round) -> None:
        """Forget a round that came to nothing."""
        if one in self.rounds:
            self.undone = max(self.undone - (self.rounds.index(one) >= len(self.rounds) - self.undone), 0)
            self.rounds.remove(one)

    def follow(self, undo: int | None, redo: int | None) -> bool:
        """Take back what is undone, given the next steps to undo and to redo; return whether that differs."""
        before = self.current
        if redo is None and self.undone and undo != self.rounds[-1].step:
            # Something else was done instead: what was undone cannot come back.
            del self.rounds[-self.undone :]
            self.undone = 0
        steps = [one.step for one in self.rounds]
        self.undone = 0 if redo is None else sum(step is not None and step >= redo for step in steps)
        return self.current is not before
