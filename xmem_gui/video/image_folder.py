"""A folder of numbered images as a source of frames."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from xmem_gui.errors import MediaError
from xmem_gui.video.source import FrameSource, RgbImage, freeze

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
_DEFAULT_RATE = 24.0
_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})


class ImageFolder(FrameSource):
    """The images of a folder in natural order (``2.png`` before ``10.png``), each one frame.

    Parameters
    ----------
    path : Path or str
        The folder. Files that are hidden or have no image suffix are ignored; suffixes may be upper case.
    rate : float
        Frames a second; images carry no times.

    Raises
    ------
    MediaError
        The folder is missing, holds no image, or its first image cannot be read.

    Notes
    -----
    Grey, palette, 16-bit and transparent images become 8-bit RGB: 16-bit values keep their upper byte, and
    transparency is dropped. EXIF orientation is applied. All images must have the first one's size.
    """

    def __init__(self, path: Path | str, *, rate: float = _DEFAULT_RATE) -> None:
        path = Path(path)
        if not path.is_dir():
            raise MediaError(f"{path} is not a folder: give a folder of images or a video file.")
        if not (np.isfinite(rate) and rate > 0):
            raise MediaError(f"{rate} is not a frame rate: give a number above 0.")
        self._files = list_images(path)
        if not self._files:
            kinds = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
            raise MediaError(f"{path} holds no images: a folder of {kinds} files is needed.")
        height, width = read_rgb(self._files[0]).shape[:2]
        self._closed = False
        super().__init__(
            path=path,
            name=path.resolve().name,
            size=(width, height),
            rate=float(rate),
            timestamps=np.arange(len(self._files)) / rate,
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """The image file of each frame."""
        return tuple(self._files)

    def frame(self, index: int) -> RgbImage:
        """Return frame ``index`` as (H, W, 3) uint8 RGB, contiguous, read-only.

        Raises
        ------
        MediaError
            There is no such frame, its image cannot be read or has another size, or the source is closed.
        """
        file = self._files[self.check_index(index)]
        if self._closed:
            raise MediaError(f"{self.path.name} is closed: open it again to read frames.")
        image = read_rgb(file)
        if image.shape != (self.height, self.width, 3):
            raise MediaError(
                f"{file.name} is {image.shape[1]}x{image.shape[0]} pixels, but {self._files[0].name} is "
                f"{self.width}x{self.height}: all images of a folder must have one size."
            )
        return freeze(image)

    @property
    def named(self) -> bool:
        """True: a frame's name is its file's."""
        return True

    def frame_name(self, index: int) -> str:
        """Return the image's file name without its suffix."""
        return self._files[self.check_index(index)].stem

    def close(self) -> None:
        """Refuse further frames."""
        self._closed = True


def list_images(folder: Path) -> list[Path]:
    """Return the image files of a folder in natural order, without hidden ones."""
    files = (f for f in folder.iterdir() if f.suffix.lower() in IMAGE_SUFFIXES and not f.name.startswith("."))
    return sorted((f for f in files if f.is_file()), key=natural_key)


def natural_key(path: Path) -> tuple[tuple[tuple[bool, int, str], ...], str]:
    """Return a sort key under which numbers in names compare by value and come before letters."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name)
    return tuple((not p.isdecimal(), int(p) if p.isdecimal() else 0, p.lower()) for p in parts), path.name


def read_rgb(path: Path) -> npt.NDArray[np.uint8]:
    """Read one image as (H, W, 3) uint8 RGB, upright.

    Raises
    ------
    MediaError
        The file is missing, damaged or not an image.
    """
    try:
        with Image.open(path) as stored:
            # In place, and no conversion of what is RGB: each would copy the pixels once more.
            ImageOps.exif_transpose(stored, in_place=True)
            return _to_rgb(stored)
    except FileNotFoundError as error:
        raise MediaError(f"{path} does not exist: it was moved or deleted.") from error
    except Image.DecompressionBombError as error:
        raise MediaError(f"{path.name} is too large to open: shrink the images first.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise MediaError(
            f"{path.name} cannot be read as an image: it is damaged or of another kind."
        ) from error


def _to_rgb(image: Image.Image) -> npt.NDArray[np.uint8]:
    if image.mode in _DEEP_MODES:
        grey = _deep_grey_to_bytes(np.asarray(image))
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in ("P", "PA", "LA") or "transparency" in image.info:
        # By way of RGBA, or Pillow warns about palettes with transparent entries.
        image = image.convert("RGBA")
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _deep_grey_to_bytes(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Bring 16-bit grey to its upper byte; floats from 0..1 (or 0..255) to 0..255."""
    numbers = np.nan_to_num(values.astype(np.float64))
    if values.dtype.kind == "f":
        numbers = numbers * (255.0 if numbers.max(initial=0.0) <= 1.0 else 1.0)
    else:
        numbers = np.floor(numbers / 256.0)
    return np.clip(np.round(numbers), 0, 255).astype(np.uint8)
