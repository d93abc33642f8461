"""What stands in for the engine where only the window is tested."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from waits import WAIT

from xmem_gui.annotator import Propagation, Resumable

if TYPE_CHECKING:
    import pytest

    from xmem_gui.annotator import Annotator, Plan
    from xmem_gui.gui.state.session import Session

MASK = np.ones((48, 64), bool)


class StandIn:
    """Does what the annotator's runs do, without a network; it can be held at a frame, or fail.

    Attributes
    ----------
    calls
        What was asked for: direction, start, first and last frame, objects; or ``resume``.
    budgets
        The bytes for probabilities that each run was allowed.
    hold_at, go_on
        The frame before which it waits, and what lets it go on.
    fails
        What it raises in place of a result.
    left
        The run that can be gone on with.
    confidence
        That of masks by their frame; 0.9 where nothing is said.
    """

    def __init__(self, annotator: Annotator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = annotator.project
        self.calls: list[tuple[Any, ...]] = []
        self.budgets: list[int] = []
        self.hold_at: int | None = None
        self.go_on = threading.Event()
        self.fails: Exception | None = None
        self.left: Resumable | None = None
        self.confidence: dict[int, float] = {}
        self.commit = annotator.commit
        for name in ("run", "resumable", "resume"):
            monkeypatch.setattr(annotator, name, getattr(self, name))

    def run(self, plan: Plan, *, cancelled: Callable[[], bool]) -> Iterator[SimpleNamespace]:
        wanted = plan.settled
        self.budgets.append(plan.request.soft_budget)
        self.calls.append((wanted.direction, plan.start, wanted.first, wanted.last, wanted.objects))
        if plan.to_commit:
            self.commit(plan.start, plan.to_commit)
        yield from self.put([frame for leg in plan.legs for frame in leg.frames], cancelled)

    def resumable(self) -> Resumable | None:
        return self.left

    def resume(self, *, cancelled: Callable[[], bool]) -> Iterator[SimpleNamespace]:
        self.calls.append(("resume",))
        yield from self.put(range(5, 12), cancelled)

    def put(self, frames: Iterable[int], cancelled: Callable[[], bool]) -> Iterator[SimpleNamespace]:
        frames = tuple(frames)
        with self.project.run() as run:
            for at, frame in enumerate(frames):
                if frame == self.hold_at:
                    assert self.go_on.wait(WAIT / 1000)
                if cancelled():
                    self.left = Resumable(at, len(frames), Propagation())
                    return
                if self.fails is not None:
                    raise self.fails
                run.put(frame, {1: MASK}, confidence=self.confidence.get(frame, 0.9))
                yield SimpleNamespace(frame=frame)


def known(session: Session) -> list[int]:
    """Return the frames on which the first object has a mask."""
    return session.annotator.project.query.known_frames(1)
