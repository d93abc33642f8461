"""The small file beside a folder of masks, ``VIDEO.objects.json``: a record of each export there."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.davis import frame_of
from xmem_gui.formats.exporting import ExportPlan
from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.reading import one_line, read_json
from xmem_gui.formats.record import Record, read_record, record_of
from xmem_gui.outputs import MARK_KEY, bears, mark

SIDECAR = "objects"
"""What such a file says that it is."""
_LIMIT = 64 * 2**20
_UP = 3
_MOST_RECORDS = 64


def sidecar_name(sequence: str) -> str:
    """Return the file's name for a sequence."""
    return f"{sequence}.objects.json"


def shared_sidecar(path: Path) -> tuple[Path, ...]:
    """Return a sidecar of ours that exists, which an export to another folder is added to; else nothing."""
    return (path,) if bears(path, (SIDECAR,)) else ()


def write_sidecar(
    path: Path,
    plan: ExportPlan,
    folder: Path,
    numbers: Mapping[int, int] | None = None,
    *,
    final: Path,
    digest: str = "",
    lines: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Write the record of an export to a folder; records of exports to other folders stay.

    Parameters
    ----------
    path
        Path of the sidecar file.
    plan, numbers
        The export, and the number that each object has in the masks, as in `record_of`.
    folder
        The folder of masks that the sidecar is about.
    final
        Where the sidecar will stand; what stands there now is added to.
    digest
        Of the folder, if its files bear no mark.
    lines
        By name, the object's id of each line of a file, where lines do not tell objects apart.
    """
    name = folder.relative_to(final.parent).as_posix()
    others = [record for record in _records(final) if record.get("folder") != name]
    found = {MARK_KEY: mark(SIDECAR), "folder": name, **record_of(plan, numbers)}
    if digest:
        found["digest"] = digest
    if lines:
        found["lines"] = [list(lines.get(name, ())) for name in plan.names]
    if others:
        found["others"] = others[: _MOST_RECORDS - 1]
    # One member a line: readable, and one line for a million frames.
    members = ",\n".join(
        f" {json.dumps(key)}: {json.dumps(v, ensure_ascii=False)}" for key, v in found.items()
    )
    # Bytes of a name that are no text become JSON's own escapes.
    path.write_text(f"{{\n{members}\n}}\n", encoding="utf-8", errors="backslashreplace")


def find_sidecar(folder: Path) -> Path | None:
    """Return the sidecar of a folder of masks, or a file: beside it, or beside the folders it lies in."""
    place, sequence = folder, folder.stem if folder.is_file() else folder.name
    for _ in range(_UP):
        place = place.parent
        found = place / sidecar_name(sequence)
        if found.is_file():
            return found
    return None


def read_digest(folder: Path) -> str:
    """Return the digest that a folder of masks had when it was written, or nothing."""
    path = find_sidecar(folder)
    name = "" if path is None else folder.relative_to(path.parent).as_posix()
    records = [] if path is None else _records(path)
    found = next((record for record in records if record.get("folder", name) == name), {})
    return str(found.get("digest", ""))


def folder_record(folder: Path, target: ImportTarget) -> tuple[Record, list[str]]:
    """Return what is written down of a folder of masks, and what to tell the person.

    Without a sidecar the record is empty, and so it is with a damaged one: the masks can be read without.
    One of another video gives objects, but no frames.
    """
    path = find_sidecar(folder)
    if path is None:
        return Record(), []
    try:
        return _folder_record(path, folder, target)
    except FormatError as error:
        return Record(), [f"{error} What '{path.name}' says of these masks is not used."]


def mask_record(folder: Path, masks: Mapping[str, Path], target: ImportTarget) -> tuple[Record, list[str]]:
    """Return what is written down of a folder of index masks, as `folder_record` does.

    Masks that `xmem-gui propagate` has written have no sidecar: each says itself which frame it is of.

    Parameters
    ----------
    folder
        The folder of masks, which is only read.
    masks
        Its files by name without an ending.
    target
        The size, length and frame names of the video that masks are for.
    """
    if find_sidecar(folder) is not None:
        return folder_record(folder, target)
    frames: dict[str, int] = {}
    for stem, path in masks.items():
        found = frame_of(path)
        if found is None or found[1] != len(target.frame_names):
            return Record(), []
        frames[stem] = found[0]
    if len(set(frames.values())) < len(frames):
        return Record(), []
    return Record({}, tuple(frames.values()), tuple(frames), own_names=True), []


def _folder_record(path: Path, folder: Path, target: ImportTarget) -> tuple[Record, list[str]]:
    records = _split(read_json(path, _LIMIT))
    if not records:
        raise FormatError(f"'{path}' has no proper 'objects'.")
    name = folder.relative_to(path.parent).as_posix()
    for record in records:
        if record.get("folder") == name:
            return read_record(record, target, path.name)
    for record in records:
        # One that tells no folder is from before they did; one whose folder is gone was moved with it.
        if not isinstance(at := record.get("folder"), str) or not (path.parent / at).exists():
            return read_record(record, target, path.name)
    note = f"'{path.name}' was written for '{one_line(records[0]['folder'])}', not '{name}', and is not used."
    return Record(), [note]


def _records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a sidecar, the latest first; none if there is no readable one."""
    try:
        return _split(read_json(path, _LIMIT))
    except (FormatError, OSError):
        return []


def _split(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, dict):
        return []
    others = found.pop("others", [])
    listed = [found, *(others if isinstance(others, list) else [])]
    return [record for record in listed if isinstance(record, dict)][:_MOST_RECORDS]
