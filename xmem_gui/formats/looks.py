"""A small picture of what an export will hold: one frame's masks, as its format shows them."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.exporting import ExportPlan
from xmem_gui.formats.overlay_look import with_masks
from xmem_gui.formats.pictures import flatten
from xmem_gui.formats.rle import Rle
from xmem_gui.formats.soft import combined

LookKind = Literal["colours", "grey", "matte", "one", "cutout", "outline"]

_LOOKS: dict[str, LookKind] = {
    **dict.fromkeys(("index-grey-8", "index-grey-16", "label-tiff", "ctc"), "grey"),
    **dict.fromkeys(("soft-8", "soft-16", "binary-png", "sav-png", "exr"), "one"),
    **dict.fromkeys(("matte", "matte-png", "matte-animation", "matte-prores"), "matte"),
    **dict.fromkeys(("cutout", "alpha-ffv1", "alpha-prores"), "cutout"),
    **dict.fromkeys(("overlay", "preview", "labelme", "cvat-polygons", "yolo-seg"), "outline"),
}
_SQUARE, _LIGHT, _DARK = 8, 204, 153
_GREY_FROM = 60


def look_of(plan: ExportPlan, width: int = 400) -> tuple[int, NDArray[np.uint8]] | None:
    """Return a frame and its (h, w, 3) RGB picture, no wider than `width`; None if no mask is exported.

    The frame is the one of the plan's middle that has a mask, or the next that has. Where the video's picture
    belongs to what is written but is not at hand, a grey one stands for it.
    """
    chosen = {info.id for info in plan.objects}
    middle = len(plan.frames) // 2
    for frame in (*plan.frames[middle:], *plan.frames[:middle]):
        if chosen.intersection(plan.annotation.objects_at(frame)) and (masks := list(plan.masks(frame))):
            return frame, _small(_drawn(plan, frame, masks), width)
    return None


def _drawn(plan: ExportPlan, frame: int, masks: list[tuple[ObjectInfo, Rle]]) -> NDArray[np.uint8]:
    look, size = _LOOKS.get(plan.format_id, "colours"), plan.annotation.size
    if look == "outline":
        return with_masks(_picture(plan, frame), masks, plan.request.look)
    if look in ("matte", "one", "cutout"):
        soft = [(rle, plan.annotation.probability(frame, info.id)) for info, rle in masks]
        apart = look == "one" or plan.format_id == "cutout"
        alpha = combined(soft[:1] if apart else soft, size)
        if look == "cutout":
            return _over_squares(_picture(plan, frame), alpha)
        return np.dstack((alpha,) * 3)
    places = flatten([(place, rle) for place, (_, rle) in enumerate(masks[:255], 1)], size)
    table = np.zeros((256, 3), dtype=np.uint8)
    for place, (info, _) in enumerate(masks[:255], 1):
        level = _GREY_FROM + (255 - _GREY_FROM) * place // len(masks[:255])
        table[place] = level if look == "grey" else info.colour
    drawn: NDArray[np.uint8] = table[places]
    return drawn


def _picture(plan: ExportPlan, frame: int) -> NDArray[np.uint8]:
    found = plan.annotation.image(frame)
    return np.full((*plan.annotation.size, 3), 96, dtype=np.uint8) if found is None else found


def _over_squares(picture: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture over the squares that stand for nothing."""
    height, width = alpha.shape
    side = max(_SQUARE, width // 40)
    rows, columns = np.arange(height) // side, np.arange(width) // side
    squares = np.where((rows[:, None] + columns) % 2 == 0, _LIGHT, _DARK)[..., None]
    share = alpha[..., None].astype(np.float32) / 255
    mixed: NDArray[np.uint8] = np.rint(picture * share + squares * (1 - share)).astype(np.uint8)
    return mixed


def _small(picture: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    share = min(1.0, width / picture.shape[1], width / picture.shape[0])
    size = max(1, round(picture.shape[1] * share)), max(1, round(picture.shape[0] * share))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if share < 1 else picture
    return np.ascontiguousarray(small, dtype=np.uint8)
