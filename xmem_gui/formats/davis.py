"""Index masks as DAVIS keeps them: palette PNGs whose values are object numbers, 0 the background."""

import logging
import os
import re
import struct
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from xmem_gui.arrays import Mask
from xmem_gui.errors import MaskError, OutputError
from xmem_gui.files import replacing
from xmem_gui.formats.palette import DAVIS_PALETTE, names_white_as_255, numbers_from_colours
from xmem_gui.formats.reading import png_size
from xmem_gui.formats.unexpected import give_to_nearest, unexpected_values
from xmem_gui.outputs import mark
from xmem_gui.project.rle import MAX_PIXELS

__all__ = ["DAVIS_PALETTE", "list_masks", "objects_in", "read_index_mask", "write_index_mask"]

_log = logging.getLogger(__name__)
INDEX_MASK = "index-mask"
"""What files written by `write_index_mask` say that they are."""
_LISTED = 12
_RUN = "Run"
_FRAME = "Frame"
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS, _LONGEST_NOTE = 64, 2**16
_COMPRESSION = 3
"""Masks are flat: up to 3 zlib is equally quick (2 ms for 480p, 1 to 8 kB); 6 takes three times as long."""


def read_index_mask(
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] | None = None,
    objects: Collection[int] | None = None,
    repair: bool = False,
) -> NDArray[np.uint8]:
    """Read an index mask, refusing values that name no object.

    Palette and grey pictures give their stored values; one-bit pictures 0 and 1; colour pictures the numbers
    of the DAVIS palette if every colour is in it, else their level if they are exactly grey. A picture whose
    only values are 0 and 255 is a binary mask: 255 is read as object 1, as in DAVIS 2016. (Two exceptions
    keep the number 255 usable: a palette that does not show 255 as white, as the DAVIS palette, and `objects`
    that name 255 or not 1.)

    Parameters
    ----------
    path
        Picture file; PNG in the formats this program writes.
    size
        (height, width) in pixels that the mask must have.
    objects
        Numbers that may occur; other values are unexpected. Without it, values are unexpected by the rules of
        `xmem_gui.formats.unexpected.unexpected_values`. ``range(1, 256)`` takes every value as it is.
    repair
        Give each pixel of an unexpected value the number (or background) of the nearest pixel that has an
        expected one, instead of refusing the file.

    Returns
    -------
    numpy.ndarray
        (H, W) uint8, object numbers, 0 the background.

    Raises
    ------
    MaskError
        If the file cannot be read as an index mask, has another size, or holds unexpected values: the message
        lists them with the pixels each has.
    """
    path = Path(path)
    mask, white_is_255 = _stored_values(path, size)
    binary_fits = white_is_255 if objects is None else 1 in objects and 255 not in objects
    allowed = {255} if objects is not None and binary_fits and _is_binary(mask, objects) else objects
    found = unexpected_values(mask, allowed)
    if found:
        if not repair:
            raise MaskError(_describe(path, found))
        if sum(found.values()) == mask.size:
            raise MaskError(f"The mask '{path}' cannot be repaired: no pixel has an expected value.")
        mask = give_to_nearest(mask, found)
        _log.info("repaired %d pixels of %d unexpected values in %s", sum(found.values()), len(found), path)
    if binary_fits and _only_0_and_255(mask):
        mask = (mask == 255).astype(np.uint8)
    return mask


