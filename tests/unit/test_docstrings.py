"""Docstrings say something: no parameter is described in a few vague words, none points elsewhere."""

import ast
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import pytest

import xmem_gui

PACKAGE = Path(xmem_gui.__file__).parent
_SECTIONS = ("Parameters", "Attributes")
_FEW = 4
_SAYS_MORE = re.compile(r"[\d(`\[]")
"""A shape, a range or a name in the code says something even in few words."""


def described(docstring: str) -> Iterator[tuple[str, str]]:
    """Yield the heading and the description of each parameter and attribute."""
    lines = [*cleandoc(docstring).splitlines(), "", ""]
    section, heading, words = "", "", list[str]()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        begins = bool(line) and set(following) == {"-"}
        if (
            (begins or not line.startswith(" "))
            and heading
            and (line.strip() or begins or not following.strip())
        ):
            yield heading, " ".join(words)
            heading, words = "", []
        if begins:
            section = line.strip()
        elif section in _SECTIONS and line.startswith(" "):
            words.append(line.strip())
        elif section in _SECTIONS and line.strip("-"):
            heading = line.strip()
    if heading:
        yield heading, " ".join(words)


def is_thin(heading: str, description: str) -> bool:
    """Tell whether a description leaves its reader where he was."""
    words = len(description.split())
    if _SAYS_MORE.search(description):
        return words == 0
    return words < 2 if " : " in heading else words <= _FEW


def _docstrings() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                text = ast.get_docstring(node)
                if text:
                    yield f"{path.relative_to(PACKAGE)} {getattr(node, 'name', '')}", text


def test_parameters_are_described() -> None:
    thin = [
        f"{where}: {heading} - {description}"
        for where, text in _docstrings()
        for heading, description in described(text)
        if is_thin(heading, description)
    ]
    assert thin == []


def test_no_docstring_sends_the_reader_elsewhere() -> None:
    vague = re.compile(r"\bSee (the (module|class)|there)\b|^As there\.?$", re.MULTILINE)
    assert [where for where, text in _docstrings() if vague.search(text)] == []


@pytest.mark.parametrize(
    ("heading", "description", "thin"),
    [
        ("frame", "Which.", True),
        ("video", "Whose frames.", True),
        ("mask", "(H, W) bool.", False),
        ("rate", "Frames per second, always positive.", False),
        ("area : int", "In pixels.", False),
        ("area : int", "Pixels.", True),
        ("name", "", True),
    ],
)
def test_what_is_thin(heading: str, description: str, thin: bool) -> None:
    assert is_thin(heading, description) is thin


def test_parameters_are_found() -> None:
    text = """One line.

    More of it.

    Parameters
    ----------
    a, b
        The first
        and the second.
    c : int
        A third.

    Raises
    ------
    ValueError
        If not.
    """
    assert list(described(text)) == [("a, b", "The first and the second."), ("c : int", "A third.")]
