"""Formats and click models of plugins stand in the dialogs' lists, beside the program's own."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from xmem_gui import formats
from xmem_gui.formats.plugin import FormatPlugins
from xmem_gui.gui.dialogs import plugin_rows
from xmem_gui.gui.dialogs.format_list import EXPORT_FORMATS, FormatList

TOY = Path(__file__).parents[3] / "examples" / "plugin"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = tmp_path / "xmem_gui_toy-1.5.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: xmem-gui-toy\nVersion: 1.5\n")
    (facts / "entry_points.txt").write_text(
        "[xmem_gui.formats]\ntoy-lines = xmem_gui_toy.lines:LINES\nbad = nowhere:X\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(TOY), *sys.path])
    monkeypatch.setattr(formats, "PLUGINS", FormatPlugins(frozenset({"davis"})))


def test_formats_of_plugins_are_listed_last(qtbot, toy: None) -> None:
    chooser = FormatList()
    qtbot.addWidget(chooser)
    texts = [chooser.item(row).text() for row in range(chooser.count())]
    assert texts[-2:] == ["From plugins", "Toy lines (.lines)"]
    chooser.choose("toy-lines")
    assert (chooser.format.one_file, chooser.format.ending) == (True, ".lines")
    assert plugin_rows.rows_to_read() == (("toy-lines", "Toy lines"),)


def test_without_plugins_there_is_no_group_for_them(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin_rows, "rows_to_write", tuple)
    monkeypatch.setattr(formats, "PLUGINS", FormatPlugins(frozenset()))
    chooser = FormatList()
    qtbot.addWidget(chooser)
    texts = {chooser.item(row).text() for row in range(chooser.count())}
    assert "From plugins" not in texts or formats.PLUGINS.all()
    assert {one.name for one in EXPORT_FORMATS.values()} <= texts
