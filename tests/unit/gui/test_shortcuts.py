import pytest

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.catalogue import CATALOGUE
from xmem_gui.gui.preferences import Preferences
from xmem_gui.gui.shortcuts import PRESETS, ShortcutEditor, conflicts
from xmem_gui.gui.shortcuts.conflicts import keys_of


@pytest.mark.parametrize("name", PRESETS)
def test_presets_know_only_actions_there_are_and_have_no_conflicts(name: str):
    assert PRESETS[name].keys() <= {spec.id for spec in CATALOGUE}
    assert conflicts(keys_of(CATALOGUE, PRESETS[name])) == {}


def test_only_what_differs_from_the_defaults_is_kept(qtbot, actions: Actions, preferences: Preferences):
    editor = ShortcutEditor(actions, preferences)
    qtbot.addWidget(editor)
    editor.set_keys("go.next", ("J",))
    editor.accept()
    assert preferences.values.keys == {"go.next": ["J"]}


def test_a_conflict_is_said_and_cannot_be_kept(qtbot, actions: Actions, preferences: Preferences):
    editor = ShortcutEditor(actions, preferences)
    qtbot.addWidget(editor)
    editor.set_keys("go.next", ("Q",))
    assert conflicts(editor.keys) == {"Q": {"go.next", "frame.commit"}}
    assert not editor._buttons.buttons()[0].isEnabled()
    editor.set_keys("frame.commit", ())
    assert editor._buttons.buttons()[0].isEnabled()


def test_shortcuts_follow_the_preferences(actions: Actions):
    actions.set_keys({"go.next": ("J",)})
    assert actions["go.next"].shortcut().toString() == "J"
    actions.set_keys({})
    assert actions["go.next"].shortcut().toString() == "Right"
