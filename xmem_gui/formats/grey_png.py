"""Grey PNGs of 8 and 16 bits, written so that masks take little time, and read with all their values."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from zlib_ng import zlib_ng

from xmem_gui.errors import FormatError
from xmem_gui.formats.reading import png_file_size
from xmem_gui.outputs import mark

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_UP = 2
"""The PNG filter under which each row is kept as the difference to the one above."""


def write_grey(path: Path, values: NDArray[np.uint8] | NDArray[np.uint16], kind: str) -> None:
    """Write (H, W) numbers as a grey PNG, which says what kind it is."""
    path.write_bytes(png_bytes(values, kind))


def png_bytes(values: NDArray[np.uint8] | NDArray[np.uint16], kind: str) -> bytes:
    """Return the bytes of a grey PNG of (H, W) numbers.

    Every row is kept as the difference to the one above: masks are nearly all zeros then, and an encoder
    that tries all filters takes several times as long.
    """
    rows = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder(">")).view(np.uint8)
    rows = rows.reshape(values.shape[0], -1)
    kept = _filtered(rows.shape)
    kept[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=kept[1:, 1:])
    return _png(kept, values.shape[1], 8 * values.dtype.itemsize, _GREY, kind)


def colour_png_bytes(numbers: NDArray[np.uint8] | NDArray[np.uint16], kind: str) -> bytes:
    """Return the bytes of an RGB PNG of (H, W) numbers: red has their lower byte, green the upper one."""
    height, width = numbers.shape
    kept = _filtered((height, 3 * width))
    for byte in range(numbers.dtype.itemsize):
        rows = (numbers >> 8 * byte).astype(np.uint8)
        kept[0, 1 + byte :: 3] = rows[0]
        kept[1:, 1 + byte :: 3] = rows[1:] - rows[:-1]
    return _png(kept, width, 8, _RGB, kind)


def _filtered(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return room for (H, bytes) rows of zeros, each behind the number of its filter."""
    kept = np.zeros((shape[0], shape[1] + 1), dtype=np.uint8)
    kept[:, 0] = _UP
    return kept


def _png(kept: NDArray[np.uint8], width: int, bits: int, colours: int, kind: str) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(kept), bits, colours, 0, 0, 0)
    note = b"Software\0" + mark(kind).encode("ascii")
    # Runs are nearly all that there is to find in differences: as quick, and a third of the size.
    packer = zlib_ng.compressobj(1, zlib_ng.DEFLATED, 15, 9, zlib_ng.Z_RLE)
    pixels = packer.compress(kept.data) + packer.flush()
    chunks = ((b"IHDR", header), (b"tEXt", note), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def is_wide(path: Path) -> bool:
    """Tell whether a file is a grey PNG of 16 bits, by its header."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(26)
    return head[:8] == _SIGNATURE and head[24:26] == bytes((16, _GREY))


def read_wide(path: Path) -> NDArray[np.uint16]:
    """Return the (H, W) values of a grey PNG of 16 bits.

    Raises
    ------
    FormatError
        If it is another picture.
    """
    height, width = png_file_size(path)
    if not is_wide(path):
        raise FormatError("it is not a grey PNG of 16 bits")
    with Image.open(path, formats=("PNG",)) as image:
        values = np.asarray(image)
    if values.shape != (height, width):
        raise FormatError("it is not a grey PNG of 16 bits")
    return values.astype(np.uint16)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib_ng.crc32(name + data))
