"""A hand at the real window: keys, the mouse on the canvas, menus and dialogs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PySide6.QtCore import QDeadlineTimer, QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.canvas.view import CanvasView
    from xmem_gui.gui.shell.window import MainWindow
    from xmem_gui.gui.state.session import Session
    from xmem_gui.gui.state.values import Message

W = TypeVar("W", bound=QWidget)
Masks = dict[int, dict[int, "NDArray[np.bool_]"]]
"""(H, W) masks by object and frame."""
WAIT = 180_000
"""Milliseconds after which waiting has failed."""
_LOOK_EVERY = 5

_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
_NONE = Qt.KeyboardModifier.NoModifier


class Hand:
    """Works the window as a person does.

    Parameters
    ----------
    window, session
        As `xmem_gui.gui.app.make_window` returns them; the window is shown here.
    """

    def __init__(self, window: MainWindow, session: Session) -> None:
        self.window, self.session = window, session
        self.notices: list[Message] = []
        session.notice.connect(self.notices.append)
        self._ready = self.closed = False
        window.ready.connect(self._on_ready)
        window.show()
        self.wait(lambda: self._ready, "the window")
        window.activateWindow()
        self.wait(window.isActiveWindow, "the window to be in front")

    # Waiting

    def wait(self, condition: Callable[[], bool], what: str = "") -> None:
        """Let the window live until something is so."""
        deadline, loop = QDeadlineTimer(WAIT), QEventLoop()
        while not condition():
            if deadline.hasExpired():
                said = [one.text for one in self.notices]
                raise AssertionError(f"waited in vain for {what or 'something'}; the window said {said}")
            QTimer.singleShot(_LOOK_EVERY, loop.quit)
            loop.exec()

    def settle(self) -> None:
        """Wait until the threads have done what they were asked and the views know it."""
        session = self.session
        for _ in range(3):
            seen: list[None] = []
            for worker in (session.clicks, session.engine, session.looking, session.documents):
                worker.submit(lambda: None, seen.append)
            self.wait(lambda: len(seen) == 4 and not session.telling and session.job is None, "quiet")  # noqa: B023

    # Keys, actions, dialogs

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE, *, times: int = 1) -> None:
        """Press a key in what has the focus."""
        for _ in range(times):
            QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def do(self, action: str) -> None:
        """Choose something in a menu; it must be possible."""
        found = self.action(action)
        assert found.isEnabled(), f"{action} is not enabled"
        found.trigger()

    def action(self, name: str) -> QAction:
        """Return an action by its id."""
        found = self.session.findChild(QAction, name)
        assert isinstance(found, QAction), f"there is no action {name}"
        return found

    def dialog(self, kind: type[W]) -> W:
        """Return the dialog that is shown, when it is."""
        self.wait(lambda: self._shown(kind) is not None, f"a {kind.__name__}")
        found = self._shown(kind)
        assert found is not None
        self.wait(found.isActiveWindow, f"the {kind.__name__} to be in front")
        return found

    def said(self, words: str) -> None:
        """Wait for a notice with words in it."""
        self.wait(lambda: any(words in one.text for one in self.notices), f"'{words}' to be said")

    # The main job

    def open(self, path: Path) -> None:
        """Open something, and wait for it and its first picture."""
        seen: list[bool] = []
        self.session.opened.connect(lambda: seen.append(True))
        self.window.openers.open(path)
        self.wait(lambda: bool(seen), f"{path.name} to open")
        self.wait(lambda: self.canvas.rendition is not None, "a picture")
        self.settle()

    def go(self, frame: int) -> None:
        """Go to a frame by keys, as a person does."""
        workspace = self.window.workspace
        assert workspace is not None
        while self.session.frame != frame:
            # A key that comes again before the picture is there is passed over, as one held down is.
            self.wait(lambda: self.window.context.frames.image(self.session.frame) is not None, "the picture")
            away = frame - self.session.frame
            many = Qt.KeyboardModifier.ShiftModifier if abs(away) >= 10 else _NONE
            self.key(Qt.Key.Key_Right if away > 0 else Qt.Key.Key_Left, many)

    def add_object(self) -> int:
        """Add an object and return its id."""
        before = {one.id for one in self.session.objects}
        self.key(Qt.Key.Key_A)
        self.wait(lambda: self.session.selected not in {None, *before}, "a new object")
        self.settle()
        assert self.session.selected is not None
        return self.session.selected

    def click(self, x: float, y: float, *, right: bool = False) -> None:
        """Click a place of the video, and wait until the mask is in the document."""
        self.press([(x, y)], right=right)
        self.answered()

    def stroke(self, points: Sequence[tuple[float, float]], *, right: bool = False) -> None:
        """Draw over places of the video, and wait until the mask is in the document."""
        self.press(points, right=right)
        self.answered()

    def answered(self) -> None:
        """Wait for what a click, stroke or box has asked for."""
        workspace = self.window.workspace
        assert workspace is not None
        self.settle()
        self.wait(lambda: not workspace.canvas.prompter.is_busy, "the click model")
        self.settle()

    def hover(self, x: float, y: float) -> None:
        """Rest the mouse on a place of the video."""
        _move(self.canvas, self.place(x, y), Qt.MouseButton.NoButton)

    def leave(self) -> None:
        """Take the mouse away from the canvas."""
        QApplication.sendEvent(self.canvas, QEvent(QEvent.Type.Leave))

    def press(self, points: Sequence[tuple[float, float]], *, right: bool = False) -> None:
        """Press the mouse on the first place, go to the others, let it go."""
        canvas = self.canvas
        places = [self.place(*point) for point in points]
        button = _RIGHT if right else _LEFT
        QTest.mouseMove(canvas, places[0])
        QTest.mousePress(canvas, button, _NONE, places[0])
        for place in places[1:]:
            _move(canvas, place, button)
        QTest.mouseRelease(canvas, button, _NONE, places[-1])

    def place(self, x: float, y: float) -> QPoint:
        """Return where a place of the video is on the canvas."""
        ratio = self.canvas.devicePixelRatioF()
        column, row = self.canvas.place.to_canvas(x, y)
        return QPoint(round(column / ratio), round(row / ratio))

    def finished(self) -> None:
        """Wait for the end of a job."""
        self.wait(lambda: self.session.job is not None or bool(self.notices), "a job")
        self.settle()

    def close(self) -> None:
        """Close the window and wait until all is saved."""
        if not self.closed:
            self.window.gone.connect(self._on_gone)
            self.window.close()
            self.wait(lambda: self.closed, "the window to go")

    # Looking

    @property
    def canvas(self) -> CanvasView:
        """The canvas."""
        assert self.window.workspace is not None
        return self.window.workspace.canvas.view

    def masks(self) -> Masks:
        """Return all masks of the document, by object and frame."""
        annotator = self.session.annotator
        assert annotator is not None
        return masks_of(annotator)

    def _on_ready(self) -> None:
        self._ready = True

    def _on_gone(self) -> None:
        self.closed = True

    def _shown(self, kind: type[W]) -> W | None:
        widgets: Iterable[QWidget] = QApplication.topLevelWidgets()
        return next((one for one in widgets if isinstance(one, kind) and one.isVisible()), None)


def masks_of(annotator: Annotator) -> Masks:
    """Return all masks of a document, by object and frame."""
    found: Masks = {one.id: {} for one in annotator.project.objects}
    for frame in range(len(annotator.video)):
        for one, record in annotator.project.records(frame).items():
            found[one][frame] = record.rle.to_mask()
    return found


def same(one: Masks, other: Masks) -> bool:
    """Whether two documents have the same masks, to the pixel."""
    return one.keys() == other.keys() and all(
        one[key].keys() == other[key].keys()
        and all(np.array_equal(mask, other[key][frame]) for frame, mask in one[key].items())
        for key in one
    )


def _move(canvas: QWidget, place: QPoint, button: Qt.MouseButton) -> None:
    # QTest.mouseMove has no button down.
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, QPointF(place), QPointF(canvas.mapToGlobal(place)),
        Qt.MouseButton.NoButton, button, _NONE,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
