"""What a plan is made on: the facts of a document that decide what a run computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.arrays import Size
from xmem_gui.project import Origin, Project, Rle


@dataclass(frozen=True)
class Basis:
    """The facts that a plan is made on.

    Attributes
    ----------
    frames
        How many the video has.
    commits
        The committed masks, by frame and object.
    names
        The name of each object by its id.
    locked
        Objects whose masks may not change.
    drawn
        By object, the mask that a person made on the frame of `Propagation.near` and has not committed.
    committed, reviewed
        By object, the frames of its committed masks, and of those reviewed but not committed.
    mark
        Of the document's state, see `state_mark`; None where there is no document.
    video
        What the video is called in sentences.
    size
        Height and width of the video, in pixels.
    network_size
        The shorter side of the network's picture, in pixels; None for the video's own.
    """

    frames: int
    commits: Commits
    names: Mapping[int, str]
    locked: frozenset[int] = frozenset()
    drawn: Mapping[int, Rle] = field(default_factory=dict)
    committed: Mapping[int, frozenset[int]] = field(default_factory=dict)
    reviewed: Mapping[int, frozenset[int]] = field(default_factory=dict)
    mark: int | None = None
    video: str = "the video"
    size: Size = (0, 0)
    network_size: int | None = None

    @classmethod
    def of_project(
        cls,
        project: Project,
        commits: Commits,
        mark: int,
        near: int | None,
        network_size: int | None = None,
    ) -> Basis:
        """Read the facts of a project; only the masks of ``near`` are read, for the others are at hand."""
        query, objects = project.query, project.objects
        committed = {one.id: frozenset(query.key_frames([one.id])) for one in objects}
        return cls(
            frames=project.frames,
            commits=commits,
            names={one.id: one.name for one in objects},
            locked=frozenset(one.id for one in objects if one.locked),
            drawn={} if near is None else _drawn(project, near),
            committed=committed,
            reviewed={
                one.id: frozenset(query.reviewed_frames([one.id])) - committed[one.id] for one in objects
            },
            mark=mark,
            size=project.size,
            network_size=network_size,
        )

    @classmethod
    def of_masks(cls, commits: Commits, frames: int, video: str) -> Basis:
        """Return the facts where there are given masks and no document."""
        committed = {one: frozenset(commits.frames_of([one])) for one in commits.objects}
        names = {one: f"object {one}" for one in commits.objects}
        return cls(frames, commits, names, committed=committed, video=video)


def _drawn(project: Project, frame: int) -> dict[int, Rle]:
    """Return the masks on a frame that a person made but has not committed, of objects that may change."""
    found: dict[int, Rle] = {}
    locked = {one.id for one in project.objects if one.locked}
    for one, state in project.query.states(frame).items():
        theirs = state.present and not state.committed and state.origin is not Origin.PROPAGATED
        record = project.record(frame, one) if theirs and one not in locked else None
        if record is not None:
            found[one] = record.rle
    return found
