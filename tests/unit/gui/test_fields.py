"""Fields of every sort begin their text at the same distance from the border."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("name", ["SpinBox", "DoubleSpinBox"])
def test_the_text_of_a_spin_box_stands_off_its_border(qtbot: QtBot, name: str) -> None:
    from PySide6.QtWidgets import QLineEdit

    from xmem_gui.gui import theme

    box = getattr(theme, name)()
    qtbot.addWidget(box)
    assert box.findChild(QLineEdit).textMargins().left() >= 4
    assert box.cleanText() == box.text()


def test_all_spin_boxes_are_the_themes() -> None:
    from pathlib import Path

    from xmem_gui import gui

    folder = Path(next(iter(gui.__path__)))
    plain = [
        path.name
        for path in folder.rglob("*.py")
        if path.parent.name != "theme"
        and any(name in path.read_text(encoding="utf8") for name in (" QSpinBox(", " QDoubleSpinBox("))
    ]
    assert plain == []
