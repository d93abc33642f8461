"""Small datasets in the DAVIS layout."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xmem_gui.formats.davis import write_index_mask

Masks = Mapping[int, np.ndarray]
AddSequence = Callable[..., None]
MakeMasks = Callable[..., dict[int, np.ndarray]]


def _moving_squares(frames: int = 5, *, second_from: int = 0) -> dict[int, np.ndarray]:
    """Two 10-pixel squares that move right; the second appears in frame `second_from`."""
    masks = {}
    for frame in range(frames):
        mask = np.zeros((40, 64), dtype=np.uint8)
        mask[5:15, 4 + 3 * frame : 14 + 3 * frame] = 1
        if frame >= second_from:
            mask[22:32, 10 + 2 * frame : 20 + 2 * frame] = 2
        masks[frame] = mask
    return masks


@pytest.fixture
def moving_squares() -> MakeMasks:
    return _moving_squares


@pytest.fixture
def add_sequence(tmp_path: Path) -> AddSequence:
    def add(
        name: str, masks: Masks, *, level: str = "480p", frames: int | None = None, binary: bool = False
    ) -> None:
        pictures = tmp_path / "data" / "JPEGImages" / level / name
        annotations = tmp_path / "data" / "Annotations" / level / name
        pictures.mkdir(parents=True)
        annotations.mkdir(parents=True)
        for frame in range(frames or len(masks)):
            Image.fromarray(np.full((40, 64, 3), 40 * frame % 256, np.uint8)).save(
                pictures / f"{frame:05d}.jpg"
            )
        for frame, mask in masks.items():
            path = annotations / f"{frame:05d}.png"
            if binary:
                Image.fromarray(np.where(mask > 0, np.uint8(255), np.uint8(0))).save(path)
            else:
                write_index_mask(path, mask)

    return add


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"
