from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtGui import QColor

from xmem_gui.gui.timeline.lane_pictures import DOUBT_ROWS, LanePicture, doubt_colours, levels
from xmem_gui.gui.timeline.lane_store import LaneStore
from xmem_gui.gui.timeline.viewport import Viewport
from xmem_gui.gui.values import Change
from xmem_gui.project import ChangeObject, LaneStrip, Origin, SetMasks, VideoObject

MASK = np.ones((48, 64), bool)
RABBIT = VideoObject(1, "rabbit", (0, 210, 255))
DOUBT = doubt_colours("#888888", "#ffaa00")


def strip_of(confidence: list[float]) -> LaneStrip:
    values = np.array(confidence, np.float32)
    return LaneStrip(~np.isnan(values), np.zeros(len(values), bool), values)


def heights(picture: LanePicture) -> list[int]:
    """Return how many rows of the confidence strip are drawn in each column."""
    image = picture.image
    return [
        sum(QColor.fromRgba(image.pixel(x, 1 + row)).alpha() > 0 for row in range(DOUBT_ROWS))
        for x in range(image.width())
    ]


def test_the_less_sure_the_taller():
    picture = LanePicture(strip_of([1.0, 0.85, 0.75, 0.6, 0.2, np.nan]), RABBIT, DOUBT, low=0.7)
    assert heights(picture) == [1, 2, 3, 4, 5, 0]


def test_what_is_worth_a_look_has_another_colour_than_what_is_well():
    picture = LanePicture(strip_of([0.75, 0.69]), RABBIT, DOUBT, low=0.7)
    sure, doubtful = (QColor.fromRgb(picture.image.pixel(x, DOUBT_ROWS)) for x in (0, 1))
    assert doubtful == QColor("#ffaa00")
    assert sure.saturation() == 0


def test_levels_begin_where_frames_are_worth_a_look():
    values = np.array([0.9, 0.7, 0.6999, np.nan], np.float32)
    assert levels(values, 0.7).tolist() == [1, 3, 4, 0]
    assert levels(values, 0.8).tolist() == [2, 4, 4, 0]
    assert levels(values, 0.0).tolist() == [1, 1, 1, 0]
    assert levels(np.array([1.0, 0.9], np.float32), 1.0).tolist() == [1, 4]


def test_a_patch_changes_only_its_part_and_tells_whether_it_did():
    picture = LanePicture(strip_of([1.0] * 6), RABBIT, DOUBT, low=0.7)
    assert not picture.patch(2, strip_of([1.0, 1.0]))
    assert picture.patch(2, strip_of([0.2, np.nan]))
    assert heights(picture) == [1, 1, 5, 0, 1, 1]
    assert QColor.fromRgba(picture.image.pixel(3, 0)).alpha() == 0


def test_a_hidden_object_is_fainter():
    shown, hidden = (
        LanePicture(strip_of([1.0]), replace(RABBIT, visible=visible), DOUBT, low=0.7)
        for visible in (True, False)
    )
    assert (
        QColor.fromRgba(hidden.image.pixel(0, 0)).alpha() < QColor.fromRgba(shown.image.pixel(0, 0)).alpha()
    )


@pytest.fixture
def store(session, preferences, settle):
    viewport = Viewport(session)
    viewport.resize(600)
    viewport.fit()
    store = LaneStore(session, viewport, preferences)
    store.settle = lambda: (store._rest.isActive() and store._rest.timeout.emit(), settle())  # no waiting
    settle()
    return store


def present(store: LaneStore, object_id: int) -> list[int]:
    picture = store.picture(object_id)
    assert picture is not None
    return [store.window[at] for at in np.flatnonzero(picture.strip.present)]


def test_lanes_follow_edits_undo_and_objects(session, store, settle):
    session.edit(lambda a: a.project.apply(SetMasks(3, {a.add_object("rabbit").id: MASK})))
    settle()
    store.settle()
    assert [one.name for one in store.objects] == ["rabbit"]
    assert present(store, 1) == [3]
    session.edit(lambda a: a.project.apply(SetMasks(5, {1: MASK}, commit=True)))
    settle()
    store.settle()
    assert present(store, 1) == [3, 5]
    assert store.picture(1).keys.tolist() == [5]
    session.edit(lambda a: a.undo())
    settle()
    store.settle()
    assert present(store, 1) == [3]
    session.edit(lambda a: a.project.apply(ChangeObject(1, name="hare")))
    settle()
    assert store.objects[0].name == "hare"


def test_only_lanes_that_changed_are_drawn_again(session, store, settle):
    for name in ("rabbit", "rock"):
        session.edit(lambda a, name=name: a.project.apply(SetMasks(0, {a.add_object(name).id: MASK})))
    settle()
    store.settle()
    told = []
    store.changed.connect(told.append)
    session.edit(lambda a: a.project.apply(SetMasks(4, {2: MASK}, Origin.PROPAGATED, 0.5)))
    settle()
    store.settle()
    assert told == [frozenset({2})]


def test_zooming_fetches_finer_parts_and_panning_within_the_margin_none(session, store, settle, monkeypatch):
    session.edit(lambda a: a.project.apply(SetMasks(3, {a.add_object("rabbit").id: MASK})))
    settle()
    store.settle()
    viewport = store._viewport
    viewport.resize(4)
    settle()
    assert store.window.step == 3
    viewport.resize(600)
    settle()
    assert store.window.step == 1
    viewport.zoom(3, 300)
    settle()
    asked = []
    monkeypatch.setattr(session.documents, "submit", lambda *_, **__: asked.append(1))
    viewport.move(5)
    assert not asked


def test_closing_empties_the_lanes(session, store, settle, qtbot):
    session.edit(lambda a: a.project.apply(SetMasks(3, {a.add_object("rabbit").id: MASK})))
    settle()
    with qtbot.waitSignal(session.closed):
        session.close()
    assert store.objects == []
    assert store.picture(1) is None
    session.changed(Change())


def test_lanes_follow_what_counts_as_low_confidence(session, store, settle, preferences):
    session.edit(
        lambda a: a.project.apply(SetMasks(3, {a.add_object("rabbit").id: MASK}, Origin.PROPAGATED, 0.75))
    )
    settle()
    store.settle()
    assert heights(store.picture(1))[3] == 3
    preferences.set(low_confidence=0.8)
    assert heights(store.picture(1))[3] == 4
