"""Exports: what is asked for, what will be written (the plan), and the frame every exporter is built on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask
from xmem_gui.errors import Cancelled, OutputError
from xmem_gui.formats.annotation import Annotation, ObjectInfo
from xmem_gui.formats.overlay_look import PLAIN
from xmem_gui.formats.reporting import IsCancelled, OnProgress
from xmem_gui.formats.request import ExportRequest, FrameSelection, choose_frames, choose_objects, has_status
from xmem_gui.formats.rle import Rle, decode, encode, size_of
from xmem_gui.formats.staging import Staging, existing_files
from xmem_gui.outputs import bears

__all__ = ["BaseExporter", "ExportPlan", "ExportRequest", "Exporter", "FrameSelection", "Layout", "Tick"]

_PREVIEW = 5
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What systems put into folders that are looked at."""
_EMPTY_RLE = 8
"""Run lengths of an empty mask are no longer than this."""


@dataclass(frozen=True)
class ExportPlan:
    """What an export will write, before it does.

    Attributes
    ----------
    format_id, destination, annotation, request
        The format, the place, the masks and the options that were asked for.
    frames, names
        The frames to write and the name of each.
    objects
        The objects to write, in ascending order of priority, then id.
    targets
        The files and folders that appear under `destination`, each whole or not at all.
    files
        How many files that are.
    preview
        The first few of them, relative to the destination.
    conflicts
        The targets at which something stands already.
    warnings
        What the person should know.
    refusals
        Why this cannot be written, if it cannot: one sentence each. `write` raises the first.
    empties
        (frame, object) of the empty masks among those that were read so far.
    """

    format_id: str
    destination: Path
    annotation: Annotation
    request: ExportRequest
    frames: tuple[int, ...]
    names: tuple[str, ...]
    objects: tuple[ObjectInfo, ...]
    targets: tuple[Path, ...] = ()
    files: int = 0
    preview: tuple[str, ...] = ()
    conflicts: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    empties: set[tuple[int, int]] = field(default_factory=set, repr=False, compare=False)

    def rle(self, frame: int, object_id: int) -> Rle | None:
        """Return a mask if it is to be exported; None if there is none or its status leaves it out."""
        if not has_status(self.annotation, self.request.frames.status, frame, object_id):
            return None
        rle = self.annotation.rle(frame, object_id)
        if rle is None:
            mask = self.annotation.mask(frame, object_id)
            rle = None if mask is None else encode(mask)
        if rle is not None and size_of(rle) != tuple(self.annotation.size):
            raise OutputError(
                f"The mask of object {object_id} in frame {frame} has not the size of the video."
            )
        if rle is not None and len(rle.counts) <= _EMPTY_RLE and rle.area == 0:
            self.empties.add((frame, object_id))
        return rle

    def mask(self, frame: int, object_id: int) -> Mask | None:
        """Return the (H, W) mask if it is to be exported."""
        rle = self.rle(frame, object_id)
        return None if rle is None else decode(rle)

    def masks(self, frame: int) -> Iterator[tuple[ObjectInfo, Rle]]:
        """Yield the objects that have a mask to export in a frame, lowest priority first."""
        present = set(self.annotation.objects_at(frame))
        for info in self.objects:
            if info.id in present and (rle := self.rle(frame, info.id)) is not None:
                yield info, rle

    def image(self, frame: int) -> NDArray[np.uint8]:
        """Return the frame's picture, (H, W, 3) RGB.

        Raises
        ------
        OutputError
            If there is none.
        """
        image = self.annotation.image(frame)
        if image is None:
            raise OutputError(
                f"The picture of frame {frame} is not at hand, and the export needs it; open the video."
            )
        return image


class Exporter(Protocol):
    """One format that annotations can be written in."""

    @property
    def id(self) -> str:
        """What the format is called in commands."""
        ...

    @property
    def title(self) -> str:
        """What it is called for people."""
        ...

    @property
    def extensions(self) -> tuple[str, ...]:
        """Endings of the files it writes, with the dot."""
        ...

    def plan(self, annotation: Annotation, request: ExportRequest, destination: Path) -> ExportPlan:
        """Say what would be written."""
        ...

    def write(
        self, plan: ExportPlan, *, progress: OnProgress | None = None, cancelled: IsCancelled | None = None
    ) -> tuple[Path, ...]:
        """Write it, whole or not at all, and return the targets."""
        ...


@dataclass(frozen=True)
class Layout:
    """What an exporter tells the plan of its files."""

    targets: tuple[Path, ...]
    files: int
    preview: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    shared: tuple[Path, ...] = ()
    """Targets that are added to, not replaced, if they exist."""


