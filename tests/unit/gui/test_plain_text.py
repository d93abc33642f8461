"""Names from outside in the window: shown as they stand, not as a page, a shortcut or a screen's width."""

import ast
import html
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from taking_down import take_down
from waits import WAIT

import xmem_gui.gui
from xmem_gui.gui import theme
from xmem_gui.gui.dialogs.exporting import ExportDialog
from xmem_gui.gui.dialogs.importing import ImportDialog
from xmem_gui.gui.docks.objects import ObjectsDock
from xmem_gui.gui.shell.window import MainWindow
from xmem_gui.gui.widgets import plain

NAMES = (
    "<b>x</b><img src=x.png>",
    "&File && [*] [/b]",
    "two\nlines",
    "gpj.\u202eexe",
    "\x1b[31m \udcff",
    "long" * 2500,
    "l on g " * 1500,
)
_MOST_WIDE = 1600
"""Pixels that a label may ask for at least."""


@pytest.mark.parametrize("text", NAMES)
def test_rows_menus_titles_and_tips_show_the_text(qapp: QApplication, text: str):
    for made in (plain.row_text(text), plain.menu_text(text).replace("&&", "&"), plain.title(text)):
        assert len(made) <= 200
        assert not {"Cc", "Cf", "Cs", "Zl"} & {unicodedata.category(letter) for letter in made}
    label = QLabel(plain.tip(text))
    label.setWordWrap(True)
    assert label.minimumSizeHint().width() < _MOST_WIDE
    if "<" in text:
        assert html.escape(text) in plain.tip(text)


def test_a_shortcut_and_the_sign_of_changes_are_shown_as_they_are():
    assert plain.menu_text("a & b") == "a && b"
    assert plain.title("a[*].mp4") == "a[*][*].mp4"


@pytest.mark.parametrize("text", NAMES)
def test_a_label_shows_its_text(qapp: QApplication, text: str):
    for wrap in (False, True):
        label = plain.Label(f"There is no {text}.", wordWrap=wrap)
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert label.sizeHint().width() < _MOST_WIDE
        label.setText(text)
        assert label.sizeHint().width() < _MOST_WIDE
    assert plain.Label("a\nb").text() == "a\nb"


def test_every_label_of_the_window_is_made_so():
    makers = set()
    for file in Path(xmem_gui.gui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "QLabel":
                makers.add(file.name)
    assert makers == set()


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Make a clip in a folder whose name is made to be taken for something else."""
    folder = tmp_path / "<b>x<img src=a.png> &File [*] \u202e[b]\n2"
    folder.mkdir()
    for frame in range(3):
        Image.fromarray(np.full((48, 64, 3), 60 * frame, np.uint8)).save(folder / f"<i>{frame:03d}&a.png")
    return folder


@pytest.fixture
def window(qtbot, qapp, empty_session, context) -> Iterator[MainWindow]:
    look = theme.Theme(qapp, "light")
    made = MainWindow(context, look)
    with qtbot.waitSignal(made.ready, timeout=WAIT):
        made.show()
    yield made
    with qtbot.waitSignal(made.gone, timeout=WAIT):
        made.close()
    take_down(made, look)


def _open(qtbot, window: MainWindow, path: Path, settle) -> None:
    with qtbot.waitSignals([window.session.opened, window.session.document_changed], timeout=WAIT):
        window.openers.open(path)

    def fill(annotator) -> None:
        for name in NAMES:
            one = annotator.add_object(name.encode("utf-8", "replace").decode())
            mask = np.zeros((48, 64), bool)
            mask[one.id * 5 : one.id * 5 + 5] = True
            annotator.set_mask(0, one.id, mask)

    window.session.edit(fill)
    settle()


def _texts(widget: QWidget) -> Iterator[tuple[str, str]]:
    """Yield what a widget and those in it say: in a tip, a menu or a row, and the text."""
    for one in [widget, *widget.findChildren(QWidget)]:
        yield "tip", one.toolTip()
        if isinstance(one, QMenu):
            for action in one.actions():
                yield "menu", action.text()
        model = getattr(one, "model", None)
        model = model() if callable(model) else model
        if isinstance(model, QAbstractItemModel):
            for row in range(model.rowCount(QModelIndex())):
                for kind, role in (
                    ("row", Qt.ItemDataRole.DisplayRole),
                    ("tip", Qt.ItemDataRole.ToolTipRole),
                ):
                    value = model.data(model.index(row, 0), role)
                    if isinstance(value, str):
                        yield kind, value


def _check(*widgets: QWidget) -> None:
    for widget in widgets:
        for label in widget.findChildren(QLabel):
            # Captions of our own in forms are Qt's.
            assert label.textFormat() != Qt.TextFormat.AutoText or "<" not in label.text(), label.text()
            assert label.minimumSizeHint().width() < _MOST_WIDE, label.text()[:80]
        for where, text in _texts(widget):
            assert "\u202e" not in text, (where, text)
            if where == "tip":
                assert "<b>x" not in text, text
                assert "<img" not in text, text
                assert len(text) < 5000, text[:80]
            else:
                assert "\n" not in text, (where, text)
                assert len(text) < 300, (where, text[:80])


def test_the_window_with_hostile_names(qtbot, window: MainWindow, hostile: Path, settle, preferences):
    _open(qtbot, window, hostile, settle)
    session = window.session
    session.selected = 1
    session.say(f"There is no {hostile} nor {NAMES[-1]}.", "error")
    exporting = ExportDialog(window.context)
    importing = ImportDialog(window.context)
    for dialog in (exporting, importing):
        qtbot.addWidget(dialog)
        dialog.show()
    settle()
    assert window.workspace is not None
    docks = window.workspace.docks.values()
    menu = window.findChild(ObjectsDock).make_menu()
    qtbot.addWidget(menu)
    _check(window, exporting, importing, menu, *docks)
    assert "<b>x<img src=a.png> &File [*][*]" in window.windowTitle()
    assert window.width() <= 2000
