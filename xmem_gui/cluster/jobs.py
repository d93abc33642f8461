"""What a batch is to do: jobs, found in a folder or read from a table."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from xmem_gui.annotator import EngineSettings
from xmem_gui.annotator.propagation.request import read_range
from xmem_gui.cluster import places
from xmem_gui.errors import FormatError, XmemGuiError
from xmem_gui.formats import EXPORTERS
from xmem_gui.outputs import alike_key
from xmem_gui.text import short

_MOST_BYTES = 64 << 20
_LONGEST_NAME = 120
REPORTS = ("report.json", "report.txt")
"""The names of a batch's report, which no job may have."""
TABLES = frozenset({".csv", ".jsonl"})


@dataclass(frozen=True)
class Job:
    """One video to track both ways from what is given.

    Attributes
    ----------
    name
        Of its folder among the results.
    video
        Path or address of a video file or a folder of images; empty for the one that the project names.
    masks
        As `annotator.find_masks` takes them, or one file or folder of another format; empty with a project.
    project
        A project whose committed masks are followed; it is copied, never changed.
    first, last
        The range, both included; ``last`` None is the video's end.
    exports
        Ids of the formats that are written beside the project.
    first_number
        The number that the first frame has in names of masks; None to find out.
    settings
        The model, its device, its picture size and the limits of its memory.
    """

    name: str
    video: str = ""
    masks: tuple[str, ...] = ()
    project: str = ""
    first: int = 0
    last: int | None = None
    exports: tuple[str, ...] = ()
    first_number: int | None = None
    settings: EngineSettings = field(default_factory=EngineSettings)

    @property
    def reads(self) -> tuple[str, ...]:
        """Paths and addresses of all that it reads."""
        files = [mask.partition("=")[2] if is_numbered(mask) else mask for mask in self.masks]
        return tuple(one for one in (self.video, self.project, *files) if one)


@dataclass(frozen=True)
class Defaults:
    """What holds for jobs that say nothing else.

    Attributes
    ----------
    settings
        The model, its device, its picture size and the limits of its memory.
    exports
        Ids of the formats that results are exported in.
    first, last
        First and last frame to track, 0-based and both included.
    first_number
        As in `Job`.
    """

    settings: EngineSettings = field(default_factory=EngineSettings)
    exports: tuple[str, ...] = ()
    first: int = 0
    last: int | None = None
    first_number: int | None = None


