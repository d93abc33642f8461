"""Which frame a file is for: the one rule that every import goes by.

In this order: what the person has said (`ImportTarget.first_number`); what the export has written down of
itself; the names of the source's own frames; the numbers in the names, as a whole set; the order of names,
where there is one for each frame. What can be read in two ways is a question.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xmem_gui.errors import FormatError
from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.name_numbers import numbers_in, repeated, without_decoration
from xmem_gui.formats.numbering import NumberingQuestion, ask, first_numbers, one_each
from xmem_gui.formats.record import Record
from xmem_gui.formats.stragglers import below_0, numbered, of_this_video

_SHOWN = 3
_BY_ORDER = "Masks are matched by their order: one for each frame."
_SEPARATORS = frozenset("-_. ")


@dataclass(frozen=True)
class Matching:
    """The frames of files.

    Attributes
    ----------
    frames
        The frame of each file that has one. No two have the same.
    notes
        What to tell the person.
    question
        What the person has to decide, if anything; `frames` are then those of the likeliest answer.
    """

    frames: dict[str, int]
    notes: list[str] = field(default_factory=list)
    question: NumberingQuestion | None = None


def match_frames(
    stems: Sequence[str],
    target: ImportTarget,
    record: Record | None = None,
    *,
    stated: Mapping[str, int] | None = None,
) -> Matching:
    """Return the frame of each file.

    Parameters
    ----------
    stems
        Distinct names without an ending, in natural order.
    target
        The size, length and frame names of the video that masks are for.
    record
        What the export has written down of itself.
    stated
        The frame, from 0, that the file's format gives each name besides. It never outranks the name: it
        decides only where names can be read in several ways, or carry no number.

    Raises
    ------
    FormatError
        If no file can be matched.
    """
    if not stems:
        raise FormatError("There are no masks to import.")
    notes: list[str] = []
    if target.first_number is not None:
        return _by_number(stems, target, notes, stated)
    if record is not None and record.names and not (record.own_names and target.named):
        listed = record.by_name
        unlisted = [stem for stem in stems if stem not in listed]
        if not unlisted:
            return Matching({stem: listed[stem] for stem in stems if listed[stem] >= 0})
        notes.append(
            f"{_listed(unlisted)} {'is' if len(unlisted) == 1 else 'are'} not in the list that this export "
            "has of its frames, which is not used."
        )
    found = frames_by_name(stems, target)
    twice = _names_of_two(target)
    if unclear := [stem for stem in stems if stem in twice]:
        notes.append(f"{_listed(unclear)}: two pictures of the video have this name; masks are for neither.")
        if not found:
            raise FormatError(f"{notes[-1]} Keep one of the two pictures in the folder.")
    if found:
        left = [stem for stem in stems if stem not in found and stem not in unclear]
        if left:
            notes.append(f"{_files(left)} named as no frame of the video, and left out ({_listed(left)}).")
        return Matching(found, notes)
    return _by_number(stems, target, notes, stated)


def frames_by_name(stems: Sequence[str], target: ImportTarget) -> dict[str, int]:
    """Return the frame of each file that is called by the name of one; none if frames have no own names."""
    return _by_name(stems, target.frame_names) if target.named else {}


def _by_name(stems: Sequence[str], names: Sequence[str]) -> dict[str, int]:
    """Return the frame of each file that is called by a frame's name, with or without something behind it."""
    exact: dict[str, int | None] = {}
    for frame, name in enumerate(names):
        exact[name] = None if name in exact else frame
    folded: dict[str, int | None] = {}
    for frame, name in enumerate(names):
        folded[_fold(name)] = None if _fold(name) in folded else frame
    found: dict[str, int] = {}
    for stem in stems:
        if (named := exact.get(stem, folded.get(_fold(stem)))) is not None:
            found[stem] = named
    taken, bare = set(found.values()), dict[int, list[str]]()
    for stem in stems:
        named = folded.get(_fold(without_decoration(stem)))
        if stem not in found and named is not None and named not in taken:
            bare.setdefault(named, []).append(stem)
    found |= {same[0]: frame for frame, same in bare.items() if len(same) == 1}
    return _distinct(found | _by_beginning(stems, folded, found)) or _by_part(stems, folded)


