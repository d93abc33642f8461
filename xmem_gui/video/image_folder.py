"""A folder of numbered images as a source of frames."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np

from xmem_gui.errors import MediaError, in_words
from xmem_gui.video.display_range import DisplayRange, StoredValues
from xmem_gui.video.picture_sequence import DEFAULT_RATE, PictureSequence
from xmem_gui.video.pictures import PictureError, look_at, read_values

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
_MOST_LOOKS = 20_000
"""Headers read at opening: about a second's work. Of more images, so many are looked at, evenly taken."""
_MOST_DECODED = 100
"""Of the doubtful ones among them, so many are decoded to be sure,"""
_MOST_PIXELS = 300_000_000
"""and no more pixels than these: a few seconds' work."""


class ImageFolder(PictureSequence):
    """The images of a folder in natural order (``2.png`` before ``10.png``), each one frame.

    Parameters
    ----------
    path : Path or str
        The folder. Files that are hidden or have no image suffix are ignored; suffixes may be upper case.
    rate : float
        Frames a second; images carry no times.
    display_range : DisplayRange or None
        Which values of deep images are black and white; None to find it from the images.

    Raises
    ------
    MediaError
        The folder is missing, holds no image, or none of its images can be read.

    Notes
    -----
    Grey, palette and transparent images become 8-bit RGB; transparency is dropped. EXIF orientation is
    applied. Images with more bits are shown by one display range for all. Bad images, and those of another
    size than the first good one, are stood in for, as `PictureSequence` says; at opening headers are read to
    find them.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        rate: float = DEFAULT_RATE,
        display_range: DisplayRange | None = None,
    ) -> None:
        path = Path(path)
        if not path.is_dir():
            raise MediaError(f"{path} is not a folder: give a folder of images or a video file.")
        try:
            self._changed = _changed(path)
            self._files = list_images(path)
        except OSError as error:
            raise MediaError(in_words(error, path)) from error
        if not self._files:
            kinds = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
            raise MediaError(f"{path} holds no images: a folder of {kinds} files is needed.")
        self._deep, self._told = False, True
        super().__init__(
            path=path,
            name=path.resolve().name or "disk",
            count=len(self._files),
            rate=rate,
            shown=display_range,
        )
        self._told = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The image file of each frame."""
        return tuple(self._files)

    @property
    def named(self) -> bool:
        """True: a frame's name is its file's."""
        return True

    def frame_name(self, index: int) -> str:
        """Return the image's file name without its suffix."""
        return self._files[self.check_index(index)].stem

    def picture_name(self, index: int) -> str:
        """Return the image's file name."""
        return self._files[index].name

    def _read(self, index: int) -> StoredValues:
        self._look_for_others()
        return read_values(self._files[index])

    def _look_for_others(self) -> None:
        """Tell once of pictures that have come meanwhile: where some were renamed, names lead to others."""
        if self._told:  # or it is being opened
            return
        with contextlib.suppress(OSError):
            now = _changed(self.path)
            if now == self._changed:
                return
            self._changed = now
            known = set(self._files)
            others = [one.name for one in list_images(self.path) if one not in known]
            if others:
                self._told = True
                self._warn(
                    f"Pictures have come into {self.path.name}, or were renamed, since it was opened "
                    f"({others[0]}): open it again, or frames may show other pictures than their masks "
                    "are of."
                )

    def _check_there(self) -> None:
        try:
            next(self.path.iterdir(), None)
        except OSError as error:
            raise MediaError(f"The folder {self.path} is not there any more, or may not be read.") from error

    def _has_deep(self) -> bool:
        return self._deep

    def _find_faults(self) -> None:
        count = min(len(self), _MOST_LOOKS)
        doubtful, pixels = [], 0
        for index in np.linspace(0, len(self) - 1, count).astype(int).tolist():
            if index in self._faults:
                continue
            try:
                look = look_at(self._files[index])
                if look.size != (self.width, self.height) and not look.doubtful:
                    self._check_size(index, look.size)
            except PictureError as error:
                self._mark(index, error)
                continue
            self._deep |= look.deep
            pixels += look.size[0] * look.size[1] if look.doubtful else 0
            if look.doubtful and pixels <= _MOST_PIXELS:
                doubtful.append(index)
        for index in doubtful[:_MOST_DECODED]:
            self._good(index)


def _changed(folder: Path) -> int:
    """Return when names in a folder last changed, in nanoseconds; only another number tells something."""
    return folder.stat().st_mtime_ns


def list_images(folder: Path) -> list[Path]:
    """Return the image files of a folder in natural order, without hidden ones.

    A link that leads nowhere is one: it stands for a frame, though nobody can see it.
    """
    files = (f for f in folder.iterdir() if f.suffix.lower() in IMAGE_SUFFIXES and not f.name.startswith("."))
    return sorted((f for f in files if f.is_file() or (f.is_symlink() and not f.exists())), key=natural_key)


def natural_key(path: Path) -> tuple[tuple[tuple[bool, int, str], ...], str]:
    """Return a sort key under which numbers in names compare by value and come before letters."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name)
    return tuple((not p.isdecimal(), int(p) if p.isdecimal() else 0, p.lower()) for p in parts), path.name
