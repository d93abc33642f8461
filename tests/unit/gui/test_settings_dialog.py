"""The settings dialog: what it shows of preferences, and what it changes."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from xmem_gui.gui.dialogs.settings import SettingsDialog
from xmem_gui.gui.theme import SpinBox


def test_low_confidence_is_chosen_in_per_cent(qtbot, context, preferences):
    dialog = SettingsDialog(context)
    qtbot.addWidget(dialog)
    (field,) = [one for one in dialog.findChildren(SpinBox) if one.accessibleName() == "Low confidence"]
    assert field.text() == "70 %"
    field.setValue(85)
    assert preferences.values.low_confidence == 0.85
