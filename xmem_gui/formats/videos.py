"""Exports that are videos: overlay (H.264), matte (FFV1), and pictures with alpha (FFV1, ProRes 4444)."""

import numpy as np

from xmem_gui.formats.exact_video import Coding, ExactWriter
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.name_plates import unshown_names
from xmem_gui.formats.overlay_look import with_masks
from xmem_gui.formats.request import QUALITIES
from xmem_gui.formats.single_file import SingleFileExporter
from xmem_gui.formats.soft import combined, soft_warnings
from xmem_gui.formats.staging import Staging
from xmem_gui.formats.timing import timing_of, timing_warnings
from xmem_gui.outputs import mark
from xmem_gui.video.writer import VideoWriter


class OverlayVideoExporter(SingleFileExporter):
    """Writes the frames with the masks over them, in the objects' colours."""

    id = "overlay"
    title = "overlay video (H.264)"
    extensions = (".mp4", ".mov", ".mkv")
    ending = "-overlay.mp4"
    needs_images = True
    has_look = has_quality = True

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        return (*label_warnings(plan), *timing_warnings(plan))

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        height, width = plan.annotation.size
        timing = timing_of(plan.annotation, plan.frames)
        with VideoWriter(
            stage.file(self.target(plan)),
            size=(width, height),
            rate=timing.rate,
            crf=plan.request.quality or QUALITIES["fine"],
            time_base=timing.time_base,
            comment=mark(self.id),
        ) as writer:
            for number, frame in enumerate(plan.frames):
                picture = with_masks(plan.image(frame), plan.masks(frame), plan.request.look)
                writer.write(picture, time=timing.time(number))
                tick()


def label_warnings(plan: ExportPlan) -> tuple[str, ...]:
    """Name the objects that an overlay shows by number, since no font at hand can show their names."""
    found = unshown_names(plan.objects) if plan.request.look.labels else ()
    if not found:
        return ()
    some = ", ".join(str(info.id) for info in found[:5]) + (" ..." if len(found) > 5 else "")
    return (f"No font here can show the names of these objects; they have their numbers: {some}.",)


class MatteVideoExporter(SingleFileExporter):
    """Writes a matte, or the frames with alpha, of the chosen objects together.

    FFV1 and QuickTime Animation keep every value; ProRes 4444 keeps alpha exactly for hard masks, and colours
    and mattes nearly. Colours are not multiplied by alpha.
    """

    has_edge = True

    def __init__(self, format_id: str, title: str, coding: Coding, extension: str) -> None:
        self.id = format_id
        self.title = title
        self.extensions = (extension,)
        self.ending = f"-{format_id}{extension}"
        self.needs_images = coding.alpha
        self._coding = coding

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        together = (f"The {len(plan.objects)} objects share one matte.",) if len(plan.objects) > 1 else ()
        return (*together, *soft_warnings(plan), *timing_warnings(plan))

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        path = stage.file(self.target(plan))
        timing = timing_of(plan.annotation, plan.frames)
        with ExactWriter(path, self._coding, plan.annotation.size, timing, mark(self.id)) as writer:
            for frame in plan.frames:
                masks = (
                    (rle, plan.annotation.probability(frame, info.id)) for info, rle in plan.masks(frame)
                )
                matte = combined(masks, plan.annotation.size)
                writer.write(np.dstack((plan.image(frame), matte)) if self.needs_images else matte)
                tick()
