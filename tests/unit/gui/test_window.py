import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QFrame, QLineEdit, QMenu, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from taking_down import take_down
from waits import WAIT

from xmem_gui.gui import theme
from xmem_gui.gui.actions import Actions
from xmem_gui.gui.actions.key_filter import KeyFilter
from xmem_gui.gui.app import begin
from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.batch import BatchDialog
from xmem_gui.gui.dialogs.matte_edge import MatteEdgeDialog
from xmem_gui.gui.shell.diagnostics import Catcher
from xmem_gui.gui.shell.start import WindowStart
from xmem_gui.gui.shell.window import MainWindow
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Message


@pytest.fixture
def window(
    qtbot: QtBot,
    qapp: QApplication,
    empty_session: Session,
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MainWindow]:
    look = theme.Theme(qapp, "light")
    made = MainWindow(context, look)
    with qtbot.waitSignal(made.ready, timeout=WAIT):
        made.show()
    yield made
    if not made.is_gone:
        with qtbot.waitSignal(made.gone, timeout=WAIT):
            made.close()
    take_down(made, look)


def _open(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignals([window.session.opened, window.session.document_changed], timeout=WAIT):
        window.openers.open(path)


def test_opening_shows_the_docks_and_closing_hides_them(qtbot, window: MainWindow, clip: Path):
    assert window.workspace is not None
    docks = window.workspace.docks.values()
    assert not any(dock.isVisible() for dock in docks)
    _open(qtbot, window, clip)
    assert window.workspace.docks["objects"].isVisible()
    assert window.workspace.canvas.isVisible()
    assert "clip" in window.windowTitle()
    with qtbot.waitSignal(window.session.closed, timeout=WAIT):
        window.session.close()
    assert not any(dock.isVisible() for dock in docks)


def test_the_window_closes_though_how_it_stands_cannot_be_remembered(qtbot, window, monkeypatch, caplog):
    def fail(**_):
        raise OSError("no room")

    monkeypatch.setattr(window._preferences, "set", fail)
    with qtbot.waitSignal(window.gone, timeout=WAIT):
        window.close()
    assert "could not be remembered" in caplog.text


def test_what_a_start_asks_for_goes_before_the_preferences(qtbot, window: MainWindow, clip: Path, settle):
    from xmem_gui.annotator import EngineSettings

    with qtbot.waitSignal(window.session.opened, timeout=WAIT):
        begin(
            window, WindowStart(clip, then=lambda session: session.configure(lambda: EngineSettings(size=64)))
        )
    settle()
    assert window.session.annotator is not None
    assert window.session.annotator.settings.size == 64


def test_what_is_dropped_is_opened_and_remembered(qtbot, window: MainWindow, preferences, clip: Path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip))])
    with qtbot.waitSignal(window.session.opened, timeout=WAIT):
        window.dropEvent(
            QDropEvent(
                QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
        )  # fmt: skip
    assert preferences.values.recents == [str(clip)]


def test_renaming_shows_the_list_where_the_name_is_typed(
    qtbot, window: MainWindow, actions, settle, clip: Path
):
    _open(qtbot, window, clip)
    actions["object.add"].trigger()
    settle()
    dock = window.workspace.docks["objects"]
    dock.hide()
    actions["object.rename"].trigger()
    assert dock.isVisible()
    rows = window.workspace.objects.view
    qtbot.waitUntil(lambda: bool(rows.findChildren(QLineEdit)), timeout=WAIT)
    rows.findChild(QLineEdit).setText("rabbit")
    qtbot.keyClick(rows.findChild(QLineEdit), Qt.Key.Key_Return)
    settle()
    assert [one.name for one in window.session.objects] == ["rabbit"]


def test_a_closed_dock_stays_closed_and_comes_back_with_the_reset(
    qtbot, window: MainWindow, actions: Actions, clip: Path
):
    assert window.workspace is not None
    _open(qtbot, window, clip)
    review = window.workspace.docks["review"]
    actions["window.review"].trigger()
    assert review.isHidden()
    with qtbot.waitSignal(window.session.closed, timeout=WAIT):
        window.session.close()
    _open(qtbot, window, clip)
    assert review.isHidden()
    actions["window.reset"].trigger()
    assert not review.isHidden()


def test_closing_during_a_run_asks_and_stops_it(qtbot, window: MainWindow, monkeypatch, clip: Path):
    _open(qtbot, window, clip)
    began, ended = threading.Event(), []

    def work(_annotator, control):
        began.set()
        while not control.cancelled():
            threading.Event().wait(0.01)
        ended.append(True)

    window.session.run("Forwards", work)
    assert began.wait(WAIT / 1000)
    answers = ["Keep running", "Stop and close"]

    def answer(box: QMessageBox) -> None:
        wanted = answers.pop(0)
        next(button for button in box.buttons() if button.text() == wanted).click()

    monkeypatch.setattr(QMessageBox, "exec", answer)
    window.close()
    assert window.session.job is not None
    assert ended == []
    with qtbot.waitSignal(window.gone, timeout=WAIT):
        window.close()
    assert ended == [True]


def test_closing_while_a_batch_runs_asks(qtbot, window: MainWindow, monkeypatch):
    asked: list[str] = []

    def answer(box: QMessageBox) -> None:
        asked.append(box.text())
        next(button for button in box.buttons() if button.text() == "Keep running").click()

    monkeypatch.setattr(QMessageBox, "exec", answer)
    window.context.actions["file.batch"].trigger()
    dialog = window.findChild(BatchDialog)
    runner = window._dialogs._runner
    runner.is_running = True
    dialog.close()
    window.close()
    assert not window.is_gone
    assert asked == ["A batch is still running. Finished clips are kept."]
    runner.is_running = False


def test_what_was_open_says_when_and_how_far_it_is(qtbot, window: MainWindow, settle, clip: Path):
    _open(qtbot, window, clip)

    def mask(annotator):
        annotator.set_mask(3, annotator.add_object("rabbit").id, np.ones((48, 64), bool))

    window.session.edit(mask)
    settle()
    recents, found = window.context.recents, []
    qtbot.waitUntil(
        lambda: recents.recall(clip, found.append) or bool(found and found[-1].standing.done),
        timeout=WAIT,
    )
    assert (found[-1].standing.done, found[-1].standing.frames) == (1, 12)
    with qtbot.waitSignal(window.session.closed, timeout=WAIT):
        window.session.close()
    page = window._welcome._list
    qtbot.waitUntil(lambda: "1 of 12 frames, " in page.item(0).text(), timeout=WAIT)
    menu = next(one for one in window.menus["File"].findChildren(QMenu) if "ecent" in one.title())
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: "1 of 12 frames, " in menu.actions()[0].text(), timeout=WAIT)
    assert menu.actions()[0].text().startswith("clip")


