import threading

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from xmem_gui.gui.state.values import notice_of
from xmem_gui.gui.state.workers import Worker


class PanicException(BaseException):
    """As a library written in Rust raises it: not an `Exception`."""


KINDS = [
    RuntimeError("CUDA out of memory"),
    MemoryError(),
    KeyboardInterrupt(),
    SystemExit(3),
    GeneratorExit(),
    PanicException("unwrap on None"),
]


@pytest.fixture
def worker():
    made = Worker("tested", lambda error: None)
    yield made
    made.stop(finish=False)


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
def test_the_thread_outlives_whatever_a_task_raises(qtbot, worker, error):
    said, done = [], []

    def fail():
        raise error

    worker.submit(fail, failed=said.append)
    worker.submit(lambda: threading.current_thread().name, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=180_000)
    assert done == ["tested"]
    assert isinstance(said[0], Exception)
    assert said[0] is error or said[0].__cause__ is error


@pytest.mark.parametrize("error", [MemoryError(), KeyError(), RuntimeError("odd")])
def test_a_notice_says_something_even_where_the_error_does_not(error):
    text = notice_of(error).text
    assert ": ." not in text
    assert text.endswith("Saved work is not lost.")
