"""The names of classes that a YAML file beside YOLO labels states."""

from pathlib import Path
from typing import Any, ClassVar

import yaml

from xmem_gui.errors import FormatError
from xmem_gui.formats.finding import entries
from xmem_gui.formats.reading import guarded, one_line, read_text

MAX_CLASS = 100_000
YAML = (".yaml", ".yml")
_LIMIT = 2**18


class _Texts(yaml.SafeLoader):  # type: ignore[misc]
    """Reads texts as they stand: YAML takes a class called "no" for False, and "1.10" for a number."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


def class_names(path: Path, folder: Path) -> tuple[dict[int, str], list[str]]:
    """Return the names of classes of a folder of labels, and what to tell the person.

    Without a file that can be read there are none: the labels have numbers. One that was chosen must be good.

    Parameters
    ----------
    path
        What was chosen: the YAML file itself, or a folder.
    folder
        The folder of the label files.

    Raises
    ------
    FormatError
        If the chosen file cannot be read.
    """
    if path.is_file():
        return read_names(path), []
    for file in _places(folder):
        try:
            names = read_names(file)
        except FormatError as error:
            return {}, [f"{error} Classes are called by their numbers."]
        if names:
            return names, []
    return {}, []


def read_names(path: Path) -> dict[int, str]:
    """Return `names` of a data set's YAML file, a list or a mapping; references (aliases) are refused."""
    with guarded(path, "a YAML file of class names"):
        source = read_text(path, _LIMIT)
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(source, Loader=yaml.SafeLoader)):
            raise FormatError(f"'{path}' uses references, which are not read.")
        document: Any = yaml.load(source, Loader=_Texts)
    listed = document.get("names") if isinstance(document, dict) else None
    pairs = (
        enumerate(listed) if isinstance(listed, list) else listed.items() if isinstance(listed, dict) else ()
    )
    return {
        number: one_line(name)
        for key, name in pairs
        if (number := _number(key)) is not None and isinstance(name, str) and one_line(name)
    }


def _places(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place in (folder, folder.parent, folder.parent.parent):
        listed = [file for file in entries(place) if file.suffix.lower() in YAML and file.is_file()]
        usual = [place / name for name in (f"{folder.name}.yaml", "data.yaml", "dataset.yaml")]
        if known := [file for file in usual if file in listed]:
            return [*found, known[0]]
        found += listed if len(listed) == 1 else []
    return found


def _number(key: object) -> int | None:
    """Return a class's number, which some write as a text."""
    if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 7:
        key = int(key)
    return key if isinstance(key, int) and not isinstance(key, bool) and 0 <= key <= MAX_CLASS else None
