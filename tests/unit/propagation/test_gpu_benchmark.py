"""A dry run of ``benchmarks/gpu.py``, so that it works when there is a GPU."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "gpu.py"


def test_it_measures_both_arrangements_and_writes_what_it_found(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--device", "cpu", "--quick", "--json", tmp_path / "found.json"],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert {(row["objects"], row["arrangement"]) for row in found["rows"]} == {
        (objects, name) for objects in (1, 2) for name in ("ours", "no graphs", "plain")
    }
    assert all(row["frames_per_second"] > 0 and row["latency"] > 0 for row in found["rows"])
    assert [row["replays"] for row in found["rows"]] == [True, False, False] * 2
    assert found["flat"]["frames"] == 20
    assert found["roofline"]["gflop"] > 0
    assert found["roofline"]["megabytes"] > 0
    assert "| compact | 2 | ours |" in done.stdout
    assert "roofline, compact, 2 objects" in done.stdout
