"""What computes, as the preferences say: given to every session that is opened, and when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from xmem_gui.gui.context import Context
from xmem_gui.gui.state.preferences import Values
from xmem_gui.gui.state.preload import load_torch

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings

_NAMES = ("model", "device", "size", "memory")


class EngineChoice(QObject):
    """Keeps a session's engine to the preferences.

    Parameters
    ----------
    context
        Its session has the engine; its preferences say what that computes with.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.session)
        self._session = session = context.session
        self._preferences = preferences = context.preferences
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
        self._session.configure(lambda: chosen_settings(values))

    def _apply_clicks(self) -> None:
        annotator, values = self._session.annotator, self._preferences.values
        if annotator is None:
            return

        def work() -> None:
            from xmem_gui.annotator import PromptSettings

            annotator.prompting.settings = PromptSettings(values.click_model, values.device)

        self._session.clicks.submit(work)


def chosen_settings(values: Values) -> EngineSettings:
    """Return the engine's settings; for a thread, since the model's file is read if memory is not its own.

    Raises
    ------
    XmemGuiError
        If the model is not on this machine, or the memory's settings contradict one another.
    """
    from xmem_gui.annotator import EngineSettings, memory_of

    memory = None
    if values.memory:
        load_torch()
        memory = memory_of(values.model, **values.memory)
    return EngineSettings(values.model, values.device, values.size or None, memory)
