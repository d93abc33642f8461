"""An engine of this process as what a run drives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from xmem_gui.annotator.propagation.checkpoint import DAMAGED, SnapshotError
from xmem_gui.annotator.propagation.run import EngineSteps
from xmem_gui.annotator.propagation.tracker import TrackerFacts
from xmem_gui.arrays import Mask
from xmem_gui.device import device_memory
from xmem_gui.propagation import Engine, FrameReader

if TYPE_CHECKING:
    from torch import Tensor

KEY_CACHE = 256 << 20
"""Bytes for the features of frames, so that the second leg over a stretch costs less."""


class EngineTracker(EngineSteps):
    """An engine, and what it keeps of a stretch until it comes back over it; see `Tracker`.

    Parameters
    ----------
    engine
        The engine that follows the objects, one step a frame.
    """

    is_lost = False

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, fetch=engine.fetch)
        self.engine = engine

    @property
    def facts(self) -> TrackerFacts:
        """What is known of it; call it between two steps."""
        memory, device = self.engine.memory, self.engine.device
        return TrackerFacts(memory.figures(), memory.config, str(device), *device_memory(device))

    def remember(
        self, video: FrameReader, masks: Mapping[int, Mapping[int, Mask]], frames: Collection[int],
        *, kept: Collection[int] = (),
    ) -> None:  # fmt: skip
        """Make some committed frames permanent memory, and nothing else; those kept have their features."""
        self.forget_waiting()
        self.engine.settle(kept)
        for frame in frames:
            if frame not in kept:
                self.engine.commit(frame, video.frame(frame), masks[frame])
        self.engine.settle(frames)

    def permanent_frames(self) -> list[int]:
        """Return the frames in permanent memory, ascending."""
        return self.engine.memory.permanent_frames()

    def clear_temporary(self) -> None:
        """Forget sensory, working and long-term memory."""
        self.engine.start()

    def state(self) -> dict[str, Tensor]:
        """Return all that the next step depends on as named tensors, fit for safetensors."""
        tensors = {f"engine.{name}": tensor for name, tensor in self.engine.state().items()}
        return tensors | {f"first.{name}": tensor for name, tensor in self._first.state().items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned.

        Raises
        ------
        SnapshotError
            If it is the state of nothing like this; nothing is remembered then.
        """
        self.forget_waiting()
        parts: dict[str, dict[str, Tensor]] = {"engine": {}, "first": {}}
        try:
            for name, tensor in state.items():
                owner, _, rest = name.partition(".")
                parts[owner][rest] = tensor
            self.engine.restore(parts["engine"])
            self._first.restore(parts["first"])
        except (KeyError, ValueError, TypeError, IndexError, RuntimeError, OverflowError):
            self._first.clear()
            self.engine.memory.forget(self.engine.memory.objects)
            self.engine.settle([])
            raise SnapshotError(DAMAGED) from None
