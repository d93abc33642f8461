"""What is done with models - looking, downloading, verifying, deleting - in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from xmem_gui.errors import Cancelled
from xmem_gui.gui.dialogs.plugin_rows import plugin_models
from xmem_gui.gui.state.preload import load_torch
from xmem_gui.gui.state.workers import Worker

if TYPE_CHECKING:
    from xmem_gui.model import ModelState


class ModelJobs(QObject):
    """One job at a time; it goes on while its dialog is closed.

    The thread begins with the first job.
    """

    states = Signal(object)
    """A tuple of `ModelState`: what is here now."""
    progress = Signal(str, object, object)
    """Of which model how many bytes of how many (or None) have come."""
    ended = Signal(str, str, bool)
    """Of which model a job has ended, what went wrong or was found, and whether it went wrong."""

    checked = Signal(str, str, str)
    """Of which kind which file has been read, and why it cannot be used; "" if it can."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._asked_to_stop = threading.Event()
        self.running = ""
        """The model that something is being done with."""

    def look(self) -> None:
        """Ask what is here; `states` follows."""
        self._submit(_states, self.states.emit)

    def download(self, name: str) -> None:
        """Download a model, or go on where it stopped."""

        def work() -> str:
            from xmem_gui.model import MODELS, download

            download(
                MODELS[name],
                progress=lambda done, total: self.progress.emit(name, done, total),
                cancelled=self._asked_to_stop.is_set,
            )
            return self.tr("{} is downloaded and can be used.").format(name)

        self._run(name, work)

    def verify(self, name: str) -> None:
        """Read a model's whole file and compare it with what was published."""

        def work() -> str:
            from xmem_gui.model import MODELS, verify_model

            verify_model(MODELS[name])
            if MODELS[name].sha256 is None:
                return self.tr("The file is complete. No checksum was published to compare it with.")
            return self.tr("The file is the one that was published.")

        self._run(name, work)

    def delete(self, name: str) -> None:
        """Delete a downloaded model."""

        def work() -> str:
            from xmem_gui.model import MODELS, delete_model

            delete_model(MODELS[name])
            return ""

        self._run(name, work)

    def check(self, kind: str, path: str) -> None:
        """Read a file that the person has chosen as a model of a kind; `checked` follows."""

        def tell(problem: str) -> None:
            self.checked.emit(kind, path, problem)

        self._submit(lambda: _load(kind, path), lambda _: tell(""), lambda error: tell(str(error)))

    def cancel(self) -> None:
        """Stop a download; what has come is kept."""
        self._asked_to_stop.set()

    def stop(self) -> None:
        """End the thread; a download stops, and what has come is kept."""
        self.cancel()
        if self._worker is not None:
            self._worker.stop(finish=False)
            self._worker = None

    def _run(self, name: str, work: Callable[[], str]) -> None:
        if self.running:
            return
        self.running = name
        self._asked_to_stop.clear()

        def ended(text: str, bad: bool = False) -> None:
            self.running = ""
            self.ended.emit(name, text, bad)
            self.look()

        def failed(error: Exception) -> None:
            ended("" if isinstance(error, Cancelled) else str(error), True)

        self._submit(work, ended, failed)

    def _submit(
        self,
        work: Callable[[], object],
        then: Callable[..., None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        if self._worker is None:
            self._worker = Worker("models", lambda error: self.ended.emit("", str(error), True))
        self._worker.submit(work, then, failed=failed)


def _load(kind: str, path: str) -> None:
    load_torch()
    if kind == "vos":
        from xmem_gui.model import load_network

        load_network(Path(path))
    else:
        import torch

        from xmem_gui.interaction.segmenters import make_segmenter

        make_segmenter(path, torch.device("cpu"))


def _states() -> tuple[ModelState, ...]:
    from xmem_gui.model import model_states

    return (*model_states(), *plugin_models())
