"""Every fragment in changelog.d has a name that towncrier takes, and says something."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "changelog.d"
KINDS = ("added", "changed", "fixed", "removed")
_NAME = re.compile(rf"(\+[a-z0-9-]+|[0-9]+)\.({'|'.join(KINDS)})\.md")


def _is_valid(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _fragments() -> list[Path]:
    return sorted(path for path in FOLDER.iterdir() if path.name not in ("README.md", ".gitkeep"))


def test_fragments_have_valid_names() -> None:
    assert [path.name for path in _fragments() if not _is_valid(path.name)] == []


def test_fragments_say_something() -> None:
    texts = {path.name: path.read_text(encoding="utf8").strip() for path in _fragments()}
    assert [name for name, text in texts.items() if len(text.split()) < 4 or not text.endswith(".")] == []


def test_the_kinds_are_those_of_towncrier() -> None:
    settings = (FOLDER.parent / "pyproject.toml").read_text(encoding="utf8")
    assert tuple(re.findall(r'\{ directory = "([a-z]+)"', settings)) == KINDS


@pytest.mark.parametrize(
    "name",
    ["short.added.md", "+Short.added.md", "+short.new.md", "+short.added.txt", "+short.md", "+a b.fixed.md"],
)
def test_a_name_that_towncrier_would_not_take_is_noticed(name: str) -> None:
    assert not _is_valid(name)
