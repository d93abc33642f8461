"""What a run drives, wherever it computes: steps go in, frames with masks come out, in the same order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.propagation.legs import Role
from xmem_gui.arrays import Mask

if TYPE_CHECKING:
    from torch import Tensor

    from xmem_gui.memory import MemoryConfig, TierFigures
    from xmem_gui.propagation import FrameReader


@dataclass(frozen=True)
class Step:
    """One frame of a run.

    Attributes
    ----------
    frame
        0-based number of the frame.
    given
        Known masks of it, (H, W), by object.
    role
        What its result is to the frame.
    begins, last
        Whether a leg begins or ends with it.
    distances
        How far each object's nearest committed masks are, before and after; only for a second leg.
    """

    frame: int
    given: Mapping[int, Mask]
    role: Role = Role.ONLY
    begins: bool = False
    last: bool = False
    distances: Mapping[int, tuple[float, float]] = field(default_factory=dict)


class TrackedFrame(Protocol):
    """What a step says of its frame; a `FrameResult` is one."""

    @property
    def frame(self) -> int:
        """The frame's index."""

    @property
    def objects(self) -> tuple[int, ...]:
        """The objects that are followed."""

    @property
    def given(self) -> Mapping[int, Mask]:
        """Masks that a person gave for this frame."""

    @property
    def descriptor(self) -> Tensor | None:
        """What the frame looks like to the network, (D,)."""

    def masks(self) -> dict[int, Mask]:
        """Return each object's mask, (H, W)."""

    def confidence(self) -> dict[int, float]:
        """Return how good each object's mask probably is, 0 to 1."""

    def index_mask(self) -> NDArray[np.int32]:
        """Return each pixel's object by name, 0 for the background, (H, W)."""


@dataclass(frozen=True)
class TrackerFacts:
    """What is asked of a tracker while it works; known without waiting for it.

    Attributes
    ----------
    figures
        What each tier of its memory holds.
    limits
        Limits of the tracker's memory.
    device
        Where it computes, for people, such as ``cpu`` or ``cuda on gpu-server``.
    free, total
        Bytes of the device's memory; None where it does not say.
    """

    figures: Mapping[str, TierFigures]
    limits: MemoryConfig
    device: str
    free: int | None = None
    total: int | None = None


Tracked = TypeVar("Tracked", bound=TrackedFrame)
_Out = TypeVar("_Out", bound=TrackedFrame, covariant=True)


class StepQueue(Protocol[_Out]):
    """Steps of a run on their way through an engine.

    One thread drives it. Steps are done in the order in which they are submitted; up to `ahead` of them may
    be under way, so that a network in between does not stop a GPU.
    """

    @property
    def ahead(self) -> int:
        """How many steps should be under way, at least 1."""

    @property
    def waiting(self) -> int:
        """How many are submitted and not collected."""

    def submit(self, video: FrameReader, step: Step) -> None:
        """Have one more step done; if the frame cannot be read, nothing has changed."""

    def collect(self) -> _Out:
        """Wait for the oldest step that is not collected, and return what it says."""

    def recall(self) -> None:
        """Take back the steps that are not begun; the others are still to be collected."""

    def forget_stretch(self) -> None:
        """Forget the results of first legs."""


class Tracker(StepQueue[_Out], Protocol[_Out]):
    """An engine with what it keeps of a stretch until it comes back over it; its memory can be saved."""

    @property
    def facts(self) -> TrackerFacts:
        """What is known of it, between two steps."""

    @property
    def is_lost(self) -> bool:
        """Whether it is gone with its memory, so that another one is to be made."""

    def remember(
        self, video: FrameReader, masks: Mapping[int, Mapping[int, Mask]], frames: Collection[int],
        *, kept: Collection[int] = (),
    ) -> None:  # fmt: skip
        """Make some committed frames permanent memory, and nothing else; those kept have their features."""

    def permanent_frames(self) -> list[int]:
        """Return the frames in permanent memory, ascending."""

    def clear_temporary(self) -> None:
        """Forget sensory, working and long-term memory."""

    def state(self) -> Mapping[str, Tensor]:
        """Return all that the next step depends on, as named tensors on the CPU; nothing may be waiting."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned.

        Raises
        ------
        SnapshotError
            If it is the state of nothing like this; nothing is remembered then.
        """