def write_index_mask(
    path: str | os.PathLike[str],
    mask: NDArray[np.integer] | Mask,
    *,
    palette: bytes = DAVIS_PALETTE,
    run: str = "",
    frame: tuple[int, int] | None = None,
) -> None:
    """Write an index mask as a palette PNG, whole or not at all (a temporary file replaces `path`).

    Parameters
    ----------
    path
        File to write; its folder must exist.
    mask
        (H, W) integers from 0 to 255, or booleans (True is object 1).
    palette
        768 bytes, RGB for the values 0 to 255; kept in the file to the byte.
    run
        A digest of the run that made it, kept in the file too (`run_of`).
    frame
        The frame that it is of, and how many the video has, kept in the file too (`frame_of`).

    Raises
    ------
    MaskError
        If the mask is not two-dimensional or holds a number that eight bits cannot.
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    if mask.ndim != 2 or 0 in mask.shape:
        raise MaskError(
            f"The mask for '{path}' must be two-dimensional and not empty, but its shape is {mask.shape}."
        )
    if len(palette) != 768:
        raise ValueError(f"a palette has 768 bytes, not {len(palette)}")
    if mask.dtype != np.uint8:
        low, high = int(mask.min()), int(mask.max())
        if low < 0 or high > 255:
            raise MaskError(
                f"The mask for '{path}' holds the object number {high if high > 255 else low}, but a palette "
                "PNG numbers objects from 1 to 255; export 16-bit masks or one mask per object instead."
            )
        mask = mask.astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(mask))
    image.putpalette(palette)
    notes = PngInfo()
    notes.add_text("Software", mark(INDEX_MASK))
    if run:
        notes.add_text(_RUN, run)
    if frame is not None:
        notes.add_text(_FRAME, f"{frame[0]} of {frame[1]}")
    try:
        with replacing(path, sync=False) as temporary:
            image.save(temporary, format="PNG", compress_level=_COMPRESSION, pnginfo=notes)
    except OSError as error:
        raise OutputError(f"The mask '{path}' cannot be written: {error.strerror or error}.") from error


def run_of(path: Path) -> str:
    """Return the digest of the run that made a mask, or nothing; only the head of the file is read."""
    return _note(path, _RUN)


def frame_of(path: Path) -> tuple[int, int] | None:
    """Return the frame that a mask says it is of, and how many the video has, or None."""
    frame, of, count = _note(path, _FRAME)[:30].partition(" of ")
    if not (of and frame.isascii() and frame.isdigit() and count.isascii() and count.isdigit()):
        return None
    return (int(frame), int(count)) if int(frame) < int(count) else None


def _note(path: Path, key: str) -> str:
    """Return a text that a PNG keeps before its pixels, or nothing; the pixels are not looked at."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            if file.read(8) != _PNG:
                return ""
            for _ in range(_MOST_CHUNKS):
                length, kind = struct.unpack(">I4s", file.read(8))
                if kind == b"IDAT" or length > _LONGEST_NOTE:
                    break
                name, _, text = file.read(length + 4)[:-4].partition(b"\0")
                if kind == b"tEXt" and name == key.encode("ascii"):
                    return text.decode("latin-1")
    except (OSError, struct.error):
        pass
    return ""


def list_masks(folder: str | os.PathLike[str]) -> dict[str, Path]:
    """Return the PNG files of a folder by their name without the ending, in natural order.

    Raises
    ------
    MaskError
        If the folder does not exist, or two files differ only in the case of their ending.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MaskError(f"There is no folder of masks at '{folder}'.")
    files = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ".png" and not path.name.startswith(".") and path.is_file()
    ]
    masks: dict[str, Path] = {}
    for path in sorted(files, key=lambda file: (_natural(file.stem), file.name)):
        if path.stem in masks:
            raise MaskError(
                f"The folder '{folder}' has two masks named '{path.stem}': keep '{path.name}' or "
                f"'{masks[path.stem].name}'."
            )
        masks[path.stem] = path
    return masks


def objects_in(mask: NDArray[np.integer]) -> list[int]:
    """Return the object numbers that occur in an index mask, ascending, without the background."""
    if mask.dtype in (np.uint8, np.uint16):
        return [int(value) for value in np.flatnonzero(np.bincount(mask.ravel(), minlength=1)) if value != 0]
    return [int(value) for value in np.unique(mask) if value != 0]


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key under which frame2 comes before frame10."""
    return [(int(part), part) if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name)]


def _only_0_and_255(mask: NDArray[np.uint8]) -> bool:
    return objects_in(mask) == [255]


