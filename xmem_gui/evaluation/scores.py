"""The outcome of an evaluation as values, and as the files ``scores.json`` and ``scores.csv``."""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from statistics import fmean
from typing import Any

from xmem_gui.errors import OutputError
from xmem_gui.evaluation.metrics import ObjectScores
from xmem_gui.files import write_whole


@dataclass(frozen=True)
class SequenceTiming:
    """How long a method took for a sequence.

    Attributes
    ----------
    frames
        How many frames were processed.
    seconds
        Wall-clock time for them, as the method measured it.
    """

    frames: int
    seconds: float

    @property
    def frames_per_second(self) -> float:
        """Frames in each second; 0 if no time was measured."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class SequenceScores:
    """Scores of one sequence: by object number, and their means.

    Attributes
    ----------
    objects
        Scores of each object, by its number in the masks.
    timing
        How long it took, where it was measured.
    groups
        What the objects are gathered by, such as ``seen``; those without are in none.
    """

    objects: Mapping[int, ObjectScores]
    timing: SequenceTiming | None = None
    groups: Mapping[int, str] = field(default_factory=dict)

    @property
    def j(self) -> float:
        """Mean J of the objects, 0 to 100."""
        return _mean(scores.j for scores in self.objects.values())

    @property
    def f(self) -> float:
        """Mean F of the objects, 0 to 100."""
        return _mean(scores.f for scores in self.objects.values())

    @property
    def j_and_f(self) -> float:
        """Mean of J and F."""
        return (self.j + self.f) / 2


@dataclass(frozen=True)
class GroupScores:
    """Mean J and F, 0 to 100, of so many objects that belong together."""

    j: float
    f: float
    objects: int


@dataclass(frozen=True)
class VosScores:
    """Scores of a data set: by sequence name, and their means over all objects of all sequences.

    A mean is not a number (``nan``) where nothing was scored, because a server keeps the true masks.
    """

    sequences: Mapping[str, SequenceScores]

    @property
    def j(self) -> float:
        """Mean J of all objects, 0 to 100."""
        return _mean(scores.j for scores in self._objects())

    @property
    def f(self) -> float:
        """Mean F of all objects, 0 to 100."""
        return _mean(scores.f for scores in self._objects())

    @property
    def j_and_f(self) -> float:
        """Mean of J and F."""
        return (self.j + self.f) / 2

    @property
    def scored(self) -> bool:
        """Whether anything has scores."""
        return bool(self._objects())

    @property
    def groups(self) -> Mapping[str, "GroupScores"]:
        """Mean J and F of the objects of each group, such as ``seen`` and ``unseen`` categories."""
        gathered: dict[str, list[ObjectScores]] = {}
        for sequence in self.sequences.values():
            for number, scores in sequence.objects.items():
                if number in sequence.groups:
                    gathered.setdefault(sequence.groups[number], []).append(scores)
        return {
            name: GroupScores(fmean(one.j for one in found), fmean(one.f for one in found), len(found))
            for name, found in sorted(gathered.items())
        }

    @property
    def overall(self) -> float:
        """The figure that the data set is known by: the mean over J and F of its groups, else J&F."""
        groups = self.groups
        if not groups:
            return self.j_and_f
        return fmean(value for group in groups.values() for value in (group.j, group.f))

    def as_dict(self) -> dict[str, Any]:
        """Return what `write_scores` writes as JSON: numbers, texts and dictionaries of them."""
        return {
            "j": _number(self.j),
            "f": _number(self.f),
            "j_and_f": _number(self.j_and_f),
            "overall": _number(self.overall),
            "groups": {
                name: {"j": group.j, "f": group.f, "objects": group.objects}
                for name, group in self.groups.items()
            },
            "sequences": {name: _sequence_dict(scores) for name, scores in self.sequences.items()},
        }

    def _objects(self) -> list[ObjectScores]:
        return [scores for sequence in self.sequences.values() for scores in sequence.objects.values()]


def write_scores(folder: Path, scores: VosScores) -> None:
    """Write ``scores.json``, and ``scores.csv`` with a row for the dataset, each sequence and each object.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    replace_text(folder / "scores.json", json.dumps(scores.as_dict(), indent=2) + "\n")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["sequence", "object", "frames", "j_and_f", "j", "f", "frames_per_second"])
    writer.writerow(["all", "all", "", *_numbers(scores), ""])
    for name, sequence in scores.sequences.items():
        speed = f"{sequence.timing.frames_per_second:.2f}" if sequence.timing else ""
        writer.writerow([name, "all", "", *_numbers(sequence), speed])
        for number, single in sequence.objects.items():
            writer.writerow([name, number, single.frames, *_numbers(single), ""])
    replace_text(folder / "scores.csv", table.getvalue())


_LIMIT = 1 << 28


def replace_text(path: Path, text: str) -> None:
    """Write a small text file whole or not at all, over an older one of the same kind if there is one.

    Raises
    ------
    OutputError
        If the file cannot be written, or what stands there is something else.
    """
    check_text(path, *_kind(text))
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise OutputError(f"The file '{path}' cannot be written: {error.strerror or error}.") from error


def check_text(path: Path, *parts: str) -> None:
    """Refuse to write scores over a file that is none of ours.

    Parameters
    ----------
    path
        Where to; nothing may be there.
    parts
        What an older file of ours has, most of it: names in a JSON object, or the first line of a table.

    Raises
    ------
    OutputError
        If something else is there.
    """
    if not os.path.lexists(path):
        return
    try:
        theirs = path.is_symlink() or not path.is_file() or path.stat().st_size > _LIMIT
        found = () if theirs else _kind(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError):
        theirs, found = True, ()
    if theirs or (found and 2 * len(set(parts) & set(found)) < len(parts)):
        raise OutputError(f"'{path}' exists, and is none of this program's scores: choose another place.")


def _kind(text: str) -> tuple[str, ...]:
    """Return what tells one kind of our texts from another; nothing for an empty one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return (text.partition("\n")[0],)
    return tuple(value) if isinstance(value, dict) else ("no object",)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return fmean(found) if found else nan


def _number(value: float) -> float | None:
    """Return a number as JSON has it, which knows no ``nan``."""
    return None if value != value else value


def _numbers(scores: VosScores | SequenceScores | ObjectScores) -> list[str]:
    return ["" if value != value else f"{value:.4f}" for value in (scores.j_and_f, scores.j, scores.f)]


def _sequence_dict(scores: SequenceScores) -> dict[str, Any]:
    timing = scores.timing
    return {
        "j": _number(scores.j),
        "f": _number(scores.f),
        "j_and_f": _number(scores.j_and_f),
        "frames": timing.frames if timing else None,
        "seconds": timing.seconds if timing else None,
        "frames_per_second": timing.frames_per_second if timing else None,
        "objects": {
            str(number): {"j": single.j, "f": single.f, "j_and_f": single.j_and_f, "frames": single.frames}
            for number, single in scores.objects.items()
        },
    }
