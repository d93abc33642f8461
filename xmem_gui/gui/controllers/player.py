"""Playing the video at its own rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.navigation import Navigation

if TYPE_CHECKING:
    from numpy.typing import NDArray


PlayDirection = Literal[1, -1]

SPEEDS = {"quarter": 0.25, "half": 0.5, "normal": 1.0, "double": 2.0}
"""Each speed by its name, which the preferences keep; ``play.`` before it is its action."""
_LATEST = 0.5
"""Seconds of standing still, in a dialog say, that are made up for at most."""
_FAR = 8
"""Frames left out at once after which the decoder is told anew where playing goes on."""
_SOON = 10
"""Milliseconds until a frame that is not decoded yet is looked for again."""


class Player(QObject):
    """Moves the session's frame with the clock, by the frames' own times.

    When the window is late, frames are left out; when the next frame is not decoded yet, the clock waits.

    Parameters
    ----------
    context
        Its session has the current frame; its frames tell whether that is on the screen yet.
    clock
        Returns seconds that only grow; a test gives its own.
    """

    changed = Signal()
    """It plays or stands, or its direction, speed or loop is another one."""

    def __init__(self, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(context.session)
        self._session = session = context.session
        self._frames, self._actions = context.frames, context.actions
        self._preferences = context.preferences
        self._clock = clock
        self.navigation = Navigation(context, clock=clock)
        self._direction = 0
        self._moving = False
        self._wall = self._position = 0.0
        self._awaited = -1
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self.navigation.moving.connect(self.pause)
        session.frame_changed.connect(self._on_frame)
        session.opened.connect(self._forget)
        session.closed.connect(self._forget)
        self._bind()

    @property
    def direction(self) -> int:
        """1 while playing forwards, -1 backwards, 0 while it stands."""
        return self._direction

    @property
    def speed(self) -> float:
        """1 for the video's own."""
        return SPEEDS[self._preferences.values.speed]

    def play(self, direction: PlayDirection = 1) -> None:
        """Play; from the beginning if it stands at the end."""
        session = self._session
        if session.annotator is None:
            return
        self._direction, self._awaited = direction, -1
        low, high = self._bounds()
        if not low <= session.frame <= high or session.frame == (high if direction > 0 else low):
            self._show(low if direction > 0 else high)
        self._stand_at(session.frame)
        self._frames.playing(direction)
        self._wall = self._clock()
        self._tell()
        self.tick()

    def pause(self) -> None:
        """Stop where it is."""
        if self._direction:
            self._direction = 0
            self._timer.stop()
            self._frames.playing(0)
            self._tell()

    def tick(self) -> None:
        """Show the frame whose time has come."""
        if not self._direction or self._session.annotator is None:
            return
        now = self._clock()
        self._position += self._direction * self.speed * min(now - self._wall, _LATEST)
        self._wall = now
        if not self._turn():
            self.pause()
            return
        due = self._due()
        if due != self._session.frame and not self._decoded(due):
            self._wait_for(due)
            return
        if abs(due - self._session.frame) > _FAR:
            self._frames.playing(self._direction, due)
        self._show(due)
        self._timer.start(max(1, round(1000 * self._rest(due) / self.speed)))

    # The clock and the frames' times

    @property
    def _times(self) -> NDArray[np.float64]:
        assert self._session.annotator is not None
        return self._session.annotator.video.timestamps

    def _end_of(self, frame: int) -> float:
        times = self._times
        if frame + 1 < len(times):
            return float(times[frame + 1])
        assert self._session.annotator is not None
        return float(times[-1]) + 1 / max(self._session.annotator.video.rate, 1e-3)

    @property
    def _loop(self) -> bool:
        return self._preferences.values.loop

    def _bounds(self) -> tuple[int, int]:
        return self._session.span if self._loop else (0, self._session.frames - 1)

    def _due(self) -> int:
        low, high = self._bounds()
        side: Literal["left", "right"] = "right" if self._direction > 0 else "left"
        return max(low, min(int(np.searchsorted(self._times, self._position, side=side)) - 1, high))

    def _stand_at(self, frame: int) -> None:
        """Set the clock to when a frame has just come."""
        self._position = float(self._times[frame]) if self._direction > 0 else self._end_of(frame)

    def _rest(self, frame: int) -> float:
        """Seconds of the video until the next frame is due."""
        end = self._end_of(frame) if self._direction > 0 else float(self._times[frame])
        return max(0.0, (end - self._position) * self._direction)

    def _turn(self) -> bool:
        """Go round at the end of a loop; False if this is the end."""
        low, high = self._bounds()
        beyond = (
            self._position >= self._end_of(high)
            if self._direction > 0
            else self._position <= float(self._times[low])
        )
        if beyond and self._loop:
            self._stand_at(low if self._direction > 0 else high)
            self._frames.playing(self._direction, low if self._direction > 0 else high)
        elif beyond:
            # Where the window was late the last frame is still to be seen.
            self._show(high if self._direction > 0 else low)
        return self._loop or not beyond

    def _decoded(self, frame: int) -> bool:
        annotator = self._session.annotator
        return annotator is not None and (self.navigation.is_settled(frame) or annotator.video.holds(frame))

    def _wait_for(self, due: int) -> None:
        """Show what there is on the way to a frame, and let the clock stand until it is decoded."""
        step = self._direction
        if (due - self._session.frame) * step > 0:
            way = range(due - step, self._session.frame, -step)
            latest = next((frame for frame in way if self._decoded(frame)), None)
            if latest is not None:
                self._show(latest)
        self._stand_at(due)
        if due != self._awaited:
            self._awaited = due
            self._frames.playing(step, due)
            self._frames.request(due)
        self._timer.start(_SOON)

    def _show(self, frame: int) -> None:
        self._moving = True
        self._session.frame = frame
        self._moving = False

    # The person

    def _on_frame(self, frame: int) -> None:
        if self._direction and not self._moving:
            self._stand_at(frame)
            self._frames.playing(self._direction, frame)

    def _forget(self) -> None:
        self.pause()
        self._awaited = -1

    def _bind(self) -> None:
        actions = self._actions
        actions.bind_toggle("play.forward", lambda on: self._toggled(1, on))
        actions.bind_toggle("play.backward", lambda on: self._toggled(-1, on))
        actions.bind_toggle("play.loop", lambda on: self._preferences.set(loop=on))
        for name in SPEEDS:
            actions.bind(f"play.{name}", partial(self._preferences.set, speed=name))
        self._preferences.changed.connect(self._on_preference)
        self._tell_choices()

    def _toggled(self, direction: PlayDirection, on: bool) -> None:
        if on and self._direction != direction:
            self.play(direction)
        elif not on and self._direction == direction:
            self.pause()

    def _on_preference(self, name: str) -> None:
        if name in ("speed", "loop"):
            self._tell_choices()
            self.changed.emit()

    def _tell_choices(self) -> None:
        values = self._preferences.values
        self._actions["play.loop"].setChecked(values.loop)
        self._actions[f"play.{values.speed}"].setChecked(True)

    def _tell(self) -> None:
        self._actions["play.forward"].setChecked(self._direction > 0)
        self._actions["play.backward"].setChecked(self._direction < 0)
        self.changed.emit()
