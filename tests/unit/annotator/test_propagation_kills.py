"""A few of the kills of ``benchmarks/kill_propagate.py``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "kill_propagate.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_killed_propagation_goes_on_to_the_masks_of_a_whole_one(tmp_path):
    command = [sys.executable, str(BENCHMARK), "--kills", "4", "--folder", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "killed" in result.stdout
