"""The main window: assembles the parts and remembers how they stand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QKeySequence,
    QMouseEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenuBar,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.folders import logs_folder
from xmem_gui.gui.actions.held_keys import HeldKeys
from xmem_gui.gui.actions.key_filter import KeyFilter
from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.dialog_actions import DialogActions
from xmem_gui.gui.controllers.openers import Openers
from xmem_gui.gui.controllers.preset_export import PresetExport
from xmem_gui.gui.controllers.warm_up import WarmUp
from xmem_gui.gui.shell.diagnostics import report
from xmem_gui.gui.shell.hints import Hints
from xmem_gui.gui.shell.menus import add_presets, add_recent, fill_menu_bar, make_tool_bar
from xmem_gui.gui.shell.notices import Notices
from xmem_gui.gui.shell.statusbar import StatusBar
from xmem_gui.gui.shell.welcome import Welcome
from xmem_gui.gui.state.setting_rules import sealed, unsealed
from xmem_gui.gui.state.values import Message
from xmem_gui.gui.theme import Choice, Theme
from xmem_gui.gui.widgets.plain import plain_line, title

if TYPE_CHECKING:
    from xmem_gui.gui.shell.workspace import Workspace

logger = logging.getLogger(__name__)

_LAYOUT = 2
"""Number of the layout's form: another number forgets what was remembered."""
_CHOICES: tuple[Choice, ...] = ("system", "light", "dark", "contrast")


