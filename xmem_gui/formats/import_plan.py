"""What an import will do, before it does: the plan, the video it is for, and the masks that it gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xmem_gui.arrays import Mask
from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.numbering import NumberingQuestion
from xmem_gui.formats.reporting import IsCancelled, OnProgress
from xmem_gui.formats.rle import Rle, decode
from xmem_gui.text import counted

if TYPE_CHECKING:
    from xmem_gui.formats.importing import Importer

_LISTED = 20

Unexpected = Literal["refuse", "repair", "keep"]
"""What to do about repairs: refuse to read, make them, or keep the values of index masks as they are."""


@dataclass(frozen=True)
class ImportTarget:
    """The video that masks are imported for.

    Attributes
    ----------
    size
        (height, width) in pixels; every mask must have it.
    frame_names
        The name of each frame, without an ending.
    name
        The video's name, by which it is found in a file of several.
    named
        Whether the frames' names are their own, as those of pictures in a folder are. The numbers that
        stand for the names of a video's frames are not.
    first_number
        The number that the first frame has in names of files, if the person has said so.
    scale
        Whether masks of another size are scaled to the video's; otherwise they are left out.
    outline
        Whether the pixels under a polygon's outline belong to the object (see `outlines`); None for what
        the format's tools do.
    by_class
        Whether what a file tells apart only by its order, within a class, is one object.
    """

    size: tuple[int, int]
    frame_names: tuple[str, ...]
    name: str = ""
    named: bool = False
    first_number: int | None = None
    scale: bool = False
    outline: bool | None = None
    by_class: bool = False


@dataclass(frozen=True)
class Repair:
    """Something in the files that is not as it should be, and what would be done about it, in a sentence."""

    kind: str
    sentence: str


@dataclass(frozen=True)
class ImportedMask:
    """One mask read."""

    frame: int
    object_id: int
    rle: Rle

    def mask(self) -> Mask:
        """Return the (H, W) mask."""
        return decode(self.rle)


@dataclass(frozen=True)
class Destination:
    """Where the masks of one imported object go.

    Attributes
    ----------
    imported
        The object, as the plan has it.
    object_id
        The project's object; for a new one the number that it will get.
    name
        The name of the object that receives the masks.
    new
        Whether the object is made.
    replaced
        How many masks are there already on frames where the import has one.
    locked
        Whether the project's object is locked, so that its masks cannot be changed.
    """

    imported: ObjectInfo
    object_id: int
    name: str
    new: bool
    replaced: int = 0
    locked: bool = False

    def __str__(self) -> str:
        where = f"new object {self.object_id}" if self.new else f"{self.name} (object {self.object_id})"
        return f"{self.imported.name} -> {where}"


@dataclass(frozen=True)
class ImportPlan:
    """What an import will do, before it does.

    Attributes
    ----------
    format_id, path, target
        What is read, and for which video.
    objects
        The objects that the masks are of.
    frames
        The frames that the files speak of, ascending: an object with no mask in one of these is not there.
    masks
        How many masks will be given, empty ones too.
    coverage
        The frames, ascending, on which each object (by id) will be given a mask. No other mask is touched.
    absences
        How many of the masks are empty: the file says that the object is not there.
    repairs
        What needs a decision before it can be read.
    warnings
        What the person should know.
    kept_objects
        The objects that there are besides, if unexpected values are kept.
    question
        Which frame the files' numbers mean, where that cannot be known. Until it is answered (by
        `ImportTarget.first_number`) `frames` are those of the likeliest answer, and nothing is read.
    left_out
        What cannot be read and is left out, a sentence a reason; these are among the warnings.
    destinations
        Where the objects go in a project, in the order of `objects`; empty while no project is known.
    """

    format_id: str
    path: Path
    target: ImportTarget
    objects: tuple[ObjectInfo, ...]
    frames: tuple[int, ...]
    masks: int
    repairs: tuple[Repair, ...] = ()
    warnings: tuple[str, ...] = ()
    kept_objects: tuple[ObjectInfo, ...] = ()
    question: NumberingQuestion | None = None
    coverage: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    absences: int = 0
    left_out: tuple[str, ...] = ()
    destinations: tuple[Destination, ...] = ()
    importer: "Importer | None" = field(default=None, repr=False, compare=False)
    source: Any = field(default=None, repr=False, compare=False)
    keeps: object = field(default=None, repr=False, compare=False)

    def describe(self) -> str:
        """Return what will be done, in a few lines for a person."""
        height, width = self.target.size
        names = ", ".join(info.name for info in self.objects[:8]) + (" ..." if len(self.objects) > 8 else "")
        lines = [
            f"{counted(self.masks, 'mask')} of {counted(len(self.objects), 'object')} ({names}) in "
            f"{len(self.frames)} of {len(self.target.frame_names)} frames, {width} x {height} pixels.",
            *(str(one) for one in self.destinations[:_LISTED]),
        ]
        if len(self.destinations) > _LISTED:
            lines.append(f"... and {len(self.destinations) - _LISTED} more objects")
        asked = [] if self.question is None else [self.question.refusal()]
        return "\n".join([*lines, *asked, *(repair.sentence for repair in self.repairs), *self.notes])

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should know: of masks that are empty or replaced, and the warnings."""
        notes = [
            f"{'1 mask' if one.replaced == 1 else f'{one.replaced} masks'} of {one.name} (object "
            f"{one.object_id}) {'is' if one.replaced == 1 else 'are'} there already: replaced where it is "
            "another."
            for one in self.destinations
            if one.replaced
        ]
        notes += [
            f"{one.name} (object {one.object_id}) is locked: if a mask of it would change, nothing is "
            "imported. Unlock it first, or send its masks to another object."
            for one in self.destinations
            if one.locked and self.coverage.get(one.imported.id)
        ]
        if self.absences:
            empty = "1 mask is empty" if self.absences == 1 else f"{self.absences} masks are empty"
            notes.append(f"{empty}: the object is not there, and what is there goes.")
        return (*notes, *self.warnings)

    def read(
        self,
        *,
        unexpected: Unexpected = "refuse",
        progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Iterator[ImportedMask]:
        """Yield the masks, frame by frame or object by object.

        Raises
        ------
        FormatError
            If the plan has a question, or repairs and they are refused, or a file has changed or is
            damaged.
        Cancelled
            If `cancelled` returned true.
        """
        if self.importer is None:
            raise FormatError("This plan was not made by an importer.")
        if self.question is not None:
            raise FormatError(self.question.refusal())
        return self.importer.read(self, unexpected=unexpected, progress=progress, cancelled=cancelled)
