"""A batch in a thread of its own: read, run, stopped; the dialog that shows it may be closed meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from xmem_gui.gui.state.workers import Worker

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings
    from xmem_gui.cluster.batch_report import BatchReport, JobStatus
    from xmem_gui.cluster.jobs import Job, JobList
    from xmem_gui.cluster.tasks import Pool


def pool_here(device: str) -> Pool:
    """Return a pool of this machine."""
    from xmem_gui.cluster.local_pool import LocalPool, devices_of

    return LocalPool(devices_of(device))


class BatchRunner(QObject):
    """The clips of a batch, and how each stands.

    Parameters
    ----------
    settings
        Returns what computes, as the person has chosen it; called in the runner's thread.
    make_pool
        Returns who computes, for a device.
    """

    listed = Signal()
    """Clips have been added or removed, or all stand anew."""
    changed = Signal(object)
    """A `JobStatus`."""
    said = Signal(str, bool)
    """What a person should know, and whether something went wrong."""
    running = Signal(bool)
    """Whether the batch is on its way."""

    def __init__(
        self,
        settings: Callable[[], EngineSettings],
        make_pool: Callable[[str], Pool] = pool_here,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._make_pool = settings, make_pool
        self._worker: Worker | None = None
        self._stop = threading.Event()
        self.jobs: dict[str, Job] = {}
        self.states: dict[str, JobStatus] = {}
        self.out = ""
        self.is_running = False
        self.changed.connect(self._on_changed)

    def add(self, source: Path) -> None:
        """Add the clips of a folder, or those that a table lists."""

        def work() -> JobList:
            from xmem_gui.cluster.jobs import Defaults, read_jobs

            return read_jobs(str(source), Defaults(self._settings()))

        self._submit(work, self._on_read)

    def remove(self, names: list[str]) -> None:
        """Take clips off the list; nothing of theirs is deleted."""
        if not self.is_running:
            for name in names:
                self.jobs.pop(name, None)
                self.states.pop(name, None)
            self.listed.emit()

    def start(self, out: str, exports: tuple[str, ...]) -> None:
        """Do what is missing among the results in a folder."""
        if self.is_running or not self.jobs:
            return
        self._stop.clear()
        self.out, self.is_running = out, True
        self.running.emit(True)
        jobs = tuple(replace(job, exports=exports or job.exports) for job in self.jobs.values())

        def work() -> BatchReport:
            from xmem_gui.cluster.batch import BatchOptions, BatchRun
            from xmem_gui.cluster.jobs import JobList

            settings = self._settings()
            chosen = JobList(tuple(replace(job, settings=settings) for job in jobs))
            batch = BatchRun(chosen, out, BatchOptions(resume=True))
            for status in batch.states.values():
                self.changed.emit(status)
            with self._make_pool(settings.device) as pool:
                return batch.run(pool, changed=self.changed.emit, cancelled=self._stop.is_set)

        self._submit(work, lambda report: self._end(report.headline, report.failed))

    def cancel(self) -> None:
        """Ask the batch to stop; finished clips stay whole."""
        self._stop.set()

    def place_of(self, name: str) -> Path | None:
        """Return what to open of a clip: its result, else its project or video; None if it is not listed."""
        result = Path(self.out) / name / f"{name}.xmem"
        if self.out and result.is_file():
            return result
        job = self.jobs.get(name)
        return Path(job.project or job.video) if job is not None else None

    def stop(self) -> None:
        """End the thread, with the program."""
        self.cancel()
        if self._worker is not None:
            self._worker.stop(finish=False)
            self._worker = None

    def _on_read(self, found: JobList) -> None:
        from xmem_gui.cluster.batch_report import JobStatus

        again = [job.name for job in found.jobs if job.name in self.jobs]
        for job in found.jobs:
            if job.name not in self.jobs:
                self.jobs[job.name] = job
                self.states[job.name] = JobStatus(job.name)
        self.listed.emit()
        said = [why if name in why else f"{name}: {why}" for name, why in (*found.wrong, *found.left_out)]
        said += [self.tr("{} is in the list already.").format(name) for name in again]
        self.said.emit("\n".join(said[:5]), bool(said))

    def _on_changed(self, status: JobStatus) -> None:
        self.states[status.name] = status

    def _end(self, text: str, bad: bool) -> None:
        self.is_running = False
        self.running.emit(False)
        self.said.emit(text, bad)

    def _submit(self, work: Callable[[], object], then: Callable[..., None]) -> None:
        if self._worker is None:
            self._worker = Worker("batch", lambda error: self._end(str(error), True))
        self._worker.submit(work, then)
