"""Pictures that made clips are put together from: drawn from nothing, or taken from a folder."""

import colorsys
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import Image

from xmem_gui.arrays import Floats, Picture
from xmem_gui.errors import MediaError

_SIDE = 384
"""Side in pixels of a drawn object; it is drawn once and only made smaller."""


class Art(Protocol):
    """Where pictures come from; equal generators give equal pictures."""

    def backdrop(self, rng: np.random.Generator, height: int, width: int) -> Picture:
        """Return a surface (height, width, 3), RGB."""

    def thing(self, rng: np.random.Generator) -> Picture:
        """Return an object (h, w, 4), RGB and alpha, that touches all four sides of its picture."""


class DrawnArt:
    """Patches of noise and stripes in muted colours; rounded, shaded objects in bright ones."""

    def backdrop(self, rng: np.random.Generator, height: int, width: int) -> Picture:
        """Return a surface of about five materials."""
        return _surface(rng, height, width, materials=5, saturation=0.45).astype(np.uint8)

    def thing(self, rng: np.random.Generator) -> Picture:
        """Return a lumpy object of three materials, lit from above left."""
        ys, xs = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j].astype(np.float32)
        radius, angle = np.hypot(xs, ys), np.arctan2(ys, xs)
        edge = np.full_like(radius, 0.7)
        for waves in range(2, 6):
            edge += rng.normal(0, 0.09) * np.cos(waves * angle + rng.uniform(0, 2 * np.pi))
        edge = np.clip(edge, 0.3, 0.97)
        alpha = np.clip((edge - radius) * _SIDE / 2 + 0.5, 0, 1) * 255
        light = 1.05 - 0.25 * (xs + ys) - 0.35 * np.minimum(radius / edge, 1) ** 4
        colours = _surface(rng, _SIDE, _SIDE, materials=3, saturation=0.85) * light[..., None]
        return _cropped(np.dstack([np.clip(colours, 0, 255), alpha]).astype(np.uint8))


class FolderArt:
    """Photos ``backgrounds/*.jpg`` and objects with alpha ``cutouts/*.webp`` of a folder.

    Raises
    ------
    MediaError
        If the folder lacks either.
    """

    def __init__(self, root: Path) -> None:
        self._photos = sorted((root / "backgrounds").glob("*.jpg"))
        self._cutouts = sorted((root / "cutouts").glob("*.webp"))
        if not self._photos or not self._cutouts:
            raise MediaError(
                f"The folder '{root}' needs photos backgrounds/*.jpg and objects cutouts/*.webp."
            )

    def backdrop(self, rng: np.random.Generator, height: int, width: int) -> Picture:
        """Return the middle of a photo, as large as fits."""
        photo = _read(self._photos[int(rng.integers(len(self._photos)))], "RGB")
        side = min(photo.shape[0] / height, photo.shape[1] / width)
        rows, columns = int(height * side), int(width * side)
        top, left = (photo.shape[0] - rows) // 2, (photo.shape[1] - columns) // 2
        piece = photo[top : top + rows, left : left + columns]
        how = cv2.INTER_AREA if side > 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(piece, (width, height), interpolation=how), dtype=np.uint8)

    def thing(self, rng: np.random.Generator) -> Picture:
        """Return a cut-out."""
        return _cropped(_read(self._cutouts[int(rng.integers(len(self._cutouts)))], "RGBA"))


def _surface(
    rng: np.random.Generator, height: int, width: int, *, materials: int, saturation: float
) -> Floats:
    """Return patches of materials (H, W, 3), 0 to 255, each of two shades mixed by a pattern."""
    patches = np.stack([_noise(rng, height, width, cells=2) for _ in range(materials)]).argmax(axis=0)
    surface = np.empty((height, width, 3), np.float32)
    ramp = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    for material in range(materials):
        hue, depth = rng.uniform(), rng.uniform(0.35, 0.85)
        shades = [
            np.array(colorsys.hsv_to_rgb(hue + turn, saturation * rng.uniform(0.5, 1), value), np.float32)
            for turn, value in ((0, depth), (rng.uniform(-0.1, 0.1), depth * rng.uniform(0.4, 0.8)))
        ]
        pattern = _noise(rng, height, width, cells=int(rng.integers(6, 20)))
        if rng.random() < 0.4:
            pattern = np.sin(2 * np.pi * rng.uniform(6, 20) * ramp + pattern)
        share = (0.5 + 0.5 * np.tanh(1.5 * pattern))[..., None]
        here = patches == material
        surface[here] = (255 * (shades[0] + (shades[1] - shades[0]) * share))[here]
    return surface


def _noise(rng: np.random.Generator, height: int, width: int, *, cells: int) -> Floats:
    """Return smooth noise (H, W) around 0: `cells` lumps to the height, and finer and finer ones on them."""
    total = np.zeros((height, width), np.float32)
    for octave in range(4):
        rows = cells * 2**octave + 1
        grid = rng.standard_normal((rows, rows * width // height + 1)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.55**octave
    return total


def _cropped(picture: Picture) -> Picture:
    solid = picture[..., 3] >= 128
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _read(path: Path, mode: str) -> Picture:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert(mode))
    except OSError as error:
        raise MediaError(f"The picture '{path}' cannot be read; replace or remove it.") from error
