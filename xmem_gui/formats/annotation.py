"""What exporters read and importers make: objects, and a mask per (frame, object), wherever they are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Colour, Mask
from xmem_gui.errors import MaskError
from xmem_gui.formats.palette import DAVIS_PALETTE
from xmem_gui.formats.rle import Rle, decode, encode, size_of
from xmem_gui.outputs import Inputs


def palette_colour(object_id: int) -> Colour:
    """Return the DAVIS palette's colour of an object (r, g, b); numbers above 255 go round again from 1."""
    at = 3 * ((object_id - 1) % 255 + 1)
    return (DAVIS_PALETTE[at], DAVIS_PALETTE[at + 1], DAVIS_PALETTE[at + 2])


@dataclass(frozen=True)
class ObjectInfo:
    """One object of a video.

    Attributes
    ----------
    id
        The object's number, from 1; it never changes and is never given to another.
    name
        What people call it; names need not differ.
    colour
        (r, g, b), 0 to 255 each.
    priority
        Where objects overlap, the one of higher priority is on top in an index mask; of two equals, the one
        of higher id.
    uid
        What tells the object from those of all other projects (`project.identity`); empty if nobody says.
    category
        What kind of thing it is, its class, such as 'person'; empty if nobody said.
    """

    id: int
    name: str
    colour: Colour
    priority: int = 0
    uid: str = ""
    category: str = ""

    @property
    def label(self) -> str:
        """What formats with categories call it: its class, or its name where it has none."""
        return self.category or self.name


class Annotation(Protocol):
    """The read side of everything a person has made for one video.

    A mask that is None says nothing of the object in that frame; an empty mask says that it is not there.
    Formats that cannot say the first write the second.
    """

    @property
    def name(self) -> str:
        """What the video is called, without an ending: names the folder of an export."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        ...

    @property
    def frames(self) -> int:
        """How many frames the video has."""
        ...

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        ...

    @property
    def times(self) -> Sequence[float] | None:
        """When each frame is shown, in seconds, rising; None where the rate says it."""
        ...

    @property
    def objects(self) -> Sequence[ObjectInfo]:
        """All objects."""
        ...

    @property
    def reads(self) -> Inputs:
        """What is read to make an export; the export keeps away from it."""
        ...

    @property
    def named(self) -> bool:
        """Whether frames' names are their own, as those of pictures in a folder are."""
        ...

    def frame_name(self, frame: int) -> str:
        """Return the source's name of a frame, without an ending, such as '00042'."""
        ...

    def objects_at(self, frame: int) -> Sequence[int]:
        """Return the ids of the objects that have a mask (empty or not) in a frame."""
        ...

    def mask(self, frame: int, object_id: int) -> Mask | None:
        """Return the (H, W) mask, or None."""
        ...

    def rle(self, frame: int, object_id: int) -> Rle | None:
        """Return the mask as COCO RLE, or None where there is none (or it is not kept so)."""
        ...

    def origin(self, frame: int, object_id: int) -> str | None:
        """Return where a mask came from ('drawn', 'clicked', 'propagated', 'imported'), or None."""
        ...

    def committed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is committed."""
        ...

    def reviewed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is reviewed."""
        ...

    def probability(self, frame: int, object_id: int) -> NDArray[np.float32] | None:
        """Return the (H, W) soft mask, 0 to 1, or None where only the hard one is known."""
        ...

    def has_probability(self, frame: int, object_id: int) -> bool:
        """Tell whether the soft mask is known, without reading it."""
        ...

    def image(self, frame: int) -> NDArray[np.uint8] | None:
        """Return the frame's picture, (H, W, 3) RGB uint8, or None where there is no video at hand."""
        ...


