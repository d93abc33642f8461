"""Small clips with masks, an untrained network, and what a batch made of them."""

from __future__ import annotations

import json
import pickle
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from xmem_gui.annotator import EngineSettings
from xmem_gui.cluster.batch import BatchOptions, BatchRun
from xmem_gui.cluster.batch_report import BatchReport
from xmem_gui.cluster.jobs import Defaults, JobList, read_jobs
from xmem_gui.cluster.tasks import Event, Lost, Pool, Stepped, Task, call
from xmem_gui.formats.davis import write_index_mask
from xmem_gui.model import COMPACT, XMem, save_network
from xmem_gui.project import Project

SIZE = (32, 48)


@dataclass(frozen=True)
class Clips:
    """A folder of clips, each with a mask beside it, and the weights to track them with."""

    folder: Path
    model: Path

    def jobs(self, **changes: object) -> JobList:
        """Return a job a clip."""
        settings = EngineSettings(model=str(self.model), device="cpu")
        return read_jobs(str(self.folder), Defaults(settings, **changes))


def make_clips(place: Path, count: int, frames: int = 4) -> Clips:
    """Make clips of noise: folders of pictures, no two alike."""
    folder = place / "clips"
    folder.mkdir()
    for number in range(count):
        rng = np.random.default_rng(number)
        video = folder / f"clip{number}"
        video.mkdir()
        for frame in range(frames):
            Image.fromarray(rng.integers(0, 256, (*SIZE, 3), np.uint8)).save(video / f"{frame:05d}.png")
        write_index_mask(folder / f"clip{number}.png", drawn(number))
    torch.manual_seed(0)
    save_network(XMem(COMPACT), place / "model.safetensors", metadata={})
    return Clips(folder, place / "model.safetensors")


def drawn(number: int) -> np.ndarray:
    """Return a mask with the objects 1 and 3, which differs from number to number."""
    index = np.zeros(SIZE, np.uint8)
    index[3:15, 2 + number : 20 + number] = 1
    index[18:29, 22:40] = 3
    return index


def poison(clips: Clips, number: int) -> None:
    """Break a clip: none of its pictures can be read."""
    for path in (clips.folder / f"clip{number}").iterdir():
        path.write_bytes(b"no picture")


class HerePool(Pool):
    """Does tasks in this process, though everything is pickled; some may be lost before they are done."""

    title = "here"

    def __init__(self, lose: dict[str, int] | None = None, *, memory: bool = False) -> None:
        self.lose, self.memory = dict(lose or {}), memory
        self.started: list[Task] = []
        self._events: list[Event] = []

    def room(self) -> int:
        return int(all(isinstance(one, Stepped) for one in self._events))

    def start(self, task: Task) -> None:
        self.started.append(task)
        task = pickle.loads(pickle.dumps(task))
        if self.lose.get(task.key, 0):
            self.lose[task.key] -= 1
            self._events.append(Lost(task.key, "It is gone.", memory=self.memory))
        else:
            steps: list[Event] = []
            end = call(task, task.arguments, lambda *at: steps.append(Stepped(task.key, *at)))
            self._events += [*steps, pickle.loads(pickle.dumps(end))]

    def wait(self, seconds: float) -> list[Event]:
        found, self._events = self._events, []
        return found

    def drop(self, key: str) -> None:
        self._events = [one for one in self._events if one.key != key]

    def close(self) -> None:
        self._events = []


def run_batch(jobs: JobList, out: Path | str, pool: Pool | None = None, **options: object) -> BatchReport:
    """Do jobs, in this process unless there is a pool."""
    return BatchRun(jobs, str(out), BatchOptions(**options)).run(pool or HerePool())


def masks_in(out: Path) -> dict[str, dict[tuple[int, int], tuple[object, ...]]]:
    """Return all masks of all jobs' projects: by job, then by frame and object."""
    found = {}
    for place in sorted(out.glob("*/*.xmem")):
        with Project.open(place, read_only=True) as project:
            found[place.parent.name] = {
                (frame, name): (one.rle.counts, one.committed, one.origin, one.confidence)
                for frame in range(project.frames)
                for name, one in project.records(frame).items()
            }
    return found


def leftovers(out: Path) -> list[str]:
    """Return what a batch has left that it should not have."""
    return sorted(path.name for path in out.iterdir() if path.name.endswith(".part"))


def copy_of(out: Path, place: Path) -> Path:
    """Copy results."""
    shutil.copytree(out, place)
    return place


def report_of(out: Path) -> dict[str, object]:
    """Return what report.json says."""
    return json.loads((out / "report.json").read_text())


__all__ = [
    "SIZE",
    "Clips",
    "HerePool",
    "copy_of",
    "drawn",
    "leftovers",
    "make_clips",
    "masks_in",
    "poison",
    "report_of",
    "run_batch",
]
