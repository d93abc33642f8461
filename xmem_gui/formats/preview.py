"""A small animated picture of the overlay, to show in a report or a message."""

import cv2
import numpy as np
from PIL import Image

from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.pictures import overlay
from xmem_gui.formats.single_file import SingleFileExporter
from xmem_gui.formats.staging import Stage
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

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        step = _step(len(plan.frames))
        return (f"Every {step}th frame is shown, to keep the preview small.",) if step > 1 else ()

    def _produce(self, plan: ExportPlan, stage: Stage, tick: Tick) -> None:
        height, width = plan.annotation.size
        scale = min(1.0, _LONG_SIDE / max(height, width))
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        step = _step(len(plan.frames))
        pictures = []
        for number, frame in enumerate(plan.frames):
            if number % step == 0:
                image = overlay(plan.image(frame), ((info.colour, rle) for info, rle in plan.masks(frame)))
                resized = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
                pictures.append(Image.fromarray(resized))
            tick()
        duration = max(1, round(1000 * step / plan.annotation.rate))
        pictures[0].save(
            stage.file(self.target(plan)),
            format="WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=duration,
            loop=0,
            quality=75,
            method=2,
            xmp=mark(self.id).encode(),
        )


def _step(frames: int) -> int:
    return max(1, -(-frames // _MOST_FRAMES))
