"""What holds for every test: one thread, no clock for property tests, and Qt's libraries for the window's.

Tests run in one thread of torch each: several processes at a time would wait for each other, and what is
promised to the bit is promised for a number of threads.

Property tests draw the same examples on every CI run. Where Qt cannot be loaded for want of a library of the
system, tests of the window are skipped in words, or fail if ``XMEM_GUI_REQUIRE_QT`` is set, as CI does.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("xmem-gui", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("xmem-gui")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
_M_MMAP_THRESHOLD = -3
_GLIBC = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
if _GLIBC is not None:
    # Large blocks go back to the system at once; a worker would hold the most that it ever needed.
    _GLIBC.mallopt(_M_MMAP_THRESHOLD, 1 << 20)
_OF_THE_WINDOW = (Path(__file__).parent / "unit" / "gui", Path(__file__).parent / "e2e")


@pytest.fixture(autouse=True, scope="module")
def _small_blocks_go_back() -> Iterator[None]:
    """Give small blocks back too when a file's tests are done."""
    yield
    if _GLIBC is not None:
        _GLIBC.malloc_trim(0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a CUDA device, or the internet, where there is none."""
    if item.get_closest_marker("network") and os.environ.get("XMEM_GUI_NETWORK") != "1":
        pytest.skip("asks a server on the internet: set XMEM_GUI_NETWORK=1 to have it run")
    if item.get_closest_marker("cuda"):
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")


@pytest.fixture(autouse=True, scope="module")
def _one_thread_again() -> Iterator[None]:
    """Take back what a file's tests said of torch's threads: the next file's would round otherwise."""
    yield
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def _why_no_qt() -> str:
    try:
        import PySide6.QtSvg
        import PySide6.QtTest
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return f"Qt cannot be loaded: {error}"
    return ""


_WHY_NO_QT = _why_no_qt()


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    if _WHY_NO_QT:
        # It would end the whole run, tests without a window too.
        pluginmanager.set_blocked("pytest-qt")


class _Unavailable(pytest.Module):
    def collect(self) -> list[pytest.Item]:
        if os.environ.get("XMEM_GUI_REQUIRE_QT") == "1":
            pytest.fail(_WHY_NO_QT, pytrace=False)
        pytest.skip(_WHY_NO_QT, allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    if _WHY_NO_QT and any(folder in module_path.parents for folder in _OF_THE_WINDOW):
        return _Unavailable.from_parent(parent, path=module_path)
    return None
