"""What was open before, with a picture of each and how far it is; and the sample as a file of one's own."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage

from xmem_gui.assets import asset
from xmem_gui.errors import OutputError
from xmem_gui.files import replacing
from xmem_gui.folders import sample_folder, thumbnails_folder
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.settings_file import read_settings
from xmem_gui.settings import Settings, fitting_settings, setting

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator

THUMBNAIL = (192, 108)
_COUNT_AFTER = 1000
"""Milliseconds after a change until it is counted how far the work is."""


@dataclass(frozen=True)
class Standing(Settings):
    """How far the work on something is."""

    done: int = setting("Done", "Frames that have a mask.", unit="frames", default=0, ge=0)
    frames: int = setting("Frames", "Those of the video; 0 if it is not known.", default=0, ge=0)
    when: float = setting("When", "When that was so.", unit="seconds", default=0.0, ge=0.0)


@dataclass(frozen=True)
class Recent:
    """What is known of something that was open before.

    Attributes
    ----------
    picture
        Of its first frame; a null one if there is none.
    there
        Whether the file is still there.
    standing
        How far the work was, and when.
    """

    picture: QImage
    there: bool
    standing: Standing


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
        self._path: Path | None = None
        # Not begun anew by changes that come meanwhile: in a run they come with every frame.
        self._count = QTimer(self, singleShot=True, interval=_COUNT_AFTER)
        self._count.timeout.connect(self._ask_standing)
        session.document_changed.connect(lambda _: self._count.isActive() or self._count.start())
        session.closed.connect(self._on_closed)

    @property
    def paths(self) -> list[Path]:
        """The newest first."""
        return [Path(one) for one in self._preferences.values.recents]

    def remember(self, path: Path) -> None:
        """Put a path first: it is open."""
        self._path = path
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

    def recall(self, path: Path, then: Callable[[Recent], None]) -> None:
        """Give what is known of a path."""
        picture, facts = self._place(path), self._facts(path)

        def work() -> Recent:
            standing = fitting_settings(Standing, read_settings(facts))
            return Recent(QImage(str(picture)), path.exists(), standing)

        self._session.documents.submit(work, then, failed=lambda _: None)

    def _ask_standing(self) -> None:
        path = self._path

        def keep(standing: Standing) -> None:
            if path is not None:
                self._session.documents.submit(lambda: self._keep(path, standing), failed=lambda _: None)

        self._session.look(_standing, keep, key="recents")

    def _keep(self, path: Path, standing: Standing) -> None:
        place = self._facts(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with replacing(place, sync=False) as part:
            part.write_text(json.dumps(vars(standing)), encoding="ascii")

    def _on_closed(self) -> None:
        self._path = None
        self._count.stop()

    def _facts(self, path: Path) -> Path:
        return self._place(path).with_suffix(".json")

    def _place(self, path: Path) -> Path:
        key = str(path).encode("utf-8", "surrogatepass")
        return self._folder / f"{hashlib.sha256(key).hexdigest()[:24]}.png"


def _standing(annotator: Annotator) -> Standing:
    return Standing(done=annotator.project.query.frames_done(), frames=len(annotator.video), when=time.time())


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
