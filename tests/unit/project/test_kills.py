"""A few of the kills of ``benchmarks/kill.py``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "kill.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_no_kill_loses_what_was_on_the_disk(tmp_path):
    command = [sys.executable, str(BENCHMARK), "--runs", "6", "--seed", "7", "--folder", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
