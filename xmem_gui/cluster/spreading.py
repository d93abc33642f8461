"""Work on many items, such as a data set's sequences, spread over a pool."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xmem_gui.cluster.batch import ATTEMPTS
from xmem_gui.cluster.tasks import Lost, Pool, Returned, Stepped, Task
from xmem_gui.errors import ClusterError

_PAUSE = 0.5


@dataclass(frozen=True)
class SpreadOver:
    """Gives items to a pool and returns what becomes of them, in order; an evaluation's `Spread`.

    Parameters
    ----------
    pool
        The workers that the work is spread over.
    """

    pool: Pool

    def __call__(
        self, work: Callable[..., Any], items: Mapping[str, Any], told: Callable[[str, int, int], None], /
    ) -> Iterator[tuple[str, Any]]:
        """Yield each item's name and what the work made of it, in the order of the items.

        Raises
        ------
        ClusterError
            If the work on an item fails, or is lost too often; the others are stopped.
        """
        waiting = deque(Task(name, work, (item,)) for name, item in items.items())
        tasks = {task.key: task for task in waiting}
        tried = dict.fromkeys(items, 1)
        values: dict[str, Any] = {}
        for name in items:
            while name not in values:
                while waiting and self.pool.room():
                    self.pool.start(waiting.popleft())
                for event in self.pool.wait(_PAUSE):
                    if isinstance(event, Stepped):
                        told(event.key, event.done, event.total)
                    elif isinstance(event, Returned):
                        values[event.key] = event.value
                    elif isinstance(event, Lost) and tried[event.key] < ATTEMPTS:
                        tried[event.key] += 1
                        waiting.appendleft(tasks[event.key])
                    else:
                        raise ClusterError(f"{event.key}: {event.why}")
            yield name, values.pop(name)
