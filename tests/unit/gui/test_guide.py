"""The guide's shortcuts are those of the catalogue, and its links and pictures are there."""

import re
import runpy
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

DOCS = Path(__file__).parents[3] / "docs"


def test_shortcuts_are_those_of_the_catalogue() -> None:
    made = runpy.run_path(str(DOCS / "make_shortcuts.py"))["page"]()
    assert (DOCS / "guide" / "shortcuts.md").read_text(encoding="utf8") == made


@pytest.mark.parametrize("page", sorted((DOCS / "guide").glob("*.md")), ids=lambda page: page.stem)
def test_links_and_pictures_are_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []
