"""The number in each name of a set: the one that varies, not a version, a hash or a constant before it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

_DIGITS = re.compile(r"[0-9]+")
_LONGEST = 9
"""Longer numbers are times or dates, not counts."""
_BEHIND = re.compile(
    r"(?:"
    r"\.rf\.[0-9A-Za-z]+"  # Roboflow's hash
    r"|[-_.](?:jpe?g|png|bmp|tiff?|webp|gif)"  # a picture's ending that a tool left in the name
    r"|[-_. ](?:v|ver|version|rev)[-_.]?[0-9]+"
    r"|[-_. ](?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{6,}"  # a hash
    r"|[-_. ][0-9]{2,5}(?:[xX][0-9]{2,5}|p|fps)"  # 1920x1080, 480p, 25fps
    r"|[-_. ]\([0-9]{1,3}\)"  # a second download
    r")$",
    re.IGNORECASE,
)
_WORD = r"(?<![a-z])(?:frame|frm|fr|img|image|im|pic|picture|f|#)[-_. ]*"
_FRAME_WORD = re.compile(_WORD + "$", re.IGNORECASE)
_FRAME_NUMBER = re.compile(_WORD + "[0-9]+", re.IGNORECASE)


def without_decoration(stem: str) -> str:
    """Return a name without the versions, hashes, sizes and endings that stand behind it."""
    while (match := _BEHIND.search(stem)) and match.start() > 0:
        stem = stem[: match.start()]
    return stem


def numbers_in(stems: Sequence[str], video: str = "") -> dict[str, int] | None:
    """Return the number that each name of a set carries, or None if they carry none.

    Names are looked at together: the number is the one that differs from name to name and has the same text
    before or behind it. What stands behind it (a version, a hash, a size) counts only if nothing else
    differs. Where several numbers differ, the one behind a word such as ``frame`` is taken, else the one in
    even steps, else the one of a fixed number of digits, else the last. Two names may carry one number.

    Parameters
    ----------
    stems
        Distinct names without an ending.
    video
        The video's name, which may begin a name.
    """
    bare = [without_decoration(stem) for stem in stems]
    found = _best(_without_prefix(bare, video)) or _best(bare)
    if found is None or (len(set(found)) == 1 < len(found) and not all(map(_FRAME_NUMBER.search, bare))):
        # Only what stands behind differs: then that is the number, as in shot_v001, shot_v002.
        found = _best(_without_prefix(stems, video)) or _best(stems)
    return None if found is None else dict(zip(stems, found, strict=True))


def _without_prefix(names: Sequence[str], video: str) -> Sequence[str]:
    """Return the names without the video's name before them, if each begins so and goes on with a number.

    A number that the video's name ends with ends there: ``shot_10`` does not begin with ``shot_1``.
    """
    if not video or not all(_goes_on(name, video) for name in names):
        return names
    return [name[len(video) :] for name in names]


def _goes_on(name: str, video: str) -> bool:
    behind = name[len(video) :]
    cut = video[-1].isdigit() and behind[:1].isdigit()
    return name.startswith(video) and not cut and _DIGITS.search(behind) is not None


def _best(names: Sequence[str]) -> tuple[int, ...] | None:
    columns: dict[tuple[int, ...], tuple[int, ...]] = {}
    found = [list(_DIGITS.finditer(name)) for name in names]
    shortest = min((len(groups) for groups in found), default=0)
    # Counted from the left and from the right, for what stands between may have more or fewer numbers.
    for at in (*range(shortest), *range(-1, -shortest - 1, -1)):
        groups = [numbers[at] for numbers in found]
        if any(len(group[0].lstrip("0")) > _LONGEST for group in groups):
            continue
        pairs = list(zip(names, found, strict=True))
        before = {_before(name, numbers, at % len(numbers)) for name, numbers in pairs}
        behind = {_behind(name, numbers, at % len(numbers)) for name, numbers in pairs}
        if len(before) > 1 and len(behind) > 1:
            continue
        values = tuple(int(group[0]) for group in groups)
        if values not in columns:
            columns[values] = (*_rank(names, groups, values), groups[0].start())
    if not columns:
        return None
    # Of equal ranks the one that stands last wins.
    return max(columns, key=lambda values: columns[values])


def _rank(names: Sequence[str], groups: Sequence[re.Match[str]], values: Sequence[int]) -> tuple[bool, ...]:
    distinct = len(set(values))
    return (
        distinct == len(values),
        2 * distinct > len(values),
        all(_FRAME_WORD.search(name, 0, group.start()) for name, group in zip(names, groups, strict=True)),
        _evenly(values),
        len({len(group[0]) for group in groups}) == 1 and len(groups[0][0]) > 2,
    )


def _before(name: str, numbers: Sequence[re.Match[str]], at: int) -> str:
    """Return the text between the number before and this one."""
    return name[numbers[at - 1].end() if at else 0 : numbers[at].start()]


def _behind(name: str, numbers: Sequence[re.Match[str]], at: int) -> str:
    return name[numbers[at].end() : numbers[at + 1].start() if at + 1 < len(numbers) else len(name)]


def _evenly(values: Iterable[int]) -> bool:
    return len({b - a for a, b in pairwise(sorted(values))}) <= 1


def repeated(numbers: dict[str, int]) -> dict[int, list[str]]:
    """Return the names that share a number with another, by that number."""
    counts = Counter(numbers.values())
    found: dict[int, list[str]] = {}
    for stem, number in numbers.items():
        if counts[number] > 1:
            found.setdefault(number, []).append(stem)
    return found
