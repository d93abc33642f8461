"""Where a batch puts its results: a folder a job, each there whole or not at all."""

from __future__ import annotations

import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

from xmem_gui.cluster.places import file_system, is_address, remove_tree
from xmem_gui.errors import OutputError, in_words
from xmem_gui.files import leftovers_in, publish_folder, temporary_name, write_whole
from xmem_gui.project.folder_lock import only_run

NOTE = "job.json"
"""The file in a job's folder that says what it was made of; nothing is finished without."""
KIND = "batch-job"
_MOST = 1 << 24


def note_text(identity: str, facts: Mapping[str, Any]) -> str:
    """Return what a job's note says."""
    return json.dumps({"xmem_gui": KIND, "identity": identity, **facts}, indent=1) + "\n"


def read_note(text: str) -> dict[str, Any] | None:
    """Return what a note says, or None if it is none of ours."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("xmem_gui") == KIND else None


class Results(ABC):
    """A place for a batch's results."""

    @abstractmethod
    def held(self) -> AbstractContextManager[None]:
        """Keep others from writing there meanwhile, where that is possible.

        Raises
        ------
        OutputError
            If another batch is writing there, or nothing can be written.
        """

    @abstractmethod
    def note(self, name: str) -> dict[str, Any] | None:
        """Return what the note of a job's folder says, or None if there is none."""

    @abstractmethod
    def is_taken(self, name: str) -> bool:
        """Tell whether something is there by this name."""

    @abstractmethod
    def new_folder(self, name: str, scratch: Path) -> Path:
        """Make a folder on this machine for what will be a job's; ``scratch`` is there for it."""

    @abstractmethod
    def publish(self, folder: Path, name: str) -> None:
        """Give a finished folder, with a note in it, its name, in place of an older result.

        Raises
        ------
        OutputError
            If something else is there, or it cannot be written.
        """

    @abstractmethod
    def write_text(self, name: str, text: str) -> None:
        """Write a small text, whole or not at all.

        Raises
        ------
        OutputError
            If it cannot be written.
        """

    @abstractmethod
    def sweep(self) -> None:
        """Remove what jobs that were killed left; only while this place is held."""

    def check_free(self, name: str) -> None:
        """Refuse a name under which there is something that no batch has made.

        Raises
        ------
        OutputError
            With what to do.
        """
        if self.is_taken(name) and self.note(name) is None:
            raise OutputError(f"'{name}' is there already, and no result of a batch: choose another folder.")


def results_at(place: str) -> Results:
    """Return the place for results at a path or an address.

    Raises
    ------
    ClusterError
        If it is an address, and what it needs is not installed.
    """
    return _Remote(place) if is_address(place) else _Local(Path(place))


class _Local(Results):
    """A folder on a disk, this machine's or one that several share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def held(self) -> AbstractContextManager[None]:
        return only_run(self._folder)

    def note(self, name: str) -> dict[str, Any] | None:
        with suppress(OSError, ValueError):
            path = self._folder / name / NOTE
            if path.is_file() and path.stat().st_size < _MOST:
                return read_note(path.read_text(encoding="utf-8"))
        return None

    def is_taken(self, name: str) -> bool:
        path = self._folder / name
        return path.exists() or path.is_symlink()

    def new_folder(self, name: str, scratch: Path) -> Path:  # noqa: ARG002 (it is made where it will be)
        folder = temporary_name(self._folder / name)
        folder.mkdir(parents=True)
        return folder

    def publish(self, folder: Path, name: str) -> None:
        self.check_free(name)
        target = self._folder / name
        try:
            publish_folder(folder, target)
        except OSError as error:
            raise OutputError(in_words(error, target)) from error

    def write_text(self, name: str, text: str) -> None:
        try:
            write_whole(self._folder / name, text.encode())
        except OSError as error:
            raise OutputError(in_words(error, self._folder / name)) from error

    def sweep(self) -> None:
        for path in leftovers_in(self._folder):
            if path.is_dir() and not path.is_symlink():
                remove_tree(path)


class _Remote(Results):
    """An address that fsspec writes to; a job's note is written last."""

    def __init__(self, address: str) -> None:
        self._system, path = file_system(address)
        self._address, self._root = address, path.rstrip("/")

    def held(self) -> AbstractContextManager[None]:
        return nullcontext()  # object stores know no locks

    def note(self, name: str) -> dict[str, Any] | None:
        path = f"{self._root}/{name}/{NOTE}"
        try:
            if self._system.isfile(path):
                return read_note(self._system.cat_file(path).decode())
        except Exception as error:  # whatever the package for this kind of address raises
            raise self._in_words(error) from error
        return None

    def is_taken(self, name: str) -> bool:
        return bool(self._system.exists(f"{self._root}/{name}"))

    def new_folder(self, name: str, scratch: Path) -> Path:
        folder = scratch / "result" / name
        folder.mkdir(parents=True)
        return folder

    def publish(self, folder: Path, name: str) -> None:
        self.check_free(name)
        target = f"{self._root}/{name}"
        try:
            # Killed on the way, it is still known as ours, and as unfinished.
            self._system.makedirs(target, exist_ok=True)
            self._system.pipe_file(f"{target}/{NOTE}", note_text("", {}).encode())
            for old in self._system.find(target):
                if old.rpartition("/")[2] != NOTE:
                    self._system.rm_file(old)
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            for path in sorted(files, key=lambda one: one == folder / NOTE):
                place = f"{target}/{path.relative_to(folder).as_posix()}"
                self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
                self._system.put_file(str(path), place)
        except Exception as error:  # as above
            raise self._in_words(error) from error
        shutil.rmtree(folder, ignore_errors=True)

    def write_text(self, name: str, text: str) -> None:
        try:
            self._system.makedirs(self._root, exist_ok=True)
            self._system.pipe_file(f"{self._root}/{name}", text.encode())
        except Exception as error:  # as above
            raise self._in_words(error) from error

    def sweep(self) -> None:
        pass  # what was left unfinished says so in its note, and is written over

    def _in_words(self, error: Exception) -> OutputError:
        said = str(error).partition("\n")[0].rstrip(".")
        return OutputError(
            f"{self._address} cannot be written ({said or type(error).__name__}): check the address and your "
            "access to it."
        )
