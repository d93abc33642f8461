"""Pipes in the place of files are refused at every door, not only the command line's."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from xmem_gui.annotator import Annotator, relink, salvage
from xmem_gui.errors import XmemGuiError
from xmem_gui.formats import IMPORTERS, open_import
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.model import find_model
from xmem_gui.project import Project
from xmem_gui.video import open_source, video_info
from xmem_gui.video.pictures import look_at, read_values

DOORS: dict[str, Callable[[Path], object]] = {
    "a project": Project.open,
    "a project, to look at": lambda path: Project.open(path, read_only=True),
    "what the window opens": Annotator.open,
    "what is salvaged": salvage,
    "what is relinked": lambda path: relink(path, path),
    "a video": open_source,
    "facts of a video": video_info,
    "a picture": read_values,
    "a picture's head": look_at,
    "a mask": read_index_mask,
    "a model": lambda path: find_model(str(path)),
    "an import": lambda path: open_import(path, size=(4, 4), frame_names=["0"]),
    **{
        f"an import of {name}": lambda path, name=name: open_import(
            path, name, size=(4, 4), frame_names=["0"]
        )
        for name in IMPORTERS
    },
}


@pytest.mark.parametrize("ending", ["xmem", "png", "mp4", "json", "tif", "zip"])
@pytest.mark.parametrize("door", DOORS)
def test_a_pipe_is_refused(tmp_path: Path, door: str, ending: str):
    path = tmp_path / f"pipe.{ending}"
    os.mkfifo(path)
    raised: list[BaseException] = []

    def knock() -> None:
        try:
            DOORS[door](path)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(180)
    waits = thread.is_alive()
    if waits:  # somebody comes to the other end, so that the thread can end
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    assert not waits
    assert [type(error) for error in raised if not isinstance(error, XmemGuiError)] == []
    assert raised
