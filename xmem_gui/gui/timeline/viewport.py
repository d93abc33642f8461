"""What all tracks of the timeline share: which frames are seen, how far down, and what the mouse is on."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from xmem_gui.gui.state.session import Session
from xmem_gui.gui.timeline.scale import Scale


class Viewport(QObject):
    """The timeline's window on the video; the tracks draw what it shows and change it.

    Parameters
    ----------
    session
        Whose video; a new one is shown whole.
    """

    changed = Signal()
    """Other frames are seen, or at another width."""
    scrolled = Signal()
    """Other lanes are seen."""
    hovered = Signal(object)
    """The frame under the mouse, or None."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.scale = Scale.fit(session.frames, 1)
        self._top = self._bottom = 0
        self._hover: int | None = None
        session.opened.connect(self.fit)
        session.closed.connect(self.fit)

    def resize(self, width: float) -> None:
        """Show the same frames on another width."""
        self._set(self.scale.resized(width))

    def fit(self) -> None:
        """Show the whole video."""
        self._set(Scale.fit(self._session.frames, self.scale.width))

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Come closer (above 1) or go back; ``x`` stays where it is, by default the current frame."""
        if x is None:
            x = min(max(self.scale.centre_of(self._session.frame), 0.0), self.scale.width)
        self._set(self.scale.zoomed(factor, x))

    def move(self, pixels: float) -> None:
        """Move the video so far to the left."""
        self._set(self.scale.moved(pixels))

    def move_to(self, first: float) -> None:
        """Begin at a frame, not necessarily whole."""
        self._set(self.scale.moved((first - self.scale.first) * self.scale.pixels))

    def show_frame(self, frame: int) -> None:
        """Move by a page if a frame is not seen."""
        self._set(self.scale.showing(frame))

    @property
    def hover(self) -> int | None:
        """The frame under the mouse."""
        return self._hover

    @hover.setter
    def hover(self, frame: int | None) -> None:
        if frame != self._hover:
            self._hover = frame
            self.hovered.emit(frame)

    @property
    def top(self) -> int:
        """Pixels of lanes above the first that is seen."""
        return self._top

    @top.setter
    def top(self, top: int) -> None:
        top = max(0, min(top, self._bottom))
        if top != self._top:
            self._top = top
            self.scrolled.emit()

    def set_heights(self, lanes: int, seen: int) -> None:
        """Say how many pixels all lanes take, and how many of them are seen."""
        self._bottom = max(0, lanes - seen)
        self.top = min(self._top, self._bottom)

    def _set(self, scale: Scale) -> None:
        if scale != self.scale:
            self.scale = scale
            self.changed.emit()
