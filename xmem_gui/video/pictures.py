"""Reading one picture of a file: its values as stored, and what its header says of it."""

from __future__ import annotations

import contextlib
import errno
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from xmem_gui.errors import MediaError
from xmem_gui.video.display_range import DisplayRange, StoredValues, automatic_range, is_deep

logger = logging.getLogger(__name__)

TIFF_SUFFIXES = frozenset({".tif", ".tiff"})
_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
_ORIENTATION = 0x0112
_TURNED = range(5, 9)
_WIDTH, _HEIGHT, _PLANAR, _SEPARATE = 256, 257, 284, 2
_BITS_PER_SAMPLE, _STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES = 258, 273, 279, 324, 325
_NOT_THE_PICTURE = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EINTR}
)
"""What can go wrong without anything being wrong with the picture."""
_TAIL = 64


class PictureError(MediaError):
    """A picture cannot be used; another may stand in for it.

    Parameters
    ----------
    name : str
        The picture's name.
    fault : str
        What is wrong with it, as the end of a sentence.
    fault_of_many : str
        The same, of several pictures.
    remedy : str
        What to do about it.
    """

    def __init__(self, name: str, fault: str, fault_of_many: str, remedy: str = "") -> None:
        super().__init__(f"{name} {fault}{': ' + remedy if remedy else ''}.")
        self.name, self.fault, self.fault_of_many = name, fault, fault_of_many


@dataclass(frozen=True)
class Header:
    """What a picture's header says.

    Attributes
    ----------
    size : tuple of int
        (width, height), upright.
    deep : bool
        It has more than 8 bits a value.
    doubtful : bool
        It may be cut off, or its size is not certain: only decoding tells.
    """

    size: tuple[int, int]
    deep: bool
    doubtful: bool


def read_values(path: Path) -> StoredValues:
    """Read one picture, upright, as stored: (H, W, 3) uint8, or deep as (H, W) or (H, W, 3).

    Palettes, transparency, grey of 8 bits and other colour spaces become RGB.

    Raises
    ------
    PictureError
        The file is missing, empty, damaged, too large or not an image, or may not be read.
    MediaError
        It cannot be read just now, whatever is in it.
    """
    with plainly(path):
        try:
            with Image.open(path) as stored:
                return values_of(stored, path)
        except UnidentifiedImageError:
            if path.suffix.lower() not in TIFF_SUFFIXES:
                raise
            return by_opencv(path, 0)


def values_of(image: Image.Image, path: Path, page: int = 0) -> StoredValues:
    """Return what `read_values` gives, of an open image that stands at a page of a file."""
    if _is_deep_colour(image):
        if getattr(image, "tag_v2", {}).get(_PLANAR) == _SEPARATE:
            # Neither Pillow nor OpenCV gives the right values.
            raise PictureError(
                path.name, "keeps its colours apart with more than 8 bits, which cannot be read",
                "keep their colours apart with more than 8 bits, which cannot be read",
                "save it with interleaved colours",
            )  # fmt: skip
        return _turned(by_opencv(path, page), _orientation(image))
    _turn_upright(image)
    if image.mode in _DEEP_MODES:
        return np.array(image)
    if image.mode in ("P", "PA", "LA") or "transparency" in image.info:
        # By way of RGBA, or Pillow warns about palettes with transparent entries.
        image = image.convert("RGBA")
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def to_rgb(values: StoredValues, shown: DisplayRange | None) -> npt.NDArray[np.uint8]:
    """Return (H, W, 3) uint8 of what `read_values` gave; deep values by a range."""
    if is_deep(values):
        values = (shown or automatic_range([values])).apply(values)
    if values.ndim == 2:
        values = np.repeat(values[:, :, None], 3, axis=2)
    return values.astype(np.uint8, copy=False)


def look_at(path: Path) -> Header:
    """Read a picture's header, which is quick.

    Raises
    ------
    PictureError, MediaError
        As `read_values` raises it, where the header tells.
    """
    with plainly(path):
        try:
            with Image.open(path) as stored:
                deep = stored.mode in _DEEP_MODES or _is_deep_colour(stored)
                return Header(_upright_size(stored), deep, not _ends_well(path, stored))
        except UnidentifiedImageError:
            if path.suffix.lower() not in TIFF_SUFFIXES:
                raise
            values = by_opencv(path, 0)
            return Header((values.shape[1], values.shape[0]), is_deep(values), doubtful=False)


