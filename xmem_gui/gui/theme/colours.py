"""The colours of the window: a few named ones for each theme, and nothing outside of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scheme = Literal["light", "dark", "contrast"]


@dataclass(frozen=True)
class Colours:
    """Every colour the window is made of, as ``#rrggbb``.

    Attributes
    ----------
    window
        Behind docks, bars and dialogs.
    surface
        Of lists, fields and panels that hold content.
    raised
        Background of buttons and of headers.
    hover, pressed
        Of what the mouse is on, and of what is held.
    border
        Colour of the lines between areas.
    track
        Ground of bars and sliders, where they are not filled.
    text, muted, faint
        What is read, what explains it, and what cannot be done now.
    accent, on_accent
        The one colour that says "this", and text on it.
    danger, warning, success
        What failed or cannot be taken back, what to look at, what is right.
    canvas
        Around the picture: dark in every theme.
    """

    window: str
    surface: str
    raised: str
    hover: str
    pressed: str
    border: str
    track: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    danger: str
    warning: str
    success: str
    canvas: str


SCHEMES: dict[Scheme, Colours] = {
    "light": Colours(
        window="#f3f4f6", surface="#ffffff", raised="#ffffff", hover="#e8eaee", pressed="#dcdfe5",
        border="#d5d8de", track="#d5d8de", text="#1c1f24", muted="#5c6370", faint="#a0a6b1", accent="#2563eb",
        on_accent="#ffffff", danger="#c62828", warning="#9a5b00", success="#1b7f3b", canvas="#17181b",
    ),
    "dark": Colours(
        window="#1d1f23", surface="#16181b", raised="#2a2d33", hover="#31353c", pressed="#3a3f47",
        border="#34383f", track="#34383f", text="#e4e6ea", muted="#9aa1ac", faint="#5d646f", accent="#4c8dff",
        on_accent="#0b1220", danger="#ff6b6b", warning="#f0b429", success="#4cc38a", canvas="#0f1012",
    ),
    "contrast": Colours(
        window="#000000", surface="#000000", raised="#000000", hover="#1f1f1f", pressed="#3a3a3a",
        border="#ffffff", track="#4d4d4d", text="#ffffff", muted="#e6e6e6", faint="#a6a6a6", accent="#ffd60a",
        on_accent="#000000", danger="#ff8080", warning="#ffd60a", success="#7dff9b", canvas="#000000",
    ),
}  # fmt: skip
