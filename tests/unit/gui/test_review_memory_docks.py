import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from xmem_gui.annotator.memory_report import MemoryReport, PermanentFrame, TierReport
from xmem_gui.gui.controllers.engine_choice import EngineChoice
from xmem_gui.gui.docks import MemoryDock, ReviewDock
from xmem_gui.gui.docks.picture_rows import PictureModel, PictureRow
from xmem_gui.gui.docks.tier_bars import TierBars
from xmem_gui.gui.widgets.sizes import in_bytes
from xmem_gui.project import Review, SetMasks, SwitchObjects

SIZE = (48, 64)


@pytest.fixture
def propagated(session, settle):
    """A rabbit committed on frame 0 and propagated, the least sure on frame 6."""
    mask = np.zeros(SIZE, bool)
    mask[10:30, 5:20] = True

    def fill(annotator):
        rabbit = annotator.add_object("rabbit").id
        annotator.project.apply(SetMasks(0, {rabbit: mask}, commit=True))
        with annotator.project.run() as run:
            for frame in range(1, 12):
                run.put(frame, {rabbit: mask}, confidence=0.3 if frame == 6 else 0.9)

    session.edit(fill)
    settle()


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (3_333_333, "3.3 MB"), (24e9, "24.0 GB")],
)
def test_bytes_as_people_read_them(count, words):
    assert in_bytes(count) == words


def test_rows_that_stay_are_not_reset(qtbot):
    model = PictureModel()
    row = PictureRow(3, "frame 3", "unsure", object=1, value=0.5)
    model.set_rows([row])
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged, timeout=WAIT):
        model.set_rows([PictureRow(3, "frame 3", "unsure", object=1, value=0.4)])
    with qtbot.waitSignal(model.modelReset, timeout=WAIT):
        model.set_rows([])


def test_tiers_say_what_they_hold_and_their_limits(qtbot):
    bars = TierBars()
    qtbot.addWidget(bars)
    tiers = (
        TierReport("sensory", 0, 0, None, 1000), TierReport("working", 3, 900, 6, 2_000_000),
        TierReport("long_term", 0, 2500, 10_000, 500), TierReport("permanent", 1, 300, None, 1_000_000),
    )  # fmt: skip
    permanent = (PermanentFrame(0, (1,), True), PermanentFrame(9, (1,), False))
    bars.show_report(MemoryReport(tiers, permanent, "cuda", 6_000_000_000, 24_000_000_000))
    said = {name: (holds.text(), size.text()) for name, (holds, size, _) in bars._rows.items()}
    assert said["permanent"] == ("2 frames", "1.0 MB")
    assert said["working"] == ("3 / 6 frames", "2.0 MB")
    assert said["long_term"] == ("2,500 / 10,000", "500 B")
    assert said["device"][0] == "cuda  ·  6.0 GB free of 24.0 GB"
    assert bars._rows["working"][2].value() == 500
    assert bars._rows["device"][2].value() == 750
    assert bars._rows["permanent"][2].isHidden()


@pytest.fixture
def review(qtbot, session, context, propagated):
    dock = ReviewDock(context)
    qtbot.addWidget(dock)
    dock.show()
    qtbot.waitUntil(lambda: dock.model.rowCount() > 0, timeout=WAIT)
    return dock


def test_the_least_sure_frame_is_listed_with_its_object(qtbot, review, session):
    row = next(one for one in review.model.rows if one.frame == 6)
    assert (row.object, row.title) == (1, "6  rabbit")
    assert len(review.model.rows) == 1, "masks of high confidence are not listed"
    assert row.mask is not None
    assert row.value == pytest.approx(0.3)
    assert row.detail.startswith("unsure")
    assert review._left.text() == "1 to review"
    index = review.model.index(review.model.rows.index(row))
    review.view.clicked.emit(index)
    assert (session.frame, session.selected) == (6, 1)


