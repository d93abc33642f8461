"""A TIFF file of many pages as a source of frames."""

from __future__ import annotations

import copy
import logging
import threading
from pathlib import Path

import cv2
from PIL import Image, UnidentifiedImageError

from xmem_gui.errors import MediaError
from xmem_gui.video.container import check_file
from xmem_gui.video.display_range import DisplayRange, StoredValues
from xmem_gui.video.picture_sequence import DEFAULT_RATE, PictureSequence
from xmem_gui.video.pictures import PictureError, by_opencv, plainly, values_of

logger = logging.getLogger(__name__)

_MOST_LOOKS = 5000
"""Pages whose size is looked at when the file is opened."""


class TiffStack(PictureSequence):
    """The pages of a TIFF file, each one frame, as microscopes and cameras write them.

    Parameters
    ----------
    path : Path or str
        Path of the TIFF file.
    rate : float
        Frames a second; pages carry no times.
    display_range : DisplayRange or None
        Which values of deep pages are black and white; None to find it from the pages.

    Raises
    ------
    MediaError
        The file is missing or empty, has one page only, or none of its pages can be read.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        rate: float = DEFAULT_RATE,
        display_range: DisplayRange | None = None,
    ) -> None:
        path = Path(path)
        check_file(path)
        self._file = path
        self._by_opencv = False
        self._lock = threading.Lock()
        self._image: Image.Image | None = None
        with plainly(path):
            count, cut = self._count()
        if count < 2 and not cut:
            self.close()
            raise MediaError(f"{path.name} is not a video: it holds one picture. Open its folder instead.")
        super().__init__(path=path, name=path.stem, count=count, rate=rate, shown=display_range)
        if cut:
            self._warnings.append(f"{path.name} is damaged after frame {count - 1}: its end is missing.")

    def picture_name(self, index: int) -> str:
        """Return the page's number, as viewers count them."""
        return f"page {index + 1}"

    def twin(self) -> TiffStack:
        """Return another reader of the same pages, to be closed by itself."""
        other = copy.copy(self)
        other._lock, other._image = threading.Lock(), None
        return other

    def close(self) -> None:
        """Close the file."""
        super().close()
        with self._lock:
            if self._image is not None:
                self._image.close()
            self._image = None

    def _count(self) -> tuple[int, bool]:
        """Return how many pages there are, and whether more are said to follow that are not there."""
        count = 0
        try:
            image = self._open()
        except UnidentifiedImageError:
            count = cv2.imcount(str(self._file), cv2.IMREAD_UNCHANGED)
            if not count:
                raise
            self._by_opencv = True
            return count, False
        try:
            while True:
                image.seek(count)
                count += 1
        except EOFError:
            return count, False
        except Exception as error:  # Pillow raises whatever a spoilt file leads it to
            if not count:
                raise
            logger.info("%s: page %d is not there: %s", self._file.name, count, error)
            # It may stand between two pages now.
            image.close()
            self._image = None
            return count, True

    def _open(self) -> Image.Image:
        # Kept open: it remembers where pages are, which are found only one after the other.
        if self._image is None:
            self._image = Image.open(self._file)
        return self._image

    def _read(self, index: int) -> StoredValues:
        with self._lock, plainly(self._file):
            if self._by_opencv:
                return by_opencv(self._file, index)
            image = self._open()
            image.seek(index)
            return values_of(image, self._file, index)

    def _find_faults(self) -> None:
        if self._by_opencv:
            return
        with self._lock, plainly(self._file):
            for index in range(min(len(self), _MOST_LOOKS)):
                try:
                    self._open().seek(index)
                    self._check_size(index, self._open().size)
                except PictureError as error:
                    self._mark(index, error)
                except (OSError, EOFError):
                    # Told when it is read.
                    continue

    def _check_there(self) -> None:
        check_file(self.path)
