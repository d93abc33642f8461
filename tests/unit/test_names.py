"""A public name means one thing in the whole package (STYLE: Names)."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import xmem_gui

PACKAGE = Path(xmem_gui.__file__).parent
MAY_BE_TWICE = {
    "logger": "one logger a module, always by this name",
    "app": "Typer's group of commands, one in each module of the command line that has some",
    "main": "where a program begins: of the command and of interactive_demo.py",
    # The command line's functions are called as what a person types.
    "clicks": "evaluate clicks, train clicks",
    "download": "models download, and the model package's verb that it calls",
    "export": "the command, and the format package's verb that it calls",
    "relink": "the command, and the annotator's verb that it calls",
}


def _public(tree: ast.Module) -> Iterator[str]:
    """Yield what a module defines at its top level without an underscore."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            names = []
        yield from (name for name in names if not name.startswith("_"))


def _places(package: Path) -> dict[str, set[str]]:
    places: dict[str, set[str]] = defaultdict(set)
    for path in sorted(package.rglob("*.py")):
        for name in _public(ast.parse(path.read_text(encoding="utf-8"))):
            places[name].add(path.relative_to(package).as_posix())
    return places


def test_no_public_name_means_two_things():
    twice = {name: where for name, where in _places(PACKAGE).items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in MAY_BE_TWICE} == {}
    assert MAY_BE_TWICE.keys() <= twice.keys(), "an exception is needed no more"


def test_a_second_meaning_is_found(tmp_path):
    (tmp_path / "one.py").write_text("class Box: ...\n_T = 1\n")
    (tmp_path / "two.py").write_text("Box: int = 2\n_T = 2\n")
    assert _places(tmp_path) == {"Box": {"one.py", "two.py"}}
