"""A field for a setting that is a length in pixels of the video, wherever it can be chosen."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from xmem_gui.gui.theme import DoubleSpinBox
from xmem_gui.gui.widgets.plain import translated
from xmem_gui.settings import Settings, row_of


def pixel_box(kind: type[Settings], name: str) -> DoubleSpinBox:
    """Return a field in the range that the table of settings states, in steps of half a pixel.

    Parameters
    ----------
    kind, name
        Which settings, and which of them.
    """
    box, about = DoubleSpinBox(), row_of(kind, name)
    box.setRange(about.least, about.most)
    box.setDecimals(1)
    box.setSingleStep(0.5)
    box.setSuffix(QCoreApplication.translate("settings", " px"))
    box.setAccessibleName(translated(about.label))
    box.setAccessibleDescription(translated(about.help))
    return box
