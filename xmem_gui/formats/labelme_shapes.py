"""The shapes of one LabelMe file as masks, those of X-AnyLabeling too."""

import base64
import io
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from xmem_gui.arrays import Mask, Points
from xmem_gui.errors import FormatError
from xmem_gui.formats.gathering import Gathered
from xmem_gui.formats.identity import ordered_name
from xmem_gui.formats.reading import member_of, one_line, png_size, read_json
from xmem_gui.formats.rle import encode
from xmem_gui.formats.scaling import scaled_mask, stated_size
from xmem_gui.formats.segmentation import outlined, paired_points

FRAME_LIMIT = 64 * 2**20
"""Files of one picture above this many bytes are refused."""
_SIDES_OF_DISC = 720
"""A circle is filled as a polygon of so many corners."""


def gather_picture(path: Path, frame: int, gathered: Gathered) -> bool:
    """Take the shapes of one file; those that cannot be read are left out.

    Returns
    -------
    bool
        Whether there are shapes without a group.

    Raises
    ------
    FormatError
        If the file cannot be read at all, or is of another size and not to be scaled.
    """
    document = read_json(path, FRAME_LIMIT)
    gathered.budget.allow(path.stat().st_size)
    shapes = member_of(document, "shapes", list, "it")
    stated = stated_size(document.get("imageHeight"), document.get("imageWidth"), gathered.target, "it is of")
    parts: dict[Hashable, list[tuple[str, dict[str, Any]]]] = {}
    met: dict[str, int] = {}
    ungrouped = False
    for number, shape in enumerate(shapes):
        place = f"{path.name}, shape {number}"
        gathered.budget.check()
        with gathered.left.guard("shape", place):
            if not isinstance(shape, dict):
                raise FormatError("it is not a JSON object")
            label, group = _label(shape.get("label")), _group(shape.get("group_id"))
            kind = shape.get("shape_type") or "polygon"
            if kind not in _KINDS:
                raise FormatError(f"a {one_line(kind, 30)} is no mask")
            # One that cannot be read counts too, so that the order of the others is that of other pictures.
            if group is None:
                met[label] = 1 if gathered.target.by_class else met.get(label, 0) + 1
            # A shape that cannot be read makes no object.
            _looked_at(shape, kind)
            ungrouped |= group is None
            key = _key(label, group, met.get(label, 0), gathered)
            parts.setdefault(key, []).append((place, shape))
    for key, found in parts.items():
        _gather_object(frame, key, found, stated, gathered)
    return ungrouped


def _key(label: str, group: int | str | None, order: int, gathered: Gathered) -> Hashable:
    table = gathered.table
    if group is None:
        return table.meet(("order", label, order), ordered_name(label, order))
    number = group if isinstance(group, int) else None
    return table.own(group, label) or table.meet(("group", label, group), label, number or None)


def _label(value: object) -> str:
    """Return a shape's label; one that is a number is its name, and a missing one says nothing."""
    return "" if value is None or isinstance(value, dict | list | bool) else one_line(value)


def _group(value: object) -> int | str | None:
    """Return a shape's group, a number or a text; None, -1 and anything else is none."""
    if isinstance(value, str):
        return value[:200] or None
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1 >= 0:
        return int(value)
    return None


def _gather_object(
    frame: int,
    key: Hashable,
    shapes: list[tuple[str, dict[str, Any]]],
    stated: tuple[int, int],
    gathered: Gathered,
) -> None:
    """Take the parts of one object."""
    mask: Mask | None = None
    for place, shape in shapes:
        with gathered.left.guard("shape", place):
            kind = shape.get("shape_type") or "polygon"
            if kind == "mask":
                part = _pasted(shape, stated, gathered)
            else:
                ring = _KINDS[kind](_corners(shape))
                # LabelMe fills polygons with their outline; sides of rectangles lie where they were drawn.
                part = outlined([ring], stated, gathered, default=kind == "polygon")
            if not part.any():
                raise FormatError("it covers no pixel of the picture")
            mask = part if mask is None else mask | part
    if mask is not None:
        gathered.put(frame, key, encode(mask), shapes[0][0])


def _looked_at(shape: dict[str, Any], kind: str) -> None:
    """Raise `FormatError` if a shape's corners or picture are not as they should be."""
    if kind == "mask":
        _picture_size(shape)
    else:
        _KINDS[kind](_corners(shape))


def _corners(shape: dict[str, Any]) -> Points:
    listed = shape.get("points")
    if not isinstance(listed, list) or len(listed) < 2:
        raise FormatError("it has not two corners")
    # The check is of polygons, which have three at least.
    return paired_points([*listed, listed[0]])[:-1]


def _polygon(corners: Points) -> Points:
    if len(corners) < 3:
        raise FormatError("a polygon has three corners or more")
    return corners


def _rectangle(corners: Points) -> Points:
    """Return the corners of a rectangle that is given by two, or by all four as X-AnyLabeling does."""
    if len(corners) == 4:
        return corners
    if len(corners) != 2:
        raise FormatError("a rectangle has two corners or four")
    (x0, y0), (x1, y1) = corners.tolist()
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _turned(corners: Points) -> Points:
    if len(corners) != 4:
        raise FormatError("a turned rectangle has four corners")
    return corners


def _disc(corners: Points) -> Points:
    """Return the outline of a circle that is given by its centre and a point on it."""
    if len(corners) != 2:
        raise FormatError("a circle has two points")
    centre, edge = corners
    angles = np.linspace(0.0, 2.0 * np.pi, _SIDES_OF_DISC, endpoint=False)
    # Corners as far outside the circle as the middles of the sides are inside: the area is right.
    radius = float(np.hypot(*(edge - centre))) / np.sqrt(np.cos(np.pi / _SIDES_OF_DISC))
    outline: Points = centre + radius * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    return outline


def _picture_size(shape: dict[str, Any]) -> tuple[bytes, tuple[int, int]]:
    """Return a mask's PNG and the (height, width) that its header states."""
    data = shape.get("mask")
    if not isinstance(data, str):
        raise FormatError("a mask has no picture")
    try:
        raw = base64.b64decode(data, validate=True)
    except ValueError as error:
        raise FormatError("its picture is not in base 64") from error
    found = png_size(raw)
    if found is None:
        raise FormatError("its picture is no PNG")
    return raw, found


def _pasted(shape: dict[str, Any], stated: tuple[int, int], gathered: Gathered) -> Mask:
    """Return the mask of a PNG in base 64, put where it belongs; its size is known before it is decoded."""
    raw, found = _picture_size(shape)
    corners = _corners(shape)
    x, y = (int(v) for v in np.floor(corners.min(axis=0)))
    if x < 0 or y < 0 or y + found[0] > stated[0] or x + found[1] > stated[1]:
        raise FormatError("it has no picture that fits in its frame")
    gathered.budget.pixels(stated[0] * stated[1])
    with Image.open(io.BytesIO(raw), formats=("PNG",)) as image:
        part = np.array(image.convert("L")) != 0
    mask = np.zeros(stated, dtype=np.bool_)
    mask[y : y + part.shape[0], x : x + part.shape[1]] = part
    return scaled_mask(mask, gathered.target.size)


_KINDS: dict[str, Callable[[Points], Points]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "rotation": _turned,
    "oriented_rectangle": _turned,
    "quadrilateral": _turned,
    "circle": _disc,
    "mask": _polygon,
}
"""How the outline of each kind of shape is made of its points."""
