"""The file of what a person has chosen, as it is read; without Qt, so that the commands read it too."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from xmem_gui.errors import XmemGuiError, need_file
from xmem_gui.folders import settings_folder

_FILE = "preferences.json"
_LARGEST = 1 << 20
_logger = logging.getLogger(__name__)


def settings_file(folder: Path | None = None) -> Path:
    """Return where it is: in a folder, by default the platform's for settings."""
    return (folder or settings_folder()) / _FILE


def read_settings(path: Path) -> dict[str, Any]:
    """Return what the file says, unchecked; nothing where it is damaged or not there."""
    try:
        if not path.exists():
            return {}
        need_file(path)
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST} bytes")
        found = json.loads(path.read_text(encoding="utf8"), parse_int=_whole_number)
    except (OSError, ValueError, RecursionError, XmemGuiError) as error:
        _logger.warning("settings in %s cannot be read and are the defaults: %s", path, error)
        return {}
    return found if isinstance(found, dict) else {}


def _whole_number(digits: str) -> int | None:
    """Return a number, or None for one that no setting has: thousands of digits take long to read."""
    return int(digits) if len(digits) <= 20 else None
