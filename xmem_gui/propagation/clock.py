"""A run's clock: which frames are remembered, and which update of the sensory memory each one gets."""

from dataclasses import dataclass

import torch
from torch import Tensor

from xmem_gui.memory import MemoryConfig


@dataclass(frozen=True)
class Due:
    """What is due in a frame.

    Parameters
    ----------
    memory
        Whether it is to be remembered.
    deep, light
        Whether the value encoder, and the decoder, update the sensory memory.
    """

    memory: bool
    deep: bool
    light: bool


class Clock:
    """Where a run stands, in frames since it began.

    Parameters
    ----------
    config
        The rhythm of the memory.
    """

    def __init__(self, config: MemoryConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Begin a run: the next frame is its first."""
        self._now, self._last_memory, self._last_deep = -1, 0, -self._config.deep_update_every

    def tick(self, *, given: bool, last: bool) -> Due:
        """Go on to the next frame and say what is due in it.

        Parameters
        ----------
        given
            Whether a mask is given in it.
        last
            Whether the run ends there: then nothing is due.
        """
        config = self._config
        self._now += 1
        due = self._now - self._last_memory >= config.memory_every
        memory = (due or given) and not last
        synced = config.deep_update_every < 0
        deep = not last and (memory if synced else self._now - self._last_deep >= config.deep_update_every)
        return Due(memory, deep, light=not last and not (synced and deep))

    def remembered(self, turn: Due) -> None:
        """Note that this frame was remembered, and its deep update done if that was due."""
        self._last_memory = self._now
        if turn.deep:
            self._last_deep = self._now

    def state(self) -> Tensor:
        """Return where the run stands, (3,) int64."""
        return torch.tensor([self._now, self._last_memory, self._last_deep])

    def restore(self, state: Tensor) -> None:
        """Go on from what `state` returned.

        Raises
        ------
        ValueError
            If it is not that; nothing has changed then.
        """
        if state.dtype != torch.int64 or state.shape != (3,):
            raise ValueError("the clock is none")
        self._now, self._last_memory, self._last_deep = state.tolist()
