"""Which frame a file is for: by the frames' names, else by number, else by order."""

import re
from collections.abc import Sequence

from xmem_gui.errors import FormatError
from xmem_gui.formats.importing import ImportTarget

_NUMBER = re.compile(r"([0-9]{1,9})(?![0-9])[^0-9]*$")


def match_frames(stems: Sequence[str], target: ImportTarget) -> tuple[dict[str, int], list[str]]:
    """Return the frame of each file that is for one, and what to tell the person.

    Names that are frames' names count first. Otherwise the last number in each name is the frame: counted
    from 0, or from 1 if the highest is the number of frames and 0 does not occur. Names without numbers,
    one for each frame, are taken in their order.

    Parameters
    ----------
    stems
        Distinct names without an ending, in natural order.

    Raises
    ------
    FormatError
        If no file can be matched.
    """
    if not stems:
        raise FormatError("There are no masks to import.")
    count = len(target.frame_names)
    index = {name: i for i, name in enumerate(target.frame_names)}
    found = {stem: index[stem] for stem in stems if stem in index}
    if found:
        left = len(stems) - len(found)
        return found, [f"{left} masks are named as no frame of the video, and left out."] if left else []
    numbers = [int(match[1]) if (match := _NUMBER.search(stem)) else None for stem in stems]
    if all(number is not None for number in numbers) and len(set(numbers)) == len(numbers):
        values = [number for number in numbers if number is not None]
        first = 1 if min(values) >= 1 and max(values) == count else 0
        found = {stem: n - first for stem, n in zip(stems, values, strict=True) if 0 <= n - first < count}
        if found:
            notes = [f"Masks are matched by number, the first frame being {first}: no frame has their names."]
            if len(found) < len(stems):
                notes.append(
                    f"{len(stems) - len(found)} masks lie beyond the video's last frame, and are left out."
                )
            return found, notes
    if len(stems) == count:
        return dict(zip(stems, range(count), strict=True)), [
            "Masks are matched by their order: one for each frame."
        ]
    raise FormatError(
        f"The masks (such as '{stems[0]}') fit no frame: the video has {count}, named like "
        f"'{target.frame_names[0] if count else ''}'."
    )
