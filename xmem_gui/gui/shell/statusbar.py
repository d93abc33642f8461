"""The status bar: the running job with its cancel, the frame, the device, and whether all is saved."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.jobs import JobState, time_left
from xmem_gui.gui.widgets.plain import Label, tip

_HEIGHT = 26
_LOOK_MS = 500
"""How often it looks whether all is on the disk."""


class StatusBar(QStatusBar):
    """The row at the bottom of the window; it follows the session by itself.

    Parameters
    ----------
    context
        Its session has the job and the frame; one of its actions cancels the job.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        actions = context.actions
        self.setSizeGripEnabled(False)
        # As high without a job as with one: the canvas must not move when a job begins.
        self.setMinimumHeight(_HEIGHT)
        self._job = _Job(actions)
        self._place, self._device, self._saved = Label(), Label(), _Pressed()
        self._saved.pressed.connect(session.ask_ways_out)
        self.addWidget(self._job, 1)
        for label, name in (
            (self._place, self.tr("Frame")), (self._device, self.tr("Device")),
            (self._saved, self.tr("Saved")),
        ):  # fmt: skip
            label.setAccessibleName(name)
            label.setContentsMargins(8, 0, 8, 0)
            self.addPermanentWidget(label)
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        session.job_changed.connect(self._job.show_state)
        session.frame_changed.connect(self._show_place)
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_closed)
        session.settings_changed.connect(self.show_device)
        self._on_closed()

    def _on_opened(self) -> None:
        self.show_device()
        self._show_place()
        self._look()
        self._timer.start()

    def _on_closed(self) -> None:
        self._timer.stop()
        for label in (self._place, self._device, self._saved):
            label.clear()

    def _show_place(self) -> None:
        """Say so where the frame is shown by its neighbour."""
        annotator, frame = self._session.annotator, self._session.frame
        text = why = ""
        if annotator is not None and frame in annotator.video.damaged:
            text = self.tr("frame {:,} cannot be shown").format(frame)
            why = self.tr("This frame cannot be read: the nearest good one is shown in its place.")
        self._place.setText(text)
        self._place.setToolTip(why)

    def show_device(self, device: str = "") -> None:
        """Show where the network computes; ``device`` is what ``auto`` stands for here."""
        annotator = self._session.annotator
        if annotator is None:
            return
        settings = annotator.settings
        size = self.tr("full size") if settings.size is None else f"{settings.size}p"
        # A GPU elsewhere by its address, until it has said what it is.
        where = device or annotator.computer.name or settings.device
        self._device.setText(f"{where}  ·  {size}")
        self._device.setToolTip(
            tip(self.tr("Device and internal size of the network. Model: {0}").format(settings.model))
        )

    def _look(self) -> None:
        annotator = self._session.annotator
        if annotator is None:
            return
        # What is wrong with a frame is known only when it is read.
        self._show_place()
        project = annotator.project
        text, role = self.tr("Saved"), "muted"
        if project.read_only:
            text, role = self.tr("Read-only"), "warning"
            self._saved.setToolTip(tip(project.read_only))
        else:
            pending = project.pending
            if pending.error:
                text, role = self.tr("Not saved"), "danger"
            elif pending.changes:
                text = self.tr("Saving…")
            self._saved.setToolTip(
                tip(pending.error or self.tr("Every change is saved automatically: {0}").format(project.path))
            )
        if self._saved.property("role") != role:
            self._saved.setProperty("role", role)
            self._saved.style().polish(self._saved)
        self._saved.setText(text)


class _Pressed(Label):
    """A label that can be pressed."""

    pressed = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say so."""
        if self.rect().contains(event.position().toPoint()):
            self.pressed.emit()


class _Job(QWidget):
    """What runs, how far it is, and the way to stop it."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._text = Label()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(160)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._stop = QToolButton()
        self._stop.setDefaultAction(actions["propagate.cancel"])
        self._stop.setAccessibleName(self.tr("Cancel"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        # The text last: it grows and shrinks with every frame.
        for widget in (self._bar, self._stop, self._text):
            row.addWidget(widget, 1 if widget is self._text else 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.show_state(None)

    def show_state(self, state: JobState | None) -> None:
        for widget in (self._text, self._bar, self._stop):
            widget.setVisible(state is not None)
        if state is None:
            return
        self._bar.setRange(0, state.total)
        self._bar.setValue(state.done)
        label = f"{state.label}:" if state.total else state.label
        parts = [self.tr("{0}: stopping…").format(state.label) if state.stopping else label]
        if state.total:
            parts.append(self.tr("{0:,} of {1:,}").format(state.done, state.total))
        if state.rate:
            parts.append(self.tr("{0:.1f} f/s").format(state.rate))
            parts.append(self.tr("{0} left").format(time_left(state)))
        self._text.setText("  ".join(parts))