class Tick:
    """Counts finished frames: reports them, and raises `Cancelled` when asked to stop."""

    def __init__(self, total: int, progress: OnProgress | None, cancelled: IsCancelled | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress
        self._cancelled = cancelled

    def check(self) -> None:
        """Raise if the person has asked to stop."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("The export was cancelled; nothing was written.")

    def __call__(self) -> None:
        """Count one frame."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)
        self.check()


class BaseExporter(ABC):
    """The steps every export has in common: select, plan, stage, publish."""

    id: str
    title: str
    extensions: tuple[str, ...]
    writes: tuple[str, ...] = ()
    """What the files say that they are (see `outputs.mark`), besides the format's id."""
    needs_images = False
    needs_probabilities = False
    """Whether the format is for soft masks, and nothing without them."""
    takes_images = True
    """Whether the format has a place for the frames' pictures."""
    has_edge = False
    """Whether the format has soft masks or mattes, whose edge a person can ask for."""
    has_look = False
    """Whether the format shows masks over pictures, so that it has an `OverlayLook`."""
    has_quality = False
    """Whether the format can be finer or coarser; others keep every value, or have one quality."""

    def plan(self, annotation: Annotation, request: ExportRequest, destination: Path) -> ExportPlan:
        """Say what would be written; raise `OutputError` only where no plan can be made."""
        destination = Path(destination).absolute()
        objects = choose_objects(annotation, request)
        frames, warnings = choose_frames(annotation, request, [info.id for info in objects])
        names = request.naming.names(annotation, frames)
        plan = ExportPlan(self.id, destination, annotation, request, frames, names, objects)
        layout = self._layout(plan)
        warnings += self._unused(request)
        conflicts = tuple(
            target for target in layout.targets if _occupied(target) and target not in layout.shared
        )
        refusals = [*layout.refusals]
        if not frames:
            refusals.append("No frame is left to export; choose other frames or objects.")
        if not objects:
            refusals.append("There is no object to export.")
        if (
            (
                self.needs_images
                or (request.images and self.takes_images)
                or (request.edge.follows_picture and self.has_edge)
            )
            and frames
            and annotation.image(frames[0]) is None
        ):
            refusals.append(
                "This export needs the video's pictures, and they are not at hand; open the video first."
            )
        touched = [sentence for target in layout.targets if (sentence := annotation.reads.refusal(target))]
        refusals += touched
        for target in conflicts:
            if touched:
                break
            if not request.overwrite:
                refusals.append(f"'{target}' exists already; choose another place, or ask to overwrite it.")
            elif foreign := self._foreign(target):
                what = "is a file" if foreign == target.name else f"holds files, such as '{foreign}',"
                refusals.append(
                    f"'{target}' {what} that this program did not write in this format: nothing is "
                    "overwritten, choose another place."
                )
            else:
                warnings.append(f"'{target}' ({existing_files(target)} files) is replaced.")
        if self.needs_probabilities and frames and objects and not _has_probabilities(plan):
            refusals.append(
                "No soft edges are kept of these masks. Track again with Track > Keep soft edges, or in a "
                "script with Propagation(soft_budget=...), and export then."
            )
        return replace(
            plan,
            targets=layout.targets,
            files=layout.files,
            preview=layout.preview[:_PREVIEW],
            conflicts=conflicts,
            warnings=(*warnings, *layout.warnings),
            refusals=tuple(refusals),
        )

    def write(
        self, plan: ExportPlan, *, progress: OnProgress | None = None, cancelled: IsCancelled | None = None
    ) -> tuple[Path, ...]:
        """Write a plan's files, whole or not at all.

        Raises
        ------
        OutputError
            If the plan has refusals, something has appeared at a target since, or the disk is full or
            read-only.
        Cancelled
            If `cancelled` returned true; nothing is left.
        """
        if plan.refusals:
            raise OutputError(plan.refusals[0])
        tick = Tick(len(plan.frames), progress, cancelled)
        shared = self._layout(plan).shared
        with Staging(plan.targets, overwrite=plan.request.overwrite, shared=shared) as stage:
            tick.check()
            self._produce(plan, stage, tick)
            stage.publish()
        return plan.targets

    def _unused(self, request: ExportRequest) -> list[str]:
        """Say what was asked for that the format has no use for."""
        found = []
        if request.quality is not None and not self.has_quality:
            found.append("This format has only one quality; the one asked for is not used.")
        if request.look != PLAIN and not self.has_look:
            found.append("This format is no overlay: fill, outline, names and dimming are not used.")
        if not request.edge.is_plain and not self.has_edge:
            found.append("This format has hard masks only: feather, choke and refine are not used.")
        return found

    def _foreign(self, target: Path) -> str | None:
        """Return a file in a target that no export of this format has written, or None."""
        if target.is_symlink():
            return target.name
        kinds = (self.id, *self.writes)
        if not target.is_dir():
            return None if bears(target, kinds) else target.name
        for path in target.rglob("*"):
            if path.name not in _LITTER and (path.is_symlink() or not (path.is_dir() or bears(path, kinds))):
                return path.name
        return None

    @abstractmethod
    def _layout(self, plan: ExportPlan) -> Layout:
        """Return the files that a selection becomes."""

    @abstractmethod
    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        """Write the files into the stage, calling `tick` after each frame."""


def _has_probabilities(plan: ExportPlan) -> bool:
    known = plan.annotation.has_probability
    return any(known(frame, info.id) for frame in plan.frames for info, _ in plan.masks(frame))


def _occupied(target: Path) -> bool:
    if target.is_dir() and not target.is_symlink():
        return any(target.iterdir())
    return target.exists() or target.is_symlink()
