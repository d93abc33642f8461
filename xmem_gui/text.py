"""Text from outside - names, paths, what files say - as text that can be shown anywhere."""

from __future__ import annotations

import unicodedata

_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but scripts and emoji are written with them."""


def printable(text: str, *, keep: str = "") -> str:
    r"""Return a text in which whatever does not show as itself is escaped, as ``\x1b`` or ``\u202e``.

    That is control characters (a terminal obeys them), marks that turn the direction of writing around (a
    name reads as another), line breaks, and bytes of a file name that are no text.

    Parameters
    ----------
    text
        Text from a file, a name or a plugin, which may hold any characters.
    keep
        Characters to leave as they are, such as line breaks of our own.
    """
    if text.isprintable():
        return text
    return "".join(one if _shows(one) or one in keep else ascii(one)[1:-1] for one in text)


def _shows(letter: str) -> bool:
    return letter.isprintable() or letter in _JOINERS or unicodedata.category(letter) == "Zs"


def short(text: str, limit: int = 120) -> str:
    """Return a printable text on one line, of at most ``limit`` characters; what is cut out is the middle."""
    line = printable(text)
    if len(line) <= limit:
        return line
    behind = limit // 3
    return f"{line[: limit - behind - 1]}…{line[len(line) - behind :]}"


def counted(count: int, noun: str) -> str:
    """Return a number with a regular English noun: "1 mask", "3,000 masks"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
