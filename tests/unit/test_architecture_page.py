"""The picture in docs/architecture.md is that of the imports, and every package has its paragraph."""

import runpy
from pathlib import Path

import pytest

import xmem_gui

pytest.importorskip("grimp")

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "architecture.md").read_text(encoding="utf8")


def test_the_picture_is_true() -> None:
    made = runpy.run_path(str(DOCS / "make_structure.py"))["page"]()
    assert made == PAGE, "run python docs/make_structure.py"


def test_every_package_has_its_paragraph() -> None:
    packages = [
        path.name for path in Path(xmem_gui.__file__).parent.iterdir() if (path / "__init__.py").is_file()
    ]
    assert packages
    assert [name for name in packages if f"\n**{name}** " not in PAGE] == []


def test_what_follows_from_others_is_not_drawn() -> None:
    reduced = runpy.run_path(str(DOCS / "make_structure.py"))["reduced"]
    assert reduced({("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "d")}) == {
        ("a", "b"),
        ("b", "c"),
        ("c", "d"),
    }
