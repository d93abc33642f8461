"""Small data sets in the layouts of the paper's, made by the tests that train on them."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from tests.unit.training.conftest import TINY, save_mask, save_photo
from xmem_gui.training import PaperConfig, paper_recipes

FRAMES = 9


def make_paper_data(root: Path) -> Path:
    """Make ``static``, ``BL30K``, ``YouTubeVOS`` and ``DAVIS`` with a few pictures and videos each."""
    rng = np.random.default_rng(7)
    for name in ("static/DUTS-TR/lone", "static/ecssd/few", "static/fss/cat/1"):
        save_photo(root / f"{name}.jpg", rng, 50, 60)
        mask = np.zeros((50, 60), np.uint8)
        mask[12:40, 15:45] = 255
        cv2.imwrite(str(root / f"{name}.png"), mask)
    for folder in ("BL30K", "YouTubeVOS/train"):
        make_video(root / folder / "JPEGImages/one", root / folder / "Annotations/one", objects=2)
    for name, objects in (("train", 3), ("val", 1)):
        below = root / "DAVIS"
        make_video(below / f"JPEGImages/480p/{name}", below / f"Annotations/480p/{name}", objects=objects)
    lists = root / "DAVIS/ImageSets/2017"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("train\n")
    return root


def make_video(images: Path, masks: Path, *, objects: int) -> None:
    """Make a video of objects side by side that move to the right, one column of colour each."""
    images.mkdir(parents=True)
    for index in range(FRAMES):
        frame, mask = np.full((48, 80, 3), 60, np.uint8), np.zeros((48, 80), np.uint8)
        for number in range(1, objects + 1):
            left = 24 * (number - 1) + index
            frame[8:40, left : left + 18] = (40, 70 * number, 250 - 70 * number)
            mask[8:40, left : left + 18] = number
        cv2.imwrite(str(images / f"{index:05d}.jpg"), frame)
        save_mask(masks / f"{index:05d}.png", mask)


def tiny_runs(stages: str, data: Path, folder: Path) -> list[PaperConfig]:
    """Return the paper's runs for the data above, cut down to what a test has time for."""
    return [
        replace(
            run,
            stages=tuple(replace(stage, steps=2, size=32, frames=3, batch=2) for stage in run.stages),
            network=TINY,
            threads=1,
            workers=0,
            log_every=1,
            seed=3,
        )
        for run in paper_recipes(stages, data, folder)
    ]
