"""What is imported after PySide is not read a second time."""

import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """
import linecache, sys
from PySide6.QtCore import QObject
{}
sys.path.insert(0, {!r})
import imported_late
assert imported_late.VALUE == 3
read = [name for name in linecache.cache if name.endswith("imported_late.py")]
assert len(read) == {}, read
"""
_QUICK = "from xmem_gui.gui.state.quick_imports import keep_imports_quick; keep_imports_quick()"


@pytest.mark.parametrize(("first", "times"), [("", 1), (_QUICK, 0)])
def test_sources_are_looked_through_only_where_nobody_says_no(tmp_path: Path, first: str, times: int):
    (tmp_path / "imported_late.py").write_text("VALUE = 3\n")
    command = [sys.executable, "-W", "error", "-c", _CODE.format(first, str(tmp_path), times)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_qt_it_does_nothing():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _QUICK], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