def _names_of_two(target: ImportTarget) -> frozenset[str]:
    """Return the names that two frames have, as ``1.jpg`` and ``1.png`` of one folder do."""
    if not target.named or len(set(target.frame_names)) == len(target.frame_names):
        return frozenset()
    return frozenset(name for name, count in Counter(target.frame_names).items() if count > 1)


def _by_beginning(
    stems: Sequence[str], names: Mapping[str, int | None], found: Mapping[str, int]
) -> dict[str, int]:
    """Return the frames of further files that begin with the name of a frame that has none, beside others."""
    taken = set(found.values())
    lengths = sorted({len(name) for name in names}, reverse=True) if found else []
    begun: dict[int, list[str]] = {}
    for stem in stems:
        whole = _fold(stem)
        ends = (n for n in lengths if n < len(whole) and whole[n] in _SEPARATORS)
        frame = next((at for n in ends if (at := names.get(whole[:n])) is not None), None)
        if frame is not None and frame not in taken and stem not in found:
            begun.setdefault(frame, []).append(stem)
    return {same[0]: frame for frame, same in begun.items() if len(same) == 1}


def _by_part(stems: Sequence[str], names: Mapping[str, int | None]) -> dict[str, int]:
    """Return the frames of files whose names hold a frame's between separators, if that is so of them all."""
    found: dict[str, int] = {}
    lengths = sorted({len(name) for name in names}, reverse=True)
    for stem in stems:
        parts = (frame for part in _parts(_fold(stem), lengths) if (frame := names.get(part)) is not None)
        if (frame := next(parts, None)) is None:
            return {}
        found[stem] = frame
    return found if len(set(found.values())) == len(found) else {}


def _parts(stem: str, lengths: Sequence[int]) -> Iterable[str]:
    """Yield the parts of a name between separators that have one of these lengths, the longest first."""
    starts = [0, *(i + 1 for i, c in enumerate(stem) if c in _SEPARATORS)]
    for length in lengths:
        for start in starts:
            end = start + length
            if end == len(stem) or (end < len(stem) and stem[end] in _SEPARATORS):
                yield stem[start:end]


def _by_number(
    stems: Sequence[str], target: ImportTarget, notes: list[str], stated: Mapping[str, int] | None
) -> Matching:
    count = len(target.frame_names)
    ours = of_this_video(stems, target.name)
    if others := _without(stems, ours):
        notes.append(f"{_files(others)} named as another video's, and left out ({_listed(others)}).")
    chosen = numbered(ours)
    if others := _without(ours, chosen):
        notes.append(f"{_files(others)} named without a number, and left out ({_listed(others)}).")
    if minus := below_0(chosen):
        raise FormatError(f"{_listed(minus)}: numbers below 0 are not read; give the files other names.")
    numbers = numbers_in(chosen, target.name) if count else None
    twice = repeated(numbers or {})
    same = {stem for group in twice.values() for stem in group}
    if numbers is not None and 2 * len(same) <= len(numbers):
        for number, group in list(twice.items())[:_SHOWN]:
            notes.append(f"{_listed(group)} have the same number, {number}, and are left out.")
        numbers = {stem: number for stem, number in numbers.items() if stem not in same}
        return _count(numbers, target, notes, stated)
    if stated and target.first_number is None and (found := _within(stated, chosen, count)):
        return Matching(found, [*notes, "Masks are matched by the frame numbers that the file states."])
    if len(chosen) == count:
        notes.append(_BY_ORDER)
        return Matching(dict(zip(chosen, range(count), strict=True)), notes)
    for number, group in twice.items():
        raise FormatError(f"{_listed(group)} have the same number, {number}; keep one for each frame.")
    raise FormatError(
        f"The masks (such as '{stems[0]}') fit no frame: the video has {count}, named like "
        f"'{target.frame_names[0] if count else ''}'."
    )


