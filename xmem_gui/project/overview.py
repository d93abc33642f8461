"""What is asked of a document all the time, kept as one value so that no reader waits for its lock."""

from __future__ import annotations

from dataclasses import dataclass

from xmem_gui.project.values import StepInfo, StepState, VideoObject


@dataclass(frozen=True, slots=True)
class Overview:
    """A document's objects and what can be undone, as the last transaction left them.

    Attributes
    ----------
    objects : tuple of VideoObject
        By id.
    next_undo : StepInfo or None
        The step that undo would undo; None too while the newest is a run that goes on.
    next_redo : StepInfo or None
        The step that redo would redo.
    """

    objects: tuple[VideoObject, ...]
    next_undo: StepInfo | None
    next_redo: StepInfo | None

    @classmethod
    def of(cls, objects: dict[int, VideoObject], steps: dict[int, StepInfo]) -> Overview:
        """Look at objects by id, and at steps in their order: those undone are the last."""
        undone, newest = None, None
        for step in reversed(steps.values()):
            if step.state is not StepState.UNDONE:
                newest = step
                break
            undone = step
        done = newest if newest is not None and newest.state is StepState.DONE else None
        return cls(tuple(objects[one] for one in sorted(objects)), done, undone)
