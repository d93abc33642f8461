"""The look of the window: colours, icons, style."""

from xmem_gui.gui.theme.colours import SCHEMES, Colours, Scheme
from xmem_gui.gui.theme.icons import application_icon, icon, icon_names, pixmap
from xmem_gui.gui.theme.spin_boxes import DoubleSpinBox, SpinBox
from xmem_gui.gui.theme.theme import Choice, Theme, colours

__all__ = [
    "SCHEMES",
    "Choice",
    "Colours",
    "DoubleSpinBox",
    "Scheme",
    "SpinBox",
    "Theme",
    "application_icon",
    "colours",
    "icon",
    "icon_names",
    "pixmap",
]