def test_accepting_takes_a_frame_off_the_list(qtbot, review, session, settle):
    place = next(place for place, one in enumerate(review.model.rows) if one.frame == 6)
    review.view.setCurrentIndex(review.model.index(place))
    review.accept()
    assert 6 not in {one.frame for one in review.model.rows}
    settle()
    assert session.annotator.project.record(6, 1).reviewed
    qtbot.waitUntil(lambda: review._left.text() != "1 to review", timeout=WAIT)
    session.edit(lambda one: one.undo())
    qtbot.waitUntil(lambda: review._left.text() == "1 to review", timeout=WAIT)


def test_fixing_goes_there_with_a_tool(qtbot, review, session, actions):
    review.view.setCurrentIndex(review.model.index(0))
    with qtbot.waitSignal(actions["tool.click"].triggered, timeout=WAIT):
        review.fix()
    assert session.frame == review.model.rows[0].frame


def test_a_frame_is_accepted_by_its_key(review, session, actions, settle):
    session.frame = 4
    actions["review.accept"].trigger()
    settle()
    assert session.annotator.project.record(4, 1).reviewed


@pytest.fixture
def memory(qtbot, session, context, propagated):
    dock = MemoryDock(context)
    qtbot.addWidget(dock)
    dock.resize(300, 600)
    dock.show()
    qtbot.waitUntil(lambda: dock.model.rowCount() == 1, timeout=WAIT)
    return dock


def test_key_frames_are_listed_gone_to_and_removed(qtbot, memory, session, settle):
    session.edit(lambda one: one.commit(7))
    qtbot.waitUntil(lambda: [one.frame for one in memory.model.rows] == [0, 7], timeout=WAIT)
    assert memory.model.rows[1].detail == "rabbit (not read yet)"
    memory.view.setCurrentIndex(memory.model.index(1))
    memory.view.activated.emit(memory.model.index(1))
    assert session.frame == 7
    memory.remove()
    qtbot.waitUntil(lambda: [one.frame for one in memory.model.rows] == [0], timeout=WAIT)
    assert not session.annotator.project.record(7, 1).committed


def test_settings_are_kept_and_reach_the_engine(qtbot, memory, session, preferences, settle, context):
    EngineChoice(context)
    form = memory.form
    next(one for one in memory.findChildren(QToolButton) if one.text() == "Settings").click()
    qtbot.waitUntil(lambda: form._suited is not None, timeout=WAIT)
    assert form._numbers["max_working_frames"].value() == 6
    with qtbot.waitSignal(session.settings_changed, timeout=WAIT):
        form._numbers["max_working_frames"].setValue(2)
    assert preferences.values.memory == {"max_working_frames": 2, "min_working_frames": 2}
    assert session.annotator.settings.memory.max_working_frames == 2
    with qtbot.waitSignal(session.settings_changed, timeout=WAIT):
        form.suited.click()
    assert session.annotator.settings.memory is None
    assert form._numbers["min_working_frames"].value() == 3
    with qtbot.waitSignal(session.settings_changed, timeout=WAIT):
        preferences.set(size=360)
    assert session.annotator.settings.size == 360


def test_a_model_that_is_not_here_is_marked_and_can_be_had(
    qtbot, memory, preferences, actions, tmp_path, monkeypatch
):
    monkeypatch.setenv("XMEM_GUI_MODELS", str(tmp_path))
    form = memory.form
    next(one for one in memory.findChildren(QToolButton) if one.text() == "Settings").click()
    qtbot.waitUntil(lambda: form._model.findData("xmem") >= 0, timeout=WAIT)
    assert form.missing.isHidden()
    assert not form._model.itemIcon(form._model.findData("xmem")).isNull()
    assert form._model.itemIcon(form._model.findData("compact")).isNull()
    preferences.set(model="xmem")
    assert not form.missing.isHidden()
    with qtbot.waitSignal(actions["file.models"].triggered, timeout=WAIT):
        form.missing.findChild(QPushButton).click()
    preferences.set(model=str(tmp_path / "mine.pth"))
    qtbot.waitUntil(lambda: not form.missing.isHidden(), timeout=WAIT)
    preferences.set(model="compact")
    qtbot.waitUntil(lambda: form.missing.isHidden(), timeout=WAIT)


