"""What a project holds, whether its video is at hand or not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.annotator.rescue import VideoNotFoundError, video_of
from xmem_gui.project import Project


@dataclass(frozen=True)
class ObjectSummary:
    """One object in figures: on how many frames it has a mask, and how many are committed."""

    id: int
    name: str
    masks: int
    committed: int
    category: str = ""


@dataclass(frozen=True)
class ProjectSummary:
    """A project in figures.

    Attributes
    ----------
    project
        Path of the project file.
    video
        Where its video is, or was.
    video_is
        Whether that is the video: "there", or why not in a sentence.
    frames, width, height
        Number of frames of the video, and their width and height in pixels.
    masks, committed, reviewed
        How many masks there are, and how many of these are.
    objects
        One entry for each object: id, name, how many frames have masks or committed ones, and its class.
    steps
        How many steps can be undone or redone.
    kept
        How many masks are kept for pictures that are gone from the folder.
    backups
        How many backups there are.
    notices
        What a person should know.
    """

    project: Path
    video: Path
    video_is: str
    frames: int
    width: int
    height: int
    masks: int
    committed: int
    reviewed: int
    objects: tuple[ObjectSummary, ...]
    steps: int
    kept: int
    backups: int
    notices: tuple[str, ...]


def summary_of(project: Path, *, hosts: Collection[str] = ()) -> ProjectSummary:
    """Look into a project; nothing is changed.

    Raises
    ------
    ProjectError
        If it cannot be opened.
    """
    with Project.open(project, read_only=True) as document:
        video, is_there = document.video_places[0], "there"
        try:
            with video_of(document, hosts=hosts) as source:
                video = source.path
        except VideoNotFoundError as error:
            is_there = str(error)
        counts = document.query.counts()
        height, width = document.size
        return ProjectSummary(
            project=project,
            video=video,
            video_is=is_there,
            frames=document.frames,
            width=width,
            height=height,
            masks=counts.known,
            committed=counts.committed,
            reviewed=counts.reviewed,
            objects=tuple(
                ObjectSummary(
                    one.id,
                    one.name,
                    len(document.query.known_frames(one.id)),
                    len(document.query.key_frames([one.id])),
                    one.category,
                )
                for one in document.objects
            ),
            steps=len(document.history),
            kept=sum(document.kept.values()),
            backups=len(document.backups),
            notices=tuple(map(str, document.notices)),
        )
