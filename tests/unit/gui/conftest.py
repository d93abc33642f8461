"""The window's parts without a screen, on a clip of a few frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from waits import WAIT

if TYPE_CHECKING:  # this file is loaded even where Qt cannot be
    from engine_stand_in import StandIn
    from pytestqt.qtbot import QtBot

    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.context import Context
    from xmem_gui.gui.controllers.tracking import Tracking
    from xmem_gui.gui.docks import ObjectsDock
    from xmem_gui.gui.pictures.frames import Frames
    from xmem_gui.gui.state.preferences import Preferences
    from xmem_gui.gui.state.session import Session
    from xmem_gui.gui.state.values import Message

FRAMES, SIZE = 12, (48, 64)

Settle = Callable[[], None]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Make a folder of small frames: a bright square goes to the right."""
    folder = tmp_path / "clip"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for frame in range(FRAMES):
        image = rng.integers(0, 60, (*SIZE, 3), np.uint8)
        image[10:30, 5 + 3 * frame : 20 + 3 * frame] = (200, 160, 90)
        Image.fromarray(image).save(folder / f"{frame:05d}.png")
    return folder


@pytest.fixture
def empty_session(qtbot: QtBot) -> Iterator[Session]:
    """Make a session with nothing open."""
    # Now, for it may take long where the machine is busy, and opening would wait for it.
    from taking_down import take_down

    import xmem_gui.annotator  # noqa: F401
    from xmem_gui.gui.state.session import Session

    session = Session()
    yield session
    ended: list[bool] = []
    session.shut_down(ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)
    take_down(session)


@pytest.fixture
def session(qtbot: QtBot, empty_session: Session, clip: Path) -> Session:
    """Open the clip; its project is new, without objects."""
    with qtbot.waitSignals([empty_session.opened, empty_session.document_changed], timeout=WAIT):
        empty_session.open(clip)
    return empty_session


@pytest.fixture
def settle(qtbot: QtBot, empty_session: Session) -> Settle:
    """Give a function that waits until the session's threads have done all and the views know it."""

    def wait() -> None:
        # What comes back from a thread may ask it something more: an edit, what it changed, what views ask.
        for _ in range(3):
            seen: list[None] = []
            lanes = empty_session.clicks, empty_session.engine, empty_session.looking, empty_session.documents
            for worker in lanes:
                worker.submit(lambda: None, seen.append)
            qtbot.waitUntil(lambda: len(seen) == 4 and not empty_session.telling, timeout=WAIT)  # noqa: B023

    return wait


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    """Make preferences that are kept in the test's folder."""
    from xmem_gui.gui.state.preferences import Preferences

    return Preferences(tmp_path / "settings")


@pytest.fixture
def actions(qtbot: QtBot, empty_session: Session) -> Actions:
    """Make all actions of the session."""
    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.actions.catalogue import CATALOGUE
    from xmem_gui.gui.theme import icon

    made = Actions(CATALOGUE, empty_session, keys={}, icon=icon)
    # It ends with the session, whose signals it follows.
    made.setParent(empty_session)
    return made


@pytest.fixture
def context(
    empty_session: Session, actions: Actions, preferences: Preferences, tmp_path: Path
) -> Iterator[Context]:
    """Put together what the window's parts share; nothing is open."""
    from xmem_gui.gui.context import Context
    from xmem_gui.gui.pictures.frames import Frames
    from xmem_gui.gui.state.recents import Recents

    recents = Recents(empty_session, preferences, tmp_path / "thumbnails")
    made = Context(empty_session, actions, preferences, recents, Frames(empty_session))
    yield made
    made.frames.stop()


@pytest.fixture
def frames(session: Session, context: Context) -> Frames:
    """Give the decode thread of the clip's session."""
    return context.frames


@pytest.fixture
def panel(qtbot: QtBot, session: Session, context: Context) -> CanvasPanel:
    """Show the canvas on the clip."""
    from xmem_gui.gui.canvas import CanvasPanel

    made = CanvasPanel(context)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    made.view.fit()
    made.view.draw()
    qtbot.waitUntil(lambda: made.view.rendition is not None, timeout=WAIT)
    return made


@pytest.fixture
def objects_dock(
    qtbot: QtBot, session: Session, actions: Actions, context: Context, settle: Settle
) -> ObjectsDock:
    """Show the list of objects with a rabbit, a rock and grass, the last selected."""
    from xmem_gui.gui.docks import ObjectsDock

    dock = ObjectsDock(context)
    qtbot.addWidget(dock)
    dock.show()
    for name in ("rabbit", "rock", "grass"):
        actions["object.add"].trigger()
        settle()
        dock.model.setData(dock.model.index(0), name)
        settle()
    return dock


@pytest.fixture
def masks(session: Session, settle: Settle) -> NDArray[np.bool_]:
    """Draw a rabbit on frames 0 to 4, committed on 0, and a rock on frame 2; give the rabbit's mask."""
    from xmem_gui.project import SetMasks

    square = np.zeros(SIZE, bool)
    square[10:30, 5:20] = True

    def fill(annotator: Annotator) -> None:
        rabbit, rock = (annotator.add_object(name).id for name in ("rabbit", "rock"))
        for frame in range(5):
            annotator.project.apply(SetMasks(frame, {rabbit: square}, commit=frame == 0))
        annotator.project.apply(SetMasks(2, {rock: ~square}))

    session.edit(fill)
    settle()
    return square


@pytest.fixture
def notices(empty_session: Session) -> list[Message]:
    """Collect what the person is told."""
    found: list[Message] = []
    empty_session.notice.connect(found.append)
    return found


@pytest.fixture
def stand_in(session: Session, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Have something stand in for the engine."""
    from engine_stand_in import StandIn

    return StandIn(session.annotator, monkeypatch)


@pytest.fixture
def tracking(context: Context, stand_in: StandIn) -> Tracking:
    """Bind the actions of the Track menu."""
    from xmem_gui.gui.controllers.tracking import Tracking

    return Tracking(context)


@pytest.fixture
def rabbit(session: Session, settle: Settle) -> int:
    """Draw an object on frame 2, not committed, and go there."""
    from xmem_gui.project import SetMasks

    mask = np.ones(SIZE, bool)
    session.edit(lambda one: one.project.apply(SetMasks(2, {one.add_object("rabbit").id: mask})))
    settle()
    session.frame, session.selected = 2, 1
    return 1
