"""A connection to an actor that computes for this window: calls, what comes back, and what went wrong."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from xmem_gui import __version__
from xmem_gui.cluster.connection import connected, need_ray
from xmem_gui.cluster.remote_models import PART, ModelFile
from xmem_gui.cluster.remote_wire import Greeting
from xmem_gui.errors import ClusterError, ConnectionLostError, XmemGuiError

_log = logging.getLogger(__name__)
_GPU_SHARE = 0.1
"""Of a GPU that an actor asks for: so many windows can use one. It is no limit to what it takes."""
_PATIENCE = 90.0
"""Seconds for an actor to start; torch is imported there."""
_LOOK = 0.5
"""Seconds between two looks whether a call is given up."""

UnderWay = Any
"""A `concurrent.futures.Future` of what a call returns."""
ActorHandle = Any
"""What has a ``remote`` for each method of `WindowActor`, which returns what has a ``future``."""


class Link:
    """One actor, as long as it can be reached.

    May be used from several threads; `close` ends calls that are under way.

    Parameters
    ----------
    address
        Where it is, for people.
    start
        Starts the actor; what is to be undone at the end is put on the stack.

    Raises
    ------
    ClusterError
        If it cannot be reached or does not start, or another version of the program is there.
    """

    def __init__(self, address: str, start: Callable[[ExitStack], ActorHandle]) -> None:
        self._address = address
        self._stack = ExitStack()
        self._over = threading.Event()
        self._turns = count(1)
        self._actor: ActorHandle = None
        self.greeting: Greeting | None = None
        try:
            self._actor = start(self._stack)
            self.greeting = self._greeted()
        except BaseException:
            self.close()
            raise

    @property
    def there(self) -> Greeting:
        """What the machine has said of itself."""
        assert self.greeting is not None
        return self.greeting

    @property
    def is_over(self) -> bool:
        """Whether it is closed or lost."""
        return self._over.is_set()

    def next_turn(self) -> int:
        """Return a number above all before."""
        return next(self._turns)

    def call(self, method: str, *values: object, **named: object) -> UnderWay:
        """Call a method of the actor without waiting; raises ConnectionLostError if it cannot be reached."""
        if self.is_over:
            raise self._lost()
        try:
            return getattr(self._actor, method).remote(*values, **named).future()
        except Exception as error:  # Ray has no one kind of error for this
            raise self._lost(error) from error

    def result(self, pending: UnderWay, *, patience: float | None = None) -> Any:
        """Wait for what a call returns.

        Raises
        ------
        XmemGuiError
            What the actor raised; a ConnectionLostError if it cannot be reached any more.
        TimeoutError
            After so many seconds of patience, if there is an end to it.
        """
        waited = 0.0
        while True:
            try:
                return pending.result(timeout=_LOOK)
            except concurrent.futures.TimeoutError:
                waited += _LOOK
            except Exception as error:
                raise self._said(error) from error
            if self.is_over:
                raise self._lost()
            if patience is not None and waited >= patience:
                raise TimeoutError

    def ask(self, method: str, *values: object, **named: object) -> Any:
        """Call a method and wait for what it returns; raises as `call` and `result`."""
        return self.result(self.call(method, *values, **named))

    def bring(self, path: Path | None, name: str) -> ModelFile:
        """Have a model on the other machine: this machine's file, or the other's own of that name.

        Raises
        ------
        XmemGuiError
            If neither has it, or it cannot be sent.
        """
        if path is None:
            found: ModelFile = self.ask("named_model", name)
            return found
        wanted = ModelFile.of(path)
        if not self.ask("has_model", wanted):
            with path.open("rb") as file:
                at = 0
                while data := file.read(PART):
                    self.ask("take_model", wanted, at, data)
                    at += len(data)
        return wanted

    def close(self) -> None:
        """End the actor and the connection; do nothing if they have ended."""
        self._over.set()
        self._actor = None
        with contextlib.suppress(Exception):
            self._stack.close()

    def _greeted(self) -> Greeting:
        try:
            greeting: Greeting = self.result(self.call("greet"), patience=_PATIENCE)
        except TimeoutError:
            raise ClusterError(
                f"The cluster at {self._address} has started nothing for {_PATIENCE:.0f} seconds: its GPUs"
                " are in use, or it is too busy. Wait for others to end, or choose another machine."
            ) from None
        except ConnectionLostError as error:
            raise _not_started(self._address, error.__cause__) from error
        if greeting.version != __version__:
            raise ClusterError(
                f"{greeting.machine} has xmem_gui {greeting.version}, this machine {__version__}: install the"
                " same on both."
            )
        return greeting

    def _said(self, error: Exception) -> Exception:
        """Return what is to be raised for what a call has raised."""
        cause = getattr(error, "cause", None)
        if isinstance(error, XmemGuiError) or isinstance(cause, XmemGuiError):
            return cause if isinstance(cause, XmemGuiError) else error
        if isinstance(cause, Exception):
            return cause  # something of ours went wrong there, and the actor goes on
        return self._lost(error)

    def _lost(self, error: BaseException | None = None) -> ConnectionLostError:
        self._over.set()
        if error is not None:
            _log.info("the connection to %s is lost: %s", self._address, error)
        name = self._address if self.greeting is None else self.greeting.machine
        return ConnectionLostError(f"The connection to {name} is lost. Everything finished is kept.")


def ray_link(address: str, *, resources: Mapping[str, float] | None = None) -> Link:
    """Start an actor in a cluster and return the connection to it.

    Parameters
    ----------
    address
        As `connected` takes it.
    resources
        What the actor asks for beside a share of a GPU, by Ray's names.

    Raises
    ------
    ClusterError
        As `Link`; or Ray is not installed, with how to get it.
    """
    ray = need_ray("A GPU elsewhere")
    # Frames are meant to be sent with the calls.
    warnings.filterwarnings("ignore", message="More than 10MB of messages have been created")

    def start(stack: ExitStack) -> ActorHandle:
        from xmem_gui.cluster.remote_actor import THREADS_OF_GROUP, WindowActor

        cluster = stack.enter_context(connected(address))
        kind = ray.remote(concurrency_groups=THREADS_OF_GROUP, num_cpus=0)(WindowActor)
        share = _GPU_SHARE if cluster.gpus else 0
        try:
            actor = kind.options(num_gpus=share, resources=dict(resources or {})).remote()
        except Exception as error:  # Ray has no one kind of error for this
            raise _not_started(address, error) from error
        stack.callback(lambda: ray.kill(actor))
        return actor

    return Link(address, start)


def _not_started(address: str, error: BaseException | None) -> ClusterError:
    if "No module named 'xmem_gui" in str(error):
        return ClusterError(f"The machine at {address} has no xmem_gui: install version {__version__} there.")
    return ClusterError(f"What computes could not be started at {address} ({str(error)[:200]}): look there.")
