"""Files beside those of a video's frames: those of another video, and pictures such as a preview."""

import re
from collections.abc import Sequence

from xmem_gui.formats.name_numbers import without_decoration

_DIGIT = re.compile("[0-9]")
_MINUS = re.compile(r"(?:^|[_. ])-[0-9]")


def of_this_video(stems: Sequence[str], video: str) -> list[str]:
    """Return the files that begin with the video's name, if some do and others do not; else all.

    Where the name of the video ends in a number, that may as well be the number of a frame: ``shot_1.png``
    and ``shot_2.png`` are two frames of ``shot_1.mp4``. It is the video's only if a number of their own
    tells several files apart behind it, and never where the whole name is a number.
    """
    if not video or _is_number(video):
        return list(stems)
    ours = [one for one in stems if one.startswith(video) and not one[len(video) :][:1].isalnum()]
    if _DIGIT.match(video[-1]):
        ours = [one for one in ours if _DIGIT.search(without_decoration(one)[len(video) :])]
        if len({without_decoration(one)[len(video) :] for one in ours}) < 2:
            return list(stems)
    return ours or list(stems)


def numbered(stems: Sequence[str]) -> list[str]:
    """Return the files with a number in their names, if these are most of them; else all."""
    found = [one for one in stems if _DIGIT.search(one)]
    return found if 2 * len(found) > len(stems) else list(stems)


def _is_number(name: str) -> bool:
    return all(map(_DIGIT.match, name))


def below_0(stems: Sequence[str]) -> list[str]:
    """Return the files whose number is below 0: those with a minus before it, if others have none."""
    found = [one for one in stems if _MINUS.search(one)]
    return found if len(found) < len(stems) else []
