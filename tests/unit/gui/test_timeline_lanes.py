from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtGui import QColor

from xmem_gui.gui.timeline.lane_pictures import LanePicture
from xmem_gui.gui.timeline.lane_store import LaneStore
from xmem_gui.gui.timeline.viewport import Viewport
from xmem_gui.project import ChangeObject, LaneStrip, Origin, SetMasks, VideoObject

MASK = np.ones((48, 64), bool)
RABBIT = VideoObject(1, "rabbit", (0, 210, 255))


def strip_of(confidence: list[float]) -> LaneStrip:
    values = np.array(confidence, np.float32)
    return LaneStrip(~np.isnan(values), np.zeros(len(values), bool), values)


def doubted(picture: LanePicture) -> list[bool]:
    """Return where the picture says that the masks are in doubt."""
    image = picture.image
    return [QColor.fromRgba(image.pixel(x, 1)).alpha() > 0 for x in range(image.width())]


def test_what_is_below_the_setting_is_in_doubt():
    picture = LanePicture(strip_of([1.0, 0.7, 0.6999, 0.0, np.nan]), RABBIT, low=0.7)
    assert doubted(picture) == [False, False, True, True, False]
    assert picture.has_doubt(0, 5)
    assert not picture.has_doubt(-3, 2)
    assert not LanePicture(strip_of([0.2, np.nan]), RABBIT, low=0.0).has_doubt(0, 2)


def test_a_patch_changes_only_its_part_and_tells_whether_it_did():
    picture = LanePicture(strip_of([1.0] * 6), RABBIT, low=0.7)
    assert not picture.patch(2, strip_of([1.0, 1.0]))
    assert picture.patch(2, strip_of([0.2, np.nan]))
    assert doubted(picture) == [False, False, True, False, False, False]
    assert QColor.fromRgba(picture.image.pixel(3, 0)).alpha() == 0


def test_a_hidden_object_is_fainter():
    shown, hidden = (
        LanePicture(strip_of([1.0]), replace(RABBIT, visible=visible), low=0.7) for visible in (True, False)
    )
    assert (
        QColor.fromRgba(hidden.image.pixel(0, 0)).alpha() < QColor.fromRgba(shown.image.pixel(0, 0)).alpha()
    )


@pytest.fixture
def store(session, context, settle):
    viewport = Viewport(session)
    viewport.resize(600)
    viewport.fit()
    store = LaneStore(context, viewport)
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
    with qtbot.waitSignal(session.closed, timeout=WAIT):
        session.close()
    assert store.objects == []
    assert store.picture(1) is None


def test_lanes_follow_what_counts_as_low_confidence(session, store, settle, preferences):
    session.edit(
        lambda a: a.project.apply(SetMasks(3, {a.add_object("rabbit").id: MASK}, Origin.PROPAGATED, 0.75))
    )
    settle()
    store.settle()
    assert not doubted(store.picture(1))[3]
    preferences.set(low_confidence=0.8)
    assert doubted(store.picture(1))[3]
