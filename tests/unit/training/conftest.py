import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from xmem_gui.model import XMemConfig
from xmem_gui.training import ClipSources, SourceStore, Stage, TrainConfig


def save_mask(file: Path, mask: np.ndarray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(mask.astype(np.uint8), mode=None)
    picture.putpalette([value for index in range(256) for value in (index, 255 - index, 40)])
    picture.save(file)


def save_photo(file: Path, rng: np.random.Generator, height: int, width: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    coarse = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
    cv2.imwrite(str(file), cv2.resize(coarse, (width, height)))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training-data folder with two of everything, in the usual layout."""
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(3)
    rows = ["id\tsource\tkind"]
    kinds = ("objects: instance ids", "parts: union is a person", "regions: the whole picture")
    for number in range(6):
        name = f"photo_{number}"
        save_photo(root / "stills/images" / f"{name}.jpg", rng, 80, 110)
        mask = np.zeros((80, 110), np.uint8)
        mask[10:60, 10:50], mask[20:70, 60:100] = 3, 7
        if number % 3 == 2:
            mask[mask == 0] = 1
        save_mask(root / "stills/masks" / f"{name}.png", mask)
        rows.append(f"{name}\tmade\t{kinds[number % 3]}")
        save_photo(root / "backgrounds" / f"{name}.jpg", rng, 64, 90)
    (root / "SOURCES.tsv").write_text("\n".join(rows) + "\n")
    _save_cutouts(root / "cutouts")
    _save_silhouettes(root / "silhouettes.zip")
    for name in ("ball", "car"):
        _save_clip(root / "video", name)
    return root


def _save_cutouts(folder: Path) -> None:
    folder.mkdir()
    picture = np.zeros((40, 50, 4), np.uint8)
    picture[5:35, 5:45] = (200, 80, 20, 255)
    for number in range(2):
        Image.fromarray(picture).save(folder / f"thing_{number}.webp", lossless=True)


def _save_silhouettes(file: Path) -> None:
    shape = np.zeros((60, 40), bool)
    shape[5:55, 8:30] = True
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(2):
            data = io.BytesIO()
            Image.fromarray(shape).save(data, "PNG")
            archive.writestr(f"shape_{number}.png", data.getvalue())


def _save_clip(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    writer = cv2.VideoWriter(str(folder / f"{name}.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 24, (128, 96))
    for index in range(9):
        frame = np.full((96, 128, 3), 60, np.uint8)
        mask = np.zeros((96, 128), np.uint8)
        left = 10 + 5 * index
        frame[30:70, left : left + 40] = (40, 90, 220)
        mask[30:70, left : left + 40] = 1
        writer.write(frame)
        save_mask(folder / "masks" / name / f"{index:05d}.png", mask)
    writer.release()


@pytest.fixture(scope="session")
def sources(data: Path) -> ClipSources:
    return ClipSources.in_folder(data)


@pytest.fixture(scope="session")
def store(sources: ClipSources) -> SourceStore:
    return SourceStore(sources)


TINY = XMemConfig(
    backbone="mobilenet_v2",
    key_dim=8,
    value_dim=16,
    hidden_dim=4,
    decoder_dims=(16, 16, 16),
    sensory_dim=8,
    shortcut=1,
)


@pytest.fixture
def config(tmp_path: Path, sources: ClipSources) -> TrainConfig:
    """A run of four steps over two stages, small enough for a test."""
    return TrainConfig(
        folder=tmp_path / "run",
        sources=sources,
        stages=(
            Stage(steps=2, size=32, frames=3, batch=1, objects=(1.0,)),
            Stage(steps=2, size=48, frames=3, batch=1, objects=(0.5, 0.5), learning_rate_end=1e-5),
        ),
        network=TINY,
        seed=5,
        warm_up=2,
        threads=1,
        workers=0,
        log_every=2,
        save_every=100,
    )
