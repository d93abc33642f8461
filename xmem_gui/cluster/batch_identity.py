"""What a job's results depend on, as one digest: done again only where that has changed."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from xmem_gui.cluster import places
from xmem_gui.cluster.jobs import Job, is_numbered
from xmem_gui.errors import CheckpointError, ProjectError, XmemGuiError
from xmem_gui.model import find_model
from xmem_gui.project import is_at_hand
from xmem_gui.project.peek import peek

_VERSION = 1


def identity_of(job: Job) -> str:
    """Return a digest of the video's files, what is given, the range, the exports, the model and settings.

    The device is none of it, nor where the files lie.

    Raises
    ------
    XmemGuiError
        If the video, masks or project are not there.
    """
    settings = asdict(job.settings)
    del settings["device"], settings["model"]
    facts: dict[str, Any] = {
        "version": _VERSION,
        "video": places.file_facts(_video_of(job)),
        "masks": [_of_mask(mask) for mask in job.masks],
        "project": _content(job.project) if job.project else "",
        "range": [job.first, job.last],
        "first_number": job.first_number,
        "exports": sorted(job.exports),
        "model": _of_model(job.settings.model),
        "settings": settings,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _video_of(job: Job) -> str:
    """Return the job's video, or that which its project names."""
    if job.video:
        return job.video
    place = Path(job.project).absolute()
    with suppress(ProjectError):
        found = None if places.is_address(job.project) else peek(place)
        if found is not None:
            for path in found.reference.places(place.parent):
                if found.reference.host(path, place.parent) is None and is_at_hand(path):
                    return str(path)
    raise XmemGuiError(f"The video of {job.project} is not where it was: say in the job where it is.")


def _of_mask(mask: str) -> list[object]:
    frame, file = mask.split("=", 1) if is_numbered(mask) else ("", mask)
    return [frame, _content(file)]


def _content(source: str) -> object:
    """Return a digest of what a file, or the files of a folder, hold; of an address, its facts."""
    if places.is_address(source):
        return places.file_facts(source)
    digest = hashlib.sha256()
    for name, _, _ in places.file_facts(source):
        path = Path(source) / str(name) if Path(source).is_dir() else Path(source)
        digest.update(f"{name}:{path.stat().st_size}:".encode("utf-8", "surrogateescape"))
        _feed(digest, path)
    log = Path(f"{source}-wal")
    if log.is_file():
        _feed(digest, log)
    return digest.hexdigest()


def _feed(digest: Any, path: Path) -> None:
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)


def _of_model(name: str) -> object:
    """Return a digest of the weights, or their name where they are only on other machines."""
    try:
        path = find_model(name)
        stat = path.stat()
    except (CheckpointError, OSError):
        return name
    return _of_weights(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _of_weights(path: Path, size: int, modified: int) -> str:  # noqa: ARG001 (a changed file is another)
    digest = hashlib.sha256()
    _feed(digest, path)
    return digest.hexdigest()
