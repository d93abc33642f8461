"""The paper's data sets in their official folder layouts."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.errors import XmemGuiError

_logger = logging.getLogger(__name__)

_SMALL_STILLS = ("ecssd", "big", "hrsod")
"""Sets of few but exact masks, whose names begin so; each of their pictures counts five times."""
_YOUTUBE = ("YouTubeVOS/train", "YouTube/train_480p", "YouTube/train")
_DAVIS = ("DAVIS/2017/trainval", "DAVIS")


@dataclass(frozen=True)
class VideoFolder:
    """Videos as ``images/NAME/FRAME.jpg`` with palette masks ``masks/NAME/FRAME.png``.

    Attributes
    ----------
    images, masks
        Folders. Frames without a mask are left out.
    names
        Text file that lists the videos to use; None takes all.
    repeat
        How often each video counts.
    least_area
        Least share of the picture that a crop shows.
    """

    images: Path
    masks: Path
    names: Path | None = None
    repeat: int = 1
    least_area: float = 0.36

    def videos(self) -> list[str]:
        """Return the names of the videos, sorted."""
        if self.names is not None:
            return sorted(set(self.names.read_text(encoding="utf-8").split()))
        return sorted(folder.name for folder in self.masks.iterdir() if folder.is_dir())

    def frames(self, video: str) -> list[tuple[Path, Path]]:
        """Return the picture and mask of each frame that has both."""
        pairs = (
            (self.images / video / f"{mask.stem}.jpg", mask)
            for mask in sorted((self.masks / video).glob("*.png"))
        )
        return [(image, mask) for image, mask in pairs if image.exists()]


@dataclass(frozen=True)
class PaperSources:
    """What a stage of the paper's training sees.

    Attributes
    ----------
    stills
        Folders with ``X.jpg`` beside its mask ``X.png`` (0 and 255), at any depth.
    videos
        Folders of videos with masks, in the DAVIS layout.
    """

    stills: tuple[Path, ...] = ()
    videos: tuple[VideoFolder, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.stills or self.videos)

    @classmethod
    def of_stage(cls, root: Path, stage: str) -> PaperSources:
        """Find what a stage needs in ``root``: ``static``, ``BL30K``, or ``YouTubeVOS`` and ``DAVIS``.

        ``stage`` is one of 0 to 3.

        Raises
        ------
        XmemGuiError
            If nothing of it is there.
        """
        if stage == "0":
            folders = sorted(folder for folder in _folders(root / "static") if any(folder.iterdir()))
            found = cls(stills=tuple(folders))
            wanted = "static/ with folders such as DUTS-TR, ecssd and fss"
        elif stage == "1":
            found = cls(videos=_video_folders(root, ("BL30K",), "", repeat=1, least_area=0.25))
            wanted = "BL30K/JPEGImages and BL30K/Annotations"
        else:
            found = cls(
                videos=_video_folders(root, _YOUTUBE, "", repeat=1)
                + _video_folders(root, _DAVIS, "480p", repeat=5, names="ImageSets/2017/train.txt")
            )
            wanted = "YouTubeVOS/train and DAVIS, each with JPEGImages and Annotations"
            if len(found.videos) == 1:
                _logger.warning("only %s was found of %s in %s", found.videos[0].images, wanted, root)
        if not found:
            raise XmemGuiError(f"{root} holds no {wanted}: give the folder that holds the data sets")
        return found


def still_pairs(folder: Path) -> tuple[tuple[Path, Path], ...]:
    """Return the pictures below a folder that have a mask beside them, sorted; those of small sets again."""
    pairs = ((image, image.with_suffix(".png")) for image in sorted(folder.rglob("*.jpg")))
    found = tuple(pair for pair in pairs if pair[1].exists())
    return found * (5 if folder.name.lower().startswith(_SMALL_STILLS) else 1)


def _folders(folder: Path) -> list[Path]:
    return [inner for inner in folder.iterdir() if inner.is_dir()] if folder.is_dir() else []


def _video_folders(
    root: Path, places: tuple[str, ...], below: str, *, repeat: int, least_area: float = 0.36, names: str = ""
) -> tuple[VideoFolder, ...]:
    """Return the first of the places that has JPEGImages and Annotations, or nothing."""
    for place in places:
        images, masks = (root / place / kind / below for kind in ("JPEGImages", "Annotations"))
        if not (images.is_dir() and masks.is_dir()):
            continue
        listed = root / place / names if names else None
        if listed is not None and not listed.is_file():
            raise XmemGuiError(
                f"{listed} is missing: it says which videos are for training, and without it those for"
                " validation would be trained on too"
            )
        return (VideoFolder(images, masks, listed, repeat, least_area),)
    return ()
