"""The folders that clips are made from, and one lazily filled cache of their decoded contents."""

from __future__ import annotations

import csv
import enum
import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xmem_gui.arrays import Picture
from xmem_gui.errors import XmemGuiError
from xmem_gui.video.container import url_of


class StillKind(enum.Enum):
    """What the values of a still's index mask mean."""

    OBJECTS = "objects"
    """Every value above 0 is an object."""
    PARTS = "parts"
    """Every value above 0 is a part; all of them together are one object."""
    REGIONS = "regions"
    """The whole picture is cut into regions, all above 0; none is the background."""


@dataclass(frozen=True)
class Still:
    """A photo (H, W, 3) with its index mask (H, W) and what the mask's values mean."""

    image: Picture
    mask: Picture
    kind: StillKind


@dataclass(frozen=True)
class RealClip:
    """An annotated video: frames (N, H, W, 3) and index masks (N, H, W)."""

    frames: NDArray[np.uint8]
    masks: NDArray[np.uint8]


@dataclass(frozen=True)
class ClipSources:
    """Where clips may be made from; what is None is done without.

    Attributes
    ----------
    videos
        Folder with ``NAME.mp4`` and ``masks/NAME/%05d.png`` (frame k of the video has mask k).
    stills
        Folder with ``images/ID.jpg`` and index masks ``masks/ID.png``.
    still_kinds
        Tab-separated table with the columns ``id`` and ``kind``: a kind that begins with ``parts`` or
        ``regions`` is a `StillKind` of that name, every other kind means objects.
    cutouts
        Folder of ``*.webp`` pictures with an alpha channel.
    silhouettes
        Zip archive of one-bit PNG shapes.
    backgrounds
        Folder of ``*.jpg`` photos.
    """

    videos: Path | None = None
    stills: Path | None = None
    still_kinds: Path | None = None
    cutouts: Path | None = None
    silhouettes: Path | None = None
    backgrounds: Path | None = None

    @classmethod
    def in_folder(cls, root: Path) -> ClipSources:
        """Find the sources under their usual names in ``root``; missing ones are None.

        Raises
        ------
        XmemGuiError
            If ``root`` has none of them.
        """
        names = {
            "videos": "video",
            "stills": "stills",
            "still_kinds": "SOURCES.tsv",
            "cutouts": "cutouts",
            "silhouettes": "silhouettes.zip",
            "backgrounds": "backgrounds",
        }
        found = {key: root / name for key, name in names.items() if (root / name).exists()}
        if not set(found) - {"still_kinds"}:
            raise XmemGuiError(
                f"{root} holds none of {', '.join(names.values())}: give the folder of the training data"
            )
        return cls(**found)

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))


