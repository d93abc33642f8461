"""Dialogs: export, import, models, help for projects that do not open; each loaded when it is needed."""

from typing import TYPE_CHECKING

from xmem_gui.lazily import lazily

if TYPE_CHECKING:
    from xmem_gui.gui.dialogs.exporting import ExportDialog
    from xmem_gui.gui.dialogs.importing import ImportDialog
    from xmem_gui.gui.dialogs.models import ModelsDialog
    from xmem_gui.gui.dialogs.placing import PlaceDialog
    from xmem_gui.gui.dialogs.relinking import RelinkDialog
    from xmem_gui.gui.dialogs.rescue import Rescue, SalvageDialog
    from xmem_gui.gui.dialogs.unsaved import WaysOut
else:
    __getattr__ = lazily(
        __name__,
        {
            "ExportDialog": "exporting",
            "ImportDialog": "importing",
            "ModelsDialog": "models",
            "PlaceDialog": "placing",
            "RelinkDialog": "relinking",
            "Rescue": "rescue",
            "SalvageDialog": "rescue",
            "WaysOut": "unsaved",
        },
    )

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
