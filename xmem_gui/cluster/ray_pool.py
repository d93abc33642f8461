"""A pool of a Ray cluster: tasks with shares of processors and GPUs.

Ray's own repetition of tasks is off: what is lost is told as `Lost`, so that who gave the task decides how
often it is tried again. Without that, Ray tries what runs out of memory for ever.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from xmem_gui.cluster.connection import Cluster, need_ray
from xmem_gui.cluster.tasks import Event, Failed, Lost, Pool, Stepped, Task, call
from xmem_gui.errors import as_exception

_TOLD_EVERY = 0.5
"""Seconds between two words of a task on how far it is."""
_PATIENCE = 5.0
"""Seconds that tasks get to end when they are asked to."""


class RayPool(Pool):
    """Tasks on a cluster that this process is connected to.

    Parameters
    ----------
    cluster
        The open connection to the Ray cluster.
    gpus
        The share of a GPU for each task; 0.25 puts four on one. None for a whole one, if there are any.
    cpus
        Processor cores that each task reserves.
    """

    def __init__(self, cluster: Cluster, *, gpus: float | None = None, cpus: float = 1.0) -> None:
        self._ray = need_ray("A pool")
        self._gpus = (1.0 if cluster.gpus else 0.0) if gpus is None else gpus
        self._cpus = cpus
        self.title = cluster.title
        self.warnings = self._warnings()
        self._tasks: dict[Any, Task] = {}
        self._board = _board(self._ray)
        self._news: Any = None
        # Unless told otherwise, Ray ends processes that had a GPU after each task: loading torch takes time.
        self._remote = self._ray.remote(max_retries=0, max_calls=0)(_do)

    def room(self) -> int:
        """Return how many more tasks fit, with as many again that wait: what can grow sees a need."""
        found = self._ray.cluster_resources()
        fits = [float(found.get("CPU", 0)) / self._cpus] if self._cpus else []
        if self._gpus:
            fits.append(float(found.get("GPU", 0)) / self._gpus)
        slots = max(1, int(min(fits, default=1)))
        return max(0, 2 * slots + 1 - len(self._tasks))

    def start(self, task: Task) -> None:
        """Give a task to the cluster."""
        gpus = max(self._gpus, 1.0) if task.alone and self._gpus else self._gpus
        remote = self._remote.options(num_cpus=self._cpus, num_gpus=gpus, name=f"xmem-gui {task.key}")
        # Arguments stand by themselves, so that Ray puts values in the place of what `put` returned.
        self._tasks[remote.remote(self._board, task.function, task.key, *task.arguments)] = task

    def wait(self, seconds: float) -> list[Event]:
        """Return what has happened since."""
        found = self._moved()
        refs = list(self._tasks)
        if not refs:
            time.sleep(0 if found else min(seconds, 0.05))
            return found
        ready, _ = self._ray.wait(refs, num_returns=1, timeout=0 if found else seconds)
        if ready:
            ready, _ = self._ray.wait(refs, num_returns=len(refs), timeout=0)
        return [*found, *(self._event(ref) for ref in ready)]

    def put(self, value: Any) -> Any:
        """Put a large value into the cluster's store once."""
        return self._ray.put(value)

    def drop(self, key: str) -> None:
        """Cancel a task."""
        for ref, task in list(self._tasks.items()):
            if task.key == key:
                self._tasks.pop(ref)
                with suppress(Exception):
                    self._ray.cancel(ref)

    def close(self) -> None:
        """Cancel everything; who does not end in time is killed."""
        refs = list(self._tasks)
        self._tasks.clear()
        for force in (False, True):
            for ref in refs:
                with suppress(Exception):
                    self._ray.cancel(ref, force=force)
            if refs and not force:
                with suppress(Exception):
                    _, refs = self._ray.wait(refs, num_returns=len(refs), timeout=_PATIENCE)
        with suppress(Exception):
            self._ray.kill(self._board)

    def _event(self, ref: Any) -> Event:
        task = self._tasks.pop(ref)
        errors = self._ray.exceptions
        try:
            event: Event = self._ray.get(ref)
        except errors.OutOfMemoryError:
            return Lost(task.key, "The machine that worked on it ran out of memory.", memory=True)
        except errors.TaskCancelledError:
            return Failed(task.key, "It was stopped.")
        except (errors.RayTaskError, errors.RaySystemError, errors.RuntimeEnvSetupError) as error:
            return Failed(task.key, _said(error))
        except errors.RayError as error:
            return Lost(
                task.key, f"The process or the machine that worked on it is gone ({type(error).__name__})."
            )
        except Exception as error:  # an event that cannot be read is the task's failure
            return Failed(task.key, _said(error))
        return event

    def _moved(self) -> list[Event]:
        """Return how far tasks are, as the board has it; it may be away for a while, with its machine."""
        if self._news is None:
            self._news = self._board.take.remote()
        if not self._ray.wait([self._news], timeout=0)[0]:
            return []
        ref, self._news = self._news, None
        try:
            news: Mapping[str, tuple[int, int]] = self._ray.get(ref)
        except Exception:  # of whatever kind: news that does not come is no reason to stop
            return []
        running = {task.key for task in self._tasks.values()}
        return [Stepped(key, *at) for key, at in news.items() if key in running]

    def _warnings(self) -> tuple[str, ...]:
        """Return what keeps every task waiting, if no machine can hold one."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        if any(n.get("CPU", 0) >= self._cpus and n.get("GPU", 0) >= self._gpus for n in nodes):
            return ()
        share = f"{self._cpus:g} processors and {self._gpus:g} GPUs"
        return (f"No machine of the cluster has {share} for a job now: jobs wait until one does.",)


def _do(board: Any, function: Any, key: str, *arguments: Any) -> Event:
    """Do a task in a worker of the cluster."""
    from xmem_gui.heap import keep_heap

    keep_heap()
    told = [0.0]

    def tell(done: int, total: int) -> None:
        now = time.monotonic()
        if done in (0, total) or now - told[0] > _TOLD_EVERY:
            told[0] = now
            board.put.remote(key, done, total)

    return call(Task(key, function), arguments, tell)


class _Board:
    """Where tasks say how far they are."""

    def __init__(self) -> None:
        self._news: dict[str, tuple[int, int]] = {}

    def put(self, key: str, done: int, total: int) -> None:
        """Note how far a task is."""
        self._news[key] = (done, total)

    def take(self) -> dict[str, tuple[int, int]]:
        """Return what is new."""
        news, self._news = self._news, {}
        return news


def _board(ray: Any) -> Any:
    """Start the board on the machine of this process, or of what stands for it in the cluster."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    near = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    return ray.remote(_Board).options(num_cpus=0, max_restarts=-1, scheduling_strategy=near).remote()


def _said(error: BaseException) -> str:
    cause = getattr(error, "cause", None)
    known = as_exception(cause if isinstance(cause, BaseException) else error)
    text = " ".join(str(known).split())
    if isinstance(known, ModuleNotFoundError) and "xmem_gui" in text:
        return "The cluster's machines lack xmem_gui: install the same version there as here."
    return f"The cluster could not do it: {type(known).__name__}: {text[:300]}"
