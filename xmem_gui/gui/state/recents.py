"""What was open before, with a picture of each; and the sample as a file of the person's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from xmem_gui.assets import asset
from xmem_gui.errors import OutputError
from xmem_gui.files import replacing
from xmem_gui.folders import sample_folder, thumbnails_folder
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session

THUMBNAIL = (192, 108)


class Recents(QObject):
    """Remembers paths and keeps thumbnails of them; files are touched in the session's thread only.

    Parameters
    ----------
    session
        The session; what it opens becomes the latest entry.
    preferences
        Keeps the paths between two starts of the program.
    folder
        Where thumbnails are kept; the platform's cache by default.
    """

    def __init__(self, session: Session, preferences: Preferences, folder: Path | None = None) -> None:
        super().__init__(session)
        self._session, self._preferences = session, preferences
        self._folder = folder or thumbnails_folder()

    @property
    def paths(self) -> list[Path]:
        """The newest first."""
        return [Path(one) for one in self._preferences.values.recents]

    def remember(self, path: Path) -> None:
        """Put a path first."""
        self._preferences.opened(path)

    def forget(self, path: Path) -> None:
        """Take a path away."""
        self._preferences.set(recents=[one for one in self._preferences.values.recents if one != str(path)])

    def keep_picture(self, path: Path, image: QImage) -> None:
        """Keep a small copy of a frame."""
        place = self._place(path)

        def work() -> None:
            place.parent.mkdir(parents=True, exist_ok=True)
            with replacing(place, sync=False) as part:
                image.save(str(part), "PNG")  # type: ignore[call-overload]

        # A picture that cannot be kept is not worth a word.
        self._session.documents.submit(work, failed=lambda _: None)

    def picture(self, path: Path, then: Callable[[QImage, bool], None]) -> None:
        """Give the picture of a path (or a null one), and whether the path is still there."""
        place = self._place(path)
        self._session.documents.submit(
            lambda: (QImage(str(place)), path.exists()), lambda found: then(*found), failed=lambda _: None
        )

    def _place(self, path: Path) -> Path:
        key = str(path).encode("utf-8", "surrogatepass")
        return self._folder / f"{hashlib.sha256(key).hexdigest()[:24]}.png"


def own_sample(folder: Path | None = None) -> Path:
    """Copy the sample to where its project can be written, unless it is there; return the video.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    home = folder / "sample" if folder else sample_folder()
    source = asset("sample/sample.mp4")
    try:
        data = source.read_bytes()
        place = home / "sample.mp4"
        if not _holds(place, data) and place.exists():
            # An earlier release's, or the person's own: it stays, and its project with it.
            place = home / f"sample-{hashlib.sha256(data).hexdigest()[:8]}.mp4"
        if not _holds(place, data):
            home.mkdir(parents=True, exist_ok=True)
            with replacing(place) as part:
                part.write_bytes(data)
    except OSError as error:
        raise OutputError(f"The sample cannot be copied to {home}: {error.strerror}.") from None
    return place


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