class MemoryAnnotation:
    """An annotation held in memory: for scripts, tests, and what importers read.

    Parameters
    ----------
    size
        Size of the frames, (height, width) in pixels.
    frames
        Number of frames, or the frames' names.
    objects
        What there is to annotate.
    name
        The name of the video, used for files and folders.
    rate
        Frames per second, a positive number.
    times
        When each frame is shown, in seconds; None at the constant rate.
    """

    def __init__(
        self,
        size: tuple[int, int],
        frames: int | Sequence[str],
        *,
        objects: Iterable[ObjectInfo] = (),
        name: str = "video",
        rate: Fraction | int = 25,
        times: Sequence[float] | None = None,
    ) -> None:
        self._size = size
        self._names = (
            tuple(f"{i:05d}" for i in range(frames))
            if isinstance(frames, int)
            else tuple(str(n) for n in frames)
        )
        self._objects = tuple(objects)
        self._name = name
        self._rate = Fraction(rate)
        self._times = times
        self._masks: dict[int, dict[int, Rle]] = {}
        self._origins: dict[tuple[int, int], str] = {}
        self._committed: set[tuple[int, int]] = set()
        self._reviewed: set[tuple[int, int]] = set()
        self._soft: dict[tuple[int, int], NDArray[np.float32]] = {}
        self._images: dict[int, NDArray[np.uint8]] = {}

    @property
    def name(self) -> str:
        """The video's name."""
        return self._name

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self._size

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self._names)

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return self._rate

    @property
    def times(self) -> Sequence[float] | None:
        """When each frame is shown, in seconds; None where the rate says it."""
        return self._times

    @property
    def objects(self) -> Sequence[ObjectInfo]:
        """All objects."""
        return self._objects

    @property
    def reads(self) -> Inputs:
        """Nothing: all is in memory."""
        return Inputs()

    @property
    def named(self) -> bool:
        """Whether frames have other names than their numbers."""
        return any(name != f"{frame:05d}" for frame, name in enumerate(self._names))

    def frame_name(self, frame: int) -> str:
        """Return a frame's name."""
        return self._names[frame]

    def objects_at(self, frame: int) -> Sequence[int]:
        """Return the ids that have a mask in a frame, ascending."""
        return sorted(self._masks.get(frame, ()))

    def mask(self, frame: int, object_id: int) -> Mask | None:
        """Return the (H, W) mask, or None."""
        rle = self.rle(frame, object_id)
        return None if rle is None else decode(rle)

    def rle(self, frame: int, object_id: int) -> Rle | None:
        """Return the mask as COCO RLE, or None."""
        return self._masks.get(frame, {}).get(object_id)

    def origin(self, frame: int, object_id: int) -> str | None:
        """Return where the mask came from."""
        return self._origins.get((frame, object_id))

    def committed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is committed."""
        return (frame, object_id) in self._committed

    def reviewed(self, frame: int, object_id: int) -> bool:
        """Tell whether the mask is reviewed."""
        return (frame, object_id) in self._reviewed

    def probability(self, frame: int, object_id: int) -> NDArray[np.float32] | None:
        """Return the (H, W) soft mask, or None."""
        return self._soft.get((frame, object_id))

    def has_probability(self, frame: int, object_id: int) -> bool:
        """Tell whether there is a soft mask."""
        return (frame, object_id) in self._soft

    def image(self, frame: int) -> NDArray[np.uint8] | None:
        """Return the (H, W, 3) RGB picture, or None."""
        return self._images.get(frame)

    def set(
        self,
        frame: int,
        object_id: int,
        mask: Rle | Mask,
        *,
        origin: str = "drawn",
        committed: bool = False,
        reviewed: bool = False,
    ) -> None:
        """Set a mask.

        Raises
        ------
        MaskError
            If the mask has another size, the frame does not exist, or the object is unknown.
        """
        if not 0 <= frame < self.frames:
            raise MaskError(f"There is no frame {frame}: the video has {self.frames}.")
        if all(known.id != object_id for known in self._objects):
            raise MaskError(f"There is no object {object_id}.")
        rle = mask if isinstance(mask, Rle) else encode(mask)
        if size_of(rle) != tuple(self._size):
            raise MaskError(f"The mask of frame {frame} has the size {size_of(rle)}, the video {self._size}.")
        key = (frame, object_id)
        self._masks.setdefault(frame, {})[object_id] = rle
        self._origins[key] = origin
        for flag, keys in ((committed, self._committed), (reviewed, self._reviewed)):
            (keys.add if flag else keys.discard)(key)

    def set_probability(self, frame: int, object_id: int, soft: NDArray[np.float32]) -> None:
        """Set a soft mask, (H, W), 0 to 1."""
        self._soft[frame, object_id] = soft

    def set_image(self, frame: int, image: NDArray[np.uint8]) -> None:
        """Set a frame's picture, (H, W, 3) RGB."""
        self._images[frame] = image
