"""One object's masks over many frames at once: pasted, absent, or blended from key frame to key frame."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from xmem_gui import interaction
from xmem_gui.annotator.mask_tools import Editing
from xmem_gui.arrays import Mask
from xmem_gui.errors import ProjectError
from xmem_gui.project import Origin, Project, Rework, StepInfo, door
from xmem_gui.project.edits import said

RangeProgress = Callable[[int, int, int | None], None]
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
        The open project that holds the masks.
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
        progress: RangeProgress = lambda *_: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Ranged:
        """Put one mask (H, W) on every frame of a range, committed if `Editing.commit` says so.

        Parameters
        ----------
        frames, object_id, mask
            The frames to paste on, the object, and its mask (H, W) at the video's size.
        replace
            Whether committed and reviewed masks are replaced too.
        progress, cancelled
            Called with (done, total), and asked whether to stop; nothing is changed then.

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
        progress: RangeProgress = lambda *_: None,
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

    def between_keys(self, frame: int, object_id: int) -> range:
        """Return the frames from an object's committed one before a frame to the one after, both included.

        On a committed frame those to the next one are meant; on the last, those from the one before.

        Raises
        ------
        ProjectError
            If there is not one on either side.
        """
        keys = self._project.query.key_frames([object_id])
        after = bisect_right(keys, frame)
        if after == len(keys) and keys and keys[-1] == frame:
            after -= 1
        if not 0 < after < len(keys):
            raise ProjectError(
                f"Frame {frame:,} is not between two key frames of {self._project.object(object_id).name}: "
                "commit its mask on a frame before and on one after."
            )
        return range(keys[after - 1], keys[after] + 1)

    def interpolate(
        self,
        frames: range,
        object_id: int,
        *,
        progress: RangeProgress = lambda *_: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Ranged:
        """Fill the frames between an object's committed ones in a range with the shapes between their masks.

        See `interaction.Between`. The masks are not committed: they count as made by the program, with a
        confidence that says how alike the committed ones are, and a propagation replaces them.

        Raises
        ------
        ProjectError
            If fewer than two frames of the range are committed, or none lies between.
        """
        frames = self._checked(frames)
        name = self._project.object(object_id).name
        keys = [frame for frame in self._project.query.key_frames([object_id]) if frame in frames]
        if len(keys) < 2:
            raise ProjectError(
                f"Frames {frames[0]:,} to {frames[-1]:,} have {len(keys)} of the two key frames of {name} "
                "that are needed: commit its mask on a frame near either end."
            )
        known = set(keys)
        between = [frame for frame in range(keys[0], keys[-1]) if frame not in known]
        if not between:
            raise ProjectError(
                f"All frames from {keys[0]:,} to {keys[-1]:,} are key frames of {name} already."
            )
        stretch: tuple[int, int, interaction.Between] | None = None

        def edit(frame: int) -> Rework:
            nonlocal stretch
            if stretch is None or not stretch[0] < frame < stretch[1]:
                after = bisect_right(keys, frame)
                first, last = keys[after - 1], keys[after]
                stretch = (
                    first,
                    last,
                    interaction.Between(self._key(first, object_id), self._key(last, object_id)),
                )
            first, last, shapes = stretch
            place = (frame - first) / (last - first)
            mask = shapes.at(place)
            return self._editing.rework(
                frame, object_id, lambda _: mask,
                verb="Interpolate", origin=Origin.PROPAGATED, careful=True,
                confidence=shapes.confidence(place),
            )  # fmt: skip

        return self._make("Interpolate", "interpolate", object_id, between, edit, progress, cancelled)

    def _key(self, frame: int, object_id: int) -> Mask:
        mask = self._project.mask(frame, object_id)
        if mask is None:
            raise ProjectError(f"The key frame {frame:,} has been cleared meanwhile: interpolate again.")
        return mask

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
        frames: Sequence[int],
        edit: Callable[[int], Rework],
        progress: RangeProgress,
        cancelled: Callable[[], bool],
    ) -> Ranged:
        """Make the edits of frames, in order, as one step."""
        whose = self._project.object(object_id)
        if whose.locked:
            raise ProjectError(f"{whose.name} is locked: unlock it before changing its masks.")
        changed = kept = 0
        label = said(verb, whose.name, range(frames[0], frames[-1] + 1))
        with self._project.run(Origin.DRAWN, label=label, kind=kind) as run:
            for done, frame in enumerate(frames):
                if cancelled():
                    return Ranged(run.close(), changed, kept, is_whole=False)
                outcome = run.apply(edit(frame))
                changed += frame in outcome.frames
                kept += (frame, object_id) in outcome.kept
                progress(done + 1, len(frames), frame)
            return Ranged(run.close(), changed, kept, is_whole=True)
