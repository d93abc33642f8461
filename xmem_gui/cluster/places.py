"""Paths and addresses (``s3://...``): read, fetched, and told apart from what they were.

Addresses go through fsspec, which knows S3, Google Cloud Storage, HTTP and others where their packages are
installed. ``file://`` is an address like the others.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from xmem_gui.cluster.connection import HOW_TO_GET
from xmem_gui.errors import ClusterError, FormatError, XmemGuiError, in_words, why_no_file

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")
_CHANGES = (
    "ETag",
    "etag",
    "generation",
    "md5Hash",
    "mtime",
    "LastModified",
    "last_modified",
    "updated",
    "created",
)
"""What file systems tell by which one file differs from another of its name and size."""


def is_address(text: str) -> bool:
    """Tell whether a text is an address, not a path of this machine."""
    return _ADDRESS.match(text) is not None


def file_system(address: str) -> tuple[Any, str]:
    """Return fsspec's file system for an address, and the path in it.

    Raises
    ------
    ClusterError
        If fsspec, or its part for this kind of address, is not installed.
    """
    try:
        import fsspec
    except ImportError:
        raise ClusterError(
            f"An address such as '{address}' needs fsspec, which is not installed: {HOW_TO_GET}."
        ) from None
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise ClusterError(f"'{address}' cannot be used: {str(error).rstrip('.')}.") from None
    except ValueError as error:
        raise ClusterError(
            f"'{address}' is no address that fsspec knows: {str(error).rstrip('.')}."
        ) from None
    return system, str(path)


def joined(folder: str, text: str) -> str:
    """Return a path or an address as seen from a folder."""
    if is_address(text) or Path(text).is_absolute():
        return text
    return f"{folder.rstrip('/')}/{text}" if is_address(folder) else str(Path(folder) / text)


def parent_of(source: str) -> str:
    """Return the folder of a path or an address."""
    return source.rstrip("/").rpartition("/")[0] if is_address(source) else str(Path(source).parent)


def stem_of(source: str) -> str:
    """Return the name of a file without its ending, or of a folder."""
    if is_address(source):
        path = PurePosixPath(source)
        return path.name if source.endswith("/") else path.stem
    local = Path(source).absolute()
    return local.name if local.is_dir() else local.stem


def read_small(source: str, *, most: int) -> bytes:
    """Return what a small file holds.

    Parameters
    ----------
    source
        A path or an address.
    most
        Bytes that are read; a larger file is refused.

    Raises
    ------
    FormatError
        If it is not there, cannot be read, or is larger.
    """
    with _in_words(source):
        if is_address(source):
            system, path = file_system(source)
            with system.open(path, "rb") as file:
                data = bytes(file.read(most + 1))
        else:
            if why := why_no_file(Path(source)):
                raise FormatError(why)
            with Path(source).open("rb") as file:
                data = file.read(most + 1)
    if len(data) > most:
        raise FormatError(f"'{source}' is larger than {most >> 20} MiB, which nothing of its kind is.")
    return data


def file_facts(source: str) -> list[list[object]]:
    """Return what tells a file, or a folder's files, from what they were before: name, size, time of change.

    Raises
    ------
    XmemGuiError
        If nothing is there.
    """
    with _in_words(source):
        if is_address(source):
            system, path = file_system(source)
            info = system.info(path)
            found = system.ls(path, detail=True) if info["type"] == "directory" else [info]
            files = [one for one in found if one["type"] == "file"]
            return sorted(
                [
                    PurePosixPath(one["name"]).name,
                    one.get("size"),
                    str(next((one[key] for key in _CHANGES if one.get(key)), "")),
                ]
                for one in files
            )
        local = Path(source)
        paths = (
            [path for path in local.iterdir() if not path.name.startswith(".")] if local.is_dir() else [local]
        )
        stats = {path.name: path.stat() for path in sorted(paths) if _counts(path)}
        if not stats:
            raise FormatError(f"'{source}' is not there, or holds nothing: check the path.")
        return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()]


def fetched(source: str, folder: Path) -> Path:
    """Return where a file or a folder is on this machine; what is elsewhere is copied into ``folder`` first.

    Raises
    ------
    XmemGuiError
        If it is not there or cannot be read.
    """
    if not is_address(source):
        return Path(source)
    with _in_words(source):
        system, path = file_system(source)
        target = folder / (PurePosixPath(path.rstrip("/")).name or "video")
        if not system.isdir(path):
            system.get_file(path, os.fspath(target))
            return target
        target.mkdir()
        for one in system.ls(path, detail=True):
            if one["type"] == "file":
                system.get_file(one["name"], os.fspath(target / PurePosixPath(one["name"]).name))
        return target


def read_tree(source: str) -> dict[str, bytes]:
    """Return the bytes of a file, or of the files in a folder, by their paths from its parent folder.

    Raises
    ------
    XmemGuiError
        If they cannot be read.
    """
    local = Path(source).absolute()
    with _in_words(source):
        if local.is_file():
            return {local.name: local.read_bytes()}
        return {
            f"{local.name}/{path.name}": path.read_bytes()
            for path in sorted(local.iterdir())
            if path.is_file()
        }


def write_tree(files: dict[str, bytes], folder: Path) -> None:
    """Write what `read_tree` read, or `folder_bytes`, into a folder."""
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files in a folder, at any depth, by their paths from it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours with all in it, as far as that is possible."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _in_words(source: str) -> Iterator[None]:
    """Turn what a file system says into a sentence; remote ones raise whatever their packages have."""
    try:
        yield
    except XmemGuiError:
        raise
    except OSError as error:
        if not is_address(source):
            raise FormatError(in_words(error, source)) from error
        raise FormatError(_of_address(source, error)) from error
    except Exception as error:  # whatever the package for this kind of address raises
        if not is_address(source):
            raise
        raise FormatError(_of_address(source, error)) from error


def _counts(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _of_address(source: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is nothing at {source}: check the address."
    said = str(error).partition("\n")[0].rstrip(".")
    return (
        f"{source} cannot be read ({said or type(error).__name__}): check the address and your access to it."
    )
