"""Where results may go: never over or among what is read, never two to one name, never over what is not ours.

Every command, export and run asks here before it computes anything. Three rules:

1. What is read stays as it is (`Inputs`), whether or not the person asks to overwrite.
2. Two results have two names, on every file system (`two_alike`).
3. What is overwritten, when that is asked for, was written by this program as the same kind of result. Each
   file says so itself, by a mark in it (`mark`, `bears`): PNG, JPEG, JSON, XML and videos have room for one.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from xmem_gui.errors import OutputError, in_words

_HEAD = 1 << 16
_OF_VIDEOS = 1 << 26
"""The notes of MP4 lie behind its tables, a megabyte an hour; those of others in the first or last 64 kB."""
_VIDEOS = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".avi"})
MARK_KEY = "xmem_gui"

Identity = tuple[int, int]


def mark(kind: str) -> str:
    """Return what a file of a kind, such as ``index-mask``, holds to say that this program wrote it."""
    return f"{MARK_KEY}:{kind};"


def bears(path: Path, kinds: Collection[str]) -> bool:
    """Tell whether a file is a regular one, no link, and has the mark of one of the kinds."""
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode):
            return False
        with path.open("rb") as file:
            data = file.read(_OF_VIDEOS if path.suffix.lower() in _VIDEOS else _HEAD)
            if facts.st_size > len(data):
                file.seek(max(len(data), facts.st_size - _HEAD))
                data += file.read(_HEAD)
    except OSError:
        return False
    return any(mark(kind).encode() in data for kind in kinds)


def alike_key(name: str) -> str:
    """Return what names have in common that some file system takes for one (case, accents in two codings)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def two_alike(names: Iterable[str]) -> tuple[str, str] | None:
    """Return two names that some file system takes for one (case, accents in two codings), or None."""
    seen: dict[str, str] = {}
    for name in names:
        key = alike_key(name)
        if key in seen:
            return seen[key], name
        seen[key] = name
    return None


def check_replaceable(path: Path, kinds: Collection[str], *, overwrite: bool) -> None:
    """Refuse to write over a file unless that is asked for, and this program wrote it as one of the kinds.

    Raises
    ------
    OutputError
        With what to do.
    """
    if not os.path.lexists(path):
        return
    if not bears(path, kinds):
        raise OutputError(
            f"'{path}' exists, and is not this program's result of this kind: choose another name."
        )
    if not overwrite:
        raise OutputError(f"'{path}' exists already: choose another name, or say --overwrite.")


class Inputs:
    """What a command reads: its results keep away from it.

    Parameters
    ----------
    paths
        Files, and folders of which the files in them are read: nothing is put over or beside those. A folder
        within such a folder, for results alone, is not among them. What does not exist is passed over.
    trees
        Folders that are read with all below them: nothing is put anywhere in them.
    families
        Files that have others beside them whose names begin with theirs, as a project has; there or not yet,
        all of these names are taken.
    """

    def __init__(
        self, paths: Iterable[Path] = (), *, trees: Iterable[Path] = (), families: Iterable[Path] = ()
    ) -> None:
        self._trees, self._families = tuple(dict.fromkeys(trees)), tuple(dict.fromkeys(families))
        self._paths = tuple(dict.fromkeys((*paths, *self._trees, *self._families)))

    def __add__(self, other: Inputs) -> Inputs:
        """Return what either reads."""
        return Inputs(
            (*self._paths, *other._paths),
            trees=(*self._trees, *other._trees),
            families=(*self._families, *other._families),
        )

    def refusal(self, target: Path, *, into: bool = False) -> str:
        """Return why a result may not go to a place, in a sentence, or nothing.

        Links, hard links, ``..`` and letters' case make no difference: places are compared by what they are
        on the disk.

        Parameters
        ----------
        target
            A file or folder that is made, or replaced whole.
        into
            Whether it is a folder that results are put into, and what else it holds stays.
        """
        try:
            return self._refusal(target, into=into)
        except (OSError, ValueError) as error:  # a name that no file can have
            return in_words(error, target)

    def _refusal(self, target: Path, *, into: bool) -> str:
        own = _identity(target)
        beside = {_identity(target.parent), _identity(Path(os.path.realpath(target)).parent)} - {None}
        above = {*_above(target), *_above(target.parent), *beside}
        for path in self._paths:
            found = _identity(path)
            if found is None:
                continue
            if found == own:
                return f"'{target}' is what is read: choose another place."
            if found in above and path in self._trees:
                return f"'{target}' lies in '{path}', which is read: choose a place outside of it."
            if found in beside and not into and path.is_dir():
                return f"'{target}' would lie among the files of '{path}', which are read: choose another."
        if not into and target.is_dir() and own in self._folders:
            return f"'{target}' would be replaced, and it holds what is read: choose another place."
        for path in self._families:
            if any(_is_of_family(one, path) for one in (target, *target.parents)):
                return f"'{target}' has a name that belongs to '{path}': choose another place."
        if own is not None and not target.is_dir() and own in self._files:
            return f"'{target}' is one of the files that are read: choose another place."
        return ""

    def check(self, *targets: Path, into: bool = False) -> None:
        """Raise for the first result that may not go to its place.

        Raises
        ------
        OutputError
            With the sentence of `refusal`.
        """
        for target in targets:
            if sentence := self.refusal(target, into=into):
                raise OutputError(sentence)

    def check_into(self, folder: Path, names: Iterable[str]) -> None:
        """Raise if results of some names may not go into a folder; what is read may lie there by other names.

        Raises
        ------
        OutputError
            With the sentence of `refusal`.
        """
        self.check(folder, into=True)
        if _identity(folder) in self._folders:
            self.check(*(folder / name for name in names if os.path.lexists(folder / name)))

    @cached_property
    def _files(self) -> frozenset[Identity]:
        """Every file that is read: a second name of one (a link) is that file."""
        found = (_identity(path) for path in self._listed())
        return frozenset(one for one in found if one is not None)

    @cached_property
    def _folders(self) -> frozenset[Identity]:
        """Every folder above what is read, also where it is reached by a link."""
        places = {*self._paths, *(path for path in self._listed() if path.is_symlink())}
        return frozenset(one for path in places for near in (path, path.parent) for one in _above(near)) | {
            one for path in places if (one := _identity(path.parent)) is not None
        }

    def _listed(self) -> Iterator[Path]:
        for path in self._paths:
            inside = path.rglob("*") if path in self._trees else path.glob("*")
            yield from inside if path.is_dir() else (path,)


def _identity(path: Path) -> Identity | None:
    """Return what a path leads to on the disk; None if it leads nowhere."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return None
    return (facts.st_dev, facts.st_ino)


def _is_of_family(path: Path, first: Path) -> bool:
    alike = path.name.casefold().lstrip(".").startswith(first.name.casefold())
    return alike and _identity(path.parent) == _identity(first.parent)


def _above(path: Path) -> Iterator[Identity]:
    """Yield the folders that a path lies in, the nearest first, links followed; those that exist."""
    for folder in Path(os.path.realpath(path)).parents:
        found = _identity(folder)
        if found is not None:
            yield found