def _is_binary(mask: NDArray[np.uint8], objects: Collection[int]) -> bool:
    """Tell whether 255 stands for the one object: next to it the numbers that may occur hardly do."""
    counts = np.bincount(mask.ravel(), minlength=256)
    return 20 * sum(int(counts[value]) for value in objects if 0 < value < 256) < int(counts[255])


def _describe(path: Path, found: dict[int, int]) -> str:
    listed = [
        f"{value} ({count} pixel{'s' if count > 1 else ''})" for value, count in list(found.items())[:_LISTED]
    ]
    if len(found) > _LISTED:
        listed.append(f"and {len(found) - _LISTED} more values")
    return (
        f"The mask '{path}' holds values that name no object: {', '.join(listed)}. These are often "
        "blended edges: save the mask without smoothing, or have it repaired (--repair-masks)."
    )


def _stored_values(path: Path, size: tuple[int, int] | None) -> tuple[NDArray[np.uint8], bool]:
    """Return the (H, W) uint8 values of a picture, and whether it shows the value 255 as white.

    The size stands in the picture's header, and is checked before its pixels are unpacked.
    """
    if path.exists() and not path.is_file():
        raise MaskError(f"'{path}' is not a file.")
    try:
        with path.open("rb") as file:
            stated = png_size(file.read(24))
        if stated is not None:
            _check_size(path, stated, size)
        with Image.open(path) as image:
            _check_size(path, (image.height, image.width), size)
            image.load()
            return _values_of(image, path)
    except FileNotFoundError as error:
        raise MaskError(f"There is no mask at '{path}'.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MaskError(f"The mask '{path}' is larger than any mask can be.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error) as error:
        raise MaskError(f"The mask '{path}' cannot be read as a picture; it may be damaged.") from error


def _check_size(path: Path, found: tuple[int, int], size: tuple[int, int] | None) -> None:
    if size is not None and found != tuple(size):
        raise MaskError(
            f"The mask '{path}' is {found[1]} x {found[0]} pixels, but its frame is "
            f"{size[1]} x {size[0]}; masks must have the size of the video."
        )
    if found[0] * found[1] > MAX_PIXELS:
        raise MaskError(f"The mask '{path}' is {found[1]} x {found[0]} pixels, more than any mask has.")


def _values_of(image: Image.Image, path: Path) -> tuple[NDArray[np.uint8], bool]:
    mode = image.mode
    if mode in ("LA", "PA", "RGBA"):
        if image.getchannel("A").getextrema() != (255, 255):
            raise MaskError(f"The mask '{path}' has transparent parts; save it as a palette or grey PNG.")
        if mode == "PA":
            raise MaskError(
                f"The mask '{path}' has a palette and an alpha channel; save it as a palette PNG."
            )
        image = image.convert("L" if mode == "LA" else "RGB")
        mode = image.mode
    if mode == "1":
        return np.asarray(image).astype(np.uint8), False
    if mode == "P":
        return np.array(image, dtype=np.uint8), names_white_as_255(image.getpalette())
    if mode == "L":
        return np.array(image, dtype=np.uint8) // _grey_step(path), True
    if mode.startswith("I"):
        wide = np.asarray(image)
        if int(wide.max()) > 255 or int(wide.min()) < 0:
            raise MaskError(f"The 16-bit mask '{path}' holds numbers above 255; masks of 8 bits can be read.")
        return wide.astype(np.uint8), True
    if mode == "RGB":
        numbers = numbers_from_colours(np.asarray(image))
        if numbers is not None:
            return numbers, True
        raise MaskError(
            f"The mask '{path}' is a colour picture whose colours are not those of the DAVIS palette; "
            "save it as a palette or grey PNG of object numbers."
        )
    raise MaskError(f"The mask '{path}' is a picture of mode {mode}; save it as a palette or grey PNG.")


def _grey_step(path: Path) -> int:
    """Return the factor by which 2- and 4-bit grey values were spread over 0 to 255 when read."""
    with path.open("rb") as file:
        head = file.read(26)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or len(head) < 26 or head[25] != 0:
        return 1
    return {2: 85, 4: 17}.get(head[24], 1)
