"""How good tracking would have been without corrections: a project's committed masks as the truth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from xmem_gui.annotator import Annotator, EngineSettings, make_engine
from xmem_gui.arrays import Mask
from xmem_gui.errors import Cancelled, MaskError
from xmem_gui.evaluation.metrics import ObjectScores
from xmem_gui.evaluation.protocols.overlapping import OverlappingSequence
from xmem_gui.evaluation.scores import SequenceScores, SequenceTiming
from xmem_gui.evaluation.segmenting import EngineSegment
from xmem_gui.evaluation.vos import score_sequence
from xmem_gui.project import Project

_MOST = 255
"""Objects that one measurement can tell apart: results are index masks of 8 bits."""


@dataclass(frozen=True)
class OwnScores:
    """Scores of a project's objects on its committed frames.

    Attributes
    ----------
    objects
        Scores by object id: those with two committed masks or more.
    names
        The objects' names, by id.
    left_out
        Names of objects with one committed mask or none: there is nothing to compare with.
    timing
        Seconds and frames of the tracking.
    """

    objects: Mapping[int, ObjectScores]
    names: Mapping[int, str]
    left_out: tuple[str, ...]
    timing: SequenceTiming | None

    @property
    def means(self) -> SequenceScores:
        """Mean J, F and J&F over the objects."""
        return SequenceScores(self.objects, self.timing)


@dataclass(frozen=True)
class OwnSequence(OverlappingSequence):
    """A project as a sequence to evaluate on.

    Attributes
    ----------
    project
        Whose committed masks are the truth.
    ids
        The object's id by its number here, which counts from 1.
    """

    project: Project | None = field(default=None, repr=False)
    ids: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def size(self) -> tuple[int, int]:
        """(height, width) of the video, in pixels."""
        assert self.project is not None
        return self.project.size

    def _masks_at(self, frame: int) -> dict[int, Mask]:
        assert self.project is not None
        records = self.project.records(frame)
        return {
            number: records[name].rle.to_mask()
            for number, name in self.ids.items()
            if name in records and records[name].committed
        }


def measure_own(
    annotator: Annotator,
    settings: EngineSettings | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> OwnScores:
    """Track each object from its first committed mask and compare with its other committed masks.

    The project is not changed.

    Parameters
    ----------
    annotator
        An open project with at least two committed frames.
    settings
        What computes; the project's own by default.
    progress
        Called with frames done and their number.
    cancelled
        Asked after each frame whether to stop.

    Raises
    ------
    MaskError
        If no object has two committed masks.
    Cancelled
        If ``cancelled`` said so.
    """
    sequence, left_out = _sequence_of(annotator)

    def step(done: int) -> None:
        if cancelled():
            raise Cancelled("The measurement was cancelled.")
        if progress is not None:
            progress(done, len(sequence.images))

    segment = EngineSegment(
        make_engine(settings or annotator.settings), open_frames=lambda _: annotator.video.twin()
    )
    with tempfile.TemporaryDirectory(prefix="xmem-gui-measure-") as folder:
        timing = segment(sequence, Path(folder), step)
        scores = score_sequence(sequence, Path(folder))
    names = {one.id: one.name for one in annotator.project.objects}
    found = {sequence.ids[number]: one for number, one in scores.objects.items()}
    return OwnScores(found, {name: names[name] for name in found}, left_out, timing)


def _sequence_of(annotator: Annotator) -> tuple[OwnSequence, tuple[str, ...]]:
    project = annotator.project
    committed = {one.id: project.query.key_frames([one.id]) for one in project.objects}
    chosen = [name for name, frames in committed.items() if len(frames) > 1][:_MOST]
    if not chosen:
        raise MaskError(
            "There is nothing to measure: commit an object's mask on two frames or more, the first to track "
            "from and the others to compare with."
        )
    ids = dict(enumerate(chosen, start=1))
    spans = {number: tuple(committed[name][1:]) for number, name in ids.items()}
    known = sorted({frame for name in chosen for frame in committed[name]})
    last = max(frame for span in spans.values() for frame in span)
    # Names of pictures that there need not be: the frames come from the video.
    images = tuple(Path(f"{frame:08d}") for frame in range(last + 1))
    sequence = OwnSequence(
        name=annotator.video.name, images=images, truths={frame: images[frame] for frame in known},
        saved=tuple(sorted({frame for span in spans.values() for frame in span})), spans=spans,
        project=project, ids=ids,
    )  # fmt: skip
    left_out = tuple(one.name for one in project.objects if one.id not in chosen)
    return sequence, left_out
