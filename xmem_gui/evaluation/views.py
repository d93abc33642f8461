"""Several ways to look at one clip, driven as one engine: probabilities are averaged (docs/adr/0012)."""

import time
from collections.abc import Mapping
from collections.abc import Sequence as Ordered
from dataclasses import replace
from typing import Protocol

import torch
import torch.nn.functional as F

from xmem_gui.arrays import Mask, RgbImage, Size
from xmem_gui.device import wait_for
from xmem_gui.propagation import Engine, FrameResult
from xmem_gui.propagation.geometry import Geometry

Masks = Mapping[int, Mask]


class View(Protocol):
    """One way to look at a clip: an engine, or one that sees it mirrored."""

    @property
    def engine(self) -> Engine:
        """What computes."""
        ...

    def start_anew(self) -> None:
        """Forget everything."""
        ...

    def commit(self, frame: int, image: RgbImage, masks: Masks) -> None:
        """Take what is given for a frame."""
        ...

    def step(self, frame: int, image: RgbImage, masks: Masks | None, *, last: bool) -> FrameResult:
        """Segment a frame."""
        ...


class Upright:
    """An engine as it is.

    Parameters
    ----------
    engine
        The engine that follows the objects, one step a frame.
    permanent
        Whether given masks enter permanent memory, as in this program; in the paper it is working memory.
    """

    def __init__(self, engine: Engine, *, permanent: bool = True) -> None:
        self.engine, self._permanent = engine, permanent

    def start_anew(self) -> None:
        """Forget everything."""
        self.engine.remove(self.engine.objects)
        self.engine.start()

    def commit(self, frame: int, image: RgbImage, masks: Masks) -> None:
        """Put what is given for a frame into permanent memory, unless that is not used."""
        if self._permanent:
            self.engine.commit(frame, image, masks)

    def step(self, frame: int, image: RgbImage, masks: Masks | None, *, last: bool) -> FrameResult:
        """Segment a frame."""
        return self.engine.step(frame, image, masks, last=last)


class Mirrored(Upright):
    """An engine that sees everything mirrored left to right; its answers are mirrored back."""

    def commit(self, frame: int, image: RgbImage, masks: Masks) -> None:
        """Put what is given for a frame into permanent memory, mirrored."""
        super().commit(frame, image[:, ::-1], _flipped(masks))

    def step(self, frame: int, image: RgbImage, masks: Masks | None, *, last: bool) -> FrameResult:
        """Segment a frame."""
        flipped = None if masks is None else _flipped(masks)
        result = super().step(frame, image[:, ::-1], flipped, last=last)
        return replace(result.with_soft(result.soft.flip(-1)), given=dict(masks or {}))


class Together:
    """Views that are driven as one engine, with empty memory at first.

    Parameters
    ----------
    views
        The views whose probabilities are averaged; one may be alone.
    size
        Height and width that results have, in pixels.
    given
        By frame, the given masks in that size: they are the results there.
    synchronised
        Whether `seconds` waits for the device before and after each call.

    Attributes
    ----------
    seconds
        The time spent in the views so far.
    """

    def __init__(
        self, views: Ordered[View], size: Size, given: Mapping[int, Masks], *, synchronised: bool = False
    ) -> None:
        self._views, self._size, self._given = tuple(views), size, given
        self._synchronised = synchronised
        self.seconds = 0.0
        for view in self._views:
            view.start_anew()

    def start(self) -> None:
        """Begin with nothing but permanent memory."""
        for view in self._views:
            view.engine.start()

    def commit(self, frame: int, image: RgbImage, masks: Masks) -> None:
        """Put what is given for a frame into the memory of every view."""
        before = self._now()
        for view in self._views:
            view.commit(frame, image, masks)
        self.seconds += self._now() - before

    def step(
        self, frame: int, image: RgbImage, masks: Masks | None = None, *, last: bool = False
    ) -> FrameResult:
        """Segment a frame with every view; return the mean."""
        before = self._now()
        answers = [view.step(frame, image, masks, last=last) for view in self._views]
        self.seconds += self._now() - before
        return self._averaged(answers)

    def _now(self) -> float:
        if self._synchronised:
            wait_for(self._views[0].engine.device)
        return time.perf_counter()

    def _averaged(self, answers: list[FrameResult]) -> FrameResult:
        first, size = answers[0], self._size
        if len(answers) == 1 and (first.geometry.height, first.geometry.width) == size:
            return first
        # Views see the same masks in the same order, so their rows are the same objects.
        total = torch.zeros(first.soft.shape[0], *size, device=first.soft.device)
        for answer in answers:
            total += F.interpolate(answer.soft.float()[None], size, mode="bilinear", align_corners=False)[0]
        given = dict(self._given.get(first.frame, {}))
        return replace(first.with_soft(total / len(answers)), geometry=Geometry(*size), given=given)


def _flipped(masks: Masks) -> dict[int, Mask]:
    return {name: mask[:, ::-1] for name, mask in masks.items()}
