"""The row above the tracks: going, where one is, and playing."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.player import SPEEDS, Player
from xmem_gui.gui.timeline.place_edit import PlaceEdit
from xmem_gui.gui.timeline.timecode import timecode
from xmem_gui.gui.widgets.plain import Label

TRANSPORT_HEIGHT = 36
_ICON = QSize(18, 18)


class Transport(QWidget):
    """The row; parameters as `TimelinePanel`."""

    def __init__(self, context: Context, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._actions = context.actions
        self._player = player
        self.setFixedHeight(TRANSPORT_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(2)
        self._add_going(row)
        row.addSpacing(8)
        self._add_place(row)
        row.addSpacing(8)
        self._add_playing(row)
        row.addStretch(1)
        self._row = row
        for signal in (session.opened, session.closed, session.frame_changed):
            signal.connect(self._show_place)
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_opened)
        player.changed.connect(self._show_playing)
        self._on_opened()
        self._show_playing()

    def edit_frame(self) -> None:
        """Let a frame be typed."""
        self._frame.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Parts

    def _add_going(self, row: QHBoxLayout) -> None:
        for name in ("go.first", "go.previous_key", "go.previous"):
            row.addWidget(self._button(name))
        self._play = [self._button("play.backward"), self._button("play.forward")]
        for button in self._play:
            row.addWidget(button)
        for name in ("go.next", "go.next_key", "go.last"):
            row.addWidget(self._button(name))

    def _add_place(self, row: QHBoxLayout) -> None:
        self._time = PlaceEdit("00:00:00.000", self)
        self._time.setAccessibleName(self.tr("Time"))
        self._frame = PlaceEdit("000,000", self)
        self._frame.setAccessibleName(self.tr("Frame"))
        self._total = Label()
        self._total.setProperty("role", "muted")
        for edit in (self._time, self._frame):
            edit.chosen.connect(self._player.navigation.go)
            edit.refused.connect(
                lambda: self._session.say(self.tr("Type a frame, such as 120, or a time, such as 0:08.8."))
            )
        row.addWidget(self._time)
        row.addSpacing(4)
        row.addWidget(self._frame)
        row.addWidget(self._total)

    def _add_playing(self, row: QHBoxLayout) -> None:
        self._speed = QToolButton()
        self._speed.setAccessibleName(self.tr("Speed"))
        self._speed.setToolTip(self.tr("Playback speed"))
        self._speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._speed)
        for name in SPEEDS:
            menu.addAction(self._actions[f"play.{name}"])
        self._speed.setMenu(menu)
        self._speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(self._speed)
        for name in ("play.loop", "range.in", "range.out"):
            row.addWidget(self._button(name))

    def add_right(self, widget: QWidget) -> None:
        """Put something at the right end."""
        self._row.addWidget(widget)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[name])
        button.setIconSize(_ICON)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setAccessibleName(self._actions.specs[name].plain)
        # Space plays; it must not press whatever button was clicked last.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    # What is shown

    def _on_opened(self) -> None:
        annotator = self._session.annotator
        times = None if annotator is None else annotator.video.timestamps
        for edit in (self._time, self._frame):
            edit.set_times(times)
            edit.setEnabled(times is not None)
        total = self._session.frames
        self._total.setText(f"/ {total - 1:,}" if total else "")
        self._total.setToolTip(self.tr("{:,} is the last frame").format(total - 1) if total else "")
        self._frame.longest = f"{max(total, 1000):,}"
        self._frame.updateGeometry()
        self._show_place()

    def _show_place(self) -> None:
        annotator, frame = self._session.annotator, self._session.frame
        if annotator is None:
            self._time.show_place("")
            self._frame.show_place("")
            return
        times = annotator.video.timestamps
        self._time.show_place(timecode(float(times[frame] - times[0])))
        self._frame.show_place(f"{frame:,}")

    def _show_playing(self) -> None:
        for button, direction in zip(self._play, (-1, 1), strict=True):
            action = button.defaultAction()
            button.setIcon(theme.icon("pause") if self._player.direction == direction else action.icon())
        speed = self._player.speed
        self._speed.setText({0.25: "¼×", 0.5: "½×"}.get(speed, f"{speed:g}×"))
