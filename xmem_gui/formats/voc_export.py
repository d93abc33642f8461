"""Pascal VOC's masks as CVAT's "Segmentation mask 1.1" has them, with ``labelmap.txt``."""

from collections.abc import Callable, Iterator
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.formats.davis import INDEX_MASK, write_index_mask
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.index_png import listed_lines, numbers_of, too_many
from xmem_gui.formats.overlaps import lost_by_overlaps
from xmem_gui.formats.palette import DAVIS_PALETTE
from xmem_gui.formats.pictures import PICTURE, flatten, save_jpeg
from xmem_gui.formats.reading import one_line
from xmem_gui.formats.rle import Rle
from xmem_gui.formats.sidecar import SIDECAR, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.single_file import categories
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.formats.voc import CLASSES, LABELS, OBJECTS
from xmem_gui.outputs import mark

_MOST = 254
"""255 is the border between objects."""
_LIST = "ImageSets/Segmentation/default.txt"


class VocExporter(BaseExporter):
    """Writes SegmentationObject and SegmentationClass, the list of classes and that of pictures.

    Numbers stand for the same object in all pictures.
    """

    id = "voc"
    title = "Pascal VOC, CVAT's segmentation mask 1.1"
    extensions = (".png",)
    writes = (INDEX_MASK, PICTURE, SIDECAR)

    def _layout(self, plan: ExportPlan) -> Layout:
        place = plan.destination
        sidecar = place / sidecar_name(OBJECTS)
        targets = [place / OBJECTS, place / CLASSES, place / LABELS]
        shared = shared_sidecar(sidecar)
        if (before := listed_lines(place / _LIST)) != _pictures(plan):
            targets.append(place / _LIST)
            shared = (*shared, place / _LIST) if before else shared
        files = 2 * len(plan.frames) + len(targets) - 1
        if plan.request.images:
            targets.append(place / "JPEGImages")
            files += len(plan.frames)
        names = categories(plan.objects)
        refusals = (
            (f"These masks hold at most {_MOST} classes, and these are {len(names)} names; choose fewer.",)
            if len(names) > _MOST
            else too_many(plan.objects, _MOST)
        )
        return Layout(
            (*targets, sidecar),
            files,
            tuple(f"{OBJECTS}/{name}.png" for name in plan.names[:5]),
            lost_by_overlaps(plan),
            refusals,
            shared,
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        place = plan.destination
        objects, classes = stage.folder(place / OBJECTS), stage.folder(place / CLASSES)
        images = stage.folder(place / "JPEGImages") if plan.request.images else None
        numbers = numbers_of(plan.objects, _MOST)
        kinds = {name: n for n, name in enumerate(categories(plan.objects), 1)}
        class_of = np.zeros(256, dtype=np.uint8)
        for info in plan.objects:
            class_of[numbers[info.id]] = kinds[info.label]

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [(numbers[info.id], rle) for info, rle in plan.masks(frame)]
                yield partial(one, name, masks, None if images is None else plan.image(frame))

        def one(name: str, masks: list[tuple[int, Rle]], image: NDArray[np.uint8] | None) -> None:
            index = flatten(masks, plan.annotation.size)
            write_index_mask(objects / f"{name}.png", index)
            write_index_mask(classes / f"{name}.png", np.asarray(cv2.LUT(index, class_of)))
            if images is not None and image is not None:
                save_jpeg(images / f"{name}.jpg", image)

        run_jobs(jobs(), tick)
        stage.file(place / LABELS).write_text(_labels(kinds, mark(self.id)), encoding="utf-8")
        if (pictures := place / _LIST) in plan.targets:
            lines = "".join(f"{line}\n" for line in _pictures(plan))
            stage.file(pictures).write_text(lines, encoding="utf-8")
        sidecar = place / sidecar_name(OBJECTS)
        write_sidecar(stage.file(sidecar), plan, place / OBJECTS, numbers, final=sidecar)


def _pictures(plan: ExportPlan) -> list[str]:
    """Return the list of pictures: one that is there without masks of ours stays."""
    others = [] if (plan.destination / LABELS).exists() else listed_lines(plan.destination / _LIST)
    return list(dict.fromkeys((*others, *plan.names)))


def _labels(kinds: dict[str, int], note: str) -> str:
    """Return the list of classes and their colours; a name has no colon there."""
    lines = [f"# label:color_rgb:parts:actions\n# {note}\nbackground:0,0,0::\n"]
    for name, number in kinds.items():
        red, green, blue = DAVIS_PALETTE[3 * number : 3 * number + 3]
        lines.append(f"{one_line(name).replace(':', ' ')}:{red},{green},{blue}::\n")
    return "".join(lines)
