"""Kill a propagation at work with SIGKILL, again and again: it must go on to the very masks of a whole run.

Run ``python benchmarks/kill_propagate.py [--kills 100] [--seed 0] [--json FILE]``. A child follows two masks
both ways through a small clip with an untrained network, saving its memory after every step: every other time
as ``xmem-gui propagate`` into a folder, else into a project. It is killed at a random moment, also while the
memory is being written; now and then what is saved is then cut short or a byte of it changed, as a disk may
do when the power fails. Going on must end with the masks of a run that was never killed, bit for bit, and
nothing else may be left in the folder.

Needs ``fork`` (Linux, macOS). The test suite runs it small.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests" / "unit" / "annotator"))

from small_job import Job, contents, make_job

from xmem_gui.annotator import (
    Annotator,
    EngineSettings,
    PropagateRequest,
    Propagation,
    propagate_to_folder,
)
from xmem_gui.annotator.propagation import folder_run, follower
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.project import Project

FRAMES = 6
GIVEN = (1, 4)
STATES = {"folder": ".xmem-gui-run.safetensors", "project": ".p.xmem-kept/memory/memory.safetensors"}


class DiffersError(AssertionError):
    """A run that was gone on with is not as one that was never killed."""


def settings_of(job: Job) -> EngineSettings:
    return EngineSettings(model=str(job.model), device="cpu", size=32)


def into_folder(job: Job, out: Path, *, resume: bool = False) -> dict[str, bytes]:
    """Propagate into a folder; return its files."""
    masks = tuple(f"{frame}={job.mask}" for frame in GIVEN)
    propagate_to_folder(
        PropagateRequest(job.video, masks, out, "both", settings=settings_of(job), resume=resume)
    )
    return contents(out)


def into_project(job: Job, out: Path, *, resume: bool = False) -> dict[str, bytes]:
    """Propagate in a project; return its masks."""
    path, index = out / "p.xmem", read_index_mask(job.mask)
    out.mkdir(exist_ok=True)
    with Annotator.open(job.video, project=path, settings=settings_of(job)) as annotator:
        if not annotator.project.objects:
            for name in (annotator.add_object().id, annotator.add_object().id):
                for frame in GIVEN:
                    annotator.set_mask(frame, name, index == name)
            annotator.project.flush()
        going_on = resume and annotator.resumable() is not None
        for _ in annotator.resume() if going_on else annotator.run(Propagation("both")):
            pass
        return masks_of(annotator.project)


def masks_of(project: Project) -> dict[str, bytes]:
    return {
        f"{frame} {name}": record.rle.counts
        for frame in range(project.frames)
        for name, record in project.records(frame).items()
    }


WAYS = {"folder": into_folder, "project": into_project}


def start(way: str, job: Job, out: Path) -> int:
    """Let a child propagate; return its process id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            follower._SAVE_EVERY = folder_run._SAVE_EVERY = -1.0
            WAYS[way](job, out)
            code = 0
        finally:
            os._exit(code)
    return pid


def spoil(state: Path, chance: random.Random) -> str:
    """Cut a saved memory short or change a byte of it, sometimes; return what was done."""
    what = chance.choice(["", "cut", "changed"]) if state.exists() else ""
    if what:
        data = bytearray(state.read_bytes())
        place = chance.randrange(len(data))
        data[place] ^= 0x41
        state.write_bytes(data[:place] if what == "cut" else data)
    return what


def kill_once(way: str, job: Job, folder: Path, whole: dict[str, bytes], chance: random.Random) -> str:
    """Kill a run after a random share of its work, go on, and compare; return what happened."""
    out = folder / way
    pid = start(way, job, out)
    state, wanted = out / STATES[way], chance.randrange(9)
    seen, saves = None, 0
    while saves < wanted and not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        now = None
        with contextlib.suppress(FileNotFoundError):  # a run that ends removes it
            now = state.stat().st_ino
        saves, seen = saves + (now != seen), now
    time.sleep(chance.random() * 0.05)
    os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise DiffersError(f"the child failed by itself ({code})")
    what = spoil(state, chance)
    found = WAYS[way](job, out, resume=True) if code or way == "project" else contents(out)
    if found != whole:
        wrong = sorted(name for name in found.keys() | whole.keys() if found.get(name) != whole.get(name))
        raise DiffersError(f"differs in {', '.join(wrong)}")
    shutil.rmtree(out)
    return f"{way}: {'finished' if code == 0 else 'killed'}{f', memory {what}' if what else ''}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--folder", type=Path, help="where to write (default: the system's temporary folder)")
    options = parser.parse_args(arguments)
    results: Counter[str] = Counter()
    failures = []
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        job = make_job(folder, FRAMES)
        whole = {way: run(job, folder / f"whole {way}") for way, run in WAYS.items()}
        for number in range(options.kills):
            chance = random.Random(f"{options.seed} {number}")
            way = list(WAYS)[number % 2]
            try:
                results[kill_once(way, job, folder, whole[way], chance)] += 1
            except Exception as error:
                failures.append(f"{way}, kill {number}: {error!r}")
                shutil.rmtree(folder / way, ignore_errors=True)
    for what, count in sorted(results.items()):
        print(f"{what:40}{count:6}")
    print("\n".join([f"{len(failures)} failures of {options.kills} kills", *failures[:20]]))
    if options.json:
        figures = {"kills": options.kills, "results": dict(results), "failures": failures}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
