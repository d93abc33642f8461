from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.tracking import Tracking
from xmem_gui.gui.dialogs.command_palette import CommandPalette, score
from xmem_gui.gui.state.session import Session


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("undo", "Undo", "Uncommit the frame to do"),
        ("pf", "Propagate forward", "Snap flat"),
        ("open", "Open video", "More opaque"),
        ("theme dark", "Dark Window › Theme", "The medium dark background"),
    ],
)
def test_what_is_meant_comes_first(query: str, better: str, worse: str):
    found, other = score(query, better), score(query, worse)
    assert found is not None
    assert other is None or found > other


def test_letters_that_do_not_occur_do_not_fit():
    assert score("xyz", "Undo") is None
    assert score("odnu", "Undo") is None
    assert score("", "Undo") is not None


def _palette(qtbot: QtBot, context: Context, opened: Callable[[Path], object] = lambda _: None):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    palette = CommandPalette(context, opened, window)
    palette.open_over(window)
    return palette, window


def field(palette: CommandPalette) -> QLineEdit:
    """Return where a person types."""
    return palette.findChild(QLineEdit)


def rows(palette: CommandPalette) -> QListWidget:
    """Return the list of what was found."""
    return palette.findChild(QListWidget)


def test_enter_does_what_is_typed(qtbot: QtBot, session: Session, actions: Actions, context: Context):
    done: list[str] = []
    actions.bind("go.next", lambda: done.append("next"))
    palette, _window = _palette(qtbot, context)
    qtbot.keyClicks(field(palette), "next frame")
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert done == ["next"]
    assert not palette.isVisible()


def test_objects_and_recents_are_found(qtbot, session: Session, settle, context: Context, tmp_path: Path):
    opened: list[Path] = []
    session.edit(lambda annotator: annotator.project.add_object("zebra") and None)
    settle()
    session.selected = None
    context.preferences.opened(tmp_path / "yonder.mp4")
    palette, window = _palette(qtbot, context, opened.append)
    qtbot.keyClicks(field(palette), "yonder")
    assert rows(palette).item(0).text() == "yonder.mp4"
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert opened == [tmp_path / "yonder.mp4"]
    palette.open_over(window)
    field(palette).setText("zebra")
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert session.selected == session.objects[0].id


def test_it_says_how_many_objects_are_meant_as_the_menus_do(qtbot, session: Session, settle, context):
    tracking = Tracking(context)
    session.edit(lambda a: [a.project.add_object(name) for name in ("zebra", "lion")] and None)
    settle()
    session.selected = 1
    session.chosen = (1, 2)
    palette, _window = _palette(qtbot, context)
    for query, words in (
        ("track only forward", "Track only these 2 objects forward"),
        ("only the selected", "Only the 2 selected objects"),
    ):
        field(palette).setText(query)
        assert rows(palette).item(0).text() == words
    del tracking


def test_what_cannot_be_done_is_not_done(qtbot, actions, context):
    done: list[str] = []
    actions.bind("edit.undo", lambda: done.append("undo"))
    palette, _window = _palette(qtbot, context)
    qtbot.keyClicks(field(palette), "undo")
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert done == []


def test_where_nothing_is_found_it_says_so(qtbot, session, context):
    palette, _window = _palette(qtbot, context)
    qtbot.keyClicks(field(palette), "qqqq")
    assert [rows(palette).item(row).text() for row in range(rows(palette).count())] == ["Nothing found"]
    qtbot.keyClick(field(palette), Qt.Key.Key_Return)
    assert palette.isVisible()


def test_a_beginning_comes_before_letters_here_and_there(qtbot, session, context):
    """Also where it cannot be done now; then it says why."""
    palette, _window = _palette(qtbot, context)
    qtbot.keyClicks(field(palette), "mer")
    first = rows(palette).item(0).data(Qt.ItemDataRole.UserRole)
    assert first.text == "Merge with"
    assert first.obstacle == "This needs at least two objects."
    field(palette).setText("track")
    assert "track" in rows(palette).item(0).text().lower()
