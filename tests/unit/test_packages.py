"""What may be imported on a bare machine."""

import json
import subprocess
import sys
from pathlib import Path

import xmem_gui

_SCRIPT = """
import importlib, json, pkgutil, sys

blocked, packages = json.loads(sys.argv[1])

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Block())
failed = {}
for package in packages:
    names = [f"xmem_gui.{package}"]
    for name in names:
        try:
            module = importlib.import_module(name)
        except Exception as error:
            failed[name] = repr(error)
            continue
        names += [m.name for m in pkgutil.iter_modules(getattr(module, "__path__", []), name + ".")]
print(json.dumps(failed))
"""

BARE = (
    "errors",
    "assets",
    "model",
    "memory",
    "propagation",
    "interaction",
    "video",
    "project",
    "formats",
    "evaluation",
    "training",
)


def _failures(packages: tuple[str, ...], *, without: tuple[str, ...]) -> dict[str, str]:
    """Import every module of the packages in a new process where some libraries cannot be imported."""
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT, json.dumps([without, packages])],
        capture_output=True,
        text=True,
        cwd=Path(xmem_gui.__file__).parents[1],
        check=False,
    )
    assert result.returncode == 0, result.stderr
    failed: dict[str, str] = json.loads(result.stdout)
    return failed


def test_training_and_evaluation_need_neither_pyav_nor_qt() -> None:
    qt = ("PySide6", "shiboken6", "PyQt6", "PyQt5", "superqt", "qtpy")
    assert _failures(BARE, without=("av", *qt)) == {}


def test_the_document_and_the_formats_need_no_torch() -> None:
    assert _failures(("errors", "assets", "project", "formats"), without=("torch", "torchvision")) == {}


def test_a_blocked_library_is_noticed() -> None:
    assert "xmem_gui.memory.table" in _failures(("memory",), without=("torch",))
