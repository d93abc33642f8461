"""Sequences to evaluate on; in the DAVIS layout each is a folder of frames and a folder of masks."""

from collections.abc import Collection, Mapping
from collections.abc import Sequence as Ordered
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from xmem_gui.arrays import Mask
from xmem_gui.errors import MaskError, MediaError
from xmem_gui.formats.davis import list_masks, objects_in, read_index_mask
from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.matching import frames_by_name
from xmem_gui.video.image_folder import list_images

_RESOLUTION = "480p"
_LISTS = ("ImageSets/2017/val.txt", "ImageSets/480p/val.txt", "ImageSets/2016/val.txt", "ImageSets/val.txt")
_ANY_NUMBER = range(1, 256)


@dataclass(frozen=True)
class Sequence:
    """One clip of a data set: its frames in order, the known masks of some or all of them, and how it counts.

    Attributes
    ----------
    name
        Name of the sequence, which is that of its folder.
    images
        Files of the frames, in order; a frame is an index into this.
    truths
        Files of the known masks by frame, ascending.
    merged
        Whether all objects count as one, number 1 (DAVIS 2016).
    saved
        The frames whose masks are results, ascending; None for all.
    spans
        The frames in which each object is scored; None for the rule of ``vos-benchmark`` over
        `scored_frames`.
    groups
        What each object's scores are gathered by, such as ``seen`` and ``unseen`` categories.
    large
        The same clip at a higher resolution than the results have, for a network that works at more than
        this one's shorter side (the paper's 600p rows read DAVIS at full resolution and score at 480p).
    """

    name: str
    images: tuple[Path, ...]
    truths: Mapping[int, Path]
    merged: bool = False
    saved: tuple[int, ...] | None = None
    spans: Mapping[int, tuple[int, ...]] | None = None
    groups: Mapping[int, str] = field(default_factory=dict)
    large: "Sequence | None" = None

    @cached_property
    def size(self) -> tuple[int, int]:
        """(height, width) of the first frame, in pixels."""
        try:
            with Image.open(self.images[0]) as image:
                return image.height, image.width
        except (UnidentifiedImageError, OSError) as error:
            raise MediaError(f"The frame '{self.images[0]}' cannot be read; it may be damaged.") from error

    @cached_property
    def objects(self) -> Mapping[int, tuple[int, ...]]:
        """The object numbers in each known mask, by frame."""
        one = self.merged or self._binary
        return {
            frame: (1,) if one and numbers else numbers for frame, numbers in self._stored_objects.items()
        }

    @property
    def mask_names(self) -> tuple[str, ...]:
        """File name of each frame's result: the frame's name with the ending ``.png``."""
        return tuple(f"{image.stem}.png" for image in self.images)

    @property
    def saved_frames(self) -> tuple[int, ...]:
        """The frames whose masks are results."""
        return tuple(range(len(self.images))) if self.saved is None else self.saved

    @property
    def scored_frames(self) -> tuple[int, ...]:
        """The frames that count: those of the spans; without, all known masks but the first and the last."""
        if self.spans is None:
            return tuple(self.truths)[1:-1]
        return tuple(sorted({frame for span in self.spans.values() for frame in span}))

    @property
    def scorable(self) -> bool:
        """Whether there are true masks to score by, and not only those that are given."""
        known = all(frame in self.truths for frame in self.scored_frames)
        return known and any(self.objects[frame] for frame in self.scored_frames)

    def truth(self, frame: int) -> NDArray[np.uint8]:
        """Return the known mask of a frame as an index mask (H, W) uint8.

        Where the only value of all masks of the sequence but 0 is 255, it is read as object 1 (DAVIS 2016).
        """
        mask = read_index_mask(self.truths[frame], size=self.size, objects=_ANY_NUMBER)
        return (mask > 0).astype(np.uint8) if self.merged or self._binary else mask

    def truth_masks(self, frame: int) -> dict[int, Mask]:
        """Return each object's known mask in a frame, (H, W), by number; some data sets have overlaps."""
        mask = self.truth(frame)
        return {number: mask == number for number in self.objects[frame]}

    def given_masks(self) -> dict[int, dict[int, Mask]]:
        """Return the masks that a method is given: each object's in the first known mask that has it.

        Returns
        -------
        dict
            By frame, ascending, then by object number: (H, W) bool. In DAVIS all are in frame 0; objects of
            YouTube-VOS also appear later, and are given when they do.
        """
        given: dict[int, dict[int, Mask]] = {}
        known: set[int] = set()
        for frame, numbers in self.objects.items():
            new = [number for number in numbers if number not in known]
            if new:
                masks = self.truth_masks(frame)
                given[frame] = {number: masks[number] for number in new}
                known.update(new)
        return given

    @cached_property
    def _stored_objects(self) -> Mapping[int, tuple[int, ...]]:
        return {
            frame: tuple(objects_in(read_index_mask(path, size=self.size, objects=_ANY_NUMBER)))
            for frame, path in self.truths.items()
        }

    @cached_property
    def _binary(self) -> bool:
        return {number for numbers in self._stored_objects.values() for number in numbers} == {255}


