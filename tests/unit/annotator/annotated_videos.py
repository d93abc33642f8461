"""Small videos and folders of pictures, annotated; tests of which project belongs to which share them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import av
import numpy as np
from PIL import Image

from xmem_gui.annotator import Annotator

SIZE = (48, 64)


def picture(frame: int, shade: int = 0) -> np.ndarray:
    image = np.full((*SIZE, 3), (8 * frame % 256, shade, 40), np.uint8)
    image[10:20, frame % 50 : frame % 50 + 10] = 255
    return image


def video(path: Path, frames: int = 10, *, shade: int = 0) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"threads": "1"}
        for frame in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(frame, shade), "rgb24")))
        container.mux(stream.encode())
    return path


def remux(path: Path, target: Path, **tags: str) -> Path:
    """Copy the packets of a video into another container, without decoding."""
    with av.open(str(path)) as source, av.open(str(target), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    return target


def folder(path: Path, frames: int = 5, *, first: int = 0) -> Path:
    path.mkdir()
    for frame in range(first, first + frames):
        Image.fromarray(picture(frame)).save(path / f"{frame:05d}.png")
    return path


def annotate(path: Path, *frames: int, **options) -> Path:
    """Open a video, give it an object with a mask on some frames, and return its project."""
    with Annotator.open(path, **options) as annotator:
        one = annotator.add_object("rabbit").id
        for frame in frames or (0,):
            annotator.set_mask(frame, one, mask(frame))
        return annotator.project.path


def mask(frame: int) -> np.ndarray:
    found = np.zeros(SIZE, bool)
    found[frame : frame + 10, 5:15] = True
    return found


def opened(path: Path, **options) -> tuple[Path, int, list[str], Path]:
    """Return what opens: the video, its frames, the objects' names, the project."""
    with Annotator.open(path, **options) as annotator:
        names = [one.name for one in annotator.project.objects]
        return annotator.video.path, len(annotator.video), names, annotator.project.path


def of_before(place: Path) -> Path:
    """Take from a project what earlier programs did not keep."""
    with closing(sqlite3.connect(place)) as database:
        database.execute("DELETE FROM meta WHERE key = 'video:appearance'")
        database.commit()
    return place
