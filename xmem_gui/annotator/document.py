"""The project as exporters read it."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.absent_video import is_absent
from xmem_gui.annotator.matte import soft_matte
from xmem_gui.annotator.probabilities import KeptProbabilities
from xmem_gui.arrays import Mask, Probability
from xmem_gui.formats import AS_IT_IS, MatteEdge, ObjectInfo
from xmem_gui.outputs import Inputs
from xmem_gui.project import Project, Rle
from xmem_gui.video import FrameSource


class DocumentAnnotation:
    """A project and its video as one `formats.Annotation`.

    Parameters
    ----------
    project
        The open project that holds the masks.
    video
        Whose pictures, names and rate.
    soft
        The probabilities that are kept of the project's masks.
    edge
        What the edges of soft masks are like; all masks have soft ones then.
    """

    def __init__(
        self, project: Project, video: FrameSource, soft: KeptProbabilities, edge: MatteEdge = AS_IT_IS
    ) -> None:
        self._soft, self._edge = soft, edge
        self._project = project
        self._video = video

    def with_edge(self, edge: MatteEdge) -> "DocumentAnnotation":
        """Return the same with other edges of soft masks."""
        return DocumentAnnotation(self._project, self._video, self._soft, edge)

    @property
    def name(self) -> str:
        """The video's name."""
        return self._video.name

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self._project.size

    @property
    def frames(self) -> int:
        """How many frames the video has."""
        return self._project.frames

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self._video.rate).limit_denominator(1001)

    @property
    def times(self) -> Sequence[float]:
        """When each frame is shown, in seconds."""
        return tuple(self._video.timestamps.tolist())

    @property
    def objects(self) -> Sequence[ObjectInfo]:
        """All objects."""
        uid = self._project.uid
        return tuple(
            ObjectInfo(o.id, o.name, o.colour, o.priority, uid(o.id), o.category)
            for o in self._project.objects
        )

    @property
    def reads(self) -> Inputs:
        """The video and the project, with the files that lie beside it."""
        return Inputs([self._video.path], families=[self._project.path])

    @property
    def named(self) -> bool:
        """Whether the video is a folder of pictures, whose names are their own."""
        return self._video.named

    def frame_name(self, frame: int) -> str:
        """Return the video's name of a frame."""
        return self._video.frame_name(frame)

    def objects_at(self, frame: int) -> Sequence[int]:
        """Return the ids of the objects that have a mask in a frame."""
        return self._project.query.masks_on(frame)

    def mask(self, frame: int, object_id: int) -> Mask | None:
        """Return the (H, W) mask, or None."""
        return self._project.mask(frame, object_id)

    def rle(self, frame: int, object_id: int) -> Rle | None:
        """Return the mask as COCO RLE, or None."""
        record = self._project.record(frame, object_id)
        return None if record is None else record.rle

    def origin(self, frame: int, object_id: int) -> str | None:
        """Return where a mask came from, or None."""
        record = self._project.record(frame, object_id)
        return None if record is None else record.origin.value

    def committed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is committed."""
        record = self._project.record(frame, object_id)
        return record is not None and record.committed

    def reviewed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is reviewed."""
        record = self._project.record(frame, object_id)
        return record is not None and record.reviewed

    def probability(self, frame: int, object_id: int) -> Probability | None:
        """Return the (H, W) soft mask: the kept probabilities, with the edge asked for; or None."""
        rle = self.rle(frame, object_id)
        if rle is None:
            return None
        kept = self._soft.get(frame, object_id, rle)
        if self._edge.is_plain:
            return kept
        soft = rle.to_mask().astype(np.float32) if kept is None else kept
        picture = self.image(frame) if self._edge.follows_picture and rle.area else None
        return soft_matte(soft, picture, self._edge)

    def matte(self, frame: int, objects: Sequence[int]) -> Probability:
        """Return the matte of objects together, (H, W) from 0 to 1: the highest of their soft masks."""
        matte = np.zeros(self.size, np.float32)
        for one in objects:
            soft, mask = self.probability(frame, one), self.mask(frame, one)
            if soft is not None:
                np.maximum(matte, soft, out=matte)
            elif mask is not None:
                matte[mask] = 1
        return matte

    def has_probability(self, frame: int, object_id: int) -> bool:
        """Tell whether there is a soft mask."""
        rle = self.rle(frame, object_id)
        return rle is not None and (not self._edge.is_plain or self._soft.has(frame, object_id, rle))

    def image(self, frame: int) -> NDArray[np.uint8] | None:
        """Return the frame's picture, (H, W, 3) RGB; None where the video is not at hand."""
        return None if is_absent(self._video) else self._video.frame(frame)
