"""Import torch without stopping the window.

Importing an extension module holds Python's lock while the system loads its libraries, for seconds where the
disk is slow or the machine is busy: nothing of the window moves meanwhile. A function called by ctypes lets
go of the lock, and what is loaded already costs the import nothing. The longest time for which the import
then holds the lock is a search for garbage, which there is none of.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from importlib import import_module
from pathlib import Path

from xmem_gui.collector import loading

_LOADING = threading.Lock()
_LIBRARIES = ("torch_global_deps", "c10", "torch_cpu", "torch_python")


def load_torch() -> None:
    """Import it, for a thread beside the window's; wait if another does so, do nothing where that is done.

    Two who import it at a time stop the window: one holds Python's lock and waits for the system's, which the
    other has while it loads libraries.
    """
    with _LOADING:
        if "torch" not in sys.modules:
            _load_libraries()
            with loading():
                import_module("torch")


def _load_libraries() -> None:
    """Bring its libraries into memory; do nothing where that is not possible, or not needed."""
    suffix = {"linux": "so", "darwin": "dylib"}.get(sys.platform)
    if suffix is None:
        return
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return
    process = ctypes.CDLL(None)
    process.dlopen.restype = ctypes.c_void_p
    process.dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    for name in _LIBRARIES:
        path = Path(found.origin).parent / "lib" / f"lib{name}.{suffix}"
        # One that cannot be loaded is the import's to complain about.
        process.dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_LOCAL)
