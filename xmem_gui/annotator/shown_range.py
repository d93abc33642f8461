"""The display range of deep pictures, kept with the project: what people and networks see stays the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from xmem_gui.annotator.propagation.descriptors import descriptors_path
from xmem_gui.annotator.video_appearance import reference_to
from xmem_gui.errors import MediaError
from xmem_gui.project import Project
from xmem_gui.settings import ProjectSettings, fitting_settings
from xmem_gui.video import DisplayRange, FrameSource, open_source

_SETTING = "display_range"


def range_of(project: Project) -> DisplayRange | None:
    """Return the range that a project keeps; None if it keeps none, or nonsense."""
    return _parsed({_SETTING: project.setting(_SETTING)})


def range_in(settings: Mapping[str, str]) -> DisplayRange | None:
    """Return the same from a project's settings as JSON texts, before it is opened."""
    try:
        return _parsed({_SETTING: json.loads(settings.get(_SETTING, "null"))})
    except (ValueError, RecursionError):
        return None


def _parsed(kept: Mapping[str, Any]) -> DisplayRange | None:
    ends = fitting_settings(ProjectSettings, kept).display_range
    try:
        return None if ends is None else DisplayRange(*ends)
    except MediaError:
        return None


def keep_range(project: Project, source: FrameSource) -> None:
    """Keep the range in which a video was opened, if it has one and the project knows none."""
    shown = source.display_range
    if shown is not None and not project.read_only and range_of(project) is None:
        _put(project, shown)


def set_range(project: Project, video: FrameSource, shown: DisplayRange | None) -> DisplayRange:
    """Have a project's video shown by another range from when it is opened again.

    Parameters
    ----------
    project
        The open project that keeps the range.
    video
        The project's open video, whose pictures have more than 8 bits a value.
    shown
        The range; None for the automatic one.

    Returns
    -------
    DisplayRange
        The range from now on.

    Raises
    ------
    MediaError
        If the video has 8 bits a value, so that there is nothing to choose.
    ProjectError
        If the project is read-only.
    """
    with open_source(video.path, display_range=shown) as source:
        found = source.display_range
        if found is None:
            raise MediaError(f"{video.path.name} has 8 bits per value, so it has no display range to set.")
        _put(project, found)
        # It is known by what it looks like, which is now something else.
        project.relink(reference_to(source))
    # Saved memory tells by itself that it is of another range.
    with suppress(OSError):
        descriptors_path(project.path).unlink()
    return found


def seen_as(project: Project) -> str:
    """Return the kept range as text, for what depends on how frames look; empty if there is none."""
    shown = range_of(project)
    return "" if shown is None else str(shown)


def _put(project: Project, shown: DisplayRange) -> None:
    project.set_setting(_SETTING, [shown.low, shown.high])
