"""From where a person stands to where a run starts."""

from __future__ import annotations

from dataclasses import dataclass

from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.errors import XmemGuiError
from xmem_gui.propagation import Directions


@dataclass(frozen=True)
class Start:
    """Where a run starts.

    Attributes
    ----------
    frame
        The committed frame to start from; None for the first of the range, for backward the last.
    to_commit
        Objects whose mask on that frame a person made but has not committed: to be committed first.
    """

    frame: int | None
    to_commit: tuple[int, ...] = ()


def find_start(request: Propagation, basis: Basis) -> Start:
    """Find where a run starts.

    Near a frame, that is the frame itself if a person made a mask on it, else a committed one: forward the
    last before it, backward the first after it, both ways the nearest.

    Raises
    ------
    XmemGuiError
        If there is nothing to track near the frame, with what to do about it.
    """
    frame = request.near
    if frame is None:
        return Start(request.start)
    wanted = _free(request, basis)
    to_commit = tuple(one for one in wanted if one in basis.drawn)
    keys = basis.commits.frames_of(wanted)
    if to_commit or frame in keys:
        return Start(frame, to_commit)
    behind = max((key for key in keys if key < frame), default=None)
    ahead = min((key for key in keys if key > frame), default=None)
    if request.direction == "both":
        near = [key for key in (behind, ahead) if key is not None]
        found = min(near, key=lambda key: abs(key - frame), default=None)
    else:
        found = behind if request.direction == "forward" else ahead
    if found is None:
        raise XmemGuiError(_nothing(frame, request.direction, others=bool(keys)))
    return Start(found)


def _free(request: Propagation, basis: Basis) -> list[int]:
    if not basis.names:
        raise XmemGuiError("There is no object to track yet: add one, then click it or draw it.")
    known = [one for one in basis.names if request.objects is None or one in request.objects]
    free = [one for one in known if one not in basis.locked]
    if not free:
        whose = basis.names[known[0]] if len(known) == 1 else "Every object"
        raise XmemGuiError(f"{whose} is locked: unlock it to track it.")
    return free


def _nothing(frame: int, direction: Directions, *, others: bool) -> str:
    if not others:
        return f"Frame {frame:,} has no mask to track: click the object or draw it first."
    side, way = ("before", "backward") if direction == "forward" else ("after", "forward")
    return (
        f"There is no mask to track on frame {frame:,} or {side} it: click the object or draw it here, or go "
        f"{way} from another frame."
    )
