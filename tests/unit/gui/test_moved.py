"""What scripts of version 0.1 import and call is still there, with a warning."""

import importlib
import sys

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from xmem_gui import gui


@pytest.mark.parametrize("name", sorted(gui._PLACES))
def test_modules_are_found_under_their_old_names(name: str) -> None:
    sys.modules.pop(name, None)
    now = importlib.import_module(gui._PLACES[name])
    with pytest.warns(DeprecationWarning, match=f"{name} is {now.__name__}"):
        found = importlib.import_module(name)
    assert found is now
    assert now.__spec__.name == now.__name__ == gui._PLACES[name]


def test_what_was_never_there_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("xmem_gui.gui.nothing_of_the_kind")
