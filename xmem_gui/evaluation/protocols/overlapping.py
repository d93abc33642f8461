"""SA-V and BURST: the masks of a frame may overlap; each object has a picture or a code of its own."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask
from xmem_gui.errors import MaskError, MediaError
from xmem_gui.evaluation.dataset import Sequence, check_name, listed_names
from xmem_gui.evaluation.protocols.base import VosProtocol, chosen, folders_in
from xmem_gui.formats.davis import list_masks, read_index_mask
from xmem_gui.formats.rle import decode, from_coco
from xmem_gui.video.image_folder import list_images


@dataclass(frozen=True)
class OverlappingSequence(Sequence):
    """A sequence whose true masks are kept object by object."""

    @cached_property
    def objects(self) -> Mapping[int, tuple[int, ...]]:
        """The object numbers in each known frame."""
        return {frame: tuple(sorted(self._masks_at(frame))) for frame in self.truths}

    def truth(self, frame: int) -> NDArray[np.uint8]:
        """Return an index mask of a frame, (H, W); where masks overlap, the higher number is on top."""
        mask = np.zeros(self.size, np.uint8)
        for number, own in sorted(self.truth_masks(frame).items()):
            mask[own] = number
        return mask

    def truth_masks(self, frame: int) -> dict[int, Mask]:
        """Return each object's known mask in a frame, (H, W), by number."""
        return self._masks_at(frame)

    def _masks_at(self, frame: int) -> dict[int, Mask]:
        raise NotImplementedError


# SA-V


@dataclass(frozen=True)
class SavSequence(OverlappingSequence):
    """A clip of SA-V: ``files`` has each object's picture of a frame, by frame and object number."""

    files: Mapping[int, Mapping[int, Path]] = field(default_factory=dict)

    def _masks_at(self, frame: int) -> dict[int, Mask]:
        masks = {
            number: read_index_mask(path, size=self.size, objects=range(1, 256)) > 0
            for number, path in self.files[frame].items()
        }
        return {number: mask for number, mask in masks.items() if mask.any()}


def _sav_folders(root: Path) -> tuple[Path, Path] | None:
    pictures, masks = root / "JPEGImages_24fps", root / "Annotations_6fps"
    return (pictures, masks) if pictures.is_dir() and masks.is_dir() else None


def _find_sav(root: Path, names: Collection[str] | None) -> list[Sequence]:
    folders = _sav_folders(root)
    if folders is None:
        raise MediaError(
            f"'{root}' is not in the layout of SA-V: it needs JPEGImages_24fps and Annotations_6fps."
        )
    pictures, masks = folders
    lists = sorted(root.glob("sav_*.txt"))
    listed = listed_names(lists[0]) if len(lists) == 1 else None
    return [
        _sav(name, pictures / name, masks / name) for name in chosen(listed or folders_in(masks), names, root)
    ]


def _sav(name: str, pictures: Path, masks: Path) -> SavSequence:
    check_name(name)
    images = tuple(list_images(pictures)) if pictures.is_dir() else ()
    at = {image.stem: frame for frame, image in enumerate(images)}
    files: dict[int, dict[int, Path]] = {}
    spans: dict[int, tuple[int, ...]] = {}
    for folder in folders_in(masks):
        if not folder.isdecimal():
            raise MediaError(f"'{masks / folder}' should be called by an object's number, such as 000.")
        # Objects are numbered from 0; here 0 is the background.
        number = int(folder) + 1
        own = {at[stem]: path for stem, path in list_masks(masks / folder).items() if stem in at}
        for frame, path in own.items():
            files.setdefault(frame, {})[number] = path
        spans[number] = tuple(sorted(own))[1:-1]
    if not images or not files:
        raise MediaError(f"The sequence '{name}' has no frames or no masks in '{masks}'.")
    first = {frame: next(iter(parts.values())) for frame, parts in sorted(files.items())}
    return SavSequence(name=name, images=images, truths=first, saved=tuple(first), spans=spans, files=files)


# BURST

_FIRST, _ALL = "first_frame_annotations.json", "all_classes.json"


@dataclass(frozen=True)
class BurstSequence(OverlappingSequence):
    """A clip of BURST.

    Attributes
    ----------
    codes
        Compressed run-length codes by frame and track.
    entry
        The clip's entry of the official file, which a submission repeats with other masks.
    annotated
        The frames that the entry lists, in its order.
    """

    codes: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    entry: Mapping[str, Any] = field(default_factory=dict)
    annotated: tuple[int, ...] = ()

    def _masks_at(self, frame: int) -> dict[int, Mask]:
        size = list(self.size)
        try:
            masks = {
                track: decode(from_coco({"size": size, "counts": code}))
                for track, code in self.codes[frame].items()
            }
        except MaskError as error:
            raise MediaError(f"A mask of frame {frame} of '{self.name}' is damaged: {error}") from error
        return {track: mask for track, mask in masks.items() if mask.any()}


def _burst_file(root: Path) -> Path | None:
    for folder in (root / "val", root, root / "test"):
        for name in (_ALL, _FIRST):
            if (folder / name).is_file():
                return folder / name
    return None


def _find_burst(root: Path, names: Collection[str] | None) -> list[Sequence]:
    path = _burst_file(root)
    if path is None:
        raise MediaError(f"'{root}' is not in the layout of BURST: there is no {_FIRST} in it.")
    try:
        entries = {entry["seq_name"]: entry for entry in json.loads(path.read_text())["sequences"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MediaError(f"'{path}' cannot be read: it should list sequences.") from error
    split = path.parent.name
    for frames in (root / "frames" / split, root / "frames", root.parent / "frames" / split):
        if frames.is_dir():
            return [_burst(entries[name], frames, path) for name in chosen(entries.keys(), names, root)]
    raise MediaError(
        f"The frames of BURST are not where '{path}' expects them: in '{root / 'frames' / split}'."
    )


def _burst(entry: Mapping[str, Any], frames: Path, path: Path) -> BurstSequence:
    try:
        name, origin = str(entry["seq_name"]), str(entry["dataset"])
        check_name(name)
        check_name(origin)
        pictures = [str(image) for image in entry["all_image_paths"]]
        at = {picture: frame for frame, picture in enumerate(pictures)}
        annotated = tuple(at[str(image)] for image in entry["annotated_image_paths"])
        for picture in pictures:
            check_name(picture)
        codes = {
            frame: {int(track): str(one["rle"]) for track, one in masks.items()}
            for frame, masks in zip(annotated, entry["segmentations"], strict=True)
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MediaError(f"'{path}' has an entry that is not as BURST's are ({error}).") from error
    images = tuple(frames / origin / name / picture for picture in pictures)
    given = dict(sorted((frame, images[frame]) for frame, masks in codes.items() if masks))
    return BurstSequence(
        name=name, images=images, truths=given, saved=tuple(sorted(annotated)), codes=codes, entry=entry,
        annotated=annotated,
    )  # fmt: skip


SAV = VosProtocol(
    "sa-v",
    "SA-V",
    _find_sav,
    lambda root: _sav_folders(root) is not None,
    archive="objects",
    source="ai.meta.com/datasets/segment-anything-video (sav_val, sav_test)",
)
BURST = VosProtocol(
    "burst",
    "BURST",
    _find_burst,
    lambda root: _burst_file(root) is not None,
    archive="burst",
    server="BURST-benchmark's own evaluation (HOTA)",
    source="github.com/Ali2500/BURST-benchmark, and the frames of TAO",
)
