"""A folder of small frames, a mask and an untrained network: a job that takes a second."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from xmem_gui.formats.davis import write_index_mask
from xmem_gui.model import COMPACT, XMem, save_network

SIZE = (48, 64)


@dataclass(frozen=True)
class Job:
    """Files of a job, and where its results go."""

    video: Path
    mask: Path
    model: Path
    out: Path


def make_job(folder: Path, frames: int = 8) -> Job:
    """Make the files in ``folder``."""
    video = folder / "video"
    video.mkdir()
    rng = np.random.default_rng(0)
    for frame in range(frames):
        Image.fromarray(rng.integers(0, 256, (*SIZE, 3), np.uint8)).save(video / f"{frame:05d}.png")
    index = np.zeros(SIZE, np.uint8)
    index[5:20, 5:30] = 1
    index[25:40, 30:60] = 2
    write_index_mask(folder / "mask.png", index)
    torch.manual_seed(0)
    save_network(XMem(COMPACT), folder / "model.safetensors", metadata={})
    return Job(video, folder / "mask.png", folder / "model.safetensors", folder / "out")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file in a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
