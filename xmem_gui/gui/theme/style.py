"""The style sheet: spacing of 4 and 8 pixels, quiet surfaces, one accent colour."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from string import Template

from xmem_gui.gui.theme.colours import Colours, Scheme


def style_sheet(tokens: Colours, scheme: Scheme) -> str:
    """Return the style sheet of a theme."""
    folder = Path(__file__).parent
    text = (folder / "style.qss").read_text(encoding="utf8")
    # Arrows of combo boxes and ticks cannot take the palette's colour: there is one for each background.
    marks = (folder / "marks" / ("light" if scheme == "light" else "dark")).as_posix()
    return Template(text).substitute(
        asdict(tokens), marks=marks, focus="2px" if scheme == "contrast" else "1px"
    )
