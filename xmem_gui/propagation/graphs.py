"""Calls that are recorded once and then only replayed: a GPU waits for Python four fifths of a frame's time.

What is called is a pure function of tensors. `GraphRunner` lets it work on buffers that stay where they are,
which is what a recording needs, and knows when not to: the first replays of each recording are compared with
the plain call, and whatever goes wrong, plain calls take over for good.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from xmem_gui.device import is_out_of_memory

_log = logging.getLogger(__name__)

Pure = Callable[..., tuple[Tensor, ...]]
"""A function of tensors that changes none of them and looks at nothing else that changes."""

_COMPARED = 2
"""Replays of each recording that are compared: the second has other inputs than it was recorded with."""
_ROUNDING, _ODD_ONES = 0.02, 1e-3
"""How far a value may be from the plain one, as a share of what is usual, and the share that may be further.

Replays run the same kernels as plain calls; where they do not, half precisions round differently, and where
tokens tie, others are read.
"""


class Recorder(Protocol):
    """What records work on a device: CUDA graphs, or nothing at all."""

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return what does the same work again, on the same buffers.

        Raises
        ------
        RuntimeError
            If the work cannot be recorded, or the device's memory runs out.
        """

    def held(self) -> int:
        """Return the bytes of the device's memory that all recordings take, beside their buffers."""

    def settle(self) -> None:
        """Wait until nothing is being replayed, so that a recording can be let go."""

    def clear(self) -> None:
        """Give back the memory of recordings that are gone."""


