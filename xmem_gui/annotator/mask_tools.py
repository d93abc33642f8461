"""The tools without a network, on the document: each call is one undoable step that respects locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from xmem_gui import interaction
from xmem_gui.arrays import Mask
from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.interaction import FillRule, Overlap, Patch
from xmem_gui.project import (
    ClearMasks,
    Origin,
    Outcome,
    Project,
    RestoreMasks,
    Rework,
    Rle,
    VideoObject,
    door,
)
from xmem_gui.video import FrameSource

_Tool = Callable[[Mask], Mask]


class Editing:
    """Paints, fills, tidies, copies and clears masks of a project.

    Painting one object never takes a pixel from a locked one, and unlocked others give way as ``overlap``
    says. A tool that finds nothing to change makes no step. All methods may be called from any thread, raise
    ``ProjectError`` if the frame or object does not exist or the painted object is locked, and return what
    became of the edit. Positions are pixels of the video, as `interaction` counts them.

    Parameters
    ----------
    project
        The open project that holds the masks.
    video
        Its pictures, for tools that look at them.

    Attributes
    ----------
    overlap : Overlap
        What becomes of painted pixels that unlocked objects have.
    commit : bool
        Whether an edited mask is committed too, so that no propagation ever changes it.
    """

    def __init__(self, project: Project, video: FrameSource) -> None:
        self.overlap = Overlap.TAKE
        self.commit = True
        self._project = project
        self._video = video

    def brush(
        self, frame: int, object_id: int, points: ArrayLike, radius: ArrayLike, *, erase: bool = False
    ) -> Outcome:
        """Paint or erase along a path (N, 2), with one radius or one a point (a pen's pressure)."""
        patch = interaction.brush_stroke(points, radius, self._project.size)
        return self.patch(frame, object_id, patch, erase=erase)

    def polygon(
        self,
        frame: int,
        object_id: int,
        points: ArrayLike,
        *,
        erase: bool = False,
        rule: FillRule = FillRule.NON_ZERO,
    ) -> Outcome:
        """Add the inside of a polygon or lasso (N, 2) to a mask, or take it away."""
        patch = interaction.fill_polygon(points, self._project.size, rule=rule)
        return self.patch(frame, object_id, patch, erase=erase)

    def flood_fill(
        self, frame: int, object_id: int, x: float, y: float, *, tolerance: float = 16, erase: bool = False
    ) -> Outcome:
        """Add the pixels around a place that look like it, or take them away."""
        patch = interaction.flood_fill(self._video.frame(frame), x, y, tolerance=tolerance)
        return self.patch(frame, object_id, patch, erase=erase, verb="Unfill" if erase else "Fill")

    def patch(
        self, frame: int, object_id: int, patch: Patch, *, erase: bool = False, verb: str | None = None
    ) -> Outcome:
        """Add a patch's pixels to a mask, or take them away."""
        change: _Tool = patch.erase_from if erase else patch.add_to
        return self._change(frame, object_id, change, verb or ("Erase" if erase else "Paint"))

    def fill_holes(self, frame: int, object_id: int, *, max_area: float = float("inf")) -> Outcome:
        """Fill a mask's holes of at most so many pixels."""
        return self._rework(
            frame, object_id, lambda mask: interaction.fill_holes(mask, max_area=max_area), "Fill holes of"
        )

    def remove_islands(self, frame: int, object_id: int, *, min_area: float) -> Outcome:
        """Remove a mask's parts of fewer pixels."""
        return self._rework(
            frame,
            object_id,
            lambda mask: interaction.remove_islands(mask, min_area=min_area),
            "Remove islands of",
        )

    def keep_largest(self, frame: int, object_id: int) -> Outcome:
        """Keep a mask's largest part only."""
        return self._rework(frame, object_id, interaction.keep_largest, "Keep largest part of")

    def keep_part_at(self, frame: int, object_id: int, x: float, y: float) -> Outcome:
        """Keep only the part of a mask that is under a place."""
        return self._rework(
            frame, object_id, lambda mask: interaction.keep_part_at(mask, x, y), "Keep one part of"
        )

    def grow(self, frame: int, object_id: int, radius: float) -> Outcome:
        """Widen a mask by so many pixels."""
        return self._rework(frame, object_id, lambda mask: interaction.grow(mask, radius), "Grow")

    def shrink(self, frame: int, object_id: int, radius: float) -> Outcome:
        """Narrow a mask by so many pixels."""
        return self._rework(frame, object_id, lambda mask: interaction.shrink(mask, radius), "Shrink")

    def smooth_edge(self, frame: int, object_id: int, radius: float) -> Outcome:
        """Even out dents and bumps of about so many pixels."""
        return self._rework(frame, object_id, lambda mask: interaction.smooth_edge(mask, radius), "Smooth")

    def snap_to_edges(self, frame: int, object_id: int, *, band: float = 6) -> Outcome:
        """Move a mask's border to edges of the image at most so many pixels away; gentle."""
        image = self._video.frame(frame)
        return self._rework(
            frame,
            object_id,
            lambda mask: interaction.snap_to_edges(image, mask, band=band),
            "Snap to edges:",
        )

    def snap_by_colour(self, frame: int, object_id: int, *, band: float = 8) -> Outcome:
        """Move a mask's border to where colours part, at most so many pixels away; bold."""
        image = self._video.frame(frame)
        return self._rework(
            frame,
            object_id,
            lambda mask: interaction.snap_by_colour(image, mask, band=band),
            "Snap by colour:",
        )

    def copy_from(self, source: int, frame: int, object_id: int) -> Outcome:
        """Put an object's mask of another frame (`source`), such as the one before, in the place of a mask.

        Raises
        ------
        ProjectError
            If there is no mask to copy.
        """
        source = door.whole(source, "frame number")
        name = self._project.object(object_id).name
        mask = self._project.mask(source, object_id)
        if mask is None:
            raise ProjectError(f"Frame {source} has no mask of {name} to copy: choose another frame.")
        return self.set_mask(frame, object_id, mask, verb=f"Copy from frame {source:,}")

    def clear(self, frames: int | range, objects: Sequence[int] | None = None) -> Outcome:
        """Remove the masks of objects (None: of all that are not locked) on a frame or a range of frames."""
        if objects is None:
            objects = [one.id for one in self._project.objects if not one.locked]
        if not isinstance(frames, range):
            frame = door.whole(frames, "frame number")
            frames = range(frame, frame + 1)
        return self._project.apply(ClearMasks(objects, frames))

    def restore(self, frame: int) -> Outcome:
        """Give a frame's masks back what they were before the last step that changed them, such as a run.

        Raises
        ------
        ProjectError
            If one of them is locked.
        """
        return self._project.apply(RestoreMasks(frame, commit=self.commit))

    def not_here(self, frame: int, object_id: int) -> Outcome:
        """Say that an object is not seen on a frame: a committed empty mask, which propagation learns."""
        nothing = np.zeros(self._project.size, np.bool_)
        return self.set_mask(frame, object_id, nothing, commit=True, verb="Not in this frame")

    def set_mask(
        self,
        frame: int,
        object_id: int,
        mask: Mask,
        *,
        origin: Origin = Origin.DRAWN,
        commit: bool | None = None,
        verb: str = "Set",
    ) -> Outcome:
        """Put a whole mask (H, W) in the place of an object's mask.

        ``commit`` None does as `commit` of this object says. An empty mask says that the object is not seen.

        Raises
        ------
        MaskError
            If the mask is not of the video's size.
        """
        height, width = self._project.size
        mask = np.asarray(mask)
        if mask.shape != (height, width):
            raise MaskError(
                f"The mask for frame {frame} is {' x '.join(map(str, mask.shape[::-1]))}, but the video is"
                f" {width} x {height}: give a mask of the video's size."
            )
        wanted = interaction.as_mask(mask)
        return self._settle(
            frame, object_id, lambda _: wanted, verb=verb, origin=origin, commit=commit, always=True
        )

    def _rework(self, frame: int, object_id: int, tool: _Tool, verb: str) -> Outcome:
        """Change a mask by a tool that may take its time: nobody has to wait while it works."""
        old = self._project.mask(frame, object_id)
        if old is None:
            self._project.object(object_id)
            return Outcome(None)
        new = tool(old)
        added, removed = new & ~old, old & ~new
        return self._change(frame, object_id, lambda now: (now | added) & ~removed, verb)

    def _change(self, frame: int, object_id: int, change: _Tool, verb: str) -> Outcome:
        return self._settle(
            frame, object_id, change, verb=verb, origin=Origin.DRAWN, commit=None, always=False
        )

    def _settle(
        self,
        frame: int,
        object_id: int,
        change: _Tool,
        *,
        verb: str,
        origin: Origin,
        commit: bool | None,
        always: bool,
    ) -> Outcome:
        """Make one edit of it; unless ``always``, only if a pixel changes."""
        commit = self.commit if commit is None else commit
        edit = self.rework(frame, object_id, change, verb=verb, origin=origin, commit=commit, always=always)
        return self._project.apply(edit)

    def rework(
        self,
        frame: int,
        object_id: int,
        change: _Tool,
        *,
        verb: str,
        origin: Origin = Origin.DRAWN,
        commit: bool = False,
        always: bool = True,
        confidence: float = 1.0,
        careful: bool = False,
    ) -> Rework:
        """Return the edit that changes a mask and settles it with the others, to be applied later.

        Parameters
        ----------
        frame, object_id
            The 0-based frame and the object whose mask it is.
        change
            From the mask (H, W) as it is then to the new one.
        verb, origin, commit, confidence
            The step's name in the history, where the mask comes from, whether it is committed, and its
            confidence, as in `Rework`.
        always
            Whether it is made if no pixel changes, too.
        careful
            Whether masks that are committed, reviewed or locked are kept as they are, with their pixels.
        """
        height, width = self._project.size
        states = self._project.query.states(frame) if careful else {}
        held = {one for one, state in states.items() if state.committed or state.reviewed}

        def decide(masks: Mapping[int, Rle], objects: Mapping[int, VideoObject]) -> dict[int, Mask]:
            before = masks[object_id].to_mask() if object_id in masks else np.zeros((height, width), np.bool_)
            wanted = change(before)
            painted = interaction.respect(
                wanted,
                before,
                _others(masks, object_id, interaction.Patch.of(wanted & ~before)),
                {one for one, item in objects.items() if item.locked or one in held} - {object_id},
                painted=object_id,
                priority={one: item.priority for one, item in objects.items()},
                overlap=self.overlap,
            )
            if not always and bool((painted.mask == before).all()):
                return {}
            return {object_id: painted.mask, **painted.others}

        return Rework(
            frame,
            object_id,
            decide,
            verb,
            origin=origin,
            commit=commit,
            kind="set" if always else "paint",
            confidence=confidence,
            automatic=careful,
        )


def _others(masks: Mapping[int, Rle], painted: int, added: Patch) -> dict[int, Mask]:
    """Return the masks of other objects that may have one of the added pixels."""
    height, width = added.pixels.shape
    found = {}
    for one, rle in masks.items():
        x, y, columns, rows = rle.bounds
        beside = x >= added.x + width or added.x >= x + columns
        above = y >= added.y + height or added.y >= y + rows
        if one != painted and not beside and not above:
            found[one] = rle.to_mask()
    return found
