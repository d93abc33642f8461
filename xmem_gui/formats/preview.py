"""A small animated picture of the overlay, to show in a report or a message."""

from itertools import pairwise

import cv2
import numpy as np
from PIL import Image

from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.overlay_look import with_masks
from xmem_gui.formats.single_file import SingleFileExporter
from xmem_gui.formats.staging import Staging
from xmem_gui.formats.timing import Timing, timing_of, timing_warnings
from xmem_gui.formats.videos import label_warnings
from xmem_gui.outputs import mark

_LONG_SIDE = 480
_MOST_FRAMES = 150
"""All frames are held while the file is made: 150 of 480 x 480 pixels are 100 MB."""


class PreviewExporter(SingleFileExporter):
    """Writes an animated WebP, at most 480 pixels on the long side and 150 frames, evenly taken."""

    id = "preview"
    title = "animated preview (WebP)"
    extensions = (".webp",)
    ending = "-preview.webp"
    needs_images = True
    has_look = True

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        step = _step(len(plan.frames))
        small = (f"Every {step}th frame is shown, to keep the preview small.",) if step > 1 else ()
        return (*small, *label_warnings(plan), *timing_warnings(plan))

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        height, width = plan.annotation.size
        scale = min(1.0, _LONG_SIDE / max(height, width))
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        step = _step(len(plan.frames))
        pictures = []
        for number, frame in enumerate(plan.frames):
            if number % step == 0:
                image = with_masks(plan.image(frame), plan.masks(frame), plan.request.look)
                resized = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
                pictures.append(Image.fromarray(resized))
            tick()
        pictures[0].save(
            stage.file(self.target(plan)),
            format="WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=_milliseconds(timing_of(plan.annotation, plan.frames), len(plan.frames), step),
            loop=0,
            quality=75,
            method=2,
            xmp=mark(self.id).encode(),
        )


def _milliseconds(timing: Timing, frames: int, step: int) -> list[int]:
    """Return how long each picture is shown, so that none is late by more than rounding."""
    times = [timing.time(number) for number in range(frames)]
    starts = [number / timing.rate if time is None else time for number, time in enumerate(times)]
    ends = [round(1000 * start) for start in (*starts[::step], starts[-1] + timing.last)]
    return [max(1, later - sooner) for sooner, later in pairwise(ends)]


def _step(frames: int) -> int:
    return max(1, -(-frames // _MOST_FRAMES))
