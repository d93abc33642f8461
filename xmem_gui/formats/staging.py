"""Exports appear whole: they are written beside their place under a hidden name, then moved into it."""

import contextlib
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from xmem_gui.errors import OutputError
from xmem_gui.files import leftovers, old_name, sync_file, sync_folder, temporary_name

_ABANDONED = 24 * 3600.0
"""Seconds after which hidden leftovers of a killed export are removed by the next to the same place."""


class Staging:
    """Places to write the targets of an export to, until `publish` moves each to its final name.

    A context manager: leaving it without `publish` removes everything written, and the folders made for it.
    Each target is moved in one step; those of one export are moved one after the other, in the order given.

    Parameters
    ----------
    targets
        Final paths of files and folders.
    overwrite
        Replace targets that exist. Otherwise one that has appeared meanwhile is an `OutputError`.
    shared
        Targets that are replaced even so, since what they held was merged into the new file.
    """

    def __init__(self, targets: Sequence[Path], *, overwrite: bool, shared: Sequence[Path] = ()) -> None:
        self._targets = tuple(targets)
        self._overwrite = overwrite
        self._shared = frozenset(shared)
        self._stamps = {target: _stamp(target) for target in self._shared}
        self._staged: dict[Path, Path] = {}
        self._made: list[Path] = []
        self._published = False

    def __enter__(self) -> "Staging":
        try:
            for target in self._targets:
                self._make_parents(target.parent)
                _remove_abandoned(target)
                self._staged[target] = temporary_name(target, ending=target.suffix)
        except OSError as error:
            self._discard()
            raise _refusal(error, self._targets[0].parent) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._published:
            self._discard()
        if isinstance(error, OSError):
            raise _refusal(error, self._targets[0]) from error

    def file(self, target: Path) -> Path:
        """Return where to write a target that is a file."""
        return self._staged[target]

    def folder(self, target: Path) -> Path:
        """Return where to write a target that is a folder; it exists."""
        self._staged[target].mkdir(exist_ok=True)
        return self._staged[target]

    def publish(self) -> None:
        """Move everything to its final name, or nothing: what was moved before one fails is moved back.

        Raises
        ------
        OutputError
            If something has appeared at a target meanwhile, or one that was added to has been changed.
        """
        moves = [(self._staged[target], target) for target in self._targets if self._staged[target].exists()]
        for staged, target in moves:
            self._look_again(target)
            if not staged.is_dir():
                sync_file(staged)
        done: list[tuple[Path, Path, Path | None]] = []
        try:
            for staged, target in moves:
                self._look_again(target)
                done.append((staged, target, _set_aside(target)))
                if not self._overwrite and target not in self._shared:
                    _move_new(staged, target)
                else:
                    staged.replace(target)
        except BaseException:
            for staged, target, old in reversed(done):
                _move_back(staged, target, old)
            raise
        self._published = True
        for folder in {target.parent for _, target in moves}:
            sync_folder(folder)
        for _, _, old in done:
            if old is not None:
                _remove(old)

    def _look_again(self, target: Path) -> None:
        if target in self._shared:
            if _stamp(target) != self._stamps[target]:
                raise OutputError(f"'{target}' has changed while the export ran; export again.")
        elif not self._overwrite and _is_there(target):
            raise OutputError(f"'{target}' has appeared while the export ran; it is not overwritten.")

    def _make_parents(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            path.mkdir()
            self._made.append(path)

    def _discard(self) -> None:
        for staged in self._staged.values():
            _remove(staged)
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _is_there(target: Path) -> bool:
    """Tell whether something stands at a target; a folder without anything in it is as good as none."""
    if target.is_dir() and not target.is_symlink():
        return any(target.iterdir())
    return os.path.lexists(target)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return (facts.st_ino, facts.st_mtime_ns, facts.st_size)


def _set_aside(target: Path) -> Path | None:
    """Make room at a target; return where what stood there is now, if anything did.

    A file keeps its name until the new one takes it, so that whoever is killed in between leaves one there.
    """
    if not os.path.lexists(target):
        return None
    if target.is_dir() and not target.is_symlink() and not any(target.iterdir()):
        target.rmdir()
        return None
    old = old_name(target)
    if target.is_dir() or target.is_symlink():
        target.rename(old)
        return old
    try:
        os.link(target, old)
    except OSError:  # no second names on this file system
        shutil.copy2(target, old)
    return old


def _move_new(staged: Path, target: Path) -> None:
    """Move to where nothing is; what comes to be there in this moment is not replaced."""
    try:
        if staged.is_dir():
            staged.rename(target)
            return
        os.link(staged, target)
    except FileExistsError:
        raise OutputError(f"'{target}' has appeared while the export ran; it is not overwritten.") from None
    except OSError:  # no second names on this file system
        staged.replace(target)
    else:
        staged.unlink()


def _move_back(staged: Path, target: Path, old: Path | None) -> None:
    """Undo one move as far as it has come."""
    with contextlib.suppress(OSError):
        if not os.path.lexists(staged):
            target.replace(staged)
    with contextlib.suppress(OSError):
        if old is not None:
            old.replace(target)
            # Two names of one file are not made one by that.
            old.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def run_jobs(jobs: Iterable[Callable[[], None]], after_each: Callable[[], None]) -> None:
    """Run jobs on a few threads, and call `after_each` in this one as each ends, in order.

    At most a few jobs wait at a time. The jobs are made one by one in the calling thread; the first error,
    or one raised by `after_each`, stops all.
    """
    workers = min(4, os.cpu_count() or 1)
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="export") as pool:
        try:
            for job in jobs:
                waiting.append(pool.submit(job))
                if len(waiting) >= 2 * workers:
                    waiting.popleft().result()
                    after_each()
            while waiting:
                waiting.popleft().result()
                after_each()
        finally:
            for future in waiting:
                future.cancel()


def existing_files(target: Path) -> int:
    """Return how many files a target that exists has."""
    return sum(path.is_file() for path in target.rglob("*")) if target.is_dir() else 1


def _remove_abandoned(target: Path) -> None:
    before = time.time() - _ABANDONED
    for path in leftovers(target, old=target.exists()):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _refusal(error: OSError, at: Path) -> OutputError:
    return OutputError(
        f"The export to '{at}' failed ({error.strerror or error}); nothing is left there. "
        "Free some room or choose a folder that can be written, and export again."
    )
