"""A tracker on another machine, driven as one of this process is."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.propagation.engine_tracker import KEY_CACHE
from xmem_gui.annotator.propagation.tracker import Step, TrackerFacts
from xmem_gui.arrays import Mask, Size
from xmem_gui.cluster.remote_frames import PackedFrame, SentFrames, pack
from xmem_gui.cluster.remote_link import Link, UnderWay
from xmem_gui.cluster.remote_models import ModelFile
from xmem_gui.cluster.remote_wire import DoneStep, SentStep
from xmem_gui.errors import ConnectionLostError
from xmem_gui.project.rle import Rle

if TYPE_CHECKING:
    from torch import Tensor

    from xmem_gui.annotator import EngineSettings
    from xmem_gui.propagation import FrameReader

_AHEAD = 4
"""Steps under way: one that computes, and those on the network before and after it."""


@dataclass(frozen=True)
class RemoteFrame:
    """What a step on another machine says of its frame; see `TrackedFrame`."""

    frame: int
    size: Size
    given: Mapping[int, Mask]
    done: DoneStep

    @property
    def objects(self) -> tuple[int, ...]:
        """The objects that are followed."""
        return self.done.objects

    @property
    def descriptor(self) -> Tensor | None:
        """What the frame looks like to the network, (D,)."""
        import torch

        return torch.from_numpy(np.frombuffer(self.done.descriptor, np.float32).copy())

    def masks(self) -> dict[int, Mask]:
        """Return each object's mask, (H, W)."""
        return {
            name: self.given[name] if name in self.given else self.done.masks[name].to_mask()
            for name in self.done.objects
        }

    def confidence(self) -> dict[int, float]:
        """Return how good each object's mask probably is, 0 to 1."""
        return dict(self.done.confidence)

    def index_mask(self) -> NDArray[np.int32]:
        """Return each pixel's object by name, 0 for the background, (H, W)."""
        index = np.zeros(self.size, np.int32)
        for name, mask in self.masks().items():
            if name not in self.given:
                index[mask] = name
        for name, mask in self.given.items():
            index[mask] = name
        return index


class RemoteTracker:
    """See `Tracker`; a call raises ConnectionLostError once the machine cannot be reached.

    Parameters
    ----------
    link
        The link to the machine that computes.
    settings
        The model, device, picture size and memory limits used there.
    model
        The network's file, which is there.
    """

    ahead = _AHEAD

    def __init__(self, link: Link, settings: EngineSettings, model: ModelFile) -> None:
        self._link = link
        self._number: int = link.ask("open_tracker", settings, model, key_cache=KEY_CACHE)
        self._sent = SentFrames(link.there.frames)
        self._steps = deque[tuple[Step, int, UnderWay]]()
        self._done = deque[RemoteFrame]()
        self._gone = False
        self._facts: TrackerFacts = self._ask("facts")

    @property
    def waiting(self) -> int:
        """How many steps are submitted and not collected."""
        return len(self._done) + len(self._steps)

    @property
    def facts(self) -> TrackerFacts:
        """What is known of it, as of the step collected last."""
        return self._facts

    @property
    def is_lost(self) -> bool:
        """Whether the machine cannot be reached, or has let go of it."""
        return self._gone or self._link.is_over

    def remember(
        self, video: FrameReader, masks: Mapping[int, Mapping[int, Mask]], frames: Collection[int],
        *, kept: Collection[int] = (),
    ) -> None:  # fmt: skip
        """Make some committed frames permanent memory, and nothing else; those kept have their features."""
        self._ask("settle", list(kept))
        under_way = deque[UnderWay]()
        for frame in frames:
            if frame not in kept:
                packed = self._packed(video, frame)
                given = {name: Rle.from_mask(mask) for name, mask in masks[frame].items()}
                under_way.append(self._call("commit", frame, packed, given))
                if len(under_way) >= _AHEAD:
                    self._result(under_way.popleft())
        for one in under_way:
            self._result(one)
        self._ask("settle", list(frames))
        self._facts = self._ask("facts")

    def permanent_frames(self) -> list[int]:
        """Return the frames in permanent memory, ascending."""
        found: list[int] = self._ask("permanent_frames")
        return found

    def submit(self, video: FrameReader, step: Step) -> None:
        """Send one more step on its way."""
        packed = self._packed(video, step.frame)
        turn = self._link.next_turn()
        self._steps.append((step, turn, self._call("step", turn, SentStep.of(step, packed))))

    def collect(self) -> RemoteFrame:
        """Wait for the oldest step that is not collected, and return what it says."""
        if self._done:
            return self._done.popleft()
        step, _, pending = self._steps.popleft()
        try:
            done = self._result(pending)
        except BaseException:
            # Those after it are of a memory that nobody knows.
            self._give_up()
            raise
        return self._taken(step, done)

    def recall(self) -> None:
        """Take back the steps that are not begun; the others are still to be collected."""
        if not self._steps:
            return
        self._link.ask("recall", self._steps[-1][1])
        steps, self._steps = self._steps, deque()
        for step, _, pending in steps:
            done = self._result(pending)
            if done is not None:
                self._done.append(self._taken(step, done))

    def forget_stretch(self) -> None:
        """Forget the results of first legs."""
        self._ask("forget_stretch")

    def clear_temporary(self) -> None:
        """Forget sensory, working and long-term memory."""
        self._ask("clear_temporary")
        self._facts = self._ask("facts")

    def state(self) -> Mapping[str, Tensor]:
        """Return all that the next step depends on, as named tensors."""
        from safetensors.torch import load

        state: Mapping[str, Tensor] = load(self._ask("state"))
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned."""
        from safetensors.torch import save

        data = save({name: tensor.cpu().contiguous() for name, tensor in state.items()})
        self._ask("restore", data)
        self._facts = self._ask("facts")

    # Inside

    def _packed(self, video: FrameReader, frame: int) -> PackedFrame | None:
        """Return a frame if it is to be sent, and note that it is there then."""
        if self._sent.note(frame):
            return None
        packed = pack(video.frame(frame))
        self._sent.add(frame, packed, keep=False)
        return packed

    def _taken(self, step: Step, done: DoneStep) -> RemoteFrame:
        self._facts = done.facts
        return RemoteFrame(step.frame, done.size, step.given, done)

    def _call(self, method: str, *values: object) -> UnderWay:
        if self._gone:
            raise ConnectionLostError("The GPU elsewhere has let go of this run: start it again.")
        return self._link.call(method, self._number, *values)

    def _result(self, pending: UnderWay) -> Any:
        try:
            return self._link.result(pending)
        except ConnectionLostError:
            self._gone = True
            raise

    def _ask(self, method: str, *values: object) -> Any:
        return self._result(self._call(method, *values))

    def _give_up(self) -> None:
        self._gone = True
        self._steps.clear()
