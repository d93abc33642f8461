"""The one loop that drives an engine over frames, whatever becomes of the results."""

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from typing import Protocol

from torch import Tensor

from xmem_gui.annotator.propagation.checkpoint import DAMAGED, SnapshotError
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.legs import Leg, Role
from xmem_gui.arrays import Mask, RgbImage
from xmem_gui.propagation import Engine, FirstPass, FrameResult, Frames

KEY_CACHE = 256 << 20
"""Bytes for the features of frames, so that the second leg over a stretch costs less."""


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
    """One go over legs, from a position on; stretches tracked from both ends are blended.

    Parameters
    ----------
    engine
        What computes; it remembers what is committed, see `Walker.remember`.
    first
        Where the results of a stretch's first leg are kept until the second comes by.
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
    reveal
        Whether each given mask is committed when its frame comes, as by a person who sees no further, and not
        before.

    Attributes
    ----------
    done, total
        How many steps are done, and how many there are in all.
    """

    def __init__(
        self,
        engine: Stepper,
        first: FirstPass,
        video: Frames,
        commits: Commits,
        legs: tuple[Leg, ...],
        *,
        put: Callable[[FrameResult], None],
        save: Callable[[], None],
        save_every: float,
        done: int = 0,
        reveal: bool = False,
    ) -> None:
        self._engine, self._first, self._reveal = engine, first, reveal
        self._video, self._commits, self._legs = video, commits, legs
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
                self._first.clear()
            # Between a step and its mask in its place, the memory is ahead of the masks.
            if self._whole:
                self._save()

    def _steps(self, cancelled: Callable[[], bool]) -> Iterator[FrameResult]:
        skipped = self.done
        for leg in self._legs:
            begin = min(skipped, len(leg.frames))
            skipped -= begin
            if begin == 0:
                self._engine.start()
                if leg.role is Role.FIRST:
                    self._first.clear()
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

    def _step(self, leg: Leg, frame: int, image: RgbImage) -> FrameResult:
        given = self._commits.get(frame)
        if self._reveal and given is not None:
            self._engine.commit(frame, image, given)
        result = self._engine.step(frame, image, given, last=frame == leg.frames[-1])
        if leg.role is Role.FIRST:
            self._first.keep(result)
        elif leg.role is Role.SECOND:
            distances = {name: self._commits.distances(frame, name) for name in result.objects}
            return self._first.blend(result, distances)
        return result
