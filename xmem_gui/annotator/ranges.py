"""One object's masks over many frames at once: pasted, absent, or blended from key frame to key frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xmem_gui import interaction
from xmem_gui.annotator.editing import Editing
from xmem_gui.errors import ProjectError
from xmem_gui.project import Origin, Project, Rework, StepInfo, door
from xmem_gui.project.edits import said

Mask = NDArray[np.bool_]
Tell = Callable[[int, int, int | None], None]
"""Told how many frames are done, of how many, and which one just now."""


@dataclass(frozen=True, slots=True)
class Ranged:
    """What became of an edit over many frames.

    Attributes
    ----------
    step : StepInfo or None
        The one step it made; None if nothing changed.
    changed, kept : int
        Frames with another mask now, and frames kept: committed, reviewed, or edited meanwhile.
    is_whole : bool
        Whether it came to its end; if not, what is finished stays.
    """

    step: StepInfo | None
    changed: int
    kept: int
    is_whole: bool


class RangeEditing:
    """Sets an object's mask on many frames, as one undoable step.

    Committed and reviewed masks are kept as they are, those of other objects too, unless they may be
    replaced. Other edits can be made meanwhile, but no propagation or import. All methods may be called from
    any thread. They take ``progress`` (told after each frame) and ``cancelled`` (asked before each), and
    raise ``ProjectError`` if the range or the object does not exist, the object is locked, or something else
    is being propagated or imported.

    Parameters
    ----------
    project
        Whose masks.
    editing
        Settles them with those of other objects.
    """

    def __init__(self, project: Project, editing: Editing) -> None:
        self._project = project
        self._editing = editing

    def paste(
        self,
        frames: range,
        object_id: int,
        mask: Mask,
        *,
        replace: bool = False,
        progress: Tell = lambda *_: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Ranged:
        """Put one mask (H, W) on every frame of a range, committed if `Editing.commit` says so.

        Parameters
        ----------
        frames, object_id, mask
            Where, whose and what.
        replace
            Whether committed and reviewed masks are replaced too.
        progress, cancelled
            See the class.

        Raises
        ------
        MaskError
            If the mask is not of the video's size.
        """
        wanted = interaction.as_mask(mask, size=self._project.size)

        def edit(frame: int) -> Rework:
            return self._editing.rework(
                frame, object_id, lambda _: wanted,
                verb="Paste", commit=self._editing.commit, careful=not replace,
            )  # fmt: skip

        return self._make("Paste", "set", object_id, self._checked(frames), edit, progress, cancelled)

    def not_here(
        self,
        frames: range,
        object_id: int,
        *,
        replace: bool = False,
        progress: Tell = lambda *_: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Ranged:
        """Say that an object is not seen on a range of frames, as `Editing.not_here` on one.

        Parameters are those of `paste`.
        """
        nothing = np.zeros(self._project.size, np.bool_)
        verb = "Not in these frames"

        def edit(frame: int) -> Rework:
            return self._editing.rework(
                frame, object_id, lambda _: nothing, verb=verb, commit=True, careful=not replace
            )

        return self._make(verb, "set", object_id, self._checked(frames), edit, progress, cancelled)

    def _checked(self, frames: range) -> range:
        """Return the range.

        Raises
        ------
        ProjectError
            If it is empty or not within the video.
        """
        frames, count = door.span(frames), self._project.frames
        if not frames or frames.step != 1 or frames.start < 0 or frames.stop > count:
            raise ProjectError(f"Give a range of frames within 0 to {count - 1}, its first frame first.")
        return frames

    def _make(
        self,
        verb: str,
        kind: str,
        object_id: int,
        frames: range,
        edit: Callable[[int], Rework],
        progress: Tell,
        cancelled: Callable[[], bool],
    ) -> Ranged:
        """Make the edits of frames, in order, as one step."""
        whose = self._project.object(object_id)
        if whose.locked:
            raise ProjectError(f"{whose.name} is locked: unlock it before changing its masks.")
        changed = kept = 0
        with self._project.run(Origin.DRAWN, label=said(verb, whose.name, frames), kind=kind) as run:
            for done, frame in enumerate(frames):
                if cancelled():
                    return Ranged(run.close(), changed, kept, is_whole=False)
                outcome = run.apply(edit(frame))
                changed += frame in outcome.frames
                kept += (frame, object_id) in outcome.kept
                progress(done + 1, len(frames), frame)
            return Ranged(run.close(), changed, kept, is_whole=True)
