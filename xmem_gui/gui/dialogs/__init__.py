"""Dialogs: export, import, models, and help for projects that do not open."""

from xmem_gui.gui.dialogs.exporting import ExportDialog
from xmem_gui.gui.dialogs.importing import ImportDialog
from xmem_gui.gui.dialogs.models import ModelsDialog
from xmem_gui.gui.dialogs.placing import PlaceDialog
from xmem_gui.gui.dialogs.relinking import RelinkDialog
from xmem_gui.gui.dialogs.rescue import Rescue, SalvageDialog
from xmem_gui.gui.dialogs.unsaved import WaysOut

__all__ = [
    "ExportDialog",
    "ImportDialog",
    "ModelsDialog",
    "PlaceDialog",
    "RelinkDialog",
    "Rescue",
    "SalvageDialog",
    "WaysOut",
]