class MainWindow(QMainWindow):
    """The window: canvas, timeline, docks, top strip and status bar, put together and kept in place.

    Parameters
    ----------
    context
        The session, actions, preferences and recents that all parts share.
    theme
        The window's look; the action that chooses it is bound here.
    """

    ready = Signal()
    """It is on the screen and everything in it is made."""
    gone = Signal()
    """It is closed, all is saved and the threads have ended."""

    def __init__(self, context: Context, theme: Theme) -> None:
        super().__init__()
        self.context = context
        self.session = session = context.session
        self._actions = actions = context.actions
        self._preferences = context.preferences
        self._theme = theme
        self.workspace: Workspace | None = None
        self._gone = self._closing = False
        self._heights: dict[str, int] = {}
        self._layout = self._default = QByteArray()
        self.setWindowTitle("XMem GUI")
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self.openers = Openers(context, self)
        self._dialogs = DialogActions(context, self, open_path=self.openers.open)
        self._stack = QStackedWidget()
        self._welcome = Welcome(context)
        self._stack.addWidget(self._welcome)
        self.menu_bar = QMenuBar()
        self.menus = fill_menu_bar(self.menu_bar, actions)
        add_recent(self.menus["File"], context.recents, self.openers.open)
        add_presets(self.menus["File"], actions, PresetExport(context))
        self._strip = QHBoxLayout()
        self._strip.setContentsMargins(0, 2, 0, 2)
        self._strip.setSpacing(0)
        self._strip.addWidget(self.menu_bar, 0, Qt.AlignmentFlag.AlignVCenter)
        top = QFrame()
        top.setObjectName("strip")
        top.setLayout(self._strip)
        self.setMenuWidget(top)
        self._tools = make_tool_bar(actions)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self._tools)
        self._status = StatusBar(context)
        self.setStatusBar(self._status)
        self.notices = Notices(context, self._stack)
        self._hints = Hints(context.preferences, self._stack)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._hints)
        column.addWidget(self._stack, 1)
        self.setCentralWidget(middle)
        self.openers.sample_opened.connect(self._hints.begin_once)
        actions.bind("help.hints", self._hints.begin)
        session.closed.connect(self._hints.hide)
        self._keys = KeyFilter(self, HeldKeys(actions))
        self._keys.pressed.connect(self._on_key)
        self._bind()
        self._tools.hide()
        self._status.hide()
        self._restore_geometry()

    def showEvent(self, event: QShowEvent) -> None:
        """Make what is around a video once the first page is on the screen."""
        super().showEvent(event)
        if self.workspace is None:
            QTimer.singleShot(0, self._make_workspace)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask if a job runs; go when all is saved."""
        if self._gone:
            event.accept()
            return
        event.ignore()
        if self._closing or not self._may_close():
            return
        self._closing = True
        try:
            self._remember()
        except Exception:  # how the window stood is no reason to stay, or for Qt to end the program
            logger.exception("How the window stands could not be remembered")
        self.setEnabled(False)
        self.session.shut_down(self._on_shut_down)

    def event(self, event: QEvent) -> bool:
        """Note when the person drags the edge of a dock; Qt tells of it in no other way."""
        if self.workspace is not None:
            if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
                # Between docks there is no widget; presses that no widget takes come by here too.
                between = self.childAt(event.position().toPoint()) is None
                self._heights = self.workspace.heights if between else {}
            elif event.type() == QEvent.Type.MouseButtonRelease and self._heights:
                self.workspace.note_sizing(self._heights)
                self._heights = {}
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file or folder."""
        if self.openers.dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what is dropped."""
        path = self.openers.dropped(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.openers.open(path)

    @property
    def is_gone(self) -> bool:
        """Whether it is closed, with all saved."""
        return self._gone

    # Parts

    def _make_workspace(self) -> None:
        from xmem_gui.gui.dialogs import Rescue, WaysOut
        from xmem_gui.gui.shell.workspace import Workspace

        self.rescue = Rescue(self.session, self)
        self.ways_out = WaysOut(self.session, self)
        self.workspace = workspace = Workspace(self.context, self)
        self._stack.addWidget(workspace.canvas)
        self._strip.addWidget(workspace.canvas.options, 1)
        workspace.canvas.options.hide()
        self._keys.panning.connect(workspace.canvas.set_panning)
        self._keys.entered.connect(workspace.canvas.setFocus)
        self._keys.tapped.connect(self._actions["play.forward"].trigger)
        self._hints.follow(self.session, workspace.tracking)
        self._actions.bind("window.reset", workspace.arrange)
        self._warm = WarmUp(self.context)
        self._warm.device.connect(self._status.show_device)
        self._default = self.saveState(_LAYOUT)
        self._layout = QByteArray(unsealed(self._preferences.values.layout)) or self._default
        self._hide_docks()
        self.ready.emit()

    def _bind(self) -> None:
        session, actions = self.session, self._actions
        session.opening.connect(self._on_opening)
        session.opening_over.connect(lambda: self.notices.withdraw("opening"))
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_closed)
        self._welcome.chosen.connect(self.openers.open)
        self._theme.changed.connect(self._redraw_icons)
        slots: dict[str, Callable[[], object]] = {
            "file.quit": self.close,
            "file.checkpoint": self._checkpoint,
            "help.diagnostics": lambda: QGuiApplication.clipboard().setText(report(session)),
            "help.log": lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(logs_folder()))),
        }
        for name, slot in slots.items():
            actions.bind(name, slot)
        actions["window.full_screen"].triggered.connect(self._set_full_screen)
        for choice in _CHOICES:
            action = actions[f"theme.{choice}"]
            action.setChecked(self._theme.choice == choice)
            actions.bind(f"theme.{choice}", lambda choice=choice: self._preferences.set(theme=choice))  # type: ignore[misc]
        self._preferences.changed.connect(self._on_preference)
        # Shortcuts work wherever the focus is in the window, in menus or not.
        self.addActions([actions[name] for name in actions.specs])

    def _on_key(self, key: QKeySequence) -> None:
        """Say why nothing happens, where a key means something that cannot be done now."""
        if key != QKeySequence("Esc") and (obstacle := self._actions.obstacle_of_key(key)):
            self.session.say(obstacle)

    # What is open

    def _on_opening(self, name: str) -> None:
        if self.session.annotator is not None:
            # What is open stays until the other can be shown.
            self.notices.show_notice(Message(self.tr("Opening {}…").format(name), key="opening"))
            return
        self._welcome.wait_for(name)
        self._stack.setCurrentWidget(self._welcome)

    def _on_opened(self) -> None:
        annotator, workspace = self.session.annotator, self.workspace
        if annotator is None or workspace is None:
            return
        self.setWindowTitle(f"{title(annotator.project.path.stem)} – XMem GUI")
        self._stack.setCurrentWidget(workspace.canvas)
        workspace.canvas.options.show()
        self._tools.show()
        self._status.show()
        if not self.restoreState(self._layout, _LAYOUT):
            self.restoreState(self._default, _LAYOUT)
        self._tools.show()
        QTimer.singleShot(0, self, workspace.fit)
        workspace.canvas.setFocus()

    def _on_closed(self) -> None:
        self.setWindowTitle("XMem GUI")
        if self._stack.currentWidget() is not self._welcome:
            self._layout = self.saveState(_LAYOUT)
            self._hide_docks()
        if self.workspace is not None:
            self.workspace.canvas.options.hide()
        self._tools.hide()
        self._status.hide()
        self._welcome.refresh()
        self._stack.setCurrentWidget(self._welcome)

    def _hide_docks(self) -> None:
        if self.workspace is not None:
            for dock in self.workspace.docks.values():
                dock.hide()

    def _checkpoint(self) -> None:
        def done(_: object) -> None:
            self.session.say(self.tr("A checkpoint has been made."))

        self.session.ask(lambda annotator: annotator.project.checkpoint(), done)

    # How it looks

    def _on_preference(self, name: str) -> None:
        if name == "theme":
            self._theme.choice = self._preferences.values.theme
            self._actions[f"theme.{self._theme.choice}"].setChecked(True)
        elif name == "keys":
            self._actions.set_keys(self._preferences.keys)

    def _redraw_icons(self) -> None:
        self._actions.redraw_icons()
        self._welcome.redraw_icons()
        self._hints.dress()

    def _set_full_screen(self, on: bool) -> None:
        if on:
            self.showFullScreen()
        else:
            self.showNormal()

    def _restore_geometry(self) -> None:
        kept = QByteArray(unsealed(self._preferences.values.geometry))
        if kept.isEmpty() or not self.restoreGeometry(kept):
            screen = self.screen().availableGeometry()
            self.resize(min(1600, round(screen.width() * 0.9)), min(1000, round(screen.height() * 0.9)))

    def _remember(self) -> None:
        if self._stack.currentWidget() is not self._welcome:
            self._layout = self.saveState(_LAYOUT)
        self._preferences.set(
            geometry=sealed(bytes(self.saveGeometry().data())),
            layout=sealed(bytes(self._layout.data())),
            sized=sorted(self.workspace.sized) if self.workspace is not None else [],
        )

    # The end

    def _may_close(self) -> bool:
        said, job = self._dialogs.busy, self.session.job
        if job is not None:
            said.insert(0, self.tr("{0} is still running. Finished frames are kept.").format(job.label))
        if not said:
            return True
        box = QMessageBox(self)
        box.setWindowTitle(self.tr("Still running"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(plain_line("\n".join(said)))
        stop = box.addButton(self.tr("Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(self.tr("Keep running"), QMessageBox.ButtonRole.RejectRole)
        for button in (stop, keep):
            button.setIcon(QIcon())
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.exec()
        return box.clickedButton() is stop

    def _on_shut_down(self, saved: bool) -> None:
        self._closing = False
        self.setEnabled(True)
        if saved:
            self._gone = True
            self.context.frames.stop()
            self.close()
            self.gone.emit()