def test_opening_is_said_only_while_it_lasts(qtbot, window: MainWindow, clip: Path, tmp_path: Path):
    _open(qtbot, window, clip)
    (tmp_path / "words.mp4").write_text("no video")
    window.openers.open(tmp_path / "words.mp4")
    assert [card.notice.text for card in window.notices._shown()] == ["Opening words.mp4…"]
    with qtbot.waitSignal(window.session.notice, timeout=WAIT):
        pass
    assert not any(card.notice.key for card in window.notices._shown())
    assert window.session.annotator is not None


def test_dialogs_are_seen_whole(qtbot, window: MainWindow, actions: Actions, clip: Path):
    _open(qtbot, window, clip)
    window.resize(960, 600)
    actions["view.matte_edge"].trigger()
    dialog = window.findChild(MatteEdgeDialog)
    corner = window.mapFromGlobal(dialog.mapToGlobal(dialog.rect().bottomRight()))
    assert corner.x() <= window.width()
    dialog.close()
    for name in ("file.export", "file.settings", "edit.shortcuts"):
        actions[name].trigger()
    room = window.screen().availableGeometry()
    shown = [one for one in window.findChildren(QDialog) if one.isVisible()]
    assert len(shown) == 3
    for one in shown:
        assert one.height() <= max(room.height() - 40, one.minimumSizeHint().height())
        one.close()


