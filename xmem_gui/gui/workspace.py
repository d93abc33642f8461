"""Everything around an open video - canvas, timeline, docks - put together."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.canvas import CanvasPanel
from xmem_gui.gui.docks import HistoryDock, MemoryDock, ObjectsDock, ReviewDock
from xmem_gui.gui.engine_choice import EngineChoice
from xmem_gui.gui.frames import Frames
from xmem_gui.gui.player import Player
from xmem_gui.gui.preferences import Preferences
from xmem_gui.gui.propagation import Propagation
from xmem_gui.gui.session import Session
from xmem_gui.gui.timeline import TimelinePanel

_LOW = 850
"""Pixels; a window lower than this has fewer docks one above the other."""
_RIGHT, _BOTTOM = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea


class Workspace:
    """The panels, and the docks of a window that they stand in.

    Parameters
    ----------
    window
        Gets the docks.
    session, actions, preferences
        What the panels share.
    """

    def __init__(
        self, window: QMainWindow, session: Session, actions: Actions, preferences: Preferences
    ) -> None:
        self._window, self._actions = window, actions
        self.frames = Frames(session)
        self.player = Player(session, self.frames, actions, preferences)
        self.propagation = Propagation(session, actions, preferences)
        EngineChoice(session, preferences)
        self.canvas = CanvasPanel(session, self.frames, actions, preferences)
        self.panels: dict[str, QWidget] = {
            "objects": ObjectsDock(session, actions, preferences),
            "review": ReviewDock(session, self.frames, actions, preferences),
            "memory": MemoryDock(session, self.frames, actions, preferences),
            "history": HistoryDock(session, actions),
            "timeline": TimelinePanel(session, self.frames, self.player, actions, preferences),
        }
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )  # fmt: skip
        for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner):
            window.setCorner(corner, _BOTTOM)
        self.docks = {name: self._dock(name, panel) for name, panel in self.panels.items()}
        actions.bind("edit.history", lambda: self._show("history"))
        self.propagation.review_wanted.connect(lambda: self._show("review"))
        self.arrange()

    def arrange(self) -> None:
        """Put the docks where they are at a first start."""
        window, docks = self._window, self.docks
        for name, dock in docks.items():
            dock.setFloating(False)
            window.addDockWidget(_BOTTOM if name == "timeline" else _RIGHT, dock)
            dock.setVisible(True)
        window.splitDockWidget(docks["objects"], docks["review"], Qt.Orientation.Vertical)
        if window.height() < _LOW:
            # Three docks one above the other would show a row each.
            window.tabifyDockWidget(docks["review"], docks["memory"])
        else:
            window.splitDockWidget(docks["review"], docks["memory"], Qt.Orientation.Vertical)
        window.tabifyDockWidget(docks["memory"], docks["history"])
        docks["memory"].raise_()
        docks["review"].raise_()
        right = [docks[name] for name in ("objects", "review", "memory")]
        window.resizeDocks(right, [300, 300, 300], Qt.Orientation.Horizontal)
        window.resizeDocks(right, [260, 220, 240], Qt.Orientation.Vertical)
        window.resizeDocks([docks["timeline"]], [230], Qt.Orientation.Vertical)

    def _show(self, name: str) -> None:
        self.docks[name].show()
        self.docks[name].raise_()

    def _dock(self, name: str, panel: QWidget) -> QDockWidget:
        title = self._actions.specs[f"window.{name}"].plain
        dock = QDockWidget(QCoreApplication.translate("actions", title), self._window)
        dock.setObjectName(f"dock.{name}")
        dock.setAccessibleName(title)
        dock.setWidget(panel)
        action = self._actions[f"window.{name}"]
        dock.visibilityChanged.connect(lambda _: action.setChecked(not dock.isHidden()))

        def show(on: bool) -> None:
            dock.setVisible(on)
            if on:
                dock.raise_()

        # The person's click only: the action follows the dock too.
        action.triggered.connect(show)
        return dock
