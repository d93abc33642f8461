"""The guide can be searched, and F1 opens the part that explains what is under the pointer."""

import importlib
import pkgutil
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QToolButton, QVBoxLayout, QWidget

import xmem_gui.gui
from xmem_gui.gui.controllers.dialog_actions import DialogActions
from xmem_gui.gui.dialogs.guide import GuideWindow, contents
from xmem_gui.gui.dialogs.guide_search import HELP_OF_ACTIONS, HELP_TOPICS, passages, search

GUIDE = contents().parent


def write(folder: Path, **pages: str) -> Path:
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf8")
    return folder


def test_parts_are_found_by_all_words_and_headings_come_first(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="# Painting\n\nUse the **brush** to paint a mask.\n\n## Erasing\n\nThe eraser takes masks away.\n",
        b="# Masks\n\nA [brush](a.md) paints; a brush is round. ![x](x.png)\n",
    )
    parts = passages(tmp_path)
    assert [(part.title, part.heading) for part in parts] == [
        ("Painting", "Painting"), ("Painting", "Erasing"), ("Masks", "Masks"),
    ]  # fmt: skip
    assert [part.heading for part in search(parts, "masks")] == ["Masks", "Erasing"]
    assert [part.heading for part in search(parts, "BRUSH mask")] == ["Masks", "Painting"]
    assert search(parts, "rush") == []
    assert search(parts, "  ") == []
    assert search(parts, "(brush") == []
    assert "x.png" not in parts[2].text
    assert "brush paints" in parts[2].text


def test_pages_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a="# One\n\nword\n")
    (tmp_path / "b.md").write_bytes(b"\xff\xfe\xff")
    assert [part.heading for part in passages(tmp_path)] == ["One"]


def test_what_is_found_is_listed_and_opened(qtbot) -> None:
    guide = GuideWindow(contents())
    qtbot.addWidget(guide)
    guide.show()
    assert guide.found.isHidden()
    QTest.keyClicks(guide.query, "eraser")
    assert guide.found.isVisible()
    assert guide.found.count() > 0
    QTest.keyClick(guide.query, "\r")
    assert "eraser" in guide.pages.toPlainText().casefold()
    assert guide.pages.extraSelections()
    guide.query.setText("zyzzyva")
    assert "zyzzyva" in guide.found.item(0).text()
    QTest.keyClick(guide.query, "\r")
    guide.query.clear()
    assert guide.found.isHidden()


@pytest.mark.parametrize("topic", sorted({*HELP_TOPICS.values(), *HELP_OF_ACTIONS.values()}))
def test_every_topic_is_in_the_guide(topic: tuple[str, str], qtbot) -> None:
    page, heading = topic
    parts = [part for part in passages(GUIDE) if part.page.name == page]
    assert parts
    assert any(part.heading.startswith(heading) for part in parts)


def test_every_topic_is_of_a_part_of_the_window() -> None:
    classes: set[str] = set()
    for module in pkgutil.walk_packages(xmem_gui.gui.__path__, "xmem_gui.gui."):
        classes |= vars(importlib.import_module(module.name)).keys()
    assert set(HELP_TOPICS) <= classes


def test_f1_opens_the_page_of_what_is_under_the_pointer(qtbot, empty_session, actions, context) -> None:
    class ObjectsDock(QListWidget):
        pass

    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    docks, brush = ObjectsDock(), QToolButton()
    brush.setDefaultAction(actions["tool.brush"])
    inner = QWidget(brush)
    for widget in (docks, brush):
        column.addWidget(widget)
    window.resize(300, 300)
    window.show()
    help_ = DialogActions(context, window, open_path=lambda _: None)
    shown = {}
    for name, widget in {"objects": docks, "brush": inner, "nothing": window}.items():
        help_.help_here(widget)
        (guide,) = window.findChildren(GuideWindow)
        shown[name] = Path(guide.pages.source().toLocalFile()).name, guide.pages.verticalScrollBar().value()
    assert shown["objects"][0] == shown["brush"][0] == "prompts.md"
    assert shown["brush"][1] > shown["objects"][1] > 0
    assert shown["nothing"] == ("README.md", 0)
    guide.hide()  # it may stand before the window
    QCursor.setPos(docks.mapToGlobal(QPoint(5, 5)))
    actions["help.here"].trigger()
    assert Path(guide.pages.source().toLocalFile()).name == "prompts.md"
