"""Finding what an import is for in what tools hand out: one way for all formats.

A format says which folders, or which files, are its own; the tree below the chosen folder is gone through,
and the right ones are picked: those named as the video, or the only ones. The parts that data sets are split
in (train, valid, test) are taken together, since their split goes right through a video.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from xmem_gui.errors import FormatError
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.reading import MAX_FILES

_DEPTH = 5
_MANY = 32
"""In folders with more candidates, only files with a name that tools give are looked into."""
_SPLIT = re.compile(
    r"(?:^|(?<=[-_.]))(?:train|training|valid|validation|val|test)[0-9]*(?=$|[-_.])", re.IGNORECASE
)
_BY_TOOLS = re.compile(r"coco|instances|annotations|labels|result|manual|auto", re.IGNORECASE)
_OF_MASKS = re.compile(r"annotation|mask|label|segm|^seg$|^gt$|ground.?truth", re.IGNORECASE)


def entries(folder: Path) -> list[Path]:
    """Return what a folder holds, in the order of names, without hidden ones.

    Raises
    ------
    FormatError
        If there are too many.
    """
    found = []
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        found.append(path)
        if len(found) > MAX_FILES:
            raise FormatError(
                f"'{folder}' holds more than {MAX_FILES} files; choose the folder of one video."
            )
    return sorted(found)


def has_png(folder: Path) -> bool:
    """Tell whether a folder holds a PNG file itself."""
    return folder.is_dir() and any(path.suffix.lower() == ".png" for path in entries(folder))


def find_folders(
    path: Path, holds: Callable[[Path], bool], name: str, *, patterns: Sequence[str] = (), deep: bool = True
) -> list[Path]:
    """Return the folders of one video that are of a format, or none.

    Parameters
    ----------
    path
        The folder that the person has chosen; its masks may lie deeper.
    holds
        Tells whether a folder is one.
    name
        The video's; without it, any video is good.
    patterns
        Where a format keeps the folders of videos (``{}`` is the video), which is looked at first.
    deep
        Whether to look into all folders below where there are none in these places.

    Raises
    ------
    FormatError
        If there are those of several videos, and none is named as this one.
    """
    if not path.is_dir():
        return []
    if holds(path):
        return [path]
    for pattern in sorted(patterns, key=len, reverse=True):
        place = path / pattern.format("")
        if not place.is_dir():
            continue
        found = path / pattern.format(safe_folder(name))
        if name and found.is_dir() and holds(found):
            return [found]
        listed = [folder for folder in entries(place) if folder.is_dir() and holds(folder)]
        if listed:
            return _choose(path, listed, name)
    return _choose(path, [folder for folder in _below(path) if holds(folder)], name) if deep else []


def gather(folders: Sequence[Path], listed: Callable[[Path], Mapping[str, Path]]) -> dict[str, Path]:
    """Return the files of several folders by name without an ending.

    Raises
    ------
    FormatError
        If two have one name.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for stem, path in listed(folder).items():
            if stem in found:
                raise FormatError(f"'{found[stem]}' and '{path}' have one name; choose the folder of one.")
            found[stem] = path
    return found


def in_part(name: str) -> bool:
    """Tell whether a folder is named as a part of a data set, such as ``train``."""
    return _SPLIT.fullmatch(name) is not None


def find_files(path: Path, endings: Sequence[str], holds: Callable[[Path], bool], name: str) -> list[Path]:
    """Return the files of one video that are of a format, or none: the path itself, or some below it.

    Raises
    ------
    FormatError
        If there are those of several videos, and none is named as this one.
    """
    if path.is_file():
        return [path] if path.suffix.lower() in endings and holds(path) else []
    if not path.is_dir():
        return []
    found: list[Path] = []
    for folder in (path, *_below(path)):
        files = [file for file in entries(folder) if file.suffix.lower() in endings and file.is_file()]
        files = [file for file in files if not file.name.endswith(".objects.json")]
        if len(files) > _MANY:
            own = safe_folder(name)
            files = [file for file in files if _BY_TOOLS.search(file.stem) or file.stem == own]
        found += [file for file in files[:_MANY] if holds(file)]
        if found and not any(_SPLIT.search(part) for part in found[0].relative_to(path).parts):
            break
    return _choose(path, found, name)


def one_file(path: Path, endings: Sequence[str], holds: Callable[[Path], bool], name: str) -> Path:
    """Return the one file of a format in a folder; a file, and a folder without one, are themselves.

    Raises
    ------
    FormatError
        If there are several for the video.
    """
    found = find_files(path, endings, holds, name) if path.is_dir() else []
    if len(found) > 1:
        listed = ", ".join(file.relative_to(path).as_posix() for file in found[:5])
        raise FormatError(f"'{path}' holds several files ({listed}); choose one.")
    return found[0] if found else path


def _below(path: Path) -> Iterator[Path]:
    """Yield the folders below a path, the nearest first."""
    level = [path]
    for _ in range(_DEPTH):
        level = [inner for folder in level for inner in entries(folder) if inner.is_dir()]
        yield from level


def _choose(path: Path, places: list[Path], name: str) -> list[Path]:
    if len(places) > 1 and name:
        own = safe_folder(name)
        named = [place for place in places if own in _parts(path, place)]
        places = named or places
    if len(places) > 1:
        marked = [place for place in places if any(map(_OF_MASKS.search, _parts(path, place)))]
        places = marked or places
    if len(places) < 2 or _is_split(path, places):
        return places
    if not name:
        return places[:1]
    listed = ", ".join(place.relative_to(path).as_posix() for place in places[:5])
    raise FormatError(
        f"'{path}' holds masks of {len(places)} videos or kinds ({listed}), and none is named '{name}'; "
        "choose one."
    )


def _parts(path: Path, place: Path) -> list[str]:
    """Return the names of a place below a path, its own without the ending."""
    relative = place.relative_to(path)
    return [*relative.parts, relative.stem]


def _is_split(path: Path, places: Sequence[Path]) -> bool:
    """Tell whether places differ only in the part of the data set that they are of."""
    shapes = {tuple(_SPLIT.sub("*", part) for part in place.relative_to(path).parts) for place in places}
    return len(shapes) == 1 and any("*" in part for part in shapes.pop())
