"""The window computes where the settings say, asks first where that is unsafe, and survives lost machines."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)
pytest.importorskip("ray", reason="Ray is not installed")

from near_actor import Machines
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from xmem_gui.annotator.computer import ThisMachine
from xmem_gui.cluster import remote
from xmem_gui.gui.controllers.compute_place import ComputePlace
from xmem_gui.gui.controllers.tracking import Tracking
from xmem_gui.gui.dialogs.place_field import PlaceField
from xmem_gui.gui.shell.statusbar import StatusBar

NEAR, FAR = "ray://127.0.0.1:10001", "ray://gpu-server:10001"


@pytest.fixture
def machines(monkeypatch):
    made = Machines()
    monkeypatch.setattr(remote, "RemoteComputer", partial(remote.RemoteComputer, connect=made.connect))
    return made


@pytest.fixture
def place(context, machines, session):
    return ComputePlace(context)


def offered(notice, label):
    return next(one for one in notice.offers if one.label == label)


def question():
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox))


def test_the_address_decides_where_and_the_status_bar_names_it(session, context, place, machines, settle):
    bar = StatusBar(context)
    assert isinstance(session.annotator.computer, ThisMachine)
    context.preferences.set(compute_on=NEAR)
    settle()
    assert session.annotator.computer.is_connected
    bar.show_device(session.annotator.prepare())
    machine = machines.last.actor.greet().machine
    assert bar._device.text().startswith(f"cpu on {machine}")
    context.preferences.set(compute_on="")
    settle()
    assert isinstance(session.annotator.computer, ThisMachine)
    assert len(machines.started) == 1


def test_a_machine_that_cannot_be_reached_is_said_with_what_to_do(
    session, context, place, machines, notices, settle, qtbot
):
    machines.unreachable = True
    context.preferences.set(compute_on=NEAR)
    qtbot.waitUntil(lambda: bool(notices), timeout=WAIT)
    assert "no cluster" in notices[0].text
    machines.unreachable = False
    offered(notices[0], "Connect again").do()
    settle()
    assert session.annotator.computer.is_connected
    offered(notices[0], "Compute on this machine").do()
    settle()
    assert isinstance(session.annotator.computer, ThisMachine)


@pytest.mark.parametrize("leave", [True, False])
def test_an_open_address_is_asked_about_before_it_is_connected_to(
    leave, session, context, place, machines, settle, qtbot, monkeypatch
):
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    context.preferences.set(compute_on=FAR)
    settle()
    assert not machines.started
    box = question()
    assert "SSH tunnel" in box.text()
    button = QMessageBox.StandardButton.Yes if leave else QMessageBox.StandardButton.No
    qtbot.mouseClick(box.button(button), Qt.MouseButton.LeftButton)
    settle()
    assert len(machines.started) == int(leave)
    assert context.preferences.values.compute_on == (FAR if leave else "")
    assert context.preferences.values.trusted == ([FAR] if leave else [])


def test_a_run_goes_on_by_itself_after_a_lost_connection(
    session, context, place, machines, notices, settle, qtbot
):
    mask = np.zeros((48, 64), bool)
    mask[10:30, 5:20] = True
    with qtbot.waitSignal(session.document_changed, timeout=WAIT):
        session.edit(lambda annotator: annotator.add_object())
    session.edit(lambda annotator: annotator.set_mask(0, 1, mask))
    context.preferences.set(compute_on=NEAR)
    settle()
    tracking = Tracking(context)
    machines.last.die_at("step", 5)
    with qtbot.waitSignal(tracking.ended, timeout=WAIT):
        tracking.start("forward")
    settle()
    assert len(machines.started) == 2
    assert any("is lost" in one.text and "Connecting again" in one.text for one in notices)
    assert all(1 in session.annotator.project.records(frame) for frame in range(12))


def test_a_lost_connection_that_does_not_come_back_waits_for_the_person(
    session, context, place, machines, notices, settle, qtbot
):
    with qtbot.waitSignal(session.document_changed, timeout=WAIT):
        session.edit(lambda annotator: annotator.add_object())
    session.edit(lambda annotator: annotator.set_mask(0, 1, np.ones((48, 64), bool)))
    context.preferences.set(compute_on=NEAR)
    settle()
    tracking = Tracking(context)
    machines.last.die()
    machines.unreachable = True
    tracking.start("forward")
    qtbot.waitUntil(lambda: any(one.offers for one in notices), timeout=WAIT)
    machines.unreachable = False
    with qtbot.waitSignal(tracking.ended, timeout=WAIT):
        offered(next(one for one in notices if one.offers), "Connect again and go on").do()
    settle()
    assert all(1 in session.annotator.project.records(frame) for frame in range(12))


def test_what_is_no_address_is_said_below_the_field(qtbot, preferences):
    field = PlaceField(preferences)
    qtbot.addWidget(field)
    field.box.setEditText("gpu-server")
    field.box.lineEdit().editingFinished.emit()
    assert "no address" in field.problem.text()
    assert preferences.values.compute_on == ""
    field.box.setEditText(" ray://127.0.0.1 ")
    field.box.lineEdit().editingFinished.emit()
    assert not field.problem.text()
    assert preferences.values.compute_on == NEAR
    field.box.setEditText("")
    field.box.lineEdit().editingFinished.emit()
    assert preferences.values.compute_on == ""
    assert field.box.currentText() == "This machine"


def test_without_ray_the_field_says_how_to_get_it(qtbot, preferences, monkeypatch):
    monkeypatch.setattr("xmem_gui.gui.dialogs.place_field.has_ray", lambda: False)
    field = PlaceField(preferences)
    qtbot.addWidget(field)
    field.box.setEditText(NEAR)
    field.box.lineEdit().editingFinished.emit()
    assert "pip install 'xmem-gui[cluster]'" in field.problem.text()
    assert preferences.values.compute_on == ""
