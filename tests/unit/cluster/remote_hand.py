"""A small project to track, here and on another machine, and what became of it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from xmem_gui.annotator import Annotator, EngineSettings
from xmem_gui.cluster.remote_actor import _processors
from xmem_gui.interaction import Point, Prompts
from xmem_gui.project import Rle

FRAMES, SIZE = 9, (48, 64)
SETTINGS = EngineSettings(size=None, device="cpu")


def as_an_actor_computes() -> None:
    """Use as many threads as an actor does: unless told, MKL takes fewer at times, and rounds otherwise."""
    torch.set_num_threads(_processors())


def make_video(place: Path) -> Path:
    """Write a folder of pictures: a bright square that moves over noise."""
    place.mkdir()
    rng = np.random.default_rng(0)
    for frame in range(FRAMES):
        image = rng.integers(0, 90, (*SIZE, 3), np.uint8)
        image[12:32, 6 + 4 * frame : 26 + 4 * frame] += np.array([140, 110, 20], np.uint8)
        Image.fromarray(image).save(place / f"{frame:05d}.png")
    return place


def open_project(place: Path, video: Path) -> Annotator:
    """Make a project with two objects: one drawn on the last frame, one clicked on the first."""
    as_an_actor_computes()
    annotator = Annotator.open(video, project=place, settings=SETTINGS)
    mask = np.zeros(SIZE, bool)
    mask[34:46, 40:60] = True
    for _ in range(2):
        annotator.add_object()
    annotator.set_mask(FRAMES - 1, 2, mask)
    return annotator


def click(annotator: Annotator, frame: int, *places: tuple[float, float]) -> np.ndarray:
    """Click the first object, one place after the other; return its mask."""
    prompts = Prompts()
    for x, y in places:
        prompts = prompts.plus(Point(x, y))
        proposal = annotator.prompting.propose(frame, 1, prompts)
        annotator.prompting.accept(proposal)
    return proposal.mask


def masks_of(annotator: Annotator) -> dict[tuple[int, int], tuple[Rle, float, bool]]:
    """Return all masks with what a person can see of them, by frame and object."""
    return {
        (frame, name): (one.rle, one.confidence, one.committed)
        for frame in range(FRAMES)
        for name, one in annotator.project.records(frame).items()
    }
