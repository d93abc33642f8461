"""Many jobs, one after the other or side by side: none of them sinks the rest."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xmem_gui.cluster import places
from xmem_gui.cluster.batch_identity import identity_of
from xmem_gui.cluster.batch_job import (
    InPieces,
    JobDone,
    JobFacts,
    Order,
    PieceDone,
    do_job,
    do_meeting,
    do_piece,
)
from xmem_gui.cluster.batch_report import ENDED, BatchReport, JobStage, JobStatus
from xmem_gui.cluster.jobs import Job, JobList, is_numbered
from xmem_gui.cluster.results import Results, results_at
from xmem_gui.cluster.tasks import Event, Failed, Lost, Pool, Returned, Stepped, Task
from xmem_gui.errors import OutputError, XmemGuiError, in_words
from xmem_gui.outputs import Inputs

ATTEMPTS = 3
"""So often a job is tried whose process or machine goes."""
_ATTEMPTS_FOR_MEMORY = 2
_ALL = "all"
"""The part of a job where its pieces meet."""
_PAUSE = 0.2
"""Seconds after which a person's wish to stop is heard at the latest."""


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is done.

    Attributes
    ----------
    resume
        Whether results may be there: those made from the same stay, others are made again.
    cut
        Frames of a piece, where long videos may be cut at committed frames; None to keep each whole.
    upload
        Whether files go through the cluster's store, for machines that do not share a disk.
    """

    resume: bool = False
    cut: int | None = None
    upload: bool = False


@dataclass
class _Running:
    """A job on its way: what its tasks have given so far."""

    order: Order
    parcel: Any
    pieces: dict[int, PieceDone | None] = field(default_factory=dict)
    steps: dict[str, tuple[int, int]] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    tried: dict[str, int] = field(default_factory=dict)


class BatchRun:
    """The jobs of one batch, and how each stands.

    Parameters
    ----------
    found
        What is to be done.
    out
        Path or address of the folder for results.
    options
        The options that were chosen for the whole batch.

    Attributes
    ----------
    states
        How each job stands, by name, in the order they were given.
    """

    def __init__(self, found: JobList, out: str, options: BatchOptions | None = None) -> None:
        self._options = options or BatchOptions()
        self._out = out if places.is_address(out) else str(Path(out).absolute())
        self._jobs = {job.name: _absolute(job) for job in found.jobs}
        self._left_out = found.left_out
        self.states: dict[str, JobStatus] = {name: JobStatus(name) for name in self._jobs}
        for name, why in found.wrong:
            label = name if name not in self.states else f"{name} (again)"
            self.states[label] = JobStatus(label, JobStage.FAILED, said=why)
        self._results: Results = results_at(self._out)
        self._running: dict[str, _Running] = {}
        self._queue: deque[Task] = deque()
        self._changed: Callable[[JobStatus], None] = lambda _: None

    def run(
        self,
        pool: Pool,
        *,
        changed: Callable[[JobStatus], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> BatchReport:
        """Do the jobs, and write the report beside the results.

        Parameters
        ----------
        pool
            Who computes; it is closed when a person stops the batch.
        changed
            Told of every change of a job.
        cancelled
            Asked some times a second; what is finished then stays whole.

        Raises
        ------
        OutputError
            If results cannot go where they should; nothing is done then.
        """
        began = time.monotonic()
        self._changed = changed
        self._check_place()
        with self._results.held():
            self._results.sweep()
            waiting = deque(self._wanted())
            while (waiting or self._queue or self._running) and not cancelled():
                self._fill(pool, waiting)
                for event in pool.wait(_PAUSE):
                    self._take(event, pool)
            if waiting or self._queue or self._running:
                pool.close()
                for name, state in self.states.items():
                    if state.state not in ENDED:
                        self._set(name, state=JobStage.STOPPED)
            self._results.sweep()
            report = BatchReport(
                tuple(self.states.values()), self._left_out, time.monotonic() - began, self._out, pool.title
            )
            self._results.write_text("report.json", report.as_json())
            self._results.write_text("report.txt", report.as_text())
        return report

    def _check_place(self) -> None:
        """Refuse a place that is, or lies among, what is read; and one with results, unless they may stay."""
        reads = [one for job in self._jobs.values() for one in job.reads if not places.is_address(one)]
        projects = [Path(job.project) for job in self._jobs.values() if job.project]
        if not places.is_address(self._out):
            inputs = Inputs([Path(one) for one in reads], families=projects)
            folder = Path(self._out)
            inputs.check(folder, into=True)
            inputs.check(*(folder / name for name in self._jobs))
        if not self._options.resume and (there := [name for name in self._jobs if self._results.note(name)]):
            raise OutputError(
                f"{self._out} holds results of a batch already, such as '{there[0]}': add --resume to do "
                "only what is missing or has changed, or choose another folder."
            )

    def _wanted(self) -> list[Order]:
        """Return the jobs that have to be done; the others are said to be there, or to be impossible."""
        found = []
        for name, job in self._jobs.items():
            try:
                self._results.check_free(name)
                identity = identity_of(job)
                note = self._results.note(name)
            except XmemGuiError as error:
                self._set(name, state=JobStage.FAILED, said=str(error))
                continue
            except OSError as error:
                self._set(name, state=JobStage.FAILED, said=in_words(error))
                continue
            if note is not None and note.get("identity") == identity:
                self._set(name, state=JobStage.KEPT, facts=_facts_of(note))
            else:
                found.append(
                    Order(job, "" if self._options.upload else self._out, identity, self._options.cut)
                )
        return found

    def _fill(self, pool: Pool, waiting: deque[Order]) -> None:
        while pool.room():
            if self._queue:
                pool.start(self._queue.popleft())
            elif waiting:
                self._begin(waiting.popleft(), pool)
            else:
                return

    def _begin(self, order: Order, pool: Pool) -> None:
        name = order.job.name
        try:
            parcel = pool.put(_packed(order.job)) if self._options.upload else None
        except XmemGuiError as error:
            self._set(name, state=JobStage.FAILED, said=str(error))
            return
        running = self._running[name] = _Running(order, parcel)
        self._set(name, state=JobStage.RUNNING)
        task = running.tasks[""] = Task(name, do_job, (order, parcel))
        pool.start(task)

    def _take(self, event: Event, pool: Pool) -> None:
        name, _, part = event.key.partition("\n")
        running = self._running.get(name)
        if running is None:
            return
        if isinstance(event, Stepped):
            running.steps[part] = (event.done, event.total)
            self._show(name, running)
        elif isinstance(event, Returned):
            self._returned(name, part, event.value, running)
        elif isinstance(event, Lost):
            self._lost(name, part, event, running, pool)
        else:
            self._fail(name, event, pool)

    def _returned(self, name: str, part: str, value: object, running: _Running) -> None:
        if isinstance(value, InPieces):
            running.pieces = dict.fromkeys(range(len(value.pieces)))
            running.steps = {str(at): (0, piece.steps) for at, piece in enumerate(value.pieces)}
            self._queue.extend(_task(name, str(at), running, piece) for at, piece in enumerate(value.pieces))
            self._show(name, running)
        elif isinstance(value, PieceDone):
            running.pieces[int(part)] = value
            running.steps[part] = (value.steps, value.steps)
            self._show(name, running)
            if all(running.pieces.values()):
                self._queue.appendleft(_task(name, _ALL, running, tuple(running.pieces.values())))
        else:
            assert isinstance(value, JobDone)
            self._finish(name, value)

    def _finish(self, name: str, done: JobDone) -> None:
        try:
            if done.parcel is not None:
                _unpack(self._results, name, done.parcel)
        except XmemGuiError as error:
            self._end(name, state=JobStage.FAILED, said=str(error))
        except OSError as error:
            self._end(name, state=JobStage.FAILED, said=in_words(error))
        else:
            steps = done.facts.steps
            self._end(name, state=JobStage.DONE, done=steps, total=steps, said="", facts=done.facts)

    def _lost(self, name: str, part: str, event: Lost, running: _Running, pool: Pool) -> None:
        count = running.tried[part] = running.tried.get(part, 1) + 1
        most = _ATTEMPTS_FOR_MEMORY if event.memory else ATTEMPTS
        if count > most:
            self._fail(name, Failed(event.key, f"{event.why} It was tried {most} times."), pool)
            return
        again = replace(running.tasks[part], alone=event.memory)
        running.tasks[part] = again
        self._queue.appendleft(again)
        self._set(name, said=f"{event.why} It is tried again.")

    def _fail(self, name: str, event: Failed, pool: Pool) -> None:
        for at in self._running[name].pieces:
            pool.drop(f"{name}\n{at}")
        self._queue = deque(task for task in self._queue if task.key.partition("\n")[0] != name)
        self._end(name, state=JobStage.FAILED, said=event.why)

    def _end(self, name: str, **changes: Any) -> None:
        del self._running[name]
        self._set(name, **changes)

    def _show(self, name: str, running: _Running) -> None:
        steps = [at for part, at in running.steps.items() if part != _ALL] or list(running.steps.values())
        self._set(name, done=sum(done for done, _ in steps), total=sum(total for _, total in steps))

    def _set(self, name: str, **changes: Any) -> None:
        self.states[name] = replace(self.states[name], **changes)
        self._changed(self.states[name])


def _task(name: str, part: str, running: _Running, what: object) -> Task:
    function = do_meeting if part == _ALL else do_piece
    task = running.tasks[part] = Task(f"{name}\n{part}", function, (running.order, running.parcel, what))
    return task


def _absolute(job: Job) -> Job:
    """Return a job whose paths mean the same in every process, wherever it stands."""

    def settled(text: str) -> str:
        return text if not text or places.is_address(text) else str(Path(text).absolute())

    masks = tuple(
        f"{mask.partition('=')[0]}={settled(mask.partition('=')[2])}" if is_numbered(mask) else settled(mask)
        for mask in job.masks
    )
    model = job.settings.model
    settings = replace(job.settings, model=settled(model)) if Path(model).is_file() else job.settings
    return replace(
        job, video=settled(job.video), project=settled(job.project), masks=masks, settings=settings
    )


def _packed(job: Job) -> dict[str, bytes]:
    """Return the files that a job reads, for a machine that has none of them; addresses are fetched there."""
    found: dict[str, bytes] = {}
    for number, source in enumerate(job.reads):
        if not places.is_address(source):
            found |= {f"{number}/{name}": data for name, data in places.read_tree(source).items()}
    return found


def _unpack(results: Results, name: str, parcel: Any) -> None:
    from xmem_gui.cluster.scratch import scratch_folder

    with scratch_folder() as scratch:
        folder = results.new_folder(name, scratch)
        try:
            places.write_tree(dict(parcel), folder)
            results.publish(folder, name)
        finally:
            places.remove_tree(folder)


def _facts_of(note: dict[str, Any]) -> JobFacts | None:
    try:
        facts = dict(note["facts"])
        return JobFacts(**facts | {"notes": tuple(facts["notes"])})
    except (KeyError, TypeError):
        return None