@contextlib.contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turn what reading a picture raises into errors for people."""
    damaged = PictureError(
        path.name, "cannot be read as an image: it is damaged or of another kind",
        "cannot be read as images: they are damaged or of another kind",
    )  # fmt: skip
    try:
        if path.exists() and not path.is_file():
            # It would be waited for.
            raise PictureError(path.name, "is no file that can be read", "are no files that can be read")
        yield
    except PictureError:
        raise
    except FileNotFoundError as error:
        raise PictureError(
            path.name, "does not exist: it was moved or deleted", "do not exist: they were moved or deleted"
        ) from error
    except PermissionError as error:
        raise PictureError(
            path.name, "may not be read: check its permissions", "may not be read: check their permissions"
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            path.name, "is too large to open", "are too large to open", "shrink the images first"
        ) from error
    except OSError as error:
        if error.errno in _NOT_THE_PICTURE:
            raise MediaError(f"{path.name} cannot be read now ({error.strerror}): try again.") from error
        raise _empty(path) or damaged from error
    except MemoryError as error:
        raise MediaError(f"There is not enough memory to read {path.name}.") from error
    except Exception as error:
        # Pillow's readers raise whatever a spoilt file leads them to: ValueError, SyntaxError, struct.error.
        raise _empty(path) or damaged from error


def _empty(path: Path) -> PictureError | None:
    try:
        empty = path.stat().st_size == 0
    except OSError:
        empty = False
    return PictureError(path.name, "is empty (0 bytes)", "are empty (0 bytes)") if empty else None


def _is_deep_colour(image: Image.Image) -> bool:
    """Whether Pillow would cut a picture of several channels down to 8 bits."""
    if image.mode in _DEEP_MODES:
        return False
    bits = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, ())
    if isinstance(bits, tuple) and len(bits) > 1 and max(bits) > 8:
        return True
    return any(";16" in str(part) for tile in getattr(image, "tile", ()) for part in tile)


def by_opencv(path: Path, page: int) -> StoredValues:
    """Read a page as OpenCV does, which knows TIFFs that Pillow does not: floats of colour or of 64 bits."""
    if page:
        _, found = cv2.imreadmulti(str(path), start=page, count=1, flags=cv2.IMREAD_UNCHANGED)
        image: Any = found[0] if found else None
    else:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise UnidentifiedImageError(path.name)
    if image.ndim == 3:
        image = image[..., 2::-1] if image.shape[2] >= 3 else image[..., 0]
    return np.ascontiguousarray(image)


def _turn_upright(image: Image.Image) -> None:
    # In place, and no conversion of what is RGB: each would copy the pixels once more.
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except OSError:
        raise
    except Exception as error:  # metadata can be spoilt in any way; the picture is there without
        logger.info("the metadata of a picture cannot be read: %s", error)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except OSError:
        raise
    except Exception:  # as above
        return 1


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Return (width, height) as turned by the EXIF orientation, without decoding."""
    # A PNG may have it after its pixels. A TIFF's size is turned in Pillow already, but only in newer ones.
    if image.format == "PNG" and "exif" not in image.info:
        return image.size
    tags: Any = getattr(image, "tag_v2", {})
    width, height = (tags.get(_WIDTH, image.width), tags.get(_HEIGHT, image.height))
    return (height, width) if _orientation(image) in _TURNED else (width, height)


def _turned(values: StoredValues, orientation: int) -> StoredValues:
    """Turn a picture upright (EXIF 2.32, Orientation)."""
    if orientation in _TURNED:
        values = values.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return np.ascontiguousarray(values)


def _ends_well(path: Path, image: Image.Image) -> bool:
    """Whether a file reaches as far as its kind says, so that it is worth no closer look."""
    size = path.stat().st_size
    if image.format == "TIFF":
        tags: Any = getattr(image, "tag_v2", {})
        for offsets, lengths in ((_STRIP_OFFSETS, _STRIP_BYTES), (_TILE_OFFSETS, _TILE_BYTES)):
            if offsets in tags and lengths in tags:
                return all(a + b <= size for a, b in zip(tags[offsets], tags[lengths], strict=False))
        return False
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    if image.format == "PNG":
        return tail[-12:-4] == b"\0\0\0\0IEND"
    if image.format == "JPEG":
        return b"\xff\xd9" in tail
    if image.format == "WEBP":
        return int.from_bytes(head[4:8], "little") + 8 <= size
    if image.format == "BMP":
        return int.from_bytes(head[2:6], "little") <= size
    return False
