"""Label Studio's run lengths of a brush: bits, whose values are the four channels of each pixel, row by row.

Stated are the number of values (32 bits), the bits of a value less one (5), and four lengths less one (4
each). Then, until all values are there: a bit that says whether one value is repeated or all are given, two
bits that choose a length, a count less one of that length, and the one value or all of them.
"""

import numpy as np

from xmem_gui.arrays import Mask
from xmem_gui.errors import FormatError
from xmem_gui.formats.rle import row_runs

_LENGTHS = (3, 4, 8, 16)
_LONGEST = 1 << _LENGTHS[-1]
_CHANNELS = 4
_HALF = 128


def pack_brush(mask: Mask) -> list[int]:
    """Return the bytes of an (H, W) mask, each channel 255 inside and 0 outside."""
    parts = [f"{mask.size * _CHANNELS:032b}{7:05b}", *(f"{length - 1:04b}" for length in _LENGTHS)]
    for place, run in enumerate(row_runs(mask)):
        value = "1" * 8 if place % 2 else "0" * 8
        left = run * _CHANNELS
        while left:
            count = min(left, _LONGEST) - 1
            left -= count + 1
            which = next(n for n, length in enumerate(_LENGTHS) if count < 1 << length)
            parts.append(f"1{which:02b}{count:0{_LENGTHS[which]}b}{value}")
    bits = "".join(parts)
    bits += "0" * (-len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def unpack_brush(values: object, height: int, width: int) -> Mask:
    """Return the (height, width) mask of what `pack_brush` returns: what is half opaque or more.

    Raises
    ------
    FormatError
        If these are no such bytes, or not of this size.
    """
    total = height * width * _CHANNELS
    if not isinstance(values, list) or len(values) > 2 * total + 64:
        raise FormatError("it has no proper run lengths")
    if not all(type(value) is int and 0 <= value < 256 for value in values):
        raise FormatError("its run lengths are not bytes")
    bits = np.unpackbits(np.array(values, dtype=np.uint8))
    text = (bits + np.uint8(48)).tobytes().decode("ascii")
    try:
        stated, size, lengths, at = _head(text)
        if stated != total:
            raise FormatError(f"it has {stated} values, and its picture {total}")
        found = np.zeros(total, dtype=np.uint8 if size <= 8 else np.int64)
        done = 0
        while done < total:
            repeated, length = text[at] == "1", lengths[int(text[at + 1 : at + 3], 2)]
            at += 3
            count = int(text[at : at + length], 2) + 1
            at += length
            end = done + count
            taken = size if repeated else size * count
            if end > total or at + taken > len(text):
                raise FormatError("its run lengths are cut off, or too long")
            if repeated:
                found[done:end] = int(text[at : at + taken], 2)
            else:
                weights = 1 << np.arange(size - 1, -1, -1, dtype=np.int64)
                found[done:end] = bits[at : at + taken].reshape(count, size) @ weights
            at += taken
            done = end
    except (ValueError, IndexError) as error:
        raise FormatError("its run lengths are cut off") from error
    inside: Mask = found[_CHANNELS - 1 :: _CHANNELS].reshape(height, width) >= _HALF
    return inside


def _head(text: str) -> tuple[int, int, list[int], int]:
    """Return the number of values, the bits of one, the four lengths, and where the runs begin."""
    stated, size = int(text[:32], 2), int(text[32:37], 2) + 1
    lengths = [int(text[at : at + 4], 2) + 1 for at in range(37, 53, 4)]
    return stated, size, lengths, 53
