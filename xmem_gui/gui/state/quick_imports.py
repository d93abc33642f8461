"""Imports that are not read twice.

PySide looks through the source of every module that is imported after it for a word that asks for its
features ``snake_case`` and ``true_property``, and keeps all lines that it has read. That is a tenth of the
processor time in which torch is imported, a twentieth of the window's start, and 40 MB. Nobody here uses
those features.
"""

from __future__ import annotations

import sys

_ASKS = "_mod_uses_pyside"


def keep_imports_quick() -> None:
    """Have PySide, once it is imported, look through no more sources."""
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, _ASKS):
        setattr(feature, _ASKS, _uses_no_features)


def _uses_no_features(_: object) -> bool:
    return False