def _count(
    numbers: dict[str, int], target: ImportTarget, notes: list[str], stated: Mapping[str, int] | None
) -> Matching:
    """Match numbers as a whole set."""
    count = len(target.frame_names)
    question = None
    if target.first_number is not None:
        firsts: tuple[int, ...] = (target.first_number,)
    else:
        firsts = first_numbers(numbers.values(), count)
        own = _own_numbers(target)
        if own.keys() >= set(numbers.values()):
            found = {stem: own[number] for stem, number in numbers.items()}
            start = min(own)
            in_a_row = max(own) - start + 1 == count
            if not in_a_row or all(
                _spelled_alike(s, target.frame_names[f], numbers[s]) for s, f in found.items()
            ):
                return Matching(
                    found, [*notes, "Masks are matched by the numbers in the names of the pictures."]
                )
            firsts = tuple(dict.fromkeys((start, *firsts)))
        elif one_each(numbers.values(), count):
            in_order = sorted(numbers, key=lambda stem: numbers[stem])
            return Matching({stem: frame for frame, stem in enumerate(in_order)}, [*notes, _BY_ORDER])
        if len(firsts) > 1 and stated:
            agreeing = [f for f in firsts if all(stated.get(s) == n - f for s, n in numbers.items())]
            firsts = tuple(agreeing) if len(agreeing) == 1 else firsts
    if len(firsts) > 1:
        question = ask(numbers, count, firsts)
        firsts = tuple(one.first_number for one in question.answers)
    found = {stem: n - firsts[0] for stem, n in numbers.items() if 0 <= n - firsts[0] < count}
    if not found:
        some = min(numbers, key=lambda stem: numbers[stem])
        raise FormatError(
            f"No mask has a frame: with {firsts[0]} as the first number, '{some}' (number {numbers[some]}) "
            f"is outside the video, which has {count} frames."
        )
    if question is None:
        notes += _said(found, firsts[0], target)
        if left := [stem for stem in numbers if stem not in found]:
            notes.append(
                f"{_files(left)} outside the video's {count} frames, and left out ({_listed(left)})."
            )
    return Matching(found, notes, question)


def _said(found: Mapping[str, int], first: int, target: ImportTarget) -> list[str]:
    """Return what was taken, unless the names are just those that the frames go by."""
    if all(target.frame_names[frame] == stem for stem, frame in found.items()):
        return []
    stem = min(found, key=lambda name: found[name])
    return [f"Masks are matched by number, the first frame being {first}: '{stem}' is frame {found[stem]}."]


def _own_numbers(target: ImportTarget) -> dict[int, int]:
    """Return the frame of each number in the frames' own names, if each has one of its own."""
    numbers = numbers_in(target.frame_names, target.name) if target.named else None
    if numbers is None or repeated(numbers):
        return {}
    return {numbers[name]: frame for frame, name in enumerate(target.frame_names)}


def _spelled_alike(stem: str, name: str, number: int) -> bool:
    """Tell whether a number stands in two names with the same digits, leading zeros and all."""
    spellings = [{part for part in re.findall("[0-9]+", one) if int(part) == number} for one in (stem, name)]
    return bool(spellings[0] & spellings[1])


def _within(stated: Mapping[str, int], stems: Collection[str], count: int) -> dict[str, int]:
    found = {stem: stated[stem] for stem in stems if 0 <= stated.get(stem, -1) < count}
    return _distinct(found)


def _distinct(found: dict[str, int]) -> dict[str, int]:
    """Return the files but those that share a frame with an earlier one."""
    kept: dict[int, str] = {}
    for stem, frame in found.items():
        kept.setdefault(frame, stem)
    return {stem: frame for frame, stem in kept.items()}


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _without(stems: Sequence[str], some: Sequence[str]) -> list[str]:
    kept = set(some)
    return [stem for stem in stems if stem not in kept]


def _files(stems: Sequence[str]) -> str:
    return "1 mask is" if len(stems) == 1 else f"{len(stems)} masks are"


def _listed(stems: Sequence[str]) -> str:
    shown = ", ".join(f"'{stem}'" for stem in stems[:_SHOWN])
    return shown + (f" and {len(stems) - _SHOWN} more" if len(stems) > _SHOWN else "")
