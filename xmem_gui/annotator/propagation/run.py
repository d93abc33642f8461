"""An engine on its way over the legs of a propagation, whatever becomes of the results."""

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.annotator.propagation.checkpoint import DAMAGED, SnapshotError
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.legs import Leg, Role
from xmem_gui.propagation import Engine, FirstPass, FrameResult, Frames

KEY_CACHE = 256 << 20
"""Bytes for the features of frames, so that the second leg over a stretch costs less."""


class Walker:
    """An engine, and what it keeps of a stretch until it comes back over it.

    Parameters
    ----------
    engine
        The engine that follows the objects, one step a frame.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.first = FirstPass()

    def remember(
        self, video: Frames, commits: Commits, frames: Collection[int], *, kept: Collection[int] = ()
    ) -> None:
        """Make some committed frames permanent memory, and nothing else; those kept have their features."""
        self.engine.settle(kept)
        for frame in frames:
            if frame not in kept:
                self.engine.commit(frame, video.frame(frame), commits[frame])
        self.engine.settle(frames)

    def state(self) -> dict[str, Tensor]:
        """Return all that the next step depends on as named tensors, fit for safetensors."""
        tensors = {f"engine.{name}": tensor for name, tensor in self.engine.state().items()}
        return tensors | {f"first.{name}": tensor for name, tensor in self.first.state().items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned.

        Raises
        ------
        SnapshotError
            If it is the state of nothing like this; nothing is remembered then.
        """
        parts: dict[str, dict[str, Tensor]] = {"engine": {}, "first": {}}
        try:
            for name, tensor in state.items():
                owner, _, rest = name.partition(".")
                parts[owner][rest] = tensor
            self.engine.restore(parts["engine"])
            self.first.restore(parts["first"])
        except (KeyError, ValueError, TypeError, IndexError, RuntimeError, OverflowError):
            self.first.clear()
            self.engine.memory.forget(self.engine.memory.objects)
            self.engine.settle([])
            raise SnapshotError(DAMAGED) from None


class Walk:
    """One go over legs, from a position on; stretches gone over from both ends are blended.

    Parameters
    ----------
    walker
        Its engine remembers what is committed.
    video
        The open video that frames are read from.
    commits
        The committed masks, by frame and object.
    legs
        The legs of the run, in the order in which they are walked.
    put
        Takes each result, which is final when the last leg over its frame has come by.
    save
        Saves what has been put, the walker's state and `done`, in this order.
    save_every
        Seconds between two saves: what a killed walk computes again.
    done
        Steps done before, from which the walker's state is.

    Attributes
    ----------
    done, total
        How many steps are done, and how many there are in all.
    """

    def __init__(
        self,
        walker: Walker,
        video: Frames,
        commits: Commits,
        legs: tuple[Leg, ...],
        *,
        put: Callable[[FrameResult], None],
        save: Callable[[], None],
        save_every: float,
        done: int = 0,
    ) -> None:
        self._walker, self._video, self._commits, self._legs = walker, video, commits, legs
        self._put, self._save, self._save_every = put, save, save_every
        self.done = done
        self.total = sum(len(leg.frames) for leg in legs)
        self._whole = True

    def go(self, cancelled: Callable[[], bool]) -> Generator[FrameResult, None, None]:
        """Yield each result when it has been put; whatever ends it, it can be gone on with."""
        # After the first step at once: killed at any time then, the walk can be gone on with.
        saved = float("-inf")
        try:
            for result in self._steps(cancelled):
                yield result
                if self.done < self.total and time.monotonic() - saved > self._save_every:
                    self._save()
                    saved = time.monotonic()
        finally:
            if self.done == self.total:
                self._walker.first.clear()
            # Between a step and its mask in its place, the memory is ahead of the masks.
            if self._whole:
                self._save()

    def _steps(self, cancelled: Callable[[], bool]) -> Iterator[FrameResult]:
        skipped = self.done
        for leg in self._legs:
            begin = min(skipped, len(leg.frames))
            skipped -= begin
            if begin == 0:
                self._walker.engine.start()
                if leg.role is Role.FIRST:
                    self._walker.first.clear()
            for frame in leg.frames[begin:]:
                if cancelled():
                    return
                image = self._video.frame(frame)  # which may fail, and then nothing has changed
                self._whole = False
                result = self._step(leg, frame, image)
                self._put(result)
                self.done += 1
                self._whole = True
                yield result

    def _step(self, leg: Leg, frame: int, image: NDArray[np.uint8]) -> FrameResult:
        given = self._commits.get(frame)
        result = self._walker.engine.step(frame, image, given, last=frame == leg.frames[-1])
        if leg.role is Role.FIRST:
            self._walker.first.keep(result)
        elif leg.role is Role.SECOND:
            distances = {name: self._commits.distances(frame, name) for name in result.objects}
            return self._walker.first.blend(result, distances)
        return result