def test_themes_give_their_colours(window: MainWindow, preferences: Preferences, qapp: QApplication):
    for scheme in ("dark", "contrast", "light"):
        preferences.set(theme=scheme)
        assert theme.colours() == theme.SCHEMES[scheme]
        assert qapp.palette().window().color().name() == theme.SCHEMES[scheme].window


@pytest.mark.parametrize("scheme", theme.SCHEMES)
def test_an_empty_bar_does_not_look_full(scheme: theme.Scheme):
    tokens = theme.SCHEMES[scheme]
    assert tokens.track not in (tokens.accent, tokens.text, tokens.window)


def test_space_tapped_plays_and_held_pans(qtbot, window: MainWindow):
    keys = window.findChild(KeyFilter)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=WAIT)
    seen: list[object] = []
    keys.tapped.connect(lambda: seen.append("tap"))
    keys.panning.connect(seen.append)
    window.setFocus()
    qtbot.keyPress(window, Qt.Key.Key_Space)
    qtbot.keyRelease(window, Qt.Key.Key_Space)
    assert seen == [True, False, "tap"]
    seen.clear()
    qtbot.keyPress(window, Qt.Key.Key_Space)
    qtbot.mouseClick(window, Qt.MouseButton.LeftButton, pos=window.rect().center())
    qtbot.keyRelease(window, Qt.Key.Key_Space)
    assert seen == [True, False]
    field = QLineEdit(window)
    field.show()
    field.setFocus()
    seen.clear()
    qtbot.keyClick(field, Qt.Key.Key_Space)
    assert (field.text(), seen) == (" ", [])


def test_an_exception_that_nobody_catches_is_shown_and_can_be_copied(qtbot, window: MainWindow):
    # pytest-qt has hooks of its own.
    catcher = Catcher(window.session)
    try:
        with qtbot.waitSignal(window.session.notice, timeout=WAIT) as told:
            catcher._on_exception(ValueError, ValueError("nobody expected this"), None)
    finally:
        catcher.release()
    notice = told.args[0]
    assert isinstance(notice, Message)
    assert notice.level == "error"
    assert "nobody expected this" in notice.text
    button = next(one for one in window.notices.findChildren(QPushButton) if "diagnostics" in one.text())
    button.click()
    assert "nobody expected this" in QGuiApplication.clipboard().text()


def test_hints_cover_nothing_and_come_once(
    qtbot, window: MainWindow, clip: Path, preferences: Preferences, actions: Actions
):
    _open(qtbot, window, clip)
    hints = next(one for one in window.findChildren(QFrame) if one.objectName() == "hint")
    window.openers.sample_opened.emit()
    assert hints.isVisible()
    canvas = window.workspace.canvas
    qtbot.waitUntil(
        lambda: hints.mapToGlobal(hints.rect().bottomLeft()).y() < canvas.mapToGlobal(QPoint(0, 0)).y()
    )
    next(one for one in hints.findChildren(QPushButton) if one.text() == "Skip").click()
    assert not hints.isVisible()
    window.openers.sample_opened.emit()
    assert not hints.isVisible()
    actions["help.hints"].trigger()
    assert hints.isVisible()
    for _ in range(3):
        next(one for one in hints.findChildren(QPushButton) if one.text() in {"Next", "Done"}).click()
    assert not hints.isVisible()


