"""One matte of all chosen objects together, as a sequence of grey PNGs."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.pictures import save_png
from xmem_gui.formats.rle import Rle
from xmem_gui.formats.soft import combined, soft_warnings
from xmem_gui.formats.staging import Staging, run_jobs


class MatteSequenceExporter(BaseExporter):
    """Writes SEQUENCE-matte/FRAME.png: white where any object is, black frames too."""

    id = "matte-png"
    title = "matte of all objects (PNG)"
    extensions = (".png",)
    takes_images = False
    has_edge = True

    def _layout(self, plan: ExportPlan) -> Layout:
        folder = _folder(plan)
        together = (f"The {len(plan.objects)} objects share one matte.",) if len(plan.objects) > 1 else ()
        return Layout(
            (plan.destination / folder,),
            len(plan.frames),
            tuple(f"{folder}/{name}.png" for name in plan.names[:5]),
            (*together, *soft_warnings(plan)),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        folder = stage.folder(plan.destination / _folder(plan))

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [
                    (rle, plan.annotation.probability(frame, info.id)) for info, rle in plan.masks(frame)
                ]
                yield partial(one, folder / f"{name}.png", masks)

        def one(path: Path, masks: list[tuple[Rle, NDArray[np.float32] | None]]) -> None:
            save_png(path, combined(masks, plan.annotation.size), self.id)

        run_jobs(jobs(), tick)


def _folder(plan: ExportPlan) -> str:
    return safe_folder(f"{plan.annotation.name}-matte")
