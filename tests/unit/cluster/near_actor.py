"""An actor in this process, called as Ray calls one elsewhere: each group of methods in its threads."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

pytest.importorskip("ray")

from xmem_gui.cluster.remote_actor import THREADS_OF_GROUP, WindowActor
from xmem_gui.cluster.remote_link import Link
from xmem_gui.errors import ClusterError


class ActorDiedError(Exception):
    """What Ray's error of that name is."""


class NearActor:
    """Has a ``remote`` for each method, as an actor's handle has; `die` is the end of its machine."""

    def __init__(self):
        self.actor = WindowActor()
        self.called: list[str] = []
        self._threads = {
            group: ThreadPoolExecutor(count) for group, count in {**THREADS_OF_GROUP, "": 1}.items()
        }
        self._dead = False
        self._last_of: tuple[str, int] | None = None
        self._held: Hold | None = None

    def __getattr__(self, name):
        return _Method(self, name)

    def call(self, name, values, named):
        if self._dead:
            raise ActorDiedError
        self.called.append(name)
        if self._last_of == (name, self.called.count(name)):
            self.die()
        method = getattr(self.actor, name)
        group = getattr(method, "__ray_concurrency_group__", "")

        held = self._held

        def work():
            if held is not None and held.name == name:
                held.stop()
            if self._dead:
                raise ActorDiedError
            try:
                return method(*values, **named)
            finally:
                if held is not None and held.until == name:
                    held.go()

        return self._threads[group].submit(work)

    def die(self):
        self._dead = True

    def die_at(self, name, number):
        """Die in a later call of a method: 1 is the next."""
        self._last_of = name, self.called.count(name) + number

    def hold(self, name, *, after, until):
        """Let only so many calls of a method through, until another method has been called."""
        self._held = Hold(name, after, until)
        return self._held

    def stop(self):
        for threads in self._threads.values():
            threads.shutdown()


class Hold:
    """Stops calls of a method in the actor's thread, after some, until another method has been called."""

    def __init__(self, name, after, until):
        self.name, self.until, self._left = name, until, after
        self._reached, self._go = threading.Event(), threading.Event()

    def stop(self):
        if self._left:
            self._left -= 1
            return
        self._reached.set()
        assert self._go.wait(60)

    def go(self):
        self._go.set()

    def wait(self):
        """Wait until a call is stopped."""
        assert self._reached.wait(60)


class _Method:
    def __init__(self, near, name):
        self._near, self._name = near, name

    def remote(self, *values, **named):
        return _Ref(self._near.call(self._name, values, named))


class _Ref:
    def __init__(self, future):
        self._future = future

    def future(self) -> Future:
        return self._future


class Machines:
    """Starts a `NearActor` for each connection; the last is the one in use."""

    def __init__(self):
        self.started: list[NearActor] = []
        self.unreachable = False

    @property
    def last(self) -> NearActor:
        return self.started[-1]

    def connect(self, address) -> Link:
        def start(stack: ExitStack) -> NearActor:
            if self.unreachable:
                raise ClusterError("There is no cluster to be reached.")
            near = NearActor()
            stack.callback(near.stop)
            self.started.append(near)
            return near

        return Link(address, start)
