"""The settings dialog: what it shows of preferences, and what it changes."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtWidgets import QCheckBox, QComboBox

from xmem_gui.gui.dialogs.engine_form import EngineForm
from xmem_gui.gui.dialogs.settings import SettingsDialog
from xmem_gui.gui.theme import DoubleSpinBox, SpinBox

FIELDS = (QCheckBox, QComboBox, SpinBox, DoubleSpinBox)


def test_low_confidence_is_chosen_in_per_cent(qtbot, context, preferences):
    dialog = SettingsDialog(context)
    qtbot.addWidget(dialog)
    (field,) = [one for one in dialog.findChildren(SpinBox) if one.accessibleName() == "Low confidence"]
    assert field.text() == "70 %"
    field.setValue(85)
    assert preferences.values.low_confidence == 0.85


@pytest.fixture
def dialog(qtbot, context):
    dialog = SettingsDialog(context)
    qtbot.addWidget(dialog)
    for place in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(place)
    return dialog


def field(dialog, kind, name):
    (found,) = [one for one in dialog.findChildren(kind) if one.accessibleName() == name]
    return found


def choose(box, value):
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_pages_are_made_when_they_are_looked_at_and_every_field_has_its_sentence(qtbot, context):
    dialog = SettingsDialog(context)
    qtbot.addWidget(dialog)
    names = [dialog.tabs.tabText(place) for place in range(dialog.tabs.count())]
    assert names == ["General", "Display", "Playback", "Export", "Engine"]
    for place in range(1, 5):
        assert dialog.tabs.widget(place).widget() is None
        dialog.tabs.setCurrentIndex(place)
        fields = [one for kind in FIELDS for one in dialog.tabs.widget(place).findChildren(kind)]
        assert fields
        assert all(one.accessibleDescription().endswith(".") for one in fields if one.accessibleName())


@pytest.mark.parametrize(
    ("kind", "name", "value", "setting"),
    [
        (QComboBox, "View", "matte", "view"),
        (QComboBox, "Behind cut-outs", "#00b140", "cutout"),
        (QComboBox, "Speed", "half", "speed"),
        (QComboBox, "Format", "coco", "export_format"),
        (QCheckBox, "Onion skin", True, "onion"),
        (QCheckBox, "Loupe", True, "loupe"),
        (QCheckBox, "Loop over the range", True, "loop"),
        (DoubleSpinBox, "Feather", 1.5, "feather"),
    ],
)
def test_what_is_chosen_counts_at_once_and_what_changes_elsewhere_is_seen(
    dialog, preferences, kind, name, value, setting
):
    one = field(dialog, kind, name)
    before = getattr(preferences.values, setting)
    shown = {QComboBox: "currentData", QCheckBox: "isChecked", DoubleSpinBox: "value"}[kind]
    assert getattr(one, shown)() == before != value
    if kind is QComboBox:
        choose(one, value)
    elif kind is QCheckBox:
        one.setChecked(value)
    else:
        one.setValue(value)
    assert getattr(preferences.values, setting) == value
    preferences.set(**{setting: before})
    assert getattr(one, shown)() == before


def test_a_format_that_is_chosen_is_not_that_of_the_last_preset(dialog, preferences):
    preferences.set(export_preset="for the farm")
    choose(field(dialog, QComboBox, "Format"), "yolo-seg")
    assert (preferences.values.export_format, preferences.values.export_preset) == ("yolo-seg", "")


def test_the_memorys_numbers_are_folded_away(dialog):
    dialog.show()
    form = dialog.findChild(EngineForm)
    numbers = form.findChildren(SpinBox)
    assert len(numbers) == 6
    assert not any(one.isVisible() for one in numbers)
    form.advanced.click()
    assert all(one.isVisible() for one in numbers)


def test_the_canvas_and_its_actions_follow(dialog, panel, actions, preferences):
    choose(field(dialog, QComboBox, "View"), "outline")
    field(dialog, SpinBox, "Opacity").setValue(80)
    field(dialog, QCheckBox, "Onion skin of key frames").setChecked(True)
    field(dialog, QCheckBox, "Loupe").setChecked(True)
    assert (panel.view.look.mode.value, panel.view.look.opacity) == ("outline", 0.8)
    assert actions["view.outline"].isChecked()
    assert actions["view.loupe"].isChecked()
    assert actions["view.onion_keys"].isChecked()
    assert field(dialog, QCheckBox, "Onion skin").isChecked(), "who asks for the one wants the other"
    actions["view.onion"].setChecked(False)
    assert not field(dialog, QCheckBox, "Onion skin").isChecked()
