"""Opening a video with its project, by the one rule of which belong together (`project_of_video`)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.annotator.absent_video import AbsentVideo
from xmem_gui.annotator.project_of_video import Belonging, project_of
from xmem_gui.annotator.rescue import remember, video_of
from xmem_gui.annotator.shown_range import keep_range
from xmem_gui.annotator.video_appearance import reference_to
from xmem_gui.errors import MediaError, ProjectError, in_words
from xmem_gui.project import Project, is_at_hand
from xmem_gui.video import FrameSource, open_source


@dataclass(frozen=True)
class Opened:
    """A project and its video, both open.

    Attributes
    ----------
    document, source
        The opened project, and the opened frames of its video.
    after
        What is to be done when both are closed.
    is_kept
        Whether the project stays then.
    """

    document: Project
    source: FrameSource
    after: ExitStack
    is_kept: bool = True


def open_document(
    path: Path,
    project: Path | None = None,
    *,
    create: bool = True,
    look_only: bool = False,
    without_video: bool = False,
    hosts: Collection[str] = (),
) -> Opened:
    """Open a project, or a video with its project; parameters and errors as `Annotator.open`."""
    try:
        belonging = project_of(path, project)
    except OSError as error:
        raise MediaError(in_words(error, path)) from error
    with ExitStack() as undo:
        after = undo.enter_context(ExitStack())
        if belonging.exists:
            document, source = _open(belonging, undo, look_only, without_video, hosts)
        elif not create:
            raise ProjectError(
                f"{path.name} has no project: there is no {belonging.place}. {belonging.notice}".strip()
            )
        else:
            source = undo.enter_context(open_source(path))
            document = _make(belonging.place, source, after, look_only=look_only)
            keep_range(document, source)
        if belonging.notice:
            document.say(belonging.notice)
        undo.pop_all()
    return Opened(document, source, after, is_kept=belonging.exists or not look_only)


def _open(
    belonging: Belonging, undo: ExitStack, look_only: bool, without_video: bool, hosts: Collection[str]
) -> tuple[Project, FrameSource]:
    document = Project.open(belonging.place, read_only=look_only or without_video)
    undo.callback(document.close)
    if without_video:
        return document, AbsentVideo(document)
    asked = belonging.video
    if asked is not None and not is_at_hand(asked):
        asked = None
    source = undo.enter_context(video_of(document, asked, hosts=hosts))
    remember(document, source)
    keep_range(document, source)
    return document, source


def _make(place: Path, source: FrameSource, after: ExitStack, *, look_only: bool) -> Project:
    if not look_only:
        return Project.create(place, video=reference_to(source))
    folder = Path(tempfile.mkdtemp(prefix="xmem-gui-"))
    after.callback(shutil.rmtree, folder, ignore_errors=True)
    Project.create(folder / place.name, video=reference_to(source), backup_every=None).close()
    return Project.open(folder / place.name, read_only=True)
