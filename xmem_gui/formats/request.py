"""What a person asks an export to hold: frames, objects, names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from xmem_gui.errors import OutputError
from xmem_gui.formats.annotation import Annotation, ObjectInfo
from xmem_gui.formats.matte_edge import AS_IT_IS, MatteEdge
from xmem_gui.formats.naming import Naming
from xmem_gui.formats.overlay_look import PLAIN, OverlayLook

QUALITIES = {"small": 28, "good": 23, "fine": 18}
"""Names for qualities of H.264, as its constant rate factor; the last looks as good as the original."""
LEAST_QUALITY, MOST_QUALITY = 1, 51
"""The ends of the range of qualities: the finest and the coarsest."""


@dataclass(frozen=True)
class FrameSelection:
    """Which frames to export; conditions add up.

    Attributes
    ----------
    start, stop, step
        Range of frames, `stop` not included (None: to the end), and every `step`-th of it.
    explicit
        Exactly these frames, instead of a range.
    status
        'committed' or 'reviewed': only masks with that flag, and the frames that have one.
    annotated_only
        Leave out frames in which no chosen object has a mask.
    """

    start: int = 0
    stop: int | None = None
    step: int = 1
    explicit: tuple[int, ...] | None = None
    status: Literal["any", "committed", "reviewed"] = "any"
    annotated_only: bool = False


@dataclass(frozen=True)
class ExportRequest:
    """What a person asks an export to hold.

    Attributes
    ----------
    frames
        The frames to write, by range, by list or by status.
    objects
        Ids of the objects; None for all.
    naming
        How files are named: by frame number or by the source's own names.
    overwrite
        Replace what stands at the destination. Without it, an export whose files exist is refused.
    images
        Write the frames' pictures (JPEG) too, where the format has a place for them.
    palette
        'davis', or 'objects' for index PNGs in the objects' own colours.
    look
        How masks lie over the pictures, in formats that are such pictures.
    quality
        Of formats that do not keep every value: H.264's constant rate factor, 1 to 51, lower is finer (see
        `QUALITIES`); None for what looks as good as the original.
    edge
        What edges of soft masks, mattes and cut-outs are like, in formats that have such. Projects are
        exported with it (`Annotator.export`); annotations in memory have the soft masks that they were given.

    Raises
    ------
    OutputError
        If the quality is out of its range.
    """

    frames: FrameSelection = field(default_factory=FrameSelection)
    objects: tuple[int, ...] | None = None
    naming: Naming = field(default_factory=Naming)
    overwrite: bool = False
    images: bool = False
    palette: Literal["davis", "objects"] = "davis"
    look: OverlayLook = PLAIN
    quality: int | None = None
    edge: MatteEdge = AS_IT_IS

    def __post_init__(self) -> None:
        if self.quality is not None and not LEAST_QUALITY <= self.quality <= MOST_QUALITY:
            raise OutputError(
                f"Quality is a number from {LEAST_QUALITY} (finest) to {MOST_QUALITY} (coarsest), or one of "
                f"{', '.join(QUALITIES)}; {self.quality} was asked for."
            )


def choose_objects(annotation: Annotation, request: ExportRequest) -> tuple[ObjectInfo, ...]:
    """Return the objects asked for, lowest priority first, ids breaking ties.

    Raises
    ------
    OutputError
        If one does not exist.
    """
    known = {info.id: info for info in annotation.objects}
    wanted: Sequence[int] = tuple(known) if request.objects is None else request.objects
    for object_id in wanted:
        if object_id not in known:
            raise OutputError(f"There is no object {object_id} to export.")
    return tuple(sorted({known[i] for i in wanted}, key=lambda info: (info.priority, info.id)))


def choose_frames(
    annotation: Annotation, request: ExportRequest, objects: Sequence[int]
) -> tuple[tuple[int, ...], list[str]]:
    """Return the frames asked for, ascending, and what to say of them."""
    asked = request.frames
    if asked.explicit is not None:
        frames: Sequence[int] = sorted(set(asked.explicit))
        if frames and not (frames[0] >= 0 and frames[-1] < annotation.frames):
            raise OutputError(
                f"Frames are numbered from 0 to {annotation.frames - 1}; others were asked for."
            )
    else:
        if asked.step < 1 or asked.start < 0:
            raise OutputError("A range of frames starts at 0 or later and goes on by 1 frame or more.")
        frames = range(annotation.frames)[asked.start : asked.stop : asked.step]
    chosen = set(objects)
    kept: list[int] = []
    bare = partial = 0
    for frame in frames:
        present = [i for i in annotation.objects_at(frame) if i in chosen]
        flagged = [i for i in present if has_status(annotation, asked.status, frame, i)]
        if not flagged and (asked.status != "any" or asked.annotated_only):
            continue
        bare += not flagged
        partial += bool(flagged) and len(flagged) < len(present)
        kept.append(frame)
    warnings = []
    if bare:
        warnings.append(f"{bare} of {len(kept)} frames have no mask.")
    if partial:
        warnings.append(f"In {partial} frames some objects are left out, since they are not {asked.status}.")
    return tuple(kept), warnings


def has_status(annotation: Annotation, status: str, frame: int, object_id: int) -> bool:
    """Tell whether a mask has the status asked for."""
    if status == "committed":
        return annotation.committed(frame, object_id)
    if status == "reviewed":
        return annotation.reviewed(frame, object_id)
    return True
