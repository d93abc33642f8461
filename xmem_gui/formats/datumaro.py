"""Datumaro's JSON: an item for every frame, with a run-length mask for every object in it.

Datumaro opens it as a data set if it lies in a folder named ``annotations``.
"""

from collections.abc import Iterator
from typing import Any

from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.record import own_block
from xmem_gui.formats.single_file import JsonPieces, SingleFileExporter, categories
from xmem_gui.formats.staging import Staging

_OF_IMAGES = 2
"""Datumaro's number for items that are pictures."""


class DatumaroExporter(SingleFileExporter):
    """Writes one JSON file; objects of one class or name are a label, `track_id` is the object."""

    id = "datumaro"
    title = "Datumaro (JSON)"
    extensions = (".json",)
    ending = "-datumaro.json"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        names = list(categories(plan.objects))
        labels = [{"name": name, "parent": "", "attributes": []} for name in names]
        for frame in plan.frames:  # the list of empty masks stands before them
            for _ in plan.masks(frame):
                pass
        with stage.file(self.target(plan)).open("w", encoding="utf-8") as file:
            out = JsonPieces(file)
            out.member("dm_format_version", "1.0")
            out.member("media_type", _OF_IMAGES)
            out.member("infos", {"xmem_gui": own_block(plan)})
            out.member("categories", {"label": {"labels": labels, "attributes": []}})
            out.items("items", _items(plan, {name: n for n, name in enumerate(names)}, tick))
            out.close()


def _items(plan: ExportPlan, labels: dict[str, int], tick: Tick) -> Iterator[dict[str, Any]]:
    number = 0
    for frame, name in zip(plan.frames, plan.names, strict=True):
        found = []
        for z, (info, rle) in enumerate(plan.masks(frame)):
            if rle.area == 0:
                continue
            number += 1
            found.append(
                {
                    "id": number,
                    "type": "mask",
                    "attributes": {"track_id": info.id},
                    "group": info.id,
                    "label_id": labels[info.label],
                    "rle": rle.to_coco(),
                    "z_order": z,
                }
            )
        image = {"path": f"{name}.jpg", "size": list(plan.annotation.size)}
        yield {"id": name, "annotations": found, "attr": {"frame": frame}, "image": image}
        tick()
