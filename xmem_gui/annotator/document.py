"""The project as exporters read it, and what importers found as the project takes it."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.absent import is_absent
from xmem_gui.annotator.given_masks import target_of
from xmem_gui.formats import ImportedMask, ImportPlan, ObjectInfo, open_import
from xmem_gui.outputs import Inputs
from xmem_gui.project import Origin, Outcome, Project, Rle, Run
from xmem_gui.video import FrameSource


class DocumentAnnotation:
    """A project and its video as one `formats.Annotation`.

    Parameters
    ----------
    project
        Whose masks.
    video
        Whose pictures, names and rate.
    """

    def __init__(self, project: Project, video: FrameSource) -> None:
        self._project = project
        self._video = video

    @property
    def name(self) -> str:
        """The video's name."""
        return self._video.name

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self._project.size

    @property
    def frames(self) -> int:
        """How many frames the video has."""
        return self._project.frames

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self._video.rate).limit_denominator(1001)

    @property
    def objects(self) -> Sequence[ObjectInfo]:
        """All objects."""
        return tuple(ObjectInfo(o.id, o.name, o.colour, o.priority) for o in self._project.objects)

    @property
    def reads(self) -> Inputs:
        """The video and the project, with the files that lie beside it."""
        return Inputs([self._video.path], families=[self._project.path])

    def frame_name(self, frame: int) -> str:
        """Return the video's name of a frame."""
        return self._video.frame_name(frame)

    def objects_at(self, frame: int) -> Sequence[int]:
        """Return the ids of the objects that have a mask in a frame."""
        return self._project.query.masks_on(frame)

    def mask(self, frame: int, object_id: int) -> NDArray[np.bool_] | None:
        """Return the (H, W) mask, or None."""
        return self._project.mask(frame, object_id)

    def rle(self, frame: int, object_id: int) -> Rle | None:
        """Return the mask as COCO RLE, or None."""
        record = self._project.record(frame, object_id)
        return None if record is None else record.rle

    def origin(self, frame: int, object_id: int) -> str | None:
        """Return where a mask came from, or None."""
        record = self._project.record(frame, object_id)
        return None if record is None else record.origin.value

    def committed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is committed."""
        record = self._project.record(frame, object_id)
        return record is not None and record.committed

    def reviewed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is reviewed."""
        record = self._project.record(frame, object_id)
        return record is not None and record.reviewed

    def probability(self, frame: int, object_id: int) -> NDArray[np.float32] | None:  # noqa: ARG002
        """Return None: projects keep masks, not probabilities."""
        return None

    def image(self, frame: int) -> NDArray[np.uint8] | None:
        """Return the frame's picture, (H, W, 3) RGB; None where the video is not at hand."""
        return None if is_absent(self._video) else self._video.frame(frame)


def plan_import(
    video: FrameSource,
    path: Path,
    format_id: str | None = None,
    *,
    first_number: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportPlan:
    """Say what importing a file or folder of masks for a video would do; nothing is changed or made.

    Parameters
    ----------
    first_number
        The number that the video's first frame has in names of files; None to find out, or to ask by the
        plan's `question`.

    Raises
    ------
    FormatError
        If it is of no format that is known, or damaged.
    """
    target = target_of(video, first_number)
    return open_import(
        path,
        format_id,
        size=target.size,
        frame_names=target.frame_names,
        name=target.name,
        named=target.named,
        first_number=first_number,
        progress=progress,
        cancelled=cancelled,
    )


def replaced_by(project: Project, plan: ImportPlan) -> dict[str, int]:
    """Return how many masks of each object, by name, stand on frames that an import speaks of."""
    frames = set(plan.frames)
    known = {one.name: one.id for one in project.objects}
    counts = {
        info.name: len(frames.intersection(project.query.known_frames(known[info.name])))
        for info in plan.objects
        if info.name in known
    }
    return {name: count for name, count in counts.items() if count}


def import_into(project: Project, plan: ImportPlan, masks: Iterable[ImportedMask]) -> Outcome | None:
    """Put imported masks into a project, all in one undoable step, or none of them.

    Objects are matched by name: one that the project lacks is added with the name and colour of the file.

    Returns
    -------
    Outcome or None
        Of the last frame put; None if there was none.

    Raises
    ------
    XmemGuiError
        If a file fails on the way, or the import is cancelled; the project is then as before.
    """
    known = {one.name: one.id for one in project.objects}
    with project.run(Origin.IMPORTED, label=f"Import {plan.path.name}") as run:
        try:
            ids = {
                info.id: known[info.name] if info.name in known else run.add_object(info.name, info.colour).id
                for info in plan.objects
            }
            return _put(run, ids, masks)
        except BaseException:
            run.discard()
            raise


def _put(run: Run, ids: dict[int, int], masks: Iterable[ImportedMask]) -> Outcome | None:
    outcome = None
    for frame, group in groupby(masks, key=lambda mask: mask.frame):
        outcome = run.put(frame, {ids[mask.object_id]: mask.rle for mask in group})
    return outcome
