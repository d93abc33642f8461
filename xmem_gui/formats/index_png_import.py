"""Reading folders of index PNGs, in any of the layouts that are written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xmem_gui.arrays import Mask
from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo, palette_colour
from xmem_gui.formats.davis import list_masks, objects_in, read_index_mask
from xmem_gui.formats.finding import find_folders, gather, has_png
from xmem_gui.formats.grey_png import is_wide, read_wide
from xmem_gui.formats.identity import ObjectTable, own_key
from xmem_gui.formats.importing import (
    BaseImporter,
    ImportedMask,
    ImportPlan,
    ImportTarget,
    Repair,
    Steps,
    Unexpected,
)
from xmem_gui.formats.index_png import LAYOUTS
from xmem_gui.formats.left_out import LeftOut
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.reading import one_line, png_file_size, read_json
from xmem_gui.formats.rle import Rle, encode
from xmem_gui.formats.scaling import check_size, scaled_mask
from xmem_gui.formats.sidecar import mask_record
from xmem_gui.formats.unexpected import give_to_nearest, unexpected_values

_ANY = range(1, 256)
_MOST_NUMBERS = 1024
"""Masks of 16 bits with more numbers in one picture are no masks of objects."""
_META_LIMIT = 64 * 2**20


@dataclass(frozen=True)
class _Source:
    files: dict[int, Path]
    numbers: dict[int, ObjectInfo]
    binary: bool
    unexpected: dict[int, tuple[int, ...]] = field(default_factory=dict)
    absent: dict[int, list[int]] = field(default_factory=dict)


class IndexPngImporter(BaseImporter):
    """Reads a folder of index PNGs, found in DAVIS, YouTube-VOS, MOSE and LVOS folders too.

    Values that look like blended edges are a repair to be decided on: 'repair' gives their pixels to the
    nearest object, 'keep' takes each value as an object. With a list of objects beside the masks (as this
    program writes) every listed value is taken as it is.
    """

    id = "index-png"
    title = "index PNG"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folders = _find(path, target.name)
        if not folders:
            raise FormatError(f"'{path}' has no folder of PNG masks for '{target.name}'.")
        folder = folders[0]
        masks = gather(folders, list_masks)
        record, told = mask_record(folder, masks, target)
        matching = match_frames(list(masks), target, record)
        warnings = [*told, *matching.notes]
        left = LeftOut()
        known = record.objects or _listed_objects(folder, warnings)
        survey = _Survey(target, frozenset(known), left)
        files = {frame: masks[stem] for stem, frame in matching.frames.items()}
        for frame in steps(sorted(files)):
            survey.add(frame, files[frame])
        binary = survey.binary and not known
        if binary:
            warnings.append("The masks are black and white: white is object 1.")
        odd = {} if binary else survey.odd()
        present = {1: survey.frames[255]} if binary else survey.frames
        numbers = _number(present, known, survey)
        odd_values = {value for values in odd.values() for value in values}
        sound = {number: frames for number, frames in present.items() if number not in odd_values}
        coverage = {numbers[number].id: set(frames) for number, frames in sound.items()}
        absent: dict[int, list[int]] = {}
        for frame, number in record.absences(matching.frames):
            if number in record.known and frame in survey.files and frame not in coverage.get(number, ()):
                coverage.setdefault(number, set()).add(frame)
                absent.setdefault(frame, []).append(number)
        return ImportPlan(
            self.id,
            path,
            target,
            objects=_by_id(info for n, info in numbers.items() if n not in odd_values),
            frames=tuple(sorted(survey.files)),
            masks=sum(map(len, coverage.values())),
            repairs=() if not odd else (_repair(odd, survey),),
            warnings=(*warnings, *left.sentences()),
            question=matching.question,
            kept_objects=_by_id(numbers[n] for n in odd_values),
            coverage={number: tuple(sorted(frames)) for number, frames in coverage.items()},
            absences=sum(map(len, absent.values())),
            left_out=left.sentences(),
            importer=self,
            source=_Source(survey.files, numbers, binary, odd, absent),
        )

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        source: _Source = plan.source
        promised = {number: frozenset(frames) for number, frames in plan.coverage.items()}
        kept = {info.id for info in plan.kept_objects}
        for frame in steps(plan.frames):
            mask = _read_raw(source.files[frame], plan.target)
            if source.binary:
                mask = (mask == 255).astype(np.uint8)
            odd = source.unexpected.get(frame)
            if odd and unexpected == "repair":
                mask = give_to_nearest(mask.astype(np.uint8, copy=False), odd)
            for number, inside in _split(mask, plan.target.size):
                if number not in source.numbers:
                    raise FormatError(f"The mask '{source.files[frame]}' has changed since it was inspected.")
                steps.check()
                found = source.numbers[number].id
                if found in kept or frame in promised.get(found, ()):
                    yield ImportedMask(frame, found, encode(inside))
            for found in source.absent.get(frame, ()):
                yield ImportedMask(frame, found, Rle.empty(*plan.target.size))


def _split(mask: NDArray[np.integer], size: tuple[int, int]) -> Iterator[tuple[int, Mask]]:
    """Yield (number, (H, W) mask at the video's size) of every object that has a pixel there."""
    for number in objects_in(mask):
        inside = scaled_mask(mask == number, size)
        if inside.any():
            yield number, inside


def _number(
    present: dict[int, list[int]], known: dict[int, ObjectInfo], survey: "_Survey"
) -> dict[int, ObjectInfo]:
    """Return the object of each number in the masks."""
    table = ObjectTable({info.id: info for info in known.values()})
    keys = {
        n: own_key(known[n].id) if n in known else table.meet(("number", n), "", n, survey.colour(n))
        for n in sorted({*present, *known})
    }
    found = table.decide()
    return {n: found[key] for n, key in keys.items()}


class _Survey:
    """What a folder of masks holds: values, and those that look like blended edges."""

    def __init__(self, target: ImportTarget, known: frozenset[int], left: LeftOut) -> None:
        self._target = target
        self._known = known
        self._left = left
        self._odd: dict[int, dict[int, int]] = {}
        self._odd_frames: Counter[int] = Counter()
        self._palette: list[int] | None = None
        self._white = False
        self.files: dict[int, Path] = {}
        self.frames: dict[int, list[int]] = {}
        """The frames in which each value occurs."""

    def add(self, frame: int, path: Path) -> None:
        """Look at a mask; one that cannot be read is left out."""
        with self._left.guard("mask", path.name):
            mask = _read_raw(path, self._target)
            same = mask.shape == tuple(self._target.size)
            found = objects_in(mask) if same else [n for n, _ in _split(mask, self._target.size)]
            if not self.files:
                self._palette = _palette_of(path)
                self._white = _white_as_255(path)
            self.files[frame] = path
            for value in found:
                self.frames.setdefault(value, []).append(frame)
            self._look_for_odd(frame, mask, found)

    def _look_for_odd(self, frame: int, mask: NDArray[np.integer], found: list[int]) -> None:
        if found == [255] or self._known.issuperset(found) or mask.dtype != np.uint8:
            return
        narrow = mask.astype(np.uint8, copy=False)
        # A list of objects that lacks a solid value is incomplete, not the value wrong.
        odd = {value: n for value, n in unexpected_values(narrow).items() if value not in self._known}
        if odd:
            self._odd[frame] = odd
            self._odd_frames.update(odd.keys())

    @property
    def binary(self) -> bool:
        """Whether the only value is 255, and it is white."""
        return set(self.frames) == {255} and self._white

    def everywhere_odd(self, value: int) -> bool:
        """Tell whether a value looks blended wherever it occurs."""
        return self._odd_frames[value] > 0 and self._odd_frames[value] == len(self.frames.get(value, ()))

    def odd(self) -> dict[int, tuple[int, ...]]:
        """Return by frame the values that look blended wherever they are.

        One that is solid elsewhere is an object.
        """
        found = {
            frame: tuple(value for value in values if self.everywhere_odd(value))
            for frame, values in self._odd.items()
        }
        return {frame: values for frame, values in found.items() if values}

    def pixels(self) -> int:
        """Return how many pixels these have."""
        return sum(n for values in self._odd.values() for v, n in values.items() if self.everywhere_odd(v))

    def colour(self, number: int) -> tuple[int, int, int]:
        """Return what the masks' palette shows a number as."""
        at = 3 * number
        if self._palette is None or len(self._palette) < at + 3:
            return palette_colour(number)
        return (self._palette[at], self._palette[at + 1], self._palette[at + 2])


def _find(path: Path, name: str) -> list[Path]:
    return find_folders(path, has_png, name, patterns=[layout.masks for layout in LAYOUTS])


def _by_id(objects: Iterable[ObjectInfo]) -> tuple[ObjectInfo, ...]:
    return tuple(sorted(objects, key=lambda info: info.id))


def _read_raw(path: Path, target: ImportTarget) -> NDArray[np.uint8] | NDArray[np.uint16]:
    found = png_file_size(path)
    check_size(found, target, "it is of")
    if is_wide(path) and (wide := read_wide(path)).max(initial=0) > max(_ANY):
        if len(objects_in(wide)) > _MOST_NUMBERS:
            raise FormatError("it has too many numbers for a mask of objects")
        return wide
    return read_index_mask(path, size=found, objects=_ANY)


def _palette_of(path: Path) -> list[int] | None:
    with Image.open(path) as image:
        return image.getpalette() if image.mode == "P" else None


def _white_as_255(path: Path) -> bool:
    palette = _palette_of(path)
    return palette is None or len(palette) < 768 or palette[765:768] == [255, 255, 255]


def _repair(odd: dict[int, tuple[int, ...]], survey: _Survey) -> Repair:
    values = sorted({value for found in odd.values() for value in found})
    listed = ", ".join(map(str, values[:8])) + (" ..." if len(values) > 8 else "")
    return Repair(
        "unexpected values",
        f"{survey.pixels()} pixels in {len(odd)} masks have values that look like blended edges ({listed}); "
        "a repair gives each to its nearest object.",
    )


def _listed_objects(folder: Path, warnings: list[str]) -> dict[int, ObjectInfo]:
    """Return the objects by number that YouTube-VOS's list names."""
    meta = folder.parent.parent / "meta.json"
    if not meta.is_file():
        return {}
    try:
        listed = read_json(meta, _META_LIMIT)["videos"][folder.name]["objects"]
        return {
            int(key): ObjectInfo(
                int(key), one_line(item.get("category", "")) or f"object {key}", palette_colour(int(key))
            )
            for key, item in listed.items()
            if 1 <= int(key) <= 255
        }
    except (FormatError, KeyError, TypeError, ValueError, AttributeError):
        warnings.append(f"'{meta}' does not list '{folder.name}'; objects are named by their numbers.")
        return {}
