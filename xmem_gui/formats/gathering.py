"""What an importer gathers while it reads a file: masks by frame and object, and all that is left out.

Masks are kept as run lengths, so that what the plan promises is what the import gives.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path

from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.budget import Budget
from xmem_gui.formats.identity import ObjectTable, own_key
from xmem_gui.formats.importing import (
    BaseImporter,
    ImportedMask,
    ImportPlan,
    ImportTarget,
    Steps,
    Unexpected,
)
from xmem_gui.formats.left_out import LeftOut
from xmem_gui.formats.numbering import NumberingQuestion
from xmem_gui.formats.record import Record
from xmem_gui.formats.rle import Rle


class Gathered:
    """Masks of one file, and of which object each is.

    Parameters
    ----------
    target
        The size, length and frame names of the video that masks are for.
    steps
        Reports progress and raises `Cancelled` when the person stops the import.
    known
        The objects that a file of ours lists, by id.

    Attributes
    ----------
    table : ObjectTable
        Which object each mask belongs to.
    left : LeftOut
        Counts and names what could not be read.
    budget : Budget
        The work that the file may still ask for.
    """

    def __init__(
        self, target: ImportTarget, steps: Steps, known: dict[int, ObjectInfo] | None = None
    ) -> None:
        self.target = target
        self.table = ObjectTable(known or {})
        self.left = LeftOut()
        self.budget = Budget(target.size, len(target.frame_names), steps.check)
        self._masks: dict[tuple[int, Hashable], Rle] = {}
        self._absent: dict[tuple[int, Hashable], None] = {}
        self._joined: dict[tuple[int, Hashable], str] = {}

    def put(self, frame: int, key: Hashable, rle: Rle, place: str) -> None:
        """Take a mask; one of an object that has a mask in the frame already is joined to it.

        Parameters
        ----------
        frame, key
            The 0-based frame, and the key of the object in the table.
        rle
            The mask, of the video's size; an empty one says that the object is not there.
        place
            Where in the file it is.
        """
        at = frame, key
        if rle.area == 0:
            self._absent[at] = None
            return
        self.budget.kept(len(rle.counts) + 100)
        if at in self._masks:
            self.budget.pixels(3 * rle.height * rle.width)
            rle = self._masks[at].union(rle)
            self._joined.setdefault(at, place)
        self._masks[at] = rle

    def put_shape(self, frame: int, key: Hashable, rle: Rle, place: str, kind: str) -> None:
        """Take the mask of an outline; one without a pixel says nothing, and is left out."""
        if rle.area:
            self.put(frame, key, rle, place)
        else:
            self.left.add(kind, "it covers no pixel of the picture", place)

    def absent(self, frame: int, key: Hashable) -> None:
        """Note that an object is not there, if no mask of it in the frame says otherwise."""
        self._absent[frame, key] = None

    def absent_by(self, record: Record, matched: Mapping[str, int] | None = None) -> None:
        """Note what a file of ours says of empty masks; `matched` gives the frame of each name."""
        for frame, number in record.absences(matched):
            if number in self.table.known:
                self.absent(frame, own_key(number))

    def place_images(self, frames: Mapping[int, int]) -> None:
        """Put masks to the frames that stand for others until now; those without one are left."""
        self._masks = {
            (frames.get(frame, frame), key): rle
            for (frame, key), rle in self._masks.items()
            if frames.get(frame, frame) >= 0
        }
        self._absent = {
            (frames.get(frame, frame), key): None
            for frame, key in self._absent
            if frames.get(frame, frame) >= 0
        }
        self._joined = {
            (frames.get(frame, frame), key): place
            for (frame, key), place in self._joined.items()
            if frames.get(frame, frame) >= 0
        }

    def plan(
        self,
        importer: BaseImporter,
        path: Path,
        frames: Iterable[int],
        notes: Iterable[str] = (),
        question: NumberingQuestion | None = None,
    ) -> ImportPlan:
        """Return the plan of all that was gathered, by frame, then by object.

        Parameters
        ----------
        importer, path
            The importer that read the file, and the file or folder.
        frames
            Frames that the file speaks of, beside those that have a mask.
        notes, question
            What the person should know, and has to decide.
        """
        objects = self.table.decide({key for _, key in (*self._masks, *self._absent)})
        height, width = self.target.size
        empty = dict.fromkeys(self._absent.keys() - self._masks.keys(), Rle.empty(height, width))
        found = [
            ImportedMask(frame, objects[key].id, rle) for (frame, key), rle in (self._masks | empty).items()
        ]
        found.sort(key=lambda mask: (mask.frame, mask.object_id))
        warnings = [*notes, *self.table.notes]
        if self._joined:
            (frame, key), place = next(iter(self._joined.items()))
            where = f"frame {frame}, {objects[key].name}" + (f", {place}" if place else "")
            warnings.append(f"{len(self._joined)} objects have several masks in a frame; joined ({where}).")
        left = self.left.sentences()
        return ImportPlan(
            importer.id,
            path,
            self.target,
            objects=tuple(sorted(objects.values(), key=lambda info: info.id)),
            frames=tuple(sorted({*frames, *(mask.frame for mask in found)})),
            masks=len(found),
            warnings=(*warnings, *left),
            question=question,
            coverage=coverage(found),
            absences=len(empty),
            left_out=left,
            importer=importer,
            source=tuple(found),
        )


def coverage(masks: Iterable[ImportedMask]) -> dict[int, tuple[int, ...]]:
    """Return the frames of each object, in the order given."""
    frames: dict[int, list[int]] = {}
    for mask in masks:
        frames.setdefault(mask.object_id, []).append(mask.frame)
    return {number: tuple(found) for number, found in frames.items()}


class DocumentImporter(BaseImporter):
    """An importer that gathers everything when it inspects, and only hands it out when it reads."""

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        del unexpected  # there is nothing to repair
        yield from steps(plan.source)
