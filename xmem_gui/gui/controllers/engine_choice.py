"""What computes, as the preferences say: given to every session that is opened, and when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from xmem_gui.gui.controllers.preload import preload_torch
from xmem_gui.gui.state.preferences import Preferences, Values
from xmem_gui.gui.state.session import Session

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings

_NAMES = ("model", "device", "size", "memory")


class EngineChoice(QObject):
    """Keeps a session's engine to the preferences.

    Parameters
    ----------
    session
        Whose engine.
    preferences
        ``model``, ``click_model``, ``device``, ``size`` and ``memory`` of them.
    """

    def __init__(self, session: Session, preferences: Preferences) -> None:
        super().__init__(session)
        self._session, self._preferences = session, preferences
        session.opened.connect(self._apply)
        session.opened.connect(self._apply_clicks)
        preferences.changed.connect(self._on_change)
        self._apply()

    def _on_change(self, name: str) -> None:
        if name in _NAMES:
            self._apply()
        if name in {"click_model", "device"}:
            self._apply_clicks()

    def _apply(self) -> None:
        values = self._preferences.values
        self._session.configure(lambda: settings_of(values))

    def _apply_clicks(self) -> None:
        annotator, values = self._session.annotator, self._preferences.values
        if annotator is None:
            return

        def work() -> None:
            from xmem_gui.annotator import PromptSettings

            annotator.prompting.settings = PromptSettings(values.click_model, values.device)

        self._session.engine.submit(work)


def settings_of(values: Values) -> EngineSettings:
    """Return the engine's settings; for a thread, since the model's file is read if memory is not its own.

    Raises
    ------
    XmemGuiError
        If the model is not on this machine, or the memory's settings contradict one another.
    """
    from xmem_gui.annotator import EngineSettings, memory_of

    memory = None
    if values.memory:
        preload_torch()
        memory = memory_of(values.model, **values.memory)
    return EngineSettings(values.model, values.device, values.size or None, memory)
