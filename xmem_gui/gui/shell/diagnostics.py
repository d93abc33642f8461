"""What a maintainer needs to know, and where it is written: the log, and a text for the clipboard."""

from __future__ import annotations

import faulthandler
import importlib.metadata
import logging
import logging.handlers
import os
import platform
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication

from xmem_gui import __version__
from xmem_gui.errors import as_exception
from xmem_gui.folders import logs_folder
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import notice_of
from xmem_gui.own_files import open_own

_LOGGED = 1 << 20
_KEPT = 3
_TAIL = 4000
_PACKAGES = ("torch", "torchvision", "numpy", "av", "opencv-python-headless", "PySide6_Essentials")
_logger = logging.getLogger(__name__)


def start_log(folder: Path) -> None:
    """Write what happens to files that rotate; go on without if that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / "xmem-gui.log", maxBytes=_LOGGED, backupCount=_KEPT, encoding="utf8"
        )
        # For crashes below Python; open as long as the program runs.
        crash = open_own(folder / "crash.log")
        crash.seek(0, os.SEEK_END)
    except OSError as error:
        _logger.warning("no log can be written in %s: %s", folder, error)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or logging.INFO, logging.INFO))
    faulthandler.enable(crash)


def report(session: Session, details: str = "") -> str:
    """Return versions, machine, settings, the exception and the end of the log, as text."""
    lines = [
        f"xmem-gui {__version__}",
        f"Python {sys.version.split()[0]}, Qt {qVersion()} ({QGuiApplication.platformName()})",
        f"{platform.platform()}, {os.cpu_count()} processors",
        *(f"{name} {_version(name)}" for name in _PACKAGES),
    ]
    annotator = session.annotator
    if annotator is not None:
        video = annotator.video
        lines += [
            f"video {video.width}x{video.height}, {session.frames} frames; objects {len(session.objects)}",
            f"{annotator.settings}",
        ]
    if details:
        lines += ["", details.rstrip()]
    lines += ["", "End of the log:", _tail(logs_folder() / "xmem-gui.log")]
    return "\n".join(lines)


class Catcher(QObject):
    """Turns exceptions that nothing else has caught into notices; the program lives on."""

    _caught = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._caught.connect(
            lambda error: session.notice.emit(notice_of(error)), Qt.ConnectionType.QueuedConnection
        )
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread

    def release(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            sys.__excepthook__(kind, error, trace)
            return
        _logger.error("nobody caught this", exc_info=(kind, error, trace))
        self._caught.emit(as_exception(error))

    def _on_thread(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None:
            self._on_exception(caught.exc_type, caught.exc_value, caught.exc_traceback)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "is not installed"


def _tail(path: Path) -> str:
    try:
        return path.read_text(encoding="utf8", errors="replace")[-_TAIL:]
    except OSError:
        return "(none)"
