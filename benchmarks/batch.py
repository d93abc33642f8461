"""What a batch costs beside the tracking itself, and how soon a job starts on a warm cluster.

The same clips - copies of the sample - are tracked three ways, each in a process of its own: by
`propagate_to_folder` in a loop within one process, by the command ``xmem-gui propagate`` once a clip, and by
``xmem-gui batch`` with an export of the same masks. Wall and processor time are taken; on a machine
that others use too, the latter is the one to compare.

    python benchmarks/batch.py [--clips 6] [--frames 40] [--ray] [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xmem_gui.assets import asset

_LOOP = """
import sys
from pathlib import Path
from xmem_gui.heap import keep_heap
keep_heap()
from xmem_gui.annotator import EngineSettings, PropagateRequest, propagate_to_folder
folder, out, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
for video in sorted(folder.glob("*.mp4")):
    propagate_to_folder(PropagateRequest(
        video=video, masks=(str(video.with_suffix(".png")),), out=out / video.stem,
        direction="both", last=last,
    ))
"""


def make_clips(folder: Path, count: int) -> None:
    """Copy the sample with its mask."""
    folder.mkdir()
    for number in range(count):
        shutil.copy(asset("sample/sample.mp4"), folder / f"clip{number}.mp4")
        shutil.copy(asset("sample/sample.png"), folder / f"clip{number}.png")


def timed(*commands: list[str]) -> dict[str, float]:
    """Run commands one after the other; return seconds on the clock and of the processor."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": time.perf_counter() - began, "processor": spent}


def three_ways(place: Path, clips: int, frames: int) -> dict[str, dict[str, float]]:
    """Time the three ways to do the same."""
    folder, last = place / "clips", str(frames - 1)
    make_clips(folder, clips)
    program = [sys.executable, "-m", "xmem_gui"]
    both = ["--direction", "both", "--range", f":{last}"]
    singles = [
        [
            *(*program, "propagate", str(video), "--mask", str(video.with_suffix(".png")), *both),
            *("--out", str(place / "single" / video.stem)),
        ]
        for video in sorted(folder.glob("*.mp4"))
    ]
    many = [*program, "batch", str(folder), "--out", str(place / "batch"), "--export", "davis"]
    return {
        "loop in one process": timed([sys.executable, "-c", _LOOP, str(folder), str(place / "loop"), last]),
        "propagate, once a clip": timed(*singles),
        "batch": timed([*many, "--range", f":{last}"]),
    }


def warm_start(place: Path) -> list[float]:
    """Return how many seconds after a batch has begun its first step is told, on a cluster, cold or warm."""
    from xmem_gui.annotator import EngineSettings
    from xmem_gui.cluster.batch import BatchOptions, BatchRun
    from xmem_gui.cluster.batch_report import JobStatus
    from xmem_gui.cluster.connection import LOCAL, connected
    from xmem_gui.cluster.jobs import Defaults, read_jobs
    from xmem_gui.cluster.ray_pool import RayPool

    os.environ["TMPDIR"] = str(place)
    folder = place / "one"
    make_clips(folder, 1)
    jobs = read_jobs(str(folder), Defaults(EngineSettings(device="cpu"), last=4))
    found: list[float] = []
    with connected(LOCAL) as cluster:
        for turn in range(4):
            first: list[float] = []

            def changed(status: JobStatus, first: list[float] = first) -> None:
                if status.total is not None and not first:
                    first.append(time.perf_counter())

            with RayPool(cluster) as pool:
                began = time.perf_counter()
                BatchRun(jobs, str(place / f"out{turn}"), BatchOptions()).run(pool, changed=changed)
            found.append(first[0] - began)
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--ray", action="store_true", help="time the start of a job on a cluster too")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    facts: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="b-", ignore_cleanup_errors=True) as name:
        rows = three_ways(Path(name), options.clips, options.frames)
        facts["ways"] = rows
        for title, row in rows.items():
            print(f"{title:24}{row['wall']:8.1f} s{row['processor']:8.1f} s of the processor")
        for other in list(rows)[:2]:
            ratio = rows["batch"]["processor"] / rows[other]["processor"]
            print(f"batch / {other}: {ratio:.3f} of the processor's time")
        if options.ray:
            facts["first_step_after"] = warm_start(Path(name))
            print(
                "first step on a cluster after",
                ", ".join(f"{one:.2f} s" for one in facts["first_step_after"]),
            )
    if options.json:
        options.json.write_text(json.dumps(facts, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
