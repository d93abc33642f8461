"""Reading files nobody vouches for.

Sizes are checked before allocation, and every failure is one plain sentence.
"""

import contextlib
import gc
import json
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xmem_gui.errors import FormatError, XmemGuiError
from xmem_gui.formats.text_files import decoded

_log = logging.getLogger(__name__)

MAX_TEXT_BYTES = 256 * 2**20
"""JSON and XML files above this are refused.

A parsed JSON file takes up to 30 times its size in memory.
"""
MAX_FILES = 1_000_000
"""Folders with more files are refused."""
_PNG = b"\x89PNG\r\n\x1a\n"


@contextlib.contextmanager
def guarded(path: Path, title: str) -> Iterator[None]:
    """Turn whatever goes wrong in reading a file into a `FormatError`; our own errors pass as they are."""
    try:
        yield
    except XmemGuiError:
        raise
    except FileNotFoundError as error:
        raise FormatError(f"There is no file or folder '{error.filename or path}'.") from error
    except OSError as error:
        raise FormatError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    except MemoryError as error:
        raise FormatError(f"'{path}' needs more memory than there is; split it.") from error
    except (
        Exception
    ) as error:  # a parser met bytes it was not made for: that is the file's fault, whatever it is called
        _log.debug("%s failed to read %s", title, path, exc_info=True)
        detail = str(error).strip().splitlines()
        said = f" ({detail[0][:200]})" if detail else ""
        raise FormatError(f"'{path}' cannot be read as {title}; it may be damaged{said}.") from error


def read_bytes(path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Return a file's bytes; refuse what is not a plain file or is above `limit` bytes."""
    if not path.exists():
        raise FormatError(f"There is no file '{path}'.")
    if not path.is_file():
        raise FormatError(f"'{path}' is not a file.")
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise FormatError(f"'{path}' is above {limit // 2**20} MiB, the most that is read; split it.")
    return data


def read_text(path: Path, limit: int = MAX_TEXT_BYTES) -> str:
    """Return a text file's text.

    Raises
    ------
    FormatError
        If it is no text, or above `limit` bytes.
    """
    try:
        return decoded(read_bytes(path, limit))
    except UnicodeDecodeError as error:
        raise FormatError(f"'{path}' is not a text file in UTF-8.") from error


def read_json(path: Path, limit: int = MAX_TEXT_BYTES) -> Any:
    """Return a JSON file's value.

    NaN and infinity are read as Python writes them, though JSON has neither: tools put them where nobody
    looks, such as in an area, and whoever takes a number checks it.
    """
    source = read_bytes(path, limit)
    collecting = gc.isenabled()
    # Millions of new lists, none of them garbage, would be gone through again and again: ten times the time.
    gc.disable()
    try:
        return json.loads(decoded(source))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"'{path}' is not valid JSON ({str(error)[:120]}).") from error
    finally:
        if collecting:
            gc.enable()


def png_size(data: bytes) -> tuple[int, int] | None:
    """Return (height, width) that the header of a PNG states, or None if it is no PNG."""
    if len(data) < 24 or data[:8] != _PNG or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return (height, width)


def png_file_size(path: Path) -> tuple[int, int]:
    """Return (height, width) that the header of a mask file states.

    Refused is what is no PNG, or too many bytes for its size.
    """
    if not path.is_file():
        raise FormatError("it is not a file")
    with path.open("rb") as file:
        found = png_size(file.read(24))
    if found is None:
        raise FormatError("it is not a PNG file")
    if path.stat().st_size > 16 * found[0] * found[1] + 2**22:
        raise FormatError("it is larger than any mask of its size, and may be damaged")
    return found


def whole_number(value: object, what: str, low: int = 0, high: int = 2**31 - 1) -> int:
    """Return a JSON number that must be whole and in a range (a float such as 3.0 counts)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise FormatError(f"{what} is not a whole number.")
    if not low <= value <= high:
        raise FormatError(f"{what} is {value}, not in {low} to {high}.")
    return int(value)


def member_of(value: object, key: str, kind: type | tuple[type, ...], what: str) -> Any:
    """Return a member of a JSON object, which must exist and be of a kind."""
    if not isinstance(value, dict) or not isinstance(value.get(key), kind):
        raise FormatError(f"{what} has no proper '{key}'.")
    return value[key]


def one_line(value: object, limit: int = 200) -> str:
    """Return a name from a file as one printable line of at most `limit` characters."""
    return "".join(c if c.isprintable() else " " for c in str(value)[:limit]).strip()
