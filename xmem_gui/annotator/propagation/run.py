"""The one loop that drives an engine over frames, whatever becomes of the results."""

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial
from typing import Generic, Protocol

from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.legs import Leg, Role
from xmem_gui.annotator.propagation.tracker import Step, StepQueue, Tracked
from xmem_gui.arrays import Mask, RgbImage
from xmem_gui.errors import ConnectionLostError
from xmem_gui.propagation import Fetch, FirstPass, FrameReader, FrameResult

_log = logging.getLogger(__name__)
_SAVING_SHARE = 20
"""A save that steps under way wait for is followed by at least so many times the seconds that it took."""


class Stepper(Protocol):
    """What is driven: an `Engine`, or several that see the same frames."""

    def start(self) -> None:
        """Begin a leg with nothing but permanent memory."""
        ...

    def commit(self, frame: int, image: RgbImage, masks: Mapping[int, Mask], /) -> None:
        """Put a committed frame into permanent memory; see `Engine.commit`."""
        ...

    def step(
        self, frame: int, image: RgbImage, masks: Mapping[int, Mask] | None = None, /, *, last: bool = False
    ) -> FrameResult:
        """Segment one frame; see `Engine.step`."""
        ...


class EngineSteps:
    """Steps of an engine of this process.

    Each is done when it is collected. On a device that works beside the processor it is begun when it is
    submitted, so that the device computes one frame while the frame before is written and the next is read.

    Parameters
    ----------
    engine
        The engine that follows the objects, one step a frame.
    reveal
        Whether each given mask is committed when its frame comes, as by a person who sees no further, and not
        before.
    fetch
        How results come from such a device; None for the processor, and for any that is simply waited for.
    """

    def __init__(self, engine: Stepper, *, reveal: bool = False, fetch: Fetch | None = None) -> None:
        self._stepper, self._reveal, self._fetch = engine, reveal, fetch
        self._first = FirstPass()
        self._waiting = deque[Callable[[], FrameResult]]()

    @property
    def ahead(self) -> int:
        """How many steps should be under way."""
        return 1 if self._fetch is None else 2

    @property
    def waiting(self) -> int:
        """How many steps are submitted and not collected."""
        return len(self._waiting)

    def submit(self, video: FrameReader, step: Step) -> None:
        """Read the frame of a step; if that fails, nothing has changed."""
        image = video.frame(step.frame)
        self._waiting.append(
            partial(self.do, step, image) if self._fetch is None else self._begun(step, image)
        )

    def collect(self) -> FrameResult:
        """Return what the oldest step that is not collected says."""
        try:
            return self._waiting.popleft()()
        except BaseException:
            # Those after it are of a memory that nobody knows.
            self._waiting.clear()
            raise

    def recall(self) -> None:
        """Take back the steps that are not begun."""
        if self._fetch is None:
            self._waiting.clear()

    def forget_waiting(self) -> None:
        """Forget the steps that nobody came to collect."""
        self._waiting.clear()

    def do(self, step: Step, image: RgbImage) -> FrameResult:
        """Do a step on its frame (H, W, 3)."""
        if step.begins:
            self._stepper.start()
            if step.role is Role.FIRST:
                self._first.clear()
        result = self._step(step, image)
        if step.role is Role.FIRST:
            self._first.keep(result)
        elif step.role is Role.SECOND:
            return self._first.blend(result, step.distances)
        return result

    def forget_stretch(self) -> None:
        """Forget the results of first legs."""
        self._first.clear()

    def _begun(self, step: Step, image: RgbImage) -> Callable[[], FrameResult]:
        """Begin a step; what is returned gives its result, or raises, in its turn, what went wrong."""
        assert self._fetch is not None
        try:
            return self.do(step, image).arriving(self._fetch)
        except Exception as error:
            return partial(_raise, error)

    def _step(self, step: Step, image: RgbImage) -> FrameResult:
        if self._reveal and step.given:
            self._stepper.commit(step.frame, image, step.given)
        return self._stepper.step(step.frame, image, step.given, last=step.last)