@dataclass(frozen=True)
class JobList:
    """The jobs of a batch, and what could be made none of.

    Attributes
    ----------
    jobs
        Their names differ, on every file system.
    wrong
        Rows that say nothing that can be done: what they are called, and why, in a sentence.
    left_out
        Videos with nothing beside them to track from, by name, with what to do.
    """

    jobs: tuple[Job, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


class _Row(BaseModel):
    """A row of a table, as people write it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    video: str = ""
    masks: tuple[str, ...] = ()
    project: str = ""
    model: str = ""
    range: str = ""
    export: tuple[str, ...] | None = None
    name: str = ""
    first_number: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, row: Any) -> Any:
        return {key: value for key, value in row.items() if value not in (None, "")}

    @field_validator("masks", "export", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return (
            [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("export")
    @classmethod
    def _known(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        check_formats(value or ())
        return value

    @model_validator(mode="after")
    def _something_given(self) -> _Row:
        if not self.masks and not self.project:
            raise ValueError("neither masks nor a project is given to track from")
        if self.masks and self.project:
            raise ValueError("masks and a project are given: give one of them")
        if self.masks and not self.video:
            raise ValueError("no video is given")
        return self


def check_formats(names: Iterable[str]) -> None:
    """Refuse formats that nothing can be written in.

    Raises
    ------
    ValueError
        With those that there are.
    """
    for name in names:
        if name not in EXPORTERS:
            raise ValueError(f"there is no format '{name}' to export; there are {', '.join(EXPORTERS)}")


def is_numbered(mask: str) -> bool:
    """Tell whether a mask is written as FRAME=FILE."""
    frame, equals, _ = mask.partition("=")
    return bool(equals) and frame.isdecimal()


def read_jobs(source: str, defaults: Defaults | None = None) -> JobList:
    """Find the jobs of a folder, or read those of a table (``.csv``, ``.jsonl``).

    Parameters
    ----------
    source
        A path; a table may have an address. Paths in a table are relative to its own folder.
    defaults
        What holds where a row says nothing.

    Raises
    ------
    XmemGuiError
        If it is neither, cannot be read, or has no job.
    """
    from xmem_gui.cluster.job_folder import jobs_in_folder

    defaults = defaults or Defaults()
    if Path(source).suffix.lower() in TABLES:
        found = _of_table(source, defaults)
    elif places.is_address(source) or not Path(source).is_dir():
        raise FormatError(f"'{source}' is neither a folder of videos nor a table of jobs (.csv or .jsonl).")
    else:
        found = jobs_in_folder(Path(source), defaults)
    if not found.jobs and not found.wrong:
        raise FormatError(
            f"'{source}' has no job: put a mask (clip.png), a folder of masks (clip-masks) or a project "
            "(clip.xmem) beside each video, or list them in a table."
        )
    return found


def _of_table(source: str, defaults: Defaults) -> JobList:
    data = places.read_small(source, most=_MOST_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(f"'{source}' holds bytes that are no text: save it again as UTF-8.") from None
    rows = _json_rows(text) if source.lower().endswith(".jsonl") else _csv_rows(source, text)
    jobs: list[Job] = []
    wrong: list[tuple[str, str]] = []
    for number, row in rows:
        label = f"row {number}"
        if isinstance(row, str):
            wrong.append((label, row))
            continue
        try:
            jobs.append(_job_of(_Row.model_validate(row), defaults, places.parent_of(source)))
        except (ValidationError, ValueError, XmemGuiError) as error:
            wrong.append((label, _said(error)))
    return with_names(JobList(tuple(jobs), tuple(wrong)))


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        yield number, value if isinstance(value, dict) else "The line is no JSON object."


def _csv_rows(source: str, text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    known = set(_Row.model_fields)
    unknown = [name for name in reader.fieldnames or () if name.strip() not in known]
    if unknown or not reader.fieldnames:
        raise FormatError(
            f"'{source}' has the column '{unknown[0] if unknown else ''}'; those that are known are "
            f"{', '.join(_Row.model_fields)}."
        )
    try:
        for number, row in enumerate(reader, start=2):
            if None in row:
                yield number, "The row has more cells than there are columns."
            else:
                yield number, {str(name).strip(): value for name, value in row.items()}
    except csv.Error as error:
        raise FormatError(f"'{source}' is damaged in row {reader.line_num}: {error}.") from None


def _job_of(row: _Row, defaults: Defaults, folder: str) -> Job:
    first, last = read_range(row.range) if row.range else (defaults.first, defaults.last)
    model = row.model
    if model and (Path(model).suffix or "/" in model):
        model = places.joined(folder, model)
    return Job(
        name=row.name,
        video=places.joined(folder, row.video) if row.video else "",
        masks=tuple(_mask_at(folder, mask) for mask in row.masks),
        project=places.joined(folder, row.project) if row.project else "",
        first=first,
        last=last,
        exports=defaults.exports if row.export is None else row.export,
        first_number=defaults.first_number if row.first_number is None else row.first_number,
        settings=replace(defaults.settings, model=model) if model else defaults.settings,
    )


def _mask_at(folder: str, mask: str) -> str:
    if not is_numbered(mask):
        return places.joined(folder, mask)
    frame, _, file = mask.partition("=")
    return f"{frame}={places.joined(folder, file)}"


def _said(error: Exception) -> str:
    """Return what is wrong with a row as one sentence."""
    if not isinstance(error, ValidationError):
        text = str(error)
    else:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        text = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            text = f"'{where}' is not known; there are {', '.join(_Row.model_fields)}"
        elif where:
            text = f"{where}: {text}"
    return text[:1].upper() + short(text[1:], 300).rstrip(".") + "."


def with_names(found: JobList) -> JobList:
    """Return a list whose jobs have names of their own; those that cannot be told apart are wrong.

    Where several videos are called alike, each gets a few letters made from its own path, so that the names
    do not depend on the order.
    """
    named = [
        replace(job, name=_plain(job.name or places.stem_of(job.video or job.project))) for job in found.jobs
    ]
    counts = Counter(alike_key(job.name) for job in named)
    settled = [
        replace(new, name=f"{new.name}-{_digest(old)}")
        if counts[alike_key(new.name)] > 1 and not old.name
        else new
        for old, new in zip(found.jobs, named, strict=True)
    ]
    taken: dict[str, Job] = {}
    wrong = list(found.wrong)
    for job in settled:
        if alike_key(job.name) in REPORTS:
            wrong.append((job.name, f"The report is called '{job.name}': give the job another name."))
            continue
        other = taken.setdefault(alike_key(job.name), job)
        if other is not job:
            wrong.append((job.name, f"Two jobs are called '{job.name}': give each a name of its own."))
    return JobList(tuple(taken.values()), tuple(wrong), found.left_out)


def _digest(job: Job) -> str:
    facts = [job.video, job.masks, job.project, job.first, job.last, job.exports, job.settings.model]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:6]


def _plain(name: str) -> str:
    """Return a name that a folder can have anywhere, and that is not hidden."""
    kept = "".join("_" if letter in '<>:"/\\|?*' or ord(letter) < 32 else letter for letter in name)
    return kept[:_LONGEST_NAME].strip(". ") or "job"
