"""Load what computes while the person looks at the first frame."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

from PySide6.QtCore import QObject, QTimer, Signal

from xmem_gui.gui.context import Context
from xmem_gui.gui.state.preload import load_torch

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator

_logger = logging.getLogger(__name__)
_DIALOGS = (
    "exporting", "importing", "models", "settings", "batch", "batch_runner", "guide", "command_palette",
)  # fmt: skip
"""Those that take long to load."""


class WarmUp(QObject):
    """Loads torch and the networks in the engine's thread, once the first frame of a video is there.

    Parameters
    ----------
    context
        Its session opens videos; its frames tell that a first picture is there.
    """

    device = Signal(str)
    """The device that computes."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.session)
        self._session = session = context.session
        frames = context.frames
        # What is closed is not kept for it.
        self._warmed: ReferenceType[Annotator] | None = None
        # Importing takes turns with the window at Python's lock: the frame is painted before.
        self._soon = QTimer(self, singleShot=True, interval=50)
        self._soon.timeout.connect(self._start)
        frames.ready.connect(self._on_ready)
        session.settings_changed.connect(self._again)

    def _on_ready(self) -> None:
        if not self._is_warm and not self._soon.isActive():
            self._soon.start()

    def _again(self) -> None:
        # Preferences are applied to what has just been opened: its first frame goes before.
        if self._is_warm:
            self._warmed = None
            self._start()

    @property
    def _is_warm(self) -> bool:
        """Whether what is open has been seen to."""
        annotator = self._session.annotator
        return annotator is not None and self._warmed is not None and self._warmed() is annotator

    def _start(self) -> None:
        annotator = self._session.annotator
        if annotator is None or self._is_warm:
            return
        self._warmed = ref(annotator)

        def work() -> str:
            load_torch()
            device = annotator.prepare()
            load_dialogs()
            return device

        # What is wrong is said when it matters: when something is to be computed.
        self._session.engine.submit(work, self.device.emit, failed=lambda error: _logger.info("%s", error))


def load_dialogs() -> None:
    """Load the dialogs, what checks presets, and the plugins that are listed: all opens at once then."""
    from xmem_gui.formats import PLUGINS
    from xmem_gui.gui.state.export_presets import prepare_checks

    PLUGINS.all()
    prepare_checks()
    for name in _DIALOGS:
        import_module(f"xmem_gui.gui.dialogs.{name}")
