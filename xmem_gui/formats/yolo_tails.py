"""What stands behind the corners of a line of YOLO labels: Ultralytics adds a confidence, a track, or both.

Neither is marked as such, so all lines are looked at together: corners come in pairs, shares of a picture are
not above 1 by much, and the number of a track is whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MOST = 0.8
"""Of the lines, as some may be damaged."""
_SHORTEST = 7
"""Fields of a class and three corners."""


@dataclass(frozen=True)
class Tail:
    """What follows the corners.

    Attributes
    ----------
    fields
        How many numbers stand in a line.
    tracked
        Whether the last of them is the number of a track.
    """

    fields: int = 0
    tracked: bool = False

    def split(self, fields: Sequence[str]) -> tuple[list[str], int | None]:
        """Return a line's fields without it, and the number of the track."""
        kept = list(fields[: len(fields) - self.fields])
        whole = self.tracked and _is_track(fields[-1])
        return kept, int(fields[-1]) if whole else None


def tail_of(lines: Iterable[Sequence[str]]) -> Tail:
    """Return what follows the corners in a folder of labels.

    Parameters
    ----------
    lines
        The fields of each line, the class first.
    """
    count = tracked = both = beyond = certain = 0
    for fields in lines:
        if len(fields) < _SHORTEST:
            continue
        count += 1
        last = fields[-1]
        if len(fields) % 2:
            whole = _is_track(last) and _is_share(fields[-2])
            both += whole
            beyond += whole and int(last) > 1
        else:
            tracked += _is_track(last)
            certain += _is_share(last)
    if beyond and both >= _MOST * count:
        return Tail(2, tracked=True)
    if count and tracked >= _MOST * count:
        return Tail(1, tracked=True)
    return Tail(1) if count and certain >= _MOST * count else Tail()


def _is_track(field: str) -> bool:
    return field.isascii() and field.isdigit() and len(field) < 9 and int(field) > 0


def _is_share(field: str) -> bool:
    try:
        return 0 <= float(field) <= 1
    except ValueError:
        return False
