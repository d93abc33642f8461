"""The guide's shortcuts are those of the catalogue, its links and pictures are there, and Help shows it."""

import re
import runpy
import shutil
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QWidget

from xmem_gui.gui.controllers.dialog_actions import DialogActions
from xmem_gui.gui.dialogs.guide import GuideWindow, contents

DOCS = Path(__file__).parents[3] / "docs"


def test_shortcuts_are_those_of_the_catalogue() -> None:
    made = runpy.run_path(str(DOCS / "make_shortcuts.py"))["page"]()
    assert (DOCS / "guide" / "shortcuts.md").read_text(encoding="utf8") == made


@pytest.mark.parametrize("page", sorted((DOCS / "guide").glob("*.md")), ids=lambda page: page.stem)
def test_links_and_pictures_are_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


PICTURE = "\ufffc"
"""What Qt puts into the text for a picture."""


def test_help_shows_the_guide_once_and_its_links_work(qtbot, empty_session, actions, context):
    window = QWidget()
    qtbot.addWidget(window)
    DialogActions(context, window, open_path=lambda _: None)
    for _ in range(2):
        actions["help.guide"].trigger()
    (guide,) = window.findChildren(GuideWindow)
    assert guide.isVisible()
    assert guide.pages.toPlainText().startswith("User guide")
    links = re.findall(r'href="([^"]+)"', guide.pages.document().toHtml())
    assert "prompts.md" in links
    for link in links:
        guide.pages.home()
        guide.pages.setSource(guide.pages.source().resolved(QUrl(link)))
        assert "missing" not in guide.pages.toPlainText()[:40]
        assert len(guide.pages.toPlainText()) > 200


@pytest.mark.parametrize("page", sorted((DOCS / "guide").glob("*.md")), ids=lambda page: page.stem)
def test_pictures_are_shown_where_they_are_and_left_out_else(qtbot, tmp_path: Path, page: Path) -> None:
    shutil.copytree(DOCS / "guide", tmp_path / "guide")
    shown, bare = GuideWindow(page), GuideWindow(tmp_path / "guide" / page.name)
    qtbot.addWidget(shown)
    qtbot.addWidget(bare)
    text = page.read_text(encoding="utf8")
    assert shown.pages.toPlainText().count(PICTURE) == text.count("![")
    assert PICTURE not in bare.pages.toPlainText()
    words = re.sub(r"[^a-zA-Z]+", "", shown.pages.toPlainText())
    assert words == re.sub(r"[^a-zA-Z]+", "", bare.pages.toPlainText())


def test_a_page_that_is_missing_is_said_to_be(qtbot, tmp_path: Path) -> None:
    guide = GuideWindow(tmp_path / "README.md")
    qtbot.addWidget(guide)
    assert "install xmem-gui again" in guide.pages.toPlainText()
    assert contents().is_file()
