"""COCO's JSON in the folders that CVAT, Roboflow and datumaro take: pictures and annotations apart."""

from pathlib import Path

from xmem_gui.formats.coco import CocoExporter
from xmem_gui.formats.exporting import ExportPlan, Layout, Tick
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.pictures import PICTURE, save_jpeg
from xmem_gui.formats.staging import Staging


class CocoDatasetExporter(CocoExporter):
    """Writes annotations/instances_VIDEO.json, and the pictures as images/VIDEO/FRAME.jpg if asked for."""

    id = "coco-dataset"
    title = "COCO data set"
    writes = (PICTURE,)
    takes_images = True

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        target = self.target(plan)
        pictures = (plan.destination / "images" / sequence,) if plan.request.images else ()
        warnings = (
            () if pictures else ("CVAT and Roboflow take annotations of pictures that they have (--images).",)
        )
        names = (target.relative_to(plan.destination).as_posix(),)
        return Layout((target, *pictures), 1 + len(pictures) * len(plan.frames), names, warnings)

    def target(self, plan: ExportPlan) -> Path:
        """Return the file to write."""
        return plan.destination / "annotations" / f"instances_{safe_folder(plan.annotation.name)}.json"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        if plan.request.images:
            folder = stage.folder(plan.destination / "images" / safe_folder(plan.annotation.name))
            for frame, name in zip(plan.frames, plan.names, strict=True):
                tick.check()
                save_jpeg(folder / f"{name}.jpg", plan.image(frame))
        super()._produce(plan, stage, tick)
