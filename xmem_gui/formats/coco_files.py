"""COCO's files as tools hand them out: one, or one for each part of a data set, which are read as one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xmem_gui.formats.finding import find_files
from xmem_gui.formats.reading import member_of, one_line, read_json, read_text
from xmem_gui.formats.text_files import has_members


def find_coco(path: Path, name: str) -> list[Path]:
    """Return the COCO files that a path means: itself, or those in a folder."""
    return find_files(path, (".json",), _is_coco, name)


def read_coco(paths: Sequence[Path]) -> dict[str, Any]:
    """Return one document of several: images and categories of different files are told apart.

    Categories of one name are one; a number that tracks an object does so through all files, as the parts of
    a data set are drawn from the same pictures.

    Raises
    ------
    FormatError
        If a file is not COCO.
    """
    documents = [_document(path) for path in paths]
    if len(documents) == 1:
        return documents[0]
    images: list[Any] = []
    annotations: list[Any] = []
    categories: dict[str, dict[str, Any]] = {}
    for place, document in enumerate(documents):
        listed = document.get("categories", [])
        names = {
            item["id"]: one_line(item.get("name") or item["id"])
            for item in (listed if isinstance(listed, list) else [])
            if isinstance(item, dict) and isinstance(item.get("id"), int | str)
        }
        categories |= {name: {"id": name, "name": name} for name in names.values()}
        images += [_moved(image, place, "id") for image in document["images"]]
        for item in document["annotations"]:
            found = _moved(item, place, "image_id")
            if isinstance(found, dict) and isinstance(category := found.get("category_id"), int | str):
                found = {**found, "category_id": names.get(category, f"{category}")}
            annotations.append(found)
    return {"images": images, "annotations": annotations, "categories": list(categories.values())}


def _document(path: Path) -> dict[str, Any]:
    document = read_json(path)
    for key in ("images", "annotations"):
        member_of(document, key, list, f"'{path}'")
    found: dict[str, Any] = document
    return found


def _moved(item: Any, place: int, key: str) -> Any:
    """Return an item whose reference to an image tells the file too; what has none stays, to be told of."""
    if isinstance(item, dict) and isinstance(item.get(key), int | str) and not isinstance(item[key], bool):
        return {**item, key: f"{place}:{item[key]}"}
    return item


def _is_coco(path: Path) -> bool:
    found = read_text(path)
    return has_members(found, "images", "annotations") and not has_members(found, "file_names")
