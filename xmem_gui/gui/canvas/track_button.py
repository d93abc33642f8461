"""The one primary button: tracks, and while that goes on, stops it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QToolTip, QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.jobs import JobState, time_left
from xmem_gui.gui.widgets.plain import plain_line, tip

_WAYS = (
    ("forward", "backward", "both"),
    ("next_key", "range", "count"),
    ("resume",),
    ("one_forward", "one_backward", "one_both"),
    ("only_selected", "keep_soft", "follow"),
    ("clear_temporary",),
)
_MARGIN = 12


class TrackButton(QWidget):
    """*Track*, with the other ways in its menu; *Stop* with the time left while a job runs.

    Parameters
    ----------
    context
        Its session has the job that runs; its actions start one.
    over
        The widget in whose lower right corner it stays.
    """

    plan_wanted = Signal()
    """The person points at the button and may want to know what it would do; see `show_plan`."""

    def __init__(self, context: Context, over: QWidget) -> None:
        super().__init__(over)
        self._actions = actions = context.actions
        self._session = session = context.session
        self._over = over
        self.go = QPushButton(self.tr("Track"))
        self.more = QToolButton()
        self.go.setProperty("role", "primary")
        self.more.setProperty("role", "primary")
        self.more.setAccessibleName(self.tr("Other ways to track"))
        self.more.setToolTip(self.more.accessibleName())
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setIconSize(QSize(14, 14))
        self.more.setMenu(self._menu())
        for button in (self.go, self.more):
            # Space plays; it must not press whatever button was clicked last.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        row.addWidget(self.go)
        row.addWidget(self.more)
        self._job: JobState | None = None
        self._plan = self._arrow = ""
        self.go.clicked.connect(self._press)
        actions["propagate.forward"].changed.connect(self._show)
        actions["propagate.only_selected"].toggled.connect(self._show)
        session.chosen_changed.connect(self._show)
        session.object_selected.connect(self._show)
        session.job_changed.connect(self._on_job)
        over.installEventFilter(self)
        self.go.installEventFilter(self)
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        elif watched is self.go and event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            if self._job is None and self.go.isEnabled():
                self.plan_wanted.emit()
        elif watched is self.go and event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
            self.show_plan("")
        return super().eventFilter(watched, event)

    def show_plan(self, text: str) -> None:
        """Have the tooltip say what tracking would do; nothing for what the action says."""
        self._plan = text
        self._show()
        if text and QToolTip.isVisible() and self.go.underMouse():
            QToolTip.showText(QCursor.pos(), self.go.toolTip(), self.go)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the arrow in the new palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_job"):
            self._show()

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for part in _WAYS:
            menu.addSeparator()
            for name in part:
                menu.addAction(self._actions[f"propagate.{name}"])
        return menu

    def _press(self) -> None:
        self._actions["propagate.forward" if self._job is None else "propagate.cancel"].trigger()

    def _on_job(self, state: JobState | None) -> None:
        self._job = state
        self._show()

    def _show(self) -> None:
        forward, job = self._actions["propagate.forward"], self._job
        if job is None:
            key = forward.shortcut().toString()
            self.go.setText(self._what() + (f"   {key}" if key else ""))
            self.go.setToolTip(tip(self._plan) or forward.toolTip())
            self.go.setAccessibleDescription(plain_line(self._plan) or forward.toolTip())
            self.go.setEnabled(forward.isEnabled())
        else:
            left = time_left(job)
            stop = self.tr("Stopping…") if job.stopping else self.tr("Stop")
            self.go.setText(f"{stop}   {left}" if left and not job.stopping else stop)
            self.go.setToolTip(self.tr("Stop the run. Finished frames are kept."))
            self.go.setEnabled(not job.stopping)
        self.more.setVisible(job is None)
        self._draw_arrow(theme.colours().on_accent)
        self._place()

    def _draw_arrow(self, colour: str) -> None:
        if colour != self._arrow:
            self._arrow = colour
            self.more.setIcon(theme.icon("chevron-down", colour=colour))

    def _what(self) -> str:
        """Say that it tracks, and how many objects if that are not all."""
        count = len(self._session.chosen)
        if not self._actions["propagate.only_selected"].isChecked() or not count:
            return self.tr("Track")
        return self.tr("Track 1 object") if count == 1 else self.tr("Track {} objects").format(count)

    def _place(self) -> None:
        self.adjustSize()
        area = self._over.rect()
        self.move(area.right() - self.width() - _MARGIN, area.bottom() - self.height() - _MARGIN)
