"""A device that computes on the processor and is as far away as a GPU.

What is on it and what is on the host do not mix, it is noted where the host waits for it, and work on it can
be recorded as a CUDA graph is: calls are noted with the memory they read and write, and a replay makes the
same calls on the same memory, without asking Python again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

# A name that torch knows in every build, of a device that nobody has.
DEVICE = torch.device("lazy", 0)
_WAITS = ("_local_scalar_dense", "bincount", "equal", "is_nonzero", "masked_select", "nonzero", "unique")
_current: list[PretendDevice] = []


class OnDevice(torch.Tensor):
    """A tensor of the device; the processor holds what it stands for."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> OnDevice:
        return torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            device=DEVICE,
        )  # fmt: skip

    def __init__(self, held: torch.Tensor) -> None:
        self.held = held

    def tolist(self) -> Any:
        _current[-1].waits.append("tolist")
        return self.held.tolist()

    def data_ptr(self) -> int:
        return self.held.data_ptr()

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        return _current[-1].call(func, args, kwargs or {})


class PretendDevice(TorchDispatchMode):
    """Have the device while it is entered.

    Attributes
    ----------
    waits
        Names of the calls in which the host waited for the device.
    calls
        How many calls the device was given: kernels, or replays of many.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self.calls = 0
        self._tape: list[Callable[[], None]] | None = None

    def __enter__(self) -> PretendDevice:
        _current.append(self)
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        _current.pop()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        return self.call(func, args, kwargs or {})

    def call(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        given = tree_leaves((args, kwargs))
        there = any(isinstance(one, OnDevice) for one in given)
        wanted = kwargs.get("device")
        goes_there = there if wanted is None else torch.device(wanted).type == DEVICE.type
        if not (there or goes_there):
            return func(*args, **kwargs)
        self._judge(func, args, kwargs, given, goes_there=goes_there)
        held_kwargs = tree_map(_held, kwargs) | ({} if wanted is None else {"device": torch.device("cpu")})
        held_args = tree_map(_held, args)
        out = func(*held_args, **held_kwargs)
        self.calls += not _is_view(func)
        if self._tape is not None:
            self._tape.append(_again(func, held_args, held_kwargs, out))
        if goes_there:
            out = tree_map(lambda one: OnDevice(one) if isinstance(one, torch.Tensor) else one, out)
        return return_and_correct_aliasing(func, args, kwargs, out) if there else out

    def _judge(
        self, func: Any, args: Any, kwargs: dict[str, Any], given: list[Any], *, goes_there: bool
    ) -> None:
        """Refuse what a device refuses, and note where the host waits."""
        name = func._schema.name.removeprefix("aten::")
        on_host = [one for one in given if isinstance(one, torch.Tensor) and not isinstance(one, OnDevice)]
        waits = name.removeprefix("_").startswith(tuple(one.removeprefix("_") for one in _WAITS))
        waits |= name in ("index", "index_put_") and any(_chooses(one) for one in tree_leaves(args[1]))
        if name in ("_to_copy", "copy_"):
            arrives = goes_there if name == "_to_copy" else isinstance(args[0], OnDevice)
            uploads = bool(on_host) and arrives
            waits |= not arrives or (uploads and not (kwargs.get("non_blocking") or args[2:3] == (True,)))
            if self._tape is not None and (uploads or not arrives):
                raise RuntimeError(f"{name} between host and device cannot be recorded")
        elif name not in ("fill_", "lift_fresh") and any(one.ndim for one in on_host):
            raise RuntimeError(f"{name}: expected all tensors to be on the same device")
        if waits:
            self.waits.append(name)
            if self._tape is not None:
                raise RuntimeError(f"{name} waits for the device, which cannot be recorded")

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Do as a `Recorder`: note the calls of some work and return what makes them again."""
        work()
        tape: list[Callable[[], None]] = []
        self._tape = tape
        try:
            work()
        finally:
            self._tape = None

        def replay() -> None:
            self.calls += 1
            # Whatever was there: a replay reads no result of another time.
            for call in tape:
                call()

        return replay

    def held(self) -> int:
        return 0

    def settle(self) -> None:
        pass

    def clear(self) -> None:
        pass


def _held(one: Any) -> Any:
    return one.held if isinstance(one, OnDevice) else one


def _chooses(one: Any) -> bool:
    return isinstance(one, torch.Tensor) and one.dtype == torch.bool


def _is_view(func: Any) -> bool:
    returned = func._schema.returns
    return bool(returned) and all(one.alias_info is not None for one in returned) and not _writes(func)


def _writes(func: Any) -> bool:
    return any(one.alias_info is not None and one.alias_info.is_write for one in func._schema.arguments)


def _again(func: Any, args: Any, kwargs: Any, out: Any) -> Callable[[], None]:
    """Return what makes a call again, its results where they were."""
    if _is_view(func):
        return lambda: None
    if _writes(func):
        return lambda: func(*args, **kwargs)
    places = [one for one in tree_leaves(out) if isinstance(one, torch.Tensor)]

    def call() -> None:
        new = [one for one in tree_leaves(func(*args, **kwargs)) if isinstance(one, torch.Tensor)]
        for place, result in zip(places, new, strict=True):
            place.copy_(result)

    return call
