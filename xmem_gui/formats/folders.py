"""Finding the folder of one sequence in a data set's folders."""

from collections.abc import Sequence
from pathlib import Path

from xmem_gui.errors import FormatError
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.reading import MAX_FILES


def has_png(folder: Path) -> bool:
    """Tell whether a folder holds a PNG file itself."""
    return folder.is_dir() and any(
        path.suffix.lower() == ".png" and not path.name.startswith(".") for path in entries(folder)
    )


def entries(folder: Path) -> list[Path]:
    """Return what a folder holds, in the order of names; refuse one with too many files."""
    found = []
    for path in folder.iterdir():
        found.append(path)
        if len(found) > MAX_FILES:
            raise FormatError(
                f"'{folder}' holds more than {MAX_FILES} files; choose the folder of one video."
            )
    return sorted(found)


def find_sequence(path: Path, patterns: Sequence[str], name: str) -> Path | None:
    """Return the folder of PNGs that is meant by a path.

    That is the path itself if it holds PNGs; else, by each pattern (``{}`` is the sequence), the folder
    named as the video, or the only one there is.

    Raises
    ------
    FormatError
        If there are several and none is named as the video.
    """
    if has_png(path):
        return path
    for pattern in sorted(patterns, key=len, reverse=True):
        place = path / pattern.format("")
        if not place.is_dir():
            continue
        if name and has_png(found := place / safe_folder(name)):
            return found
        sequences = [folder for folder in entries(place) if has_png(folder)]
        if len(sequences) == 1 or (sequences and not name):
            return sequences[0]
        if sequences:
            listed = ", ".join(folder.name for folder in sequences[:5])
            raise FormatError(
                f"'{path}' holds masks of {len(sequences)} videos ({listed}), and none is named '{name}'; "
                "choose the folder of one."
            )
    return None
