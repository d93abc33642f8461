"""All the ways to open something: dialogs, the sample, what is dropped on the window, recents."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QObject, QUrl, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from xmem_gui.gui.context import Context
from xmem_gui.gui.state.recents import THUMBNAIL, own_sample
from xmem_gui.gui.state.values import Offer

_VIDEOS = "*.mp4 *.mov *.mkv *.avi *.webm *.m4v *.mpg *.mpeg *.wmv *.flv *.ts *.gif *.tif *.tiff"


class Openers(QObject):
    """Binds the actions that open, and remembers what was opened.

    Parameters
    ----------
    context
        Its session opens; its recents remember what was opened.
    window
        The window that the dialogs belong to.
    """

    sample_opened = Signal()

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._session = session = context.session
        self._preferences = preferences = context.preferences
        self._recents, self._frames = context.recents, context.frames
        actions = context.actions
        self._window = window
        self._path: Path | None = None
        self._is_sample = False
        actions.bind("file.open", self._ask_video)
        actions.bind("file.open_folder", self._ask_folder)
        actions.bind("file.open_project", self._ask_project)
        actions.bind("file.sample", self.open_sample)
        actions.bind("file.close", session.close)
        actions.bind("file.save_as", self.save_as)
        session.hosts.update(preferences.values.hosts)
        session.opened.connect(self._on_opened)
        context.frames.ready.connect(self._keep_picture)

    def open(self, path: Path, *, project: Path | None = None, look_only: bool = False) -> None:
        """Open a video, a folder of images or a project; `Session.open` says what the options mean."""
        self._path, self._is_sample = path.absolute(), False
        self._session.open(self._path, project=project, look_only=look_only)

    def open_sample(self) -> None:
        """Open the sample as a file of the person's own."""

        def opened(path: Path) -> None:
            self.open(path)
            self._is_sample = True

        self._session.documents.submit(own_sample, opened)

    def dropped(self, data: QMimeData) -> Path | None:
        """Return the one file or folder that is dropped; None if it is something else."""
        files = [_path_of(url) for url in data.urls() if url.isLocalFile()]
        return files[0] if len(files) == 1 else None

    def _keep_picture(self, frame: int) -> None:
        """Keep a picture of what was opened, once its first frame is there."""
        image = self._frames.image(frame)
        if self._path is not None and image is not None and frame == 0:
            # `scaled` copies: the frame's own memory belongs to the cache.
            self._recents.keep_picture(self._path, image.scaled(*THUMBNAIL))
            self._path = None

    def _on_opened(self) -> None:
        if self._path is not None:
            self._path = self._leads_back(self._path)
            self._recents.remember(self._path)
        hosts = sorted(self._session.hosts)
        if hosts != self._preferences.values.hosts:
            self._preferences.set(hosts=hosts)
        self._say_read_only()
        if self._is_sample:
            self.sample_opened.emit()

    def _say_read_only(self) -> None:
        annotator = self._session.annotator
        if annotator is not None and annotator.project.read_only:
            offer = Offer(self.tr("Save project as…"), self.save_as)
            self._session.say(annotator.project.read_only, "warning", offer)

    def _leads_back(self, path: Path) -> Path:
        """Return what opens the same again: the project, where it is not beside its video."""
        annotator = self._session.annotator
        if annotator is None or not annotator.is_kept:
            return path
        project = annotator.project.path.absolute()
        return path if project.parent == annotator.video.path.absolute().parent else project

    def save_as(self) -> None:
        """Ask for another place for the project, copy it there and go on with the copy."""
        from xmem_gui.gui.dialogs.asking_place import ask_place

        annotator = self._session.annotator
        if annotator is None:
            return
        project = annotator.project.path
        folder = project.parent if annotator.is_kept else None
        place = ask_place(self._window, project, folder)
        if place is not None:
            # The copy is made in the document's thread, after every edit that was asked for before.
            self._session.ask(lambda annotator: annotator.save_as(place), self.open)

    def _ask_video(self) -> None:
        kinds = f"{self.tr('Videos')} ({_VIDEOS});;{self.tr('All files')} (*)"
        self._ask_file(self.tr("Open a video"), kinds)

    def _ask_project(self) -> None:
        self._ask_file(self.tr("Open a project"), f"{self.tr('Projects')} (*.xmem)")

    def _ask_file(self, title: str, kinds: str) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, title, self._preferences.values.folder, kinds)
        if name:
            self.open(Path(name))

    def _ask_folder(self) -> None:
        title = self.tr("Open a folder of images")
        name = QFileDialog.getExistingDirectory(self._window, title, self._preferences.values.folder)
        if name:
            self.open(Path(name))


def _path_of(url: QUrl) -> Path:
    """Return the path of a file's address, in the bytes that it has: names need not be text."""
    if sys.platform == "win32" or url.host():
        return Path(url.toLocalFile())
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return Path(os.fsdecode(unquote_to_bytes(encoded)))
