"""A folder of mask PNGs that a run fills, can leave half done, and can go on with."""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from xmem_gui.errors import OutputError
from xmem_gui.formats.davis import write_index_mask
from xmem_gui.propagation import FrameResult

_RUN = ".xmem-gui-run.json"
_STATE = ".xmem-gui-run.safetensors"
_POSITION = "run.position"
_QUEUED = 8
"""Masks that wait to be written before the engine waits for the writer."""


class MaskFolder:
    """Writes masks behind the engine's back, in order, each whole or not at all.

    Parameters
    ----------
    folder
        Where; made if need be.
    fingerprint
        All that decides the masks. A run goes on only where it left off the same work.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self._fingerprint = fingerprint
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="masks")
        self._queue: list[Future[None]] = []

    def prepare(self, *, resume: bool, overwrite: bool) -> dict[str, Tensor] | None:
        """Make the folder ready and return the engine's state to go on from, or None to begin.

        Raises
        ------
        OutputError
            If masks stand there that would be overwritten, or those of another run.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The folder {self.folder} cannot be made: {error.strerror}.") from None
        found = self._found_run()
        if resume and found is not None:
            if found != self._fingerprint:
                raise OutputError(
                    f"{self.folder} holds a run of another video, model, masks or settings: go on with the "
                    "same command, or choose another folder."
                )
            return self._found_state()
        if not overwrite and any(self.folder.glob("*.png")):
            raise OutputError(
                f"{self.folder} holds masks already: choose another folder, or add --overwrite"
                f"{'' if resume else ' (or --resume to go on with the same run)'}."
            )
        (self.folder / _STATE).unlink(missing_ok=True)
        self._replace(_RUN, json.dumps({"run": self._fingerprint}).encode())
        return None

    def write(self, name: str, result: FrameResult) -> None:
        """Queue a result to be written as ``name``.png.

        Raises
        ------
        OutputError
            If an earlier one could not be written.
        """
        while len(self._queue) >= _QUEUED:
            self._queue.pop(0).result()
        self._queue.append(self._writer.submit(self._write, self.folder / f"{name}.png", result))

    def flush(self) -> None:
        """Wait until everything is written; raises as `write`."""
        while self._queue:
            self._queue.pop(0).result()

    def save(self, state: dict[str, Tensor], position: int) -> None:
        """Write everything, and the engine's state after ``position`` results, to go on from there."""
        self.flush()
        temporary = self.folder / f"{_STATE}.part"
        tensors = {name: tensor.cpu().contiguous() for name, tensor in state.items()}
        try:
            save_file({**tensors, _POSITION: torch.tensor([position])}, temporary)
            temporary.replace(self.folder / _STATE)
        except (OSError, SafetensorError) as error:
            temporary.unlink(missing_ok=True)
            raise OutputError(f"The run's state cannot be saved in {self.folder}: {error}.") from None

    @staticmethod
    def position_of(state: dict[str, Tensor]) -> int:
        """Return after how many results a state was saved, and take the number out of it."""
        return int(state.pop(_POSITION))

    def finish(self) -> None:
        """Write everything and forget the way back."""
        self.flush()
        for name in (_STATE, _RUN):
            (self.folder / name).unlink(missing_ok=True)

    def __enter__(self) -> "MaskFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown(wait=True, cancel_futures=True)

    @staticmethod
    def _write(path: Path, result: FrameResult) -> None:
        write_index_mask(path, result.index_mask())

    def _found_run(self) -> str | None:
        try:
            found = json.loads((self.folder / _RUN).read_text())["run"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return ""
        return str(found)

    def _found_state(self) -> dict[str, Tensor] | None:
        path = self.folder / _STATE
        if not path.exists():
            return None
        try:
            state: dict[str, Tensor] = load_file(path)
            return state
        except (SafetensorError, OSError):
            # Damaged: beginning again gives the same masks.
            path.unlink(missing_ok=True)
            return None

    def _replace(self, name: str, data: bytes) -> None:
        temporary = self.folder / f"{name}.part"
        try:
            temporary.write_bytes(data)
            temporary.replace(self.folder / name)
        except OSError as error:
            raise OutputError(f"{self.folder} cannot be written to: {error.strerror}.") from None