class SourceStore:
    """Decoded pictures by number, each read from disk once and kept.

    Numbers follow the sorted file names, so that a draw is the same on every machine.
    """

    def __init__(self, sources: ClipSources) -> None:
        self._background_files = _files(sources.backgrounds, "*.jpg")
        self._still_files = _stills(sources.stills)
        self._cutout_files = _files(sources.cutouts, "*.webp")
        self._video_files = _videos(sources.videos)
        self._kinds = _read_kinds(sources.still_kinds)
        self._silhouettes = _read_archive(sources.silhouettes)
        self._silhouette_names = sorted(self._silhouettes)
        self._cache: dict[tuple[str, int], Picture] = {}
        self._stills: dict[int, Still] = {}
        self._clips: dict[int, RealClip] = {}
        self._still_groups = _groups([image for image, _ in self._still_files])
        self.people = [
            i for i, (image, _) in enumerate(self._still_files) if self._kind(image) is StillKind.PARTS
        ]
        """Numbers of the stills that show one person in parts."""

    @property
    def photos(self) -> int:
        """How many photos there are to serve as background or texture."""
        return len(self._background_files) + len(self._still_files)

    @property
    def stills(self) -> int:
        """How many stills there are."""
        return len(self._still_files)

    @property
    def cutouts(self) -> int:
        """How many cut-outs there are."""
        return len(self._cutout_files)

    @property
    def silhouettes(self) -> int:
        """How many silhouettes there are."""
        return len(self._silhouette_names)

    @property
    def clips(self) -> int:
        """How many real clips there are."""
        return len(self._video_files)

    def photo(self, number: int) -> Picture:
        """Return a photo, (H, W, 3): the backgrounds first, then the stills without their masks."""
        if number >= len(self._background_files):
            return self.still(number - len(self._background_files)).image
        key = ("background", number)
        if key not in self._cache:
            self._cache[key] = read_rgb(self._background_files[number])
        return self._cache[key]

    def still(self, number: int) -> Still:
        """Return a photo with its index mask."""
        if number not in self._stills:
            image_file, mask_file = self._still_files[number]
            image, mask = read_rgb(image_file), read_index_image(mask_file)
            if mask.shape != image.shape[:2]:
                raise XmemGuiError(f"{mask_file} is {mask.shape} but its photo is {image.shape[:2]}")
            self._stills[number] = Still(image, mask, self._kind(image_file))
        return self._stills[number]

    def draw_still(self, rng: np.random.Generator) -> Still:
        """Draw a still; of the groups that the names' first words make, large ones do not drown small."""
        weights = np.sqrt([len(group) for group in self._still_groups])
        group = self._still_groups[int(rng.choice(len(weights), p=weights / weights.sum()))]
        return self.still(group[int(rng.integers(len(group)))])

    def cutout(self, number: int) -> Picture:
        """Return an object with alpha, (H, W, 4)."""
        key = ("cutout", number)
        if key not in self._cache:
            with Image.open(self._cutout_files[number]) as picture:
                self._cache[key] = np.asarray(picture.convert("RGBA"))
        return self._cache[key]

    def silhouette(self, number: int) -> Picture:
        """Return a shape, (H, W) of 0 and 255."""
        with Image.open(io.BytesIO(self._silhouettes[self._silhouette_names[number]])) as picture:
            return np.asarray(picture.convert("L"))

    def clip(self, number: int) -> RealClip:
        """Return a real clip with a mask for every frame."""
        if number not in self._clips:
            self._clips[number] = _read_clip(self._video_files[number])
        return self._clips[number]

    def _kind(self, image_file: Path) -> StillKind:
        return self._kinds.get(image_file.stem, StillKind.OBJECTS)


def read_rgb(file: Path) -> Picture:
    """Read a photo as (H, W, 3) RGB; raises XmemGuiError if it is not a readable picture."""
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise XmemGuiError(f"{file} is not a readable picture: replace or remove it")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def read_index_image(file: Path) -> Picture:
    """Read an index mask (H, W); the palette is left alone."""
    with Image.open(file) as picture:
        mask = np.asarray(picture)
    if mask.ndim != 2:
        raise XmemGuiError(f"{file} is not an index mask: it has {mask.ndim} dimensions, expected 2")
    return mask.astype(np.uint8)


def _files(folder: Path | None, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if folder is not None else []


def _stills(folder: Path | None) -> list[tuple[Path, Path]]:
    if folder is None:
        return []
    pairs = ((image, folder / "masks" / f"{image.stem}.png") for image in _files(folder / "images", "*.jpg"))
    return [(image, mask) for image, mask in pairs if mask.exists()]


def _groups(files: list[Path]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for number, file in enumerate(files):
        groups.setdefault(file.stem.split("_")[0], []).append(number)
    return list(groups.values())


def _videos(folder: Path | None) -> list[tuple[Path, Path]]:
    if folder is None:
        return []
    pairs = ((video, folder / "masks" / video.stem) for video in _files(folder, "*.mp4"))
    return [(video, masks) for video, masks in pairs if masks.is_dir()]


def _read_kinds(table: Path | None) -> dict[str, StillKind]:
    if table is None:
        return {}
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return {row["id"]: _kind_named(row["kind"]) for row in rows}


def _kind_named(text: str) -> StillKind:
    for kind in (StillKind.PARTS, StillKind.REGIONS):
        if text.startswith(kind.value):
            return kind
    return StillKind.OBJECTS


def _read_archive(archive: Path | None) -> dict[str, bytes]:
    if archive is None:
        return {}
    with zipfile.ZipFile(archive) as members:
        return {name: members.read(name) for name in members.namelist() if name.endswith(".png")}


def _read_clip(files: tuple[Path, Path]) -> RealClip:
    video, mask_folder = files
    masks = [read_index_image(file) for file in _files(mask_folder, "*.png")]
    capture = cv2.VideoCapture(url_of(video), cv2.CAP_FFMPEG)
    frames: list[Picture] = []
    while len(frames) < len(masks):
        good, frame = capture.read()
        if not good:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    capture.release()
    if not frames:
        raise XmemGuiError(f"{video} has no readable frame with a mask in {mask_folder}")
    kept = np.stack(masks[: len(frames)])
    return RealClip(np.stack(frames), kept)