def test_a_stretch_is_one_row_and_good_reviews_all_of_it(qtbot, review, session, settle):
    mask = np.zeros(SIZE, bool)
    mask[10:30, 5:20] = True

    def fill(annotator):
        with annotator.project.run() as run:
            for frame, sure in ((7, 0.4), (8, 0.2), (10, 0.5)):
                run.put(frame, {1: mask}, confidence=sure)

    session.edit(fill)
    qtbot.waitUntil(lambda: review.model.rows[0].frame == 8, timeout=WAIT)
    assert [row.title for row in review.model.rows] == ["6–10  rabbit"]
    review.view.setCurrentIndex(review.model.index(0))
    review.accept()
    settle()
    assert [session.annotator.project.record(frame, 1).reviewed for frame in (5, 6, 9, 10, 11)] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_the_list_stands_still_under_the_pointer(qtbot, review, session, settle, monkeypatch):
    monkeypatch.setattr(review.view, "underMouse", lambda: True)
    before = review.model.rows
    session.edit(lambda annotator: annotator.undo())
    qtbot.waitUntil(lambda: review._waiting == (None, []), timeout=WAIT)
    assert review.model.rows == before
    QApplication.sendEvent(review.view.viewport(), QEvent(QEvent.Type.Leave))
    assert review.model.rows == ()


def test_an_empty_list_has_a_sentence_instead_of_buttons(qtbot, review, session, preferences, settle):
    buttons = [one for one in review.findChildren(QPushButton) if one.text()]
    assert sorted(one.text() for one in buttons) == ["Fix", "Good"]
    qtbot.waitUntil(lambda: bool(review.model.rows), timeout=WAIT)
    assert (review.sentence, [one.isVisible() for one in buttons]) == ("", [True] * 2)
    session.edit(lambda one: one.project.apply(Review(range(session.frames))))
    qtbot.waitUntil(lambda: not review.model.rows, timeout=WAIT)
    assert review.sentence.startswith("Nothing to look at: every mask has a confidence of 70 % or more")
    assert not any(one.isVisible() for one in buttons)


def test_masks_of_locked_objects_are_not_said_to_be_sure(qtbot, review, session):
    session.edit(lambda one: one.project.apply(SwitchObjects((1,), locked=True)))
    qtbot.waitUntil(lambda: not review.model.rows, timeout=WAIT)
    assert review.sentence == "Only locked objects have masks to review. Unlock them to list these."


def test_before_anything_is_tracked_there_is_nothing_to_review(qtbot, session, context, settle):
    dock = ReviewDock(context)
    qtbot.addWidget(dock)
    dock.show()

    def draw(annotator):
        mask = SetMasks(0, {annotator.add_object("rabbit").id: np.ones(SIZE, bool)}, commit=True)
        annotator.project.apply(mask)

    session.edit(draw)
    settle()
    qtbot.waitUntil(lambda: dock._refresher is not None and bool(dock.sentence), timeout=WAIT)
    settle()
    assert dock.sentence == "After tracking, masks that need a look are listed here."


def test_the_bar_does_not_widen_the_column(review):
    review._left.setText("1,234,567 to review")
    assert review.minimumSizeHint().width() <= 240


def test_key_frames_cannot_be_removed_where_there_are_none(qtbot, memory, session, settle):
    remove = memory.findChild(QToolButton, "remove")
    qtbot.waitUntil(lambda: bool(memory.model.rows), timeout=WAIT)
    assert remove.isVisible()
    for frame in session.annotator.project.query.key_frames():
        session.edit(lambda one, frame=frame: one.uncommit(frame))
    settle()
    qtbot.waitUntil(lambda: not memory.model.rows, timeout=WAIT)
    assert not remove.isVisible()
