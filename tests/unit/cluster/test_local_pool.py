"""A pool of processes of this machine."""

import multiprocessing
import sys
from pathlib import Path

import local_tasks
import pytest

from xmem_gui.cluster.local_pool import LocalPool, why_ended
from xmem_gui.cluster.tasks import Event, Failed, Lost, Pool, Returned, Stepped, Task

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent")


def _until_ended(pool: Pool, count: int = 1) -> list[Event]:
    found: list[Event] = []
    while sum(not isinstance(one, Stepped) for one in found) < count:
        found += pool.wait(60.0)
    return found


def test_a_task_is_done_and_a_killed_process_is_replaced(tmp_path: Path) -> None:
    mark = str(tmp_path / "killed")
    with LocalPool() as pool:
        assert pool.room() == 1
        pool.start(Task("sum", local_tasks.add, (1, 2)))
        assert pool.room() == 0
        assert _until_ended(pool) == [Stepped("sum", 1, 2), Returned("sum", 3)]
        pool.start(Task("die", local_tasks.die_once, (mark,)))
        lost = _until_ended(pool)[-1]
        assert isinstance(lost, Lost)
        assert "SIGKILL" in lost.why
        pool.start(Task("die", local_tasks.die_once, (mark,)))
        assert _until_ended(pool)[-1] == Returned("die", "alive")
        pool.start(Task("full", local_tasks.out_of_memory))
        full = _until_ended(pool)[-1]
        assert isinstance(full, Lost)
        assert full.memory
        pool.start(Task("wrong", local_tasks.add, (1, "2")))
        wrong = _until_ended(pool)[-1]
        assert isinstance(wrong, Failed)
        assert wrong.why.startswith("A fault of this program: TypeError")
    assert multiprocessing.active_children() == []


def test_closing_and_dropping_end_what_hangs(tmp_path: Path) -> None:
    with LocalPool(("", "")) as pool:
        for name in ("one", "two"):
            pool.start(Task(name, local_tasks.hang, (str(tmp_path / name),)))
        begun: list[Event] = []
        while len(begun) < 2:
            begun += pool.wait(60.0)
        pool.drop("one")
        assert pool.room() == 1
    assert multiprocessing.active_children() == []


def test_how_a_process_ended_is_said_in_words() -> None:
    assert why_ended(-9) == "The process that worked on it was ended by SIGKILL (often for want of memory)."
    assert why_ended(-15).endswith("was ended by SIGTERM.")
    assert why_ended(3).endswith("ended by itself with code 3.")