def _raise(error: Exception) -> FrameResult:
    raise error


class Walk(Generic[Tracked]):
    """One go over legs, from a position on; stretches tracked from both ends are blended.

    Parameters
    ----------
    steps
        What computes; it remembers what is committed, see `Tracker.remember`.
    video
        The open video that frames are read from.
    commits
        The committed masks, by frame and object.
    legs
        The legs of the run, in the order in which they are walked.
    put
        Takes each result, which is final when the last leg over its frame has come by.
    save
        Saves what has been put, the engine's state and `done`, in this order.
    save_every
        Seconds between two saves: what a killed walk computes again.
    done
        Steps done before, from which the engine's state is.

    Attributes
    ----------
    done, total
        How many steps are done, and how many there are in all.
    """

    def __init__(
        self,
        steps: StepQueue[Tracked],
        video: FrameReader,
        commits: Commits,
        legs: tuple[Leg, ...],
        *,
        put: Callable[[Tracked], None],
        save: Callable[[], None],
        save_every: float,
        done: int = 0,
    ) -> None:
        self._steps, self._video, self._commits, self._legs = steps, video, commits, legs
        self._put, self._save, self._save_every = put, save, save_every
        self.done, self._begun = done, done
        self.total = sum(len(leg.frames) for leg in legs)
        self._whole = True
        # After the first steps at once: killed at any time then, the walk can be gone on with.
        self._saved = float("-inf")

    def go(self, cancelled: Callable[[], bool]) -> Generator[Tracked, None, None]:
        """Yield each result when it has been put; whatever ends it, it can be gone on with."""
        todo, left = self._todo(), self.total - self.done
        try:
            while left or self._steps.waiting:
                due = self._is_save_due()
                if due and not self._steps.waiting:
                    self._save_on_the_way()
                    due = False
                if left and cancelled():
                    left = 0
                    self._steps.recall()
                while left and not due and self._steps.waiting < self._steps.ahead:
                    self._steps.submit(self._video, next(todo))
                    left -= 1
                if self._steps.waiting:
                    yield self._collect()
        finally:
            self._end()

    def _collect(self) -> Tracked:
        # Between a step and its mask in its place, the memory is ahead of the masks.
        self._whole = False
        result = self._steps.collect()
        self._put(result)
        self.done += 1
        self._whole = True
        return result

    def _is_save_due(self) -> bool:
        on_the_way = self._begun < self.done < self.total
        return on_the_way and time.monotonic() - self._saved > self._save_every

    def _save_on_the_way(self) -> None:
        began = time.monotonic()
        self._save()
        self._saved = time.monotonic()
        if self._steps.ahead > 1:
            self._save_every = max(self._save_every, _SAVING_SHARE * (self._saved - began))

    def _end(self) -> None:
        """Put what is done, and save, if the memory is that of the masks put."""
        try:
            if self._whole and self._steps.waiting:
                self._steps.recall()
                while self._steps.waiting:
                    self._collect()
        except ConnectionLostError as error:
            # It may end another error, or a run that nobody waits for.
            self._whole = False
            _log.info("steps under way are lost: %s", error)
        if self._whole:
            if self.done == self.total:
                self._steps.forget_stretch()
            self._save()

    def _todo(self) -> Iterator[Step]:
        """Yield the steps that are not done."""
        skipped = self.done
        for leg in self._legs:
            begin = min(skipped, len(leg.frames))
            skipped -= begin
            for frame in leg.frames[begin:]:
                far = {}
                if leg.role is Role.SECOND:
                    far = {name: self._commits.distances(frame, name) for name in self._commits.objects}
                begins, last = frame == leg.frames[0], frame == leg.frames[-1]
                yield Step(frame, self._commits.get(frame) or {}, leg.role, begins, last, far)
