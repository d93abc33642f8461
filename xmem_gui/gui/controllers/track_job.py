"""A run as a job of the window: what is wanted, the work in the engine's thread, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xmem_gui.gui.state.jobs import JobControl

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator, Plan, Propagation, Resumable
    from xmem_gui.annotator.propagation.tracker import TrackedFrame


@dataclass(frozen=True)
class Wanted:
    """What is to be tracked, and what the person is told meanwhile.

    Attributes
    ----------
    label
        What the person is told is going on.
    what
        What is to be tracked; None to go on with what was stopped.
    instead
        What is to be tracked if nothing was stopped that can be gone on with.
    anew
        What the person is told is going on where that has to begin again; "" for the same.
    """

    label: str
    what: Propagation | Plan | None
    instead: Propagation | Plan | None = None
    anew: str = ""

    @property
    def keeps_soft(self) -> bool:
        """Whether probabilities are kept; what is gone on with may have kept some."""
        from xmem_gui.annotator import Plan

        request = self.what.request if isinstance(self.what, Plan) else self.what
        return request is None or request.soft_budget > 0

    @property
    def again(self) -> Wanted:
        """The same, planned anew: what it commits first is committed by now."""
        from xmem_gui.annotator import Plan

        return replace(self, what=self.what.request) if isinstance(self.what, Plan) else self


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    done, total
        How many steps are done, and how many the run has in all.
    resumable
        Whether the rest can be done later.
    frames
        How many frames have been tracked.
    low
        Those of them with a mask of low confidence, in order.
    soft
        How many bytes the probabilities of the project's masks take; 0 if none were to be kept.
    """

    done: int
    total: int
    resumable: bool
    frames: int
    low: tuple[int, ...]
    soft: int = 0


def do_tracking(annotator: Annotator, control: JobControl, wanted: Wanted, threshold: float) -> Ended:
    """Track what is wanted; to be called in the engine's thread.

    Parameters
    ----------
    annotator
        The annotator of the open document, which does the tracking.
    control
        The job's; is told of each frame, and says when to stop.
    wanted
        What is to be tracked.
    threshold
        The confidence, 0 to 1, below which a mask is worth a look.
    """
    found = annotator.resumable() if wanted.what is None else None
    label = wanted.anew if found is not None and found.problem and wanted.anew else wanted.label
    done, total, objects, results = _begin(annotator, control, wanted, found)
    first, frames = True, set[int]()
    for result in results:
        frames.add(result.frame)
        if first:
            control.label(label)
            first = False
        done += 1
        control.progress(done, total, result.frame)
    stopped = done < total and annotator.resumable() is not None
    low = annotator.project.query.low_frames(objects, threshold=threshold)
    soft = annotator.probabilities.bytes if wanted.keeps_soft else 0
    doubtful = tuple(frame for frame in low if frame in frames)
    return Ended(done, total, stopped, len(frames), doubtful, soft)


def _begin(
    annotator: Annotator, control: JobControl, wanted: Wanted, found: Resumable | None
) -> tuple[int, int, Sequence[int] | None, Iterator[TrackedFrame]]:
    """Return the steps done and their number, whose masks may change, and the results to come."""
    from xmem_gui.annotator import Propagation

    what = wanted.what
    if what is None and found is None:
        what = wanted.instead
    if what is None:
        done, total = (0, 0) if found is None else (0 if found.problem else found.done, found.total)
        return done, total, None, annotator.resume(cancelled=control.cancelled)
    plan = annotator.plan(what) if isinstance(what, Propagation) else what
    return 0, plan.steps, plan.request.objects, annotator.run(plan, cancelled=control.cancelled)
