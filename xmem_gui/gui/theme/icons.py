"""Icons: SVG files drawn in the colour of the text."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

_FOLDER = Path(__file__).parent / "icons"
_SIZES = (16, 20, 24, 32, 40, 48)
"""Pixels; Qt takes the next larger one and shrinks it where the screen's scale needs another."""
_LARGEST = 24
"""Logical pixels of an icon in the window."""

_logger = logging.getLogger(__name__)


def icon_names() -> list[str]:
    """Return the names of all icons there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.svg"))


def icon(name: str, *, colour: str = "") -> QIcon:
    """Return an icon in the colour of the application's text, and fainter where it is disabled.

    Parameters
    ----------
    name
        Of a file in ``icons``, without its extension.
    colour
        Another colour, as ``#rrggbb``.
    """
    try:
        svg = (_FOLDER / f"{name}.svg").read_text(encoding="utf8")
    except OSError:
        _logger.warning("there is no icon %s", name)
        return QIcon()
    palette, role = QApplication.palette(), QPalette.ColorRole.WindowText
    normal = colour or palette.color(QPalette.ColorGroup.Active, role).name()
    disabled = palette.color(QPalette.ColorGroup.Disabled, role).name()
    renderer, made = QSvgRenderer(QByteArray(svg.replace("currentColor", normal).encode())), QIcon()
    for size in _sizes():
        drawn = _draw(renderer, size)
        made.addPixmap(drawn, QIcon.Mode.Normal)
        made.addPixmap(_tinted(drawn, disabled), QIcon.Mode.Disabled)
    return made


def application_icon() -> QIcon:
    """Return the program's own icon."""
    renderer, made = QSvgRenderer(str(_FOLDER.with_name("application.svg"))), QIcon()
    for size in (*_SIZES, 64, 128, 256):
        made.addPixmap(_draw(renderer, size))
    return made


def pixmap(name: str, size: int, *, colour: str, scale: float = 1.0) -> QPixmap:
    """Return one picture of an icon, ``size`` logical pixels large on a screen of a scale."""
    svg = (_FOLDER / f"{name}.svg").read_text(encoding="utf8").replace("currentColor", colour)
    drawn = _draw(QSvgRenderer(QByteArray(svg.encode())), round(size * scale))
    drawn.setDevicePixelRatio(scale)
    return drawn


def _sizes() -> list[int]:
    """Return the sizes that the screens can show; drawing all of them takes twice as long at the start."""
    scale = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
    return [size for size in _SIZES if size <= _LARGEST * scale]


def _tinted(drawn: QPixmap, colour: str) -> QPixmap:
    """Return a picture of one colour in another; drawing the file again takes three times as long."""
    tinted = QPixmap(drawn)
    painter = QPainter(tinted)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(tinted.rect(), QColor(colour))
    painter.end()
    return tinted


def _draw(renderer: QSvgRenderer, size: int) -> QPixmap:
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter)
    painter.end()
    return drawn
