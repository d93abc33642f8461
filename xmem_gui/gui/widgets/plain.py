"""Text from outside in the window: shown as it stands, whatever it holds, however long it is.

Qt takes text with tags for a page, ``&`` for a shortcut, and makes room for the longest word. Every label is
a `Label`; menus, titles, rows, tooltips and messages take their text by way of the functions.
"""

from __future__ import annotations

import html
import re
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QWidget

from xmem_gui.text import printable, short

_LONG_WORD = re.compile(r"[^\s/\\]{100,}")
_LONGEST = 4000
"""Letters of a label; more is not read but fills the screen."""
_ROW = 80
_LINE = 160


def plain_line(text: str) -> str:
    """Return a text of one or more lines: printable, and with no word that is wider than a window."""
    lines = printable(text[: 2 * _LONGEST], keep="\n")[:_LONGEST]
    return _LONG_WORD.sub(lambda word: short(word[0], 99), lines)


def translated(text: str) -> str:
    """Return what the table of settings says - a label, a sentence, a unit - in the window's language."""
    return QCoreApplication.translate("settings", text)


def row_text(text: str) -> str:
    """Return a name for a row, a menu or a title: one line, not too long."""
    return short(text, _ROW)


def menu_text(text: str) -> str:
    """Return a name as the text of an action or a button, in which ``&`` would underline a letter."""
    return row_text(text).replace("&", "&&")


def title(text: str) -> str:
    """Return a name as part of a window's title, where ``[*]`` would stand for changes not saved."""
    return row_text(text).replace("[*]", "[*][*]")


def tip(text: str) -> str:
    """Return the text of a tooltip or a message box, of which Qt guesses whether it is a page."""
    plain = plain_line(text)
    # It cannot be told; so what could be taken for a page is made one that shows the text.
    return f"<p style='white-space:pre-wrap'>{html.escape(plain)}</p>" if "<" in plain else plain


class Label(QLabel):
    """A label that shows its text as it stands."""

    _given = ""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties: Any) -> None:
        super().__init__(parent, **properties)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show a text; pages of our own, where the format says so, are left as they are."""
        self._given = text
        if self.textFormat() != Qt.TextFormat.RichText:
            text = plain_line(text)
            if not self.wordWrap():
                text = "\n".join(short(line, _LINE) for line in text.split("\n"))
        super().setText(text)

    def setWordWrap(self, on: bool) -> None:
        """Break lines, or do not; those that are not broken end where they would be wider than a window."""
        super().setWordWrap(on)
        self.setText(self._given)
