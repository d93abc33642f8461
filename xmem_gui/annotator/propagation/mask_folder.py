"""A folder of mask PNGs that a run fills, can leave half done, and can go on with."""

import contextlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from torch import Tensor

from xmem_gui.annotator.propagation.checkpoint import (
    Snapshot,
    SnapshotError,
    forget_snapshot,
    load_snapshot,
    save_snapshot,
)
from xmem_gui.annotator.propagation.identity import RunIdentity
from xmem_gui.errors import OutputError, XmemGuiError, in_words
from xmem_gui.files import leftovers_in, sync_file, write_whole
from xmem_gui.formats.davis import INDEX_MASK, run_of, write_index_mask
from xmem_gui.outputs import bears
from xmem_gui.project.folder_lock import only_run
from xmem_gui.propagation import FrameResult
from xmem_gui.video.image_folder import list_images

_RUN = ".xmem-gui-run.json"
_STATE = ".xmem-gui-run.safetensors"
_QUEUED = 8
"""Masks that wait to be written before the engine waits for the writer."""


class MaskFolder:
    """Writes masks behind the engine's back, in order, each whole or not at all.

    Parameters
    ----------
    folder
        Where; made if need be, and held for this run from entering the context to leaving it.
    identity
        What a run depends on; a run goes on only in a folder with the same identity.
    frames
        How many the video has: each mask says which one of them it is of.
    """

    def __init__(self, folder: Path, identity: RunIdentity, frames: int) -> None:
        self.folder = folder
        self._frames = frames
        self._identity = identity
        self._hold = only_run(folder)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="masks")
        self._queue: list[Future[None]] = []
        self._unsynced: set[Path] = set()
        self._failed: XmemGuiError | None = None

    def prepare(self, *, resume: bool, overwrite: bool) -> tuple[Mapping[str, Tensor], int] | None:
        """Make the folder ready; return the state and the steps done to go on from, or None to begin.

        Raises
        ------
        OutputError
            If masks stand there that would be overwritten, those of another run, or other pictures.
        SnapshotError
            If the state to go on from is damaged; the folder is ready to begin again.
        """
        self._clean()
        masks = self._masks()
        found = self._found_run()
        if resume and found is not None:
            if found != self._identity.run:
                raise OutputError(
                    f"{self.folder} holds a run of another video, model, masks or settings: go on with the "
                    "same command, or choose another folder."
                )
            return self._found_state()
        if not overwrite and masks:
            raise OutputError(
                f"{self.folder} holds masks already: choose another folder, or add --overwrite"
                f"{'' if resume else ' (or --resume to go on with the same run)'}."
            )
        with _told(self.folder):
            (self.folder / _STATE).unlink(missing_ok=True)
        self._replace(_RUN, json.dumps({"run": self._identity.run}).encode())
        return None

    def write(self, name: str, result: FrameResult) -> None:
        """Queue a result to be written as ``name``.png.

        Raises
        ------
        OutputError
            If an earlier one could not be written.
        """
        while len(self._queue) >= _QUEUED:
            self._await_next()
        path = self.folder / f"{name}.png"
        self._unsynced.add(path)
        self._queue.append(self._writer.submit(self._write, path, result))

    def save(self, state: Mapping[str, Tensor], done: int) -> None:
        """Bring everything to the disk, then the state after so many steps, to go on from there.

        Raises
        ------
        OutputError
            If that is not possible.
        """
        self._flush()
        save_snapshot(self.folder / _STATE, Snapshot({"run": self._identity.run, "done": done}, state))

    def finish(self) -> None:
        """Bring everything to the disk and forget the way back; raises as `save`."""
        self._flush()
        with _told(self.folder):
            for name in (_STATE, _RUN):
                (self.folder / name).unlink(missing_ok=True)

    def is_finished(self, names: Collection[str]) -> bool:
        """Tell whether the masks of these frames are all there, made by this very run, which has ended."""
        if self._found_run() is not None:
            return False
        paths = [self.folder / f"{name}.png" for name in names]
        return all(map(self._made, paths))

    def _made(self, path: Path) -> bool:
        """Tell whether a mask is of this very run.

        The video's files had the same times, whatever clocks say; or others, but before: a copy of it.
        """
        result, _, run = run_of(path).partition(" ")
        if result != self._identity.result:
            return False
        return run == self._identity.run or path.stat().st_mtime_ns >= self._identity.newest

    def tidy(self) -> None:
        """Remove the lock of a run that was killed as it ended, if it is there."""
        with contextlib.suppress(OutputError), self._hold:
            pass

    def __enter__(self) -> "MaskFolder":
        self._hold.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whatever ended the run, what is finished is kept.
        self._writer.shutdown(wait=True)
        self._hold.__exit__(None, None, None)

    def _await_next(self) -> None:
        """Wait until the next mask is written; the first that cannot be is why the run ends."""
        try:
            self._queue.pop(0).result()
        except XmemGuiError as error:
            self._failed = self._failed or error
            raise self._failed from None

    def _write(self, path: Path, result: FrameResult) -> None:
        frame = result.frame, self._frames
        run = f"{self._identity.result} {self._identity.run}"
        write_index_mask(path, result.index_mask(), run=run, frame=frame)

    def _masks(self) -> list[Path]:
        """Return the masks that are there; refuse a folder with pictures that are none of ours."""
        pictures = list_images(self.folder)
        for path in pictures:
            if not bears(path, (INDEX_MASK,)):
                raise OutputError(
                    f"{self.folder} holds pictures that are not this program's masks, such as {path.name}: "
                    "choose another folder."
                )
        return pictures

    def _found_run(self) -> str | None:
        path = self.folder / _RUN
        if not path.is_file():
            return "" if os.path.lexists(path) else None
        try:
            return str(json.loads(path.read_text())["run"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        except OSError as error:
            raise OutputError(in_words(error, path)) from error

    def _found_state(self) -> tuple[Mapping[str, Tensor], int] | None:
        path = self.folder / _STATE
        try:
            found = load_snapshot(path)
        except SnapshotError:
            forget_snapshot(path)
            raise
        if found is None or found.facts.get("run") != self._identity.run:
            return None
        done = found.facts.get("done")
        return (found.tensors, done) if type(done) is int and done >= 0 else None

    def _flush(self) -> None:
        """Wait until everything is written and on the disk, so that no saved state is ahead of it."""
        while self._queue:
            self._await_next()
        if self._failed is not None:
            raise self._failed
        with _told(self.folder):
            for path in self._unsynced:
                sync_file(path)
        self._unsynced.clear()

    def _clean(self) -> None:
        """Remove what a run that was killed was writing."""
        for path in leftovers_in(self.folder):
            if ".png." in path.name or path.name.startswith((f".{_STATE}.", f".{_RUN}.")):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _replace(self, name: str, data: bytes) -> None:
        with _told(self.folder):
            write_whole(self.folder / name, data)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn what the disk says into a sentence."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{folder} cannot be written to: {error.strerror}.") from None
