"""Text files as people's editors save them: with a byte-order mark, or in two bytes a letter."""

import codecs
import re
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes) -> str:
    """Return the text of bytes: in the coding that a byte-order mark tells, else UTF-8.

    Raises
    ------
    UnicodeDecodeError
        If they are no text.
    """
    for mark, coding in _MARKS:
        if data.startswith(mark):
            return data.decode(coding)
    return data.decode("utf-8")


def head(path: Path, size: int = 4096) -> str:
    """Return about the first `size` bytes of a file as text; what is no text becomes a mark."""
    with path.open("rb") as file:
        data = file.read(size)
    for mark, coding in _MARKS:
        if data.startswith(mark):
            return data.decode(coding, "replace")
    return data.decode("utf-8", "replace")


def has_members(text: str, *names: str) -> bool:
    """Tell whether a JSON text has members of these names somewhere; a text in it that reads so is none."""
    return all(re.search(rf'(?<!\\)"{name}"\s*:', text) for name in names)