def find_sequences(root: Path, names: Collection[str] | None = None) -> list[Sequence]:
    """Return the sequences of a dataset, by name.

    Frames are in ``JPEGImages/480p/<sequence>`` or ``JPEGImages/<sequence>``, masks in ``Annotations``
    likewise, named as their frames.

    Parameters
    ----------
    root
        Folder of the data set, as its authors lay it out.
    names
        Sequences wanted. Without it, those of the validation list (``ImageSets/2017/val.txt``, ``480p``,
        ``2016`` or none) if there is one, else all that have frames and masks.

    Raises
    ------
    MediaError
        If the folder is no such dataset, or lacks a sequence.
    MaskError
        If a mask belongs to no frame.
    """
    pictures, masks = level(root / "JPEGImages"), level(root / "Annotations")
    for folder in (pictures, masks):
        if not folder.is_dir():
            raise MediaError(
                f"'{root}' is not in the DAVIS layout: there is no folder '{folder.relative_to(root)}' in it."
            )
    if names is None:
        names = _listed(root)
    if names is None:
        names = {
            folder.name for folder in masks.iterdir() if folder.is_dir() and (pictures / folder.name).is_dir()
        }
    if not names:
        raise MediaError(f"The dataset '{root}' has no sequences: no folder has both frames and masks.")
    return [sequence_of(name, pictures / name, masks / name) for name in sorted(set(names))]


def level(folder: Path) -> Path:
    """Return the folder's ``480p`` if it has one, as DAVIS does, else itself."""
    return folder / _RESOLUTION if (folder / _RESOLUTION).is_dir() else folder


def _listed(root: Path) -> list[str] | None:
    return next((names for place in _LISTS if (names := listed_names(root / place)) is not None), None)


def sequence_of(name: str, pictures: Path, masks: Path) -> Sequence:
    """Return the sequence of a folder of frames and one of masks named as frames.

    Raises
    ------
    MediaError
        If a folder is missing or empty, or the name is not one.
    MaskError
        If a mask belongs to no frame.
    """
    check_name(name)
    for folder, content in ((pictures, "frames"), (masks, "masks")):
        if not folder.is_dir():
            raise MediaError(f"The sequence '{name}' has no {content}: there is no folder '{folder}'.")
    images = tuple(list_images(pictures))
    files = list_masks(masks)
    if not images or not files:
        empty = masks if images else pictures
        raise MediaError(f"The sequence '{name}' cannot be used: the folder '{empty}' is empty.")
    return Sequence(name=name, images=images, truths=_by_frame(name, images, files))


def check_name(name: str) -> None:
    """Refuse a name of a sequence, from a list or a file, that leads elsewhere.

    Raises
    ------
    MediaError
        If it is not the name of one folder.
    """
    if Path(name).name != name or name in ("", ".", ".."):
        raise MediaError(f"'{name}' is not the name of a sequence: a name holds no folders.")


def listed_names(path: Path) -> list[str] | None:
    """Return the sequences that a list names, one a line; None if there is no such file.

    DAVIS 2017 lists names; DAVIS 2016 every frame, as ``/JPEGImages/480p/NAME/00000.jpg MASK``.
    """
    if not path.is_file():
        return None
    firsts = [line.split()[0] for line in path.read_text(encoding="utf-8").split("\n") if line.split()]
    return list(dict.fromkeys(Path(first).parent.name if "/" in first else first for first in firsts))


def _by_frame(name: str, images: Ordered[Path], files: Mapping[str, Path]) -> dict[int, Path]:
    stems = tuple(image.stem for image in images)
    if len(set(stems)) < len(stems):
        raise MediaError(f"The sequence '{name}' has two frames of one name; keep one of them.")
    # The size is checked when a mask is read.
    frames = frames_by_name(list(files), ImportTarget((0, 0), stems, name, named=True))
    lost = [path for stem, path in files.items() if stem not in frames]
    if lost:
        raise MaskError(f"The mask '{lost[0]}' belongs to no frame of the sequence '{name}'.")
    return dict(sorted((frames[stem], path) for stem, path in files.items()))
