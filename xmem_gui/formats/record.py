"""What an export writes down of itself, so that it comes back exactly: objects, and which frame is which.

JSON and XML formats have it as a member ``xmem_gui``, folders of masks in a file beside them (`sidecar`). It
is trusted only for a video of the size and length of the one that it was written for.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo, palette_colour
from xmem_gui.formats.exporting import ExportPlan
from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.reading import member_of, one_line, whole_number
from xmem_gui.outputs import mark
from xmem_gui.project import identity
from xmem_gui.project.rle import MAX_PIXELS
from xmem_gui.project.values import MAX_OBJECT

MAX_OBJECTS = 100_000
"""Files that name more objects are refused."""


@dataclass(frozen=True)
class Record:
    """What an export has written down of itself.

    Attributes
    ----------
    objects
        By the number that each has in the masks.
    frames
        The frames written, in the order of the file's rows or images; empty if that was not written down.
    names
        The name of each of `frames`, without an ending; empty for files that do not name frames.
    own_names
        Whether the names are those of the source's frames.
    empty
        (place in `frames`, object's id) of the masks that are there and empty: the object is known not to be
        seen.
    lines
        By name, the object's id of each line of a file, where lines do not tell objects apart.
    size
        (height, width) of the video that it was written for, if that is another one.
    moves
        Where pictures are known by name in a file that does not name its frames, the frame of now of each
        frame that was written, -1 for one that is gone. `frames` are those of now, then.
    scattered
        Whether frames were written down that are not just all from 0 on, and are not used.
    """

    objects: dict[int, ObjectInfo] = field(default_factory=dict)
    frames: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    own_names: bool = False
    empty: frozenset[tuple[int, int]] = frozenset()
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    moves: dict[int, int] = field(default_factory=dict)
    scattered: bool = False

    @property
    def known(self) -> dict[int, ObjectInfo]:
        """The objects by id."""
        return {info.id: info for info in self.objects.values()}

    def absences(self, matched: Mapping[str, int] | None = None) -> Iterator[tuple[int, int]]:
        """Yield (frame, object's id) of the empty masks.

        Parameters
        ----------
        matched
            The frame of each file by its name, if files have names; one that is gone says nothing.
        """
        for place, number in sorted(self.empty):
            if matched is None or not self.names:
                if self.frames[place] >= 0:
                    yield self.frames[place], number
            elif (frame := matched.get(self.names[place])) is not None:
                yield frame, number

    def now(self, number: int) -> int:
        """Return the frame that one of the file's frame numbers means now; -1 for a picture that is gone."""
        return self.moves.get(number, -1) if self.moves else number

    @property
    def by_name(self) -> dict[str, int]:
        """The frame of each name, -1 for that of a picture that is gone."""
        return dict(zip(self.names, self.frames, strict=False))


def object_record(info: ObjectInfo) -> dict[str, object]:
    """Return an object as JSON keeps it."""
    known: dict[str, object] = {
        "id": info.id, "name": info.name, "colour": list(info.colour), "priority": info.priority,
    }  # fmt: skip
    if info.category:
        known["category"] = info.category
    return {**known, "uid": info.uid} if info.uid else known


def record_of(
    plan: ExportPlan, numbers: Mapping[int, int] | None = None, *, names: bool = True
) -> dict[str, Any]:
    """Return what an export writes down of itself, as JSON keeps it.

    Call it when the plan's masks have been read: it lists those that are empty, which most formats leave out.

    Parameters
    ----------
    plan
        The planned export that the record describes.
    numbers
        The number (by id) that each object has in the masks, if that is not its id.
    names
        Whether the format names frames.
    """
    height, width = plan.annotation.size
    by_id = sorted(plan.objects, key=lambda info: info.id)
    found: dict[str, Any] = {
        "video": {
            "name": plan.annotation.name, "frames": plan.annotation.frames, "width": width, "height": height,
        },
        "objects": [
            object_record(info) if numbers is None else {"number": numbers[info.id], **object_record(info)}
            for info in by_id
        ],
        "frames": list(plan.frames),
    }  # fmt: skip
    if names:
        found |= {"names": list(plan.names), "own_names": plan.request.naming.pattern is None}
    if plan.annotation.named and not found.get("own_names", False):
        found["pictures"] = [plan.annotation.frame_name(frame) for frame in plan.frames]
    if plan.empties:
        found["empty"] = _spans(plan)
    return found


def _spans(plan: ExportPlan) -> dict[str, list[list[int]]]:
    """Return by object's id the spans of places in the list of frames at which it has an empty mask."""
    places = {frame: place for place, frame in enumerate(plan.frames)}
    found: dict[str, list[list[int]]] = {}
    for number, frame in sorted((number, frame) for frame, number in plan.empties if frame in places):
        spans = found.setdefault(str(number), [])
        if spans and spans[-1][1] == places[frame] - 1:
            spans[-1][1] += 1
        else:
            spans.append([places[frame], places[frame]])
    return found


def own_block(plan: ExportPlan, *, names: bool = True) -> dict[str, Any]:
    """Return the record of an export to one JSON or XML file, with the mark of its format."""
    return {"written": mark(plan.format_id), **record_of(plan, names=names)}


def own_record(document: Any, target: ImportTarget, path: Path) -> tuple[Record, list[str]]:
    """Return what a JSON file of this program says of itself, and what to tell the person.

    The record is empty where there is none, or it is damaged.
    """
    found = document.get("xmem_gui") if isinstance(document, dict) else None
    if found is None:
        return Record(), []
    try:
        return read_record(found, target, path.name)
    except FormatError as error:
        return Record(), [f"{error} What '{path.name}' says of itself is not used."]


def read_record(value: Any, target: ImportTarget, where: str) -> tuple[Record, list[str]]:
    """Return a record from what JSON keeps of it, and what to tell the person.

    Its frames are left out where it was written for a video of other size or length.

    Raises
    ------
    FormatError
        If it is damaged.
    """
    objects: dict[int, ObjectInfo] = {}
    listed = member_of(value, "objects", list, f"'{where}'")
    for item in listed[: MAX_OBJECTS + 1]:
        info = read_object(item, f"An object in '{where}'")
        objects[whole_number(item.get("number", info.id), "An object's number", 1)] = info
    if len({info.id for info in objects.values()}) != len(listed) or len(listed) > MAX_OBJECTS:
        raise FormatError(f"'{where}' names two objects alike, or too many.")
    count = len(target.frame_names)
    numbers, names = value.get("frames", []), value.get("names", [])
    scattered = isinstance(numbers, list) and numbers != list(range(len(numbers)))
    stranger = _stranger(value.get("video"), target)
    size = None if stranger is None else _size(value["video"])
    own = value.get("own_names") is True
    if moves := _moves(numbers, names if own else value.get("pictures"), target):
        frames = tuple(moves[number] for number in numbers)
        stems = tuple(map(str, names)) if isinstance(names, list) and len(names) == len(frames) else ()
        gone = frames.count(-1)
        told = [f"{gone} pictures that '{where}' speaks of are not in the folder."] if gone else []
        empty = frozenset(_empty(value.get("empty"), len(frames)))
        lines = _lines(value.get("lines"), stems)
        return Record(objects, frames, stems, own, empty, lines, size, moves), told
    if stranger is not None:
        note = f"'{where}' was written for {stranger}; its frame numbers are not used."
        return Record(objects, size=size, scattered=scattered), [note]
    try:
        frames = tuple(whole_number(n, "A frame", 0, count - 1) for n in numbers)
    except (FormatError, TypeError):
        frames = ()
    fits = len(set(frames)) == len(frames) == len(numbers) and isinstance(names, list)
    if not fits or (names and len(set(map(str, names))) != len(frames)):
        damaged = f"'{where}' has damaged frame numbers, which are not used."
        return Record(objects, scattered=scattered), [damaged]
    empty = frozenset(_empty(value.get("empty"), len(frames)))
    stems = tuple(map(str, names))
    lines = _lines(value.get("lines"), stems)
    return Record(objects, frames, stems, own, empty, lines), []


def _moves(numbers: Any, pictures: Any, target: ImportTarget) -> dict[int, int]:
    """Return the frame of now of each frame written, by its picture's name; nothing if that is not known."""
    if not target.named or not isinstance(numbers, list) or not isinstance(pictures, list):
        return {}
    if not all(type(number) is int for number in numbers) or len(set(numbers)) < len(numbers):
        return {}
    if len(pictures) != len(numbers) or len(set(map(str, pictures))) < len(numbers):
        return {}
    now = {name: frame for frame, name in enumerate(target.frame_names)}
    found = {number: now.get(str(name), -1) for number, name in zip(numbers, pictures, strict=True)}
    return found if any(frame >= 0 for frame in found.values()) else {}


def _lines(value: Any, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the objects of each file's lines; damaged ones say nothing."""
    if not isinstance(value, list) or len(value) != len(names):
        return {}
    return {
        name: tuple(ids)
        for name, ids in zip(names, value, strict=True)
        if isinstance(ids, list) and all(isinstance(number, int) for number in ids)
    }


def _empty(value: Any, count: int) -> Iterator[tuple[int, int]]:
    """Yield (place in the list of frames, object's id) from spans of places; damaged ones say nothing."""
    for key, spans in value.items() if isinstance(value, dict) else ():
        last = -1
        for span in spans if isinstance(spans, list) and key.isdecimal() and len(key) < 10 else ():
            with contextlib.suppress(FormatError, TypeError, ValueError):
                low, high = span
                low = whole_number(low, "A place", last + 1, count - 1)
                last = whole_number(high, "A place", low, count - 1)
                yield from ((place, int(key)) for place in range(low, last + 1))


def read_object(item: object, what: str) -> ObjectInfo:
    """Return an object from what JSON keeps of it; what is missing gets its default."""
    object_id = whole_number(member_of(item, "id", (int, float), what), f"{what}: its id", 1, MAX_OBJECT)
    known = item if isinstance(item, dict) else {}
    colour = known.get("colour")
    if (
        isinstance(colour, list)
        and len(colour) == 3
        and all(isinstance(c, int) and 0 <= c <= 255 for c in colour)
    ):
        rgb = (int(colour[0]), int(colour[1]), int(colour[2]))
    else:
        rgb = palette_colour(object_id)
    name = one_line(known.get("name") or "") or f"object {object_id}"
    priority = whole_number(known.get("priority", 0), f"{what}: its priority", -(2**31))
    category = known.get("category")
    return ObjectInfo(
        object_id, name, rgb, priority, identity.sound_uid(known.get("uid")),
        one_line(category) if isinstance(category, str) else "",
    )  # fmt: skip


def _size(video: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the (height, width) that a record was written for, if there is such a video."""
    height, width = video.get("height"), video.get("width")
    if not isinstance(height, int) or not isinstance(width, int) or isinstance(height, bool):
        return None
    return (height, width) if min(height, width) > 0 and height * width <= MAX_PIXELS else None


def _stranger(video: Any, target: ImportTarget) -> str | None:
    """Return what a record was written for, in words, if that is not the target."""
    if not isinstance(video, dict):
        return None
    found = (video.get("frames"), video.get("height"), video.get("width"))
    if found == (len(target.frame_names), *target.size):
        return None
    name = one_line(video.get("name", ""))
    frames, height, width = (one_line(one) for one in found[:3])
    return f"another video ('{name}': {frames} frames, {width} x {height} pixels)"
