"""Everything around an open video - canvas, timeline, docks - put together."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget
from shiboken6 import isValid

from xmem_gui.gui.canvas import CanvasPanel
from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.attention import Attention
from xmem_gui.gui.controllers.compute_place import ComputePlace
from xmem_gui.gui.controllers.engine_choice import EngineChoice
from xmem_gui.gui.controllers.player import Player
from xmem_gui.gui.controllers.tracking import Tracking
from xmem_gui.gui.docks import HistoryDock, MemoryDock, ObjectsDock, ReviewDock
from xmem_gui.gui.timeline import TimelinePanel

_WIDTH = 272
"""Of the column at the right."""
_RIGHT, _BOTTOM = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea


class Workspace:
    """The panels, and the docks of a window that they stand in.

    Parameters
    ----------
    context
        The session, actions, preferences and recents that all panels share.
    window
        The window that the docks are put into.
    """

    def __init__(self, context: Context, window: QMainWindow) -> None:
        self._actions = actions = context.actions
        self._window = window
        self.player = Player(context)
        self.tracking = Tracking(context)
        ComputePlace(context)
        EngineChoice(context)
        self._attention = Attention(context, window)
        self.canvas = CanvasPanel(context)
        self.objects = ObjectsDock(context)
        self.timeline = TimelinePanel(context, self.player)
        self.panels: dict[str, QWidget] = {
            "objects": self.objects,
            "review": ReviewDock(context),
            "memory": MemoryDock(context),
            "history": HistoryDock(context),
            "timeline": self.timeline,
        }
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )  # fmt: skip
        for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner):
            window.setCorner(corner, _BOTTOM)
        self.docks = {name: self._dock(name, panel) for name, panel in self.panels.items()}
        self.sized: set[str] = set()
        """The docks whose height the person has chosen."""
        self.timeline.content_changed.connect(self.fit)
        self.objects.content_changed.connect(self.fit)
        actions.bind("edit.history", lambda: self._show("history"))
        self.tracking.review_wanted.connect(lambda: self._show("review"))
        track = self.canvas.track
        track.plan_wanted.connect(lambda: self.tracking.explain("forward", track.show_plan))
        self.arrange()
        self.sized = set(context.preferences.values.sized)

    def arrange(self) -> None:
        """Put the docks where they are at a first start."""
        window, docks = self._window, self.docks
        for name, dock in docks.items():
            dock.setFloating(False)
            window.addDockWidget(_BOTTOM if name == "timeline" else _RIGHT, dock)
            dock.setVisible(True)
        window.splitDockWidget(docks["objects"], docks["review"], Qt.Orientation.Vertical)
        for name in ("memory", "history"):
            window.tabifyDockWidget(docks["review"], docks[name])
        docks["review"].raise_()
        window.resizeDocks([docks["objects"]], [_WIDTH], Qt.Orientation.Horizontal)
        self.sized = set()
        self.fit()

    def fit(self) -> None:
        """Make timeline and objects as tall as their content, unless the person has chosen another height."""
        for name, wanted, most in (
            ("timeline", self.timeline.content_height, 0.4), ("objects", self.objects.content_height, 0.5),
        ):  # fmt: skip
            if name not in self.sized:
                height = min(wanted, round(self._window.height() * most))
                self._window.resizeDocks([self.docks[name]], [height], Qt.Orientation.Vertical)

    @property
    def heights(self) -> dict[str, int]:
        """The height of each dock in pixels."""
        return {name: dock.height() for name, dock in self.docks.items()}

    def note_sizing(self, before: dict[str, int]) -> None:
        """Take the docks that are not as high as before for sized by the person."""
        changed = {name for name, height in self.heights.items() if height != before[name]}
        self.sized |= changed & {"timeline", "objects"}

    def _show(self, name: str) -> None:
        self.docks[name].show()
        self.docks[name].raise_()

    def _dock(self, name: str, panel: QWidget) -> QDockWidget:
        title = self._actions.specs[f"window.{name}"].plain
        dock = QDockWidget(QCoreApplication.translate("actions", title), self._window)
        dock.setObjectName(f"dock.{name}")
        dock.setAccessibleName(title)
        dock.setWidget(panel)
        # No title bars: a dock is moved by its tab, and shown or hidden in the menu Window.
        dock.setTitleBarWidget(QWidget())
        action = self._actions[f"window.{name}"]

        def follow(_: bool) -> None:
            # At the end docks are hidden after their actions have gone.
            if isValid(action):
                action.setChecked(not dock.isHidden())

        dock.visibilityChanged.connect(follow)

        def show(on: bool) -> None:
            dock.setVisible(on)
            if on:
                dock.raise_()

        # The person's click only: the action follows the dock too.
        action.triggered.connect(show)
        return dock