def test_enter_in_a_field_gives_the_keys_back_to_the_canvas(qtbot, window: MainWindow, clip: Path):
    _open(qtbot, window, clip)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=WAIT)
    field = QLineEdit(window)
    field.show()
    field.setFocus()
    qtbot.keyClicks(field, "12")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.workspace is not None
    assert QApplication.focusWidget() in (window.workspace.canvas, window.workspace.canvas.focusProxy())


def test_a_key_that_can_do_nothing_says_why(qtbot, window: MainWindow, clip: Path):
    _open(qtbot, window, clip)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=WAIT)
    assert window.workspace is not None
    window.workspace.canvas.setFocus()
    with qtbot.waitSignal(window.session.notice, timeout=WAIT) as said:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F)
    assert said.args[0].text == "Add an object first: press A."


def test_docks_are_as_tall_as_their_content_until_a_person_sizes_them(qtbot, window: MainWindow, clip: Path):
    window.resize(1600, 900)
    _open(qtbot, window, clip)
    workspace = window.workspace
    assert workspace is not None
    timeline = workspace.docks["timeline"]

    def add(count: int) -> None:
        for _ in range(count):
            window.session.edit(lambda a: a.project.add_object("x") and None)

    def fits() -> bool:
        return timeline.height() == workspace.timeline.content_height

    add(1)
    qtbot.waitUntil(fits, timeout=WAIT)
    low = timeline.height()
    add(3)
    qtbot.waitUntil(lambda: fits() and timeline.height() > low, timeout=WAIT)
    workspace.note_sizing({**workspace.heights, "timeline": 1})
    chosen = timeline.height()
    add(2)
    qtbot.waitUntil(lambda: len(workspace.timeline.store.objects) == 6, timeout=WAIT)
    assert timeline.height() == chosen
    workspace.arrange()
    qtbot.waitUntil(fits, timeout=WAIT)


def test_a_click_in_the_picture_does_not_count_as_sizing(qtbot, window: MainWindow, clip: Path):
    _open(qtbot, window, clip)
    workspace = window.workspace
    assert workspace is not None
    qtbot.mousePress(window, Qt.MouseButton.LeftButton, pos=workspace.canvas.geometry().center())
    workspace.docks["timeline"].resize(10, 10)
    qtbot.mouseRelease(window, Qt.MouseButton.LeftButton, pos=workspace.canvas.geometry().center())
    assert workspace.sized == set()


def test_what_cannot_be_opened_leaves_the_open_project_as_it_is(qtbot, window: MainWindow, clip: Path):
    _open(qtbot, window, clip)
    session = window.session
    session.edit(lambda annotator: annotator.project.add_object("rabbit") and None)
    broken = clip.with_name("broken.mp4")
    broken.write_bytes(b"this is no video")
    before = session.annotator
    closed: list[bool] = []
    session.closed.connect(lambda: closed.append(True))
    said: list[Message] = []
    session.notice.connect(said.append)
    window.openers.open(broken)
    qtbot.waitUntil(lambda: any(one.level == "error" for one in said), timeout=WAIT)
    assert session.annotator is before
    assert closed == []
    qtbot.waitUntil(lambda: [one.name for one in session.objects] == ["rabbit"], timeout=WAIT)
    window.openers.open(clip)
    assert said[-1].text == "clip is open already."
    other = clip.with_name("other")
    shutil.copytree(clip, other)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        window.openers.open(other)
    assert closed == [True]
    assert session.annotator.video.path == other


def test_what_was_open_is_in_the_file_menu(qtbot, window: MainWindow, preferences: Preferences, clip: Path):
    (recent,) = [menu for menu in window.menus["File"].findChildren(QMenu) if "recent" in menu.title()]
    assert [action.isEnabled() for action in recent.actions()] == [False]
    other = clip.with_name("a & b")
    clip.rename(other)
    preferences.opened(other)
    recent.aboutToShow.emit()
    (action,) = recent.actions()
    assert action.text().startswith("a && b")
    with qtbot.waitSignal(window.session.opened, timeout=WAIT):
        action.trigger()
