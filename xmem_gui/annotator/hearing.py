"""What a project and its video tell people, heard as one."""

from __future__ import annotations

from collections.abc import Callable

from xmem_gui.project import Notice, Project
from xmem_gui.video import FrameSource


def hear(project: Project, video: FrameSource, listener: Callable[[Notice], object]) -> Callable[[], None]:
    """Have a function told of all that people should know, what was said before first; return what ends that.

    Parameters
    ----------
    project
        Its notices are told, such as why a backup failed.
    video
        Its warnings are told as notices, such as which frame is damaged.
    listener
        Called with each notice once, in the thread that found it out.
    """
    told: set[str] = set()

    def warn(text: str) -> None:
        if text not in told:
            told.add(text)
            listener(Notice(text))

    def stop() -> None:
        video.warned.disconnect(warn)
        leave()

    leave = project.hear(listener)
    video.warned.connect(warn)
    for text in video.warnings:
        warn(text)
    return stop
