"""What an index mask would lose: pixels that several objects have, of which it keeps the one on top."""

from pycocotools import mask as coco

from xmem_gui.formats.exporting import ExportPlan
from xmem_gui.formats.rle import Rle

_LISTED = 4


def lost_by_overlaps(plan: ExportPlan) -> tuple[str, ...]:
    """Return what to tell the person of overlapping masks, if there are any."""
    frames = 0
    losing: dict[int, str] = {}
    for frame in plan.frames:
        masks = [(info.id, info.name, rle) for info, rle in plan.masks(frame)]
        if len(masks) < 2 or not _overlap([rle for _, _, rle in masks]):
            continue
        frames += 1
        # Lower ones first: each loses what those above it have.
        for place, (number, name, rle) in enumerate(masks[:-1]):
            if number not in losing:
                above = coco.merge([other.to_coco() for _, _, other in masks[place + 1 :]])
                if coco.area(coco.merge([rle.to_coco(), above], intersect=True)):
                    losing[number] = name
    if not frames:
        return ()
    names = ", ".join(f"{name} (object {number})" for number, name in sorted(losing.items())[:_LISTED])
    more = f" and {len(losing) - _LISTED} more" if len(losing) > _LISTED else ""
    where = "1 frame" if frames == 1 else f"{frames} frames"
    return (
        f"In {where} objects overlap, and an index mask keeps only the one on top: {names}{more} would lose "
        "pixels. One PNG per object, COCO and others keep them all.",
    )


def _overlap(masks: list[Rle]) -> bool:
    """Tell whether two masks of a frame have a pixel in common."""
    every = [rle.to_coco() for rle in masks]
    apart = sum(int(area) for area in coco.area(every))
    return apart > int(coco.area(coco.merge(every)))
