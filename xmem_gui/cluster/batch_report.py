"""How the jobs of a batch stand, and the report at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from xmem_gui.cluster.batch_job import JobFacts


class JobStage(str, Enum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    KEPT = "kept"
    """Its results were there already, made from the same."""
    FAILED = "failed"
    STOPPED = "stopped"
    """It was asked to end before it had."""


ENDED = frozenset({JobStage.DONE, JobStage.KEPT, JobStage.FAILED, JobStage.STOPPED})


@dataclass(frozen=True)
class JobStatus:
    """How a job stands.

    Attributes
    ----------
    name
        Of the job, and of the folder with its results.
    state
        How far the job is; see `JobStage`.
    done, total
        Steps; the total is None as long as it is not known.
    said
        Why it failed or is being tried again, in a sentence.
    facts
        What became of it, once it is done.
    """

    name: str
    state: JobStage = JobStage.WAITING
    done: int = 0
    total: int | None = None
    said: str = ""
    facts: JobFacts | None = None

    @property
    def needs_a_look(self) -> bool:
        """Whether a person should open it: it failed, or some masks are in doubt."""
        return self.state is JobStage.FAILED or (self.facts is not None and self.facts.doubtful > 0)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        found = {"job": self.name, "state": self.state.value, "done": self.done, "total": self.total}
        if self.said:
            found["why"] = self.said
        return found | (asdict(self.facts) if self.facts else {})


@dataclass(frozen=True)
class BatchReport:
    """What became of a batch.

    Attributes
    ----------
    jobs
        All of them, in the order they were given; rows that were wrong too.
    left_out
        Videos with nothing to track from: name and sentence.
    seconds
        Seconds from the batch's start to its end.
    out
        Folder that holds the results.
    on
        The machines and devices that computed.
    """

    jobs: tuple[JobStatus, ...]
    left_out: tuple[tuple[str, str], ...]
    seconds: float
    out: str
    on: str

    def of(self, *states: JobStage) -> tuple[JobStatus, ...]:
        """Return the jobs that are in one of some states."""
        return tuple(job for job in self.jobs if job.state in states)

    @property
    def failed(self) -> bool:
        """Whether any job failed."""
        return bool(self.of(JobStage.FAILED))

    @property
    def stopped(self) -> bool:
        """Whether it was ended before all jobs were."""
        return bool(self.of(JobStage.STOPPED))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "xmem_gui": "batch-report",
            "counts": {state.value: len(self.of(state)) for state in JobStage if self.of(state)},
            "seconds": round(self.seconds, 3),
            "out": self.out,
            "on": self.on,
            "jobs": [job.as_dict() for job in self.jobs],
            "left_out": [{"video": name, "why": why} for name, why in self.left_out],
        }

    def as_json(self) -> str:
        """Return the text of ``report.json``."""
        return json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        """Return the text of ``report.txt``: what happened, then what needs a look."""
        lines = [self.headline, ""]
        sections: Sequence[tuple[str, list[str]]] = (
            ("Failed:", [f"{job.name}: {job.said}" for job in self.of(JobStage.FAILED)]),
            ("In doubt, and worth a look:", [_doubt(job) for job in self.jobs if _in_doubt(job)]),
            (
                "Stopped before their end; --resume does them:",
                [job.name for job in self.of(JobStage.STOPPED)],
            ),
            ("Left out:", [why for _, why in self.left_out]),
            ("To be known:", [f"{job.name}: {n}" for job in self.jobs if job.facts for n in job.facts.notes]),
        )
        for title, entries in sections:
            if entries:
                lines += [title, *(f"  {entry}" for entry in entries), ""]
        return "\n".join(lines)

    @property
    def headline(self) -> str:
        """The outcome in a line."""
        done, kept = self.of(JobStage.DONE), self.of(JobStage.KEPT)
        parts = [f"{len(done)} done"]
        parts += [f"{len(kept)} there already"] * bool(kept)
        parts += [f"{len(self.of(JobStage.FAILED))} failed"] * self.failed
        parts += [f"{len(self.of(JobStage.STOPPED))} stopped"] * self.stopped
        parts += [f"{len(self.left_out)} left out"] * bool(self.left_out)
        return f"{len(self.jobs)} jobs: {', '.join(parts)}, in {_time(self.seconds)} on {self.on}."


def _in_doubt(job: JobStatus) -> bool:
    return job.facts is not None and job.facts.doubtful > 0


def _doubt(job: JobStatus) -> str:
    assert job.facts is not None
    count = job.facts.doubtful
    return f"{job.name}: {count} stretch{'es' * (count > 1)}, the least sure at frame {job.facts.worst}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min" if minutes else f"{rest} s"
    )
