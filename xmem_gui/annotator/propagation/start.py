"""From where one stands to where a propagation starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xmem_gui.annotator.propagation.legs import Directions
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Origin, Project, door


@dataclass(frozen=True)
class Start:
    """What a propagation from a frame begins with.

    Attributes
    ----------
    frame
        The key frame to start from.
    to_commit
        Objects whose mask on that frame a person made but has not committed yet: to be committed first.
    """

    frame: int
    to_commit: tuple[int, ...] = ()


def find_start(
    project: Project, frame: int, directions: Directions, *, objects: Sequence[int] | None = None
) -> Start:
    """Find what a propagation starts from: the frame itself if a person made a mask on it, else a key frame.

    Forward that is the last key frame before it, backward the first after it, both ways the nearest.

    Parameters
    ----------
    project
        The open project, which is only read.
    frame
        The 0-based frame that the person looks at.
    directions
        Which way to track: forward, backward or both.
    objects
        Whose masks are to be followed; None for all.

    Raises
    ------
    XmemGuiError
        If there is nothing to follow, with what to do about it.
    """
    frame = door.whole(frame, "frame number")
    wanted = _free(project, None if objects is None else door.ids(objects))
    states = project.query.states(frame)
    to_commit = tuple(
        one for one in wanted
        if one in states and states[one].present
        and not states[one].committed and states[one].origin is not Origin.PROPAGATED
    )  # fmt: skip
    keys = project.query.key_frames(wanted)
    if to_commit or frame in keys:
        return Start(frame, to_commit)
    behind = max((key for key in keys if key < frame), default=None)
    ahead = min((key for key in keys if key > frame), default=None)
    if directions == "both":
        near = [key for key in (behind, ahead) if key is not None]
        found = min(near, key=lambda key: abs(key - frame), default=None)
    else:
        found = behind if directions == "forward" else ahead
    if found is None:
        raise XmemGuiError(_nothing(frame, directions, others=bool(keys)))
    return Start(found)


def _free(project: Project, objects: Sequence[int] | None) -> list[int]:
    if not project.objects:
        raise XmemGuiError("There is no object to follow yet: add one, then click it or draw it.")
    known = [one for one in project.objects if objects is None or one.id in objects]
    free = [one.id for one in known if not one.locked]
    if not free:
        whose = known[0].name if len(known) == 1 else "Every object"
        raise XmemGuiError(f"{whose} is locked: unlock it to follow it.")
    return free


def _nothing(frame: int, directions: Directions, *, others: bool) -> str:
    if not others:
        return f"Frame {frame} has no mask to follow: click the object or draw it first."
    side, way = ("before", "backward") if directions == "forward" else ("after", "forward")
    return (
        f"There is no mask to follow on frame {frame} or {side} it: click the object or draw it here, or go "
        f"{way} from another frame."
    )
