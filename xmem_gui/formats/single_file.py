"""What exports to one file have in common: where it goes, and JSON written piece by piece."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout
from xmem_gui.formats.naming import safe_folder


class SingleFileExporter(BaseExporter):
    """An export whose destination is a file, or a folder to put one in that is named as the video."""

    takes_images = False
    ending = ""
    """What follows the video's name in the file's name, if the destination is a folder."""

    def target(self, plan: ExportPlan) -> Path:
        """Return the file to write."""
        if plan.destination.suffix.lower() in self.extensions and not plan.destination.is_dir():
            return plan.destination
        return plan.destination / f"{safe_folder(plan.annotation.name)}{self.ending}"

    def _layout(self, plan: ExportPlan) -> Layout:
        target = self.target(plan)
        return Layout((target,), 1, (target.name,), self._warnings(plan))

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        """Return what the person should know of this format; nothing, unless overridden."""
        del plan
        return ()


class JsonPieces:
    """Writes one JSON object member by member, long lists item by item, so that none is held in memory."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._first = True
        file.write("{")

    def member(self, key: str, value: Any) -> None:
        """Write a member."""
        self._key(key)
        self._file.write(dumps(value))

    def items(self, key: str, values: Iterable[Any]) -> None:
        """Write a member that is a list."""
        self._key(key)
        self._file.write("[")
        for number, value in enumerate(values):
            self._file.write((",\n" if number else "\n") + dumps(value))
        self._file.write("]")

    def close(self) -> None:
        """End the object."""
        self._file.write("}\n")

    def _key(self, key: str) -> None:
        self._file.write(("" if self._first else ",\n") + dumps(key) + ": ")
        self._first = False


def dumps(value: Any) -> str:
    """Return compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def categories(objects: Iterable[ObjectInfo]) -> dict[str, int]:
    """Return category ids by label: objects of one class, or of one name, are one category.

    It is numbered as the first of them.
    """
    found: dict[str, int] = {}
    for info in sorted(objects, key=lambda info: info.id):
        found.setdefault(info.label, info.id)
    return found
