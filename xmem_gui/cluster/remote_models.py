"""Model files known by what is in them: sent to another machine once, and only where it has not the same."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from xmem_gui import files
from xmem_gui.errors import CheckpointError, ClusterError
from xmem_gui.folders import sent_models_folder
from xmem_gui.model import MODELS, find_model, model_states, sha256_of

PART = 4 << 20
"""Bytes of a model that are sent at a time."""
_LARGEST = 16 << 30
"""No model is larger."""
_SPARE = 1 << 30
"""Bytes that stay free on the disk."""
_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class ModelFile:
    """A model's file by its content.

    Attributes
    ----------
    name
        Name of the model, for people.
    sha256
        Checksum of the file's bytes, in hexadecimal.
    size
        Size of the file in bytes.
    """

    name: str
    sha256: str
    size: int

    @classmethod
    def of(cls, path: Path) -> ModelFile:
        """Look at a file; its bytes are read once as long as it does not change."""
        return cls(path.name, sha256_of(path), path.stat().st_size)


class ModelShelf:
    """The models of the machine that computes: its own, and those that were sent to it.

    Parameters
    ----------
    folder
        Where those sent are kept; a folder of the user's cache by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or sent_models_folder()
        self._coming: dict[Path, Path] = {}

    def named(self, name: str) -> ModelFile:
        """Return this machine's own model of a name; raises CheckpointError if it has none."""
        if name not in MODELS:
            raise CheckpointError(f"The GPU elsewhere knows no model '{name}'.")
        return ModelFile.of(find_model(name))

    def find(self, wanted: ModelFile) -> Path | None:
        """Return the file with that content, or None if it has to be sent."""
        sent = self._place(wanted)
        if sent.is_file() and ModelFile.of(sent).sha256 == wanted.sha256:
            return sent
        for state in model_states():
            alike = state.path is not None and state.path.stat().st_size == wanted.size
            if alike and state.path is not None and ModelFile.of(state.path).sha256 == wanted.sha256:
                return state.path
        return None

    def take(self, wanted: ModelFile, at: int, data: bytes) -> None:
        """Take a part of a model that is being sent, from byte ``at`` on; with the last it is complete.

        Raises
        ------
        ClusterError
            If it is too large, there is no room for it, or it is not what it was said to be.
        """
        if not 0 <= at <= at + len(data) <= wanted.size <= _LARGEST:
            raise ClusterError(f"The model {wanted.name} is too large to be sent: {wanted.size:,} bytes.")
        place = self._place(wanted)
        place.parent.mkdir(parents=True, exist_ok=True)
        if at == 0 and shutil.disk_usage(place.parent).free < wanted.size + _SPARE:
            raise ClusterError(
                f"The GPU elsewhere has no room on its disk for the model {wanted.name}, "
                f"{wanted.size:,} bytes: make room there."
            )
        if at == 0:
            self._forget(place)
            self._coming[place] = files.new_file(place)
        partial = self._coming.get(place)
        if partial is None or partial.stat().st_size != at:
            raise ClusterError(f"A part of the model {wanted.name} was lost on the way: try again.")
        with partial.open("ab") as file:
            file.write(data)
        if at + len(data) == wanted.size:
            if sha256_of(partial) != wanted.sha256:
                self._forget(place)
                raise ClusterError(f"The model {wanted.name} came damaged over the network: try again.")
            files.publish(partial, place)
            del self._coming[place]

    def _forget(self, place: Path) -> None:
        """Remove what has come of a model whose end never came."""
        partial = self._coming.pop(place, None)
        if partial is not None:
            partial.unlink(missing_ok=True)

    def _place(self, wanted: ModelFile) -> Path:
        if len(wanted.sha256) != 64 or not _DIGITS.issuperset(wanted.sha256):
            raise ClusterError("A model is asked for by something that is no checksum.")
        return self._folder / wanted.sha256
