"""Which models are on this machine, and whether their files are what they should be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from xmem_gui.assets import asset
from xmem_gui.errors import CheckpointError, OutputError, XmemGuiError
from xmem_gui.folders import models_folder
from xmem_gui.model.download import defect
from xmem_gui.model.partial_file import PartialFile
from xmem_gui.model.registry import MODELS, ModelSpec


@dataclass(frozen=True)
class ModelState:
    """A model of the registry, and what of it is here.

    Parameters
    ----------
    spec
        The model's entry in the registry.
    path
        Its file; None if it is not here.
    bytes
        Of the file, or of what has been downloaded so far.
    total
        Of the whole file, as far as it is known.
    """

    spec: ModelSpec
    path: Path | None
    bytes: int
    total: int | None


def model_states(*, folder: Path | None = None) -> tuple[ModelState, ...]:
    """Return what is here of every model of the registry.

    Parameters
    ----------
    folder
        Where downloaded models are, if not in `models_folder`.
    """
    return tuple(_state(spec, folder or models_folder()) for spec in MODELS.values())


def verify_model(spec: ModelSpec, *, folder: Path | None = None) -> Path:
    """Read a model's whole file and compare it with what was published; return its path.

    Raises
    ------
    CheckpointError
        If it is not here, or is damaged.
    """
    # It needs torch, which a list of models can do without.
    from xmem_gui.model.weight_files import read_tensors

    state = _state(spec, folder or models_folder())
    if state.path is None:
        raise CheckpointError(f"The model '{spec.name}' is not on this machine.")
    if (found := defect(spec, state.path)) is not None:
        raise CheckpointError(f"{state.path} is damaged: {found}; delete it and download it again.")
    read_tensors(state.path)
    return state.path


def delete_model(spec: ModelSpec, *, folder: Path | None = None) -> None:
    """Delete a downloaded model, and what has been downloaded of it so far.

    Raises
    ------
    OutputError
        If it comes with the program, or its file cannot be deleted.
    """
    if spec.shipped:
        raise OutputError(f"The model '{spec.name}' comes with the program and is not deleted.")
    target = (folder or models_folder()) / spec.file
    try:
        PartialFile(target).discard()
        target.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{target} cannot be deleted ({error.strerror or error}).") from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; it is read once as long as it does not change."""
    facts = path.stat()
    return _digest(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=16)
def _digest(path: Path, size: int, modified: int) -> str:  # noqa: ARG001 (a changed file is another)
    found = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            found.update(data)
    return found.hexdigest()


def _state(spec: ModelSpec, folder: Path) -> ModelState:
    try:
        path = asset(spec.file) if spec.shipped else folder / spec.file
        size = path.stat().st_size
    except (OSError, XmemGuiError):
        begun = None if spec.shipped or spec.url is None else PartialFile(folder / spec.file).begun(spec.url)
        done, total = (0, spec.bytes) if begun is None else (begun[0], begun[1].total or spec.bytes)
        return ModelState(spec, None, done, total)
    return ModelState(spec, path, size, size)
