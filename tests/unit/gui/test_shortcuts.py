import pytest

from xmem_gui.gui import theme
from xmem_gui.gui.actions import Actions
from xmem_gui.gui.actions.catalogue import CATALOGUE
from xmem_gui.gui.context import Context
from xmem_gui.gui.shell.menus import make_tool_bar
from xmem_gui.gui.shortcuts import PRESETS, ShortcutEditor, conflicts
from xmem_gui.gui.shortcuts.conflicts import keys_of
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.widgets.key_button import KeyButton


@pytest.mark.parametrize("name", PRESETS)
def test_presets_know_only_actions_there_are_and_have_no_conflicts(name: str):
    assert PRESETS[name].keys() <= {spec.id for spec in CATALOGUE}
    assert conflicts(keys_of(CATALOGUE, PRESETS[name])) == {}


def test_only_what_differs_from_the_defaults_is_kept(qtbot, context: Context, preferences: Preferences):
    editor = ShortcutEditor(context)
    qtbot.addWidget(editor)
    editor.set_keys("go.next", ("J",))
    editor.accept()
    assert preferences.values.keys == {"go.next": ["J"]}


def test_a_conflict_is_said_and_cannot_be_kept(qtbot, context: Context):
    editor = ShortcutEditor(context)
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


def test_tools_carry_their_keys_also_when_those_are_changed(qtbot, actions) -> None:
    bar = make_tool_bar(actions)
    qtbot.addWidget(bar)
    buttons = {one.defaultAction().objectName(): one for one in bar.findChildren(KeyButton)}
    assert buttons["tool.brush"].letter == "D"
    assert buttons["edit.undo"].letter == ""  # Ctrl+Z is no letter
    actions["tool.brush"].setShortcut("X")
    assert buttons["tool.brush"].letter == "X"
    shot = buttons["tool.brush"].grab().toImage()
    actions["tool.brush"].setShortcut("")
    assert buttons["tool.brush"].grab().toImage() != shot


def test_rows_of_the_editor_are_of_one_height(qtbot, context: Context):
    editor = ShortcutEditor(context)
    qtbot.addWidget(editor)
    editor.show()
    heights = {editor._tree.visualItemRect(item).height() for item in editor._items.values()}
    assert len(heights) == 1


def test_the_program_has_an_icon() -> None:
    assert not theme.application_icon().pixmap(256).toImage().isNull()