class PlainRecorder:
    """Calls the work itself: what runs on a GPU, but for the recording, on any device."""

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return the work."""
        return work

    def held(self) -> int:
        """Return 0."""
        return 0

    def settle(self) -> None:
        """Do nothing, for nothing is under way."""

    def clear(self) -> None:
        """Do nothing, for nothing is held."""


class _Recording:
    """One function with the buffers that it reads and writes, and what repeats it."""

    def __init__(self, function: Pure, inputs: Sequence[Tensor], held: Sequence[Tensor]) -> None:
        self._function, self._inputs, self._held = function, tuple(inputs), tuple(held)
        self.outputs: tuple[Tensor, ...] = ()
        self.compared = 0
        self._replay: Callable[[], None] | None = None

    def record(self, inputs: Sequence[Tensor], like: Sequence[Tensor], recorder: Recorder) -> None:
        self.outputs = tuple(torch.empty_like(one) for one in like)
        self._fill(inputs)
        self._replay = recorder.record(self._work)

    def replay(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        assert self._replay is not None
        self._fill(inputs)
        self._replay()
        return self.outputs

    def stands_on(self, held: Sequence[Tensor]) -> bool:
        return all(own.data_ptr() == one.data_ptr() for own, one in zip(self._held, held, strict=True))

    def stands_elsewhere(self, first: Tensor) -> bool:
        return bool(self._held) and self._held[0].data_ptr() != first.data_ptr()

    @property
    def bytes(self) -> int:
        return sum(one.numel() * one.element_size() for one in (*self._inputs, *self.outputs))

    def _work(self) -> None:
        # Results are copied out of the recording's own memory, so that recordings can share it.
        for place, result in zip(self.outputs, self._function(*self._inputs, *self._held), strict=True):
            place.copy_(result)

    def _fill(self, inputs: Sequence[Tensor]) -> None:
        for place, given in zip(self._inputs, inputs, strict=True):
            if place is not given:
                place.copy_(given)


class GraphRunner:
    """Call pure functions, from recordings where there are some.

    Parameters
    ----------
    recorder
        What records work on the device and replays it.
    most
        Recordings kept at most; the least lately used leaves first.
    most_bytes
        Bytes of the device's memory that they may take together. Where one would exceed it, all are let go,
        and that one is not made again.

    Notes
    -----
    One thread drives it. What `run` returns is overwritten by the next call of that name and those shapes.
    """

    def __init__(self, recorder: Recorder, *, most: int = 32, most_bytes: int = 2 << 30) -> None:
        self._recorder, self._most, self._most_bytes = recorder, most, most_bytes
        self._recordings: OrderedDict[Hashable, _Recording] = OrderedDict()
        self._refused: set[Hashable] = set()
        self.on = True

    def __len__(self) -> int:
        """How many recordings there are."""
        return len(self._recordings)

    def run(
        self, name: Hashable, function: Pure, inputs: Sequence[Tensor], held: Sequence[Tensor] = ()
    ) -> tuple[Tensor, ...]:
        """Return what a function makes of tensors.

        Parameters
        ----------
        name
            What tells the function from others, with all that it knows beside its arguments.
        function
            It is called with ``inputs`` and then ``held``.
        inputs
            They are copied into buffers, but for those that an earlier call returned.
        held
            They are read where they are. When they have moved the recording is made anew, and all are let go
            that read where the first of them was: they would keep it in memory.
        """
        if not self.on:
            return function(*inputs, *held)
        key = (name, *map(_kind, inputs), *map(_kind, held))
        found = self._recordings.get(key)
        if found is not None and not found.stands_on(held):
            self._let_go(key)
            found = None
        if found is not None and found.compared >= _COMPARED:
            self._recordings.move_to_end(key)
            return found.replay(inputs)
        plain = self._plainly(function, inputs, held)
        if not self.on or key in self._refused:
            return plain
        try:
            found = found or self._recorded(key, function, inputs, held, plain)
            replayed = found.replay(inputs)
            same = all(alike(one, other) for one, other in zip(replayed, plain, strict=True))
        except Exception as error:
            self._give_up(f"{type(error).__name__}: {error}")
            return plain
        if not same:
            self._give_up(f"a replay of {name} differs from the plain call")
            return plain
        found.compared += 1
        return replayed

    def relieved(self, call: Callable[[], None]) -> None:
        """Call what can be called twice; where the device's memory runs out, without any recordings."""

        def called() -> tuple[Tensor, ...]:
            call()
            return ()

        self._plainly(called, (), ())

    def give_up_memory(self) -> None:
        """Let all recordings go for good, for the device's memory has run out."""
        if self._recordings:
            self._give_up("the device's memory ran out")

    def _recorded(
        self, key: Hashable, function: Pure, inputs: Sequence[Tensor], held: Sequence[Tensor],
        plain: Sequence[Tensor],
    ) -> _Recording:  # fmt: skip
        """Record a function; its recording is kept, within bounds."""
        if held:
            for old in [key for key, one in self._recordings.items() if one.stands_elsewhere(held[0])]:
                self._let_go(old)
        own = {id(one) for recording in self._recordings.values() for one in recording.outputs}
        buffers = [one if id(one) in own else torch.empty_like(one) for one in inputs]
        found = _Recording(function, buffers, held)
        found.record(inputs, plain, self._recorder)
        self._recordings[key] = found
        while len(self._recordings) > self._most:
            self._let_go(next(iter(self._recordings)))
        if self._recorder.held() + sum(one.bytes for one in self._recordings.values()) > self._most_bytes:
            self._refused.add(key)
            self._recorder.settle()
            self._recordings.clear()
            self._recorder.clear()
            _log.info("recordings take more than %d MB: %s is called plainly", self._most_bytes >> 20, key)
        return found

    def _let_go(self, key: Hashable) -> None:
        self._recorder.settle()
        del self._recordings[key]

    def _plainly(
        self, function: Pure, inputs: Sequence[Tensor], held: Sequence[Tensor]
    ) -> tuple[Tensor, ...]:
        try:
            return function(*inputs, *held)
        except RuntimeError as error:
            if not is_out_of_memory(error) or not self._recordings:
                raise
        # Not above, where the error still holds what was computed.
        self.give_up_memory()
        return function(*inputs, *held)

    def _give_up(self, why: str) -> None:
        self.on = False
        self._recorder.settle()
        self._recordings.clear()
        self._recorder.clear()
        _log.warning("Frames are computed without graphs from here on, which is slower: %s", why)


def alike(one: Tensor, other: Tensor) -> bool:
    """Whether two results are the same but for rounding."""
    if not one.is_floating_point():
        return torch.equal(one, other)
    replayed, plain = one.float(), other.float()
    usual = plain.square().mean().sqrt()
    near = (replayed - plain).abs() <= _ROUNDING * (plain.abs() + usual)
    same = near | (replayed == plain) | (replayed.isnan() & plain.isnan())
    return bool((~same).float().mean() <= _ODD_ONES) if same.numel() else True


def _kind(tensor: Tensor) -> Hashable:
    return tensor.shape, tensor.stride(), tensor.dtype
