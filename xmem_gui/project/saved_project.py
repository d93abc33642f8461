"""An open project and its file: saved by itself, copied, taken over when another file stands in its place."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from xmem_gui import files
from xmem_gui.errors import ProjectError
from xmem_gui.project import copying, door, opening, places, schema
from xmem_gui.project.backups import Backup, BackupTimer
from xmem_gui.project.batch import Batch
from xmem_gui.project.lock import ProjectLock
from xmem_gui.project.reading import OpenProject
from xmem_gui.project.writer import Pending, Writer

_Self = TypeVar("_Self", bound="SavedProject")


class SavedProject(OpenProject):
    """What an open project does with the disk; `Project` adds how it is opened and changed."""

    def __init__(
        self,
        path: Path,
        *,
        lock: ProjectLock | None,
        read_only: str,
        flush_interval: float,
        backup_every: float | None,
        undo_bytes: int,
    ) -> None:
        super().__init__(path, read_only=read_only, undo_bytes=undo_bytes)
        self._lock, self._closed = lock, False
        self._writer: Writer | None = None
        self._timer = BackupTimer(self._backups, every=backup_every, say=self._voice.say)
        if not read_only:
            with opening.reading(path):
                cut_off = self._history.recover()
            if cut_off is not None:
                self.say("The last run was cut off; its finished frames are kept and can be undone.")
            self._writer = Writer(
                path,
                self._store,
                interval=flush_interval,
                on_tick=self._timer.tick,
                voice=self._voice,
                last_resort=self.rescue,
            )
            writer = self._writer
            self._backups.is_ours = lambda: writer.is_in_place
            writer.start()
            self._store.name_objects()

    @property
    def pending(self) -> Pending:
        """What is not on the disk yet, and why if something is wrong."""
        return Pending() if self._writer is None else self._writer.pending

    def flush(self) -> None:
        """Bring everything to the disk now.

        Raises
        ------
        ProjectError
            If that is not possible. Nothing is lost: it is tried again by itself.
        """
        if self._writer is not None:
            self._writer.flush()

    def checkpoint(self) -> Backup | None:
        """Bring everything to the disk and make a backup, unless nothing has changed since the last.

        Raises
        ------
        ProjectError
            If either is not possible.
        """
        self._need_writable()
        self.flush()
        return self._backups.make()

    # When it cannot be saved where it is

    def save_copy(self, path: Path, *, video: Path | None = None, overwrite: bool = False) -> int:
        """Write everything, saved or not, to another file; this project stays open as it is.

        It works too when the project's own file is gone, replaced, or on a disk that is full or away. What
        can no longer be read from there comes from memory and the newest backup.

        Parameters
        ----------
        path
            Path of the copy; nothing may stand there.
        video
            Where the video is; None for where the project says.
        overwrite
            Whether a file that is there may be replaced.

        Returns
        -------
        int
            How many masks the copy lacks, since they could be read nowhere; 0 unless the project's own file
            cannot be read.

        Raises
        ------
        ProjectError
            If it cannot be written there, or a project there is open.
        """
        if self._closed:
            raise ProjectError(f"{self.path.name} is closed.")
        path = door.place(path)
        if _same(path, self.path):
            raise ProjectError(f"{path.name} is this project itself: choose another name.")
        with self._held() as trusted:
            written = copying.save_copy(
                path,
                self._database if trusted else None,
                self._store,
                reference=self._reference.seen_from(
                    self.path.absolute().parent, path.absolute().parent, video
                ),
                backups=[backup.path for backup in self.backups],
                overwrite=overwrite,
            )
        self._tell(written)
        return len(written.lost)

    def take_over(self) -> Path | None:
        """Put everything, saved or not, under the project's own name again, and go on with that file.

        What can no longer be read comes from memory and the newest backup; a notice says what is lost.

        Returns
        -------
        Path or None
            Where the other file that was there is kept; None if there was none.

        Raises
        ------
        ProjectError
            If that is not possible; then the other file is still in its place.
        """
        self._need_writable()
        assert self._writer is not None
        with self._backups.held(), self._held() as trusted:
            batch = self._store.take() or Batch()
            done = False
            try:
                kept, written = self._put_back(Path(os.path.realpath(self.path)), batch, trusted=trusted)
                done = True
            except (*schema.UNREADABLE, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                raise ProjectError(
                    f"{self.path} cannot be written: {reason}. Save a copy elsewhere."
                ) from error
            finally:
                if self._store.is_taken:
                    self._store.settle(written=done)
            self._reopen()
            if not written.whole:
                self._store.accept_loss(written.lost)
        self._tell(written)
        return kept

    def rescue(self) -> Path:
        """Save a copy in the application's own folder, for want of anybody to ask; return where.

        Raises
        ------
        ProjectError
            If that is not possible either.
        """
        place = places.rescued_copy(self.path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProjectError(f"No copy can be saved in {place.parent}: {error.strerror}.") from error
        self.save_copy(place)
        return place

    def close(self, *, lose_unsaved: bool = False) -> None:
        """Bring everything to the disk and let go of the file.

        Raises
        ------
        ProjectError
            If that is not possible: then the project stays open, and nothing is lost, unless
            ``lose_unsaved``.
        """
        if self._closed:
            return
        try:
            self.flush()
        except ProjectError:
            if not lose_unsaved:
                raise
        self._closed = True
        if self._writer is not None:
            self._writer.stop()
        self._timer.join()
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def close_or_rescue(self) -> None:
        """Close; what cannot be saved in its place is saved in a copy. For programs without anybody to ask.

        Raises
        ------
        ProjectError
            If it could not be saved in its place; it says where the copy is.
        """
        try:
            self.close()
        except ProjectError as error:
            copy = self.rescue()
            self.close(lose_unsaved=True)
            raise ProjectError(f"{error} All of it is in the copy {copy}.") from error

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close_or_rescue()
            return
        with contextlib.suppress(ProjectError):  # what ended the program is what is told
            self.close_or_rescue()
        self.close(lose_unsaved=True)

    def _need_writable(self) -> None:
        if self._closed:
            raise ProjectError(f"{self.path.name} is closed.")
        if self.read_only:
            raise ProjectError(self.read_only)

    @contextlib.contextmanager
    def _held(self) -> Iterator[bool]:
        """Write nothing meanwhile; give whether what is read from the project's file can be trusted."""
        if self._writer is None:
            yield True
        else:
            with self._voice.afterwards(), self._writer.held():
                yield not self._writer.is_overwritten

    def _put_back(self, place: Path, batch: Batch, *, trusted: bool) -> tuple[Path | None, copying.Written]:
        """Write everything beside the project's place and move it there; keep what is there."""
        fresh = files.new_file(place)
        try:
            written = copying.write_state(
                fresh,
                self._database if trusted else None,
                self._store,
                batch,
                reference=self._reference,
                backups=[backup.path for backup in self.backups],
            )
            kept = _keep(place)
            for end in ("-wal", "-shm", "-journal"):  # of the file that is no longer there
                place.with_name(place.name + end).unlink(missing_ok=True)
            files.publish(fresh, place)
            return kept, written
        finally:
            copying.remove_with_log(fresh)

    def _tell(self, written: copying.Written) -> None:
        if not written.whole:
            lost = f", and {len(written.lost):,} masks could be read nowhere" if written.lost else ""
            self.say(
                f"{self.path.name} could not be read any more: what was saved has all that was in memory, "
                "and the rest as it was in the newest backup; what could be undone before no longer "
                f"can{lost}."
            )

    def _reopen(self) -> None:
        """Read and write the file that is in the project's place now."""
        assert self._writer is not None
        with self._store.lock, opening.reading(self.path):
            self._writer.detach()
            self._database.close()
            self._database = schema.connect(self.path)
            schema.use_log(self._database)
            self._store.attach(self._database)
            self._writer.attach()


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _keep(place: Path) -> Path | None:
    """Give a file that is there a second name beside it; return that, or None if there is no file."""
    if not files.is_there(place):
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = files.free_name(place.with_name(f"{place.stem}{files.KEPT}{stamp}{place.suffix}"))
    try:
        os.link(place, kept)
    except OSError:  # the disk knows no second names
        shutil.copyfile(place, kept)
    return kept
