from pathlib import Path

import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from xmem_gui import model
from xmem_gui.assets import asset
from xmem_gui.gui.controllers.dialog_actions import DialogActions
from xmem_gui.gui.dialogs import ModelsDialog, model_jobs, models
from xmem_gui.gui.dialogs.model_jobs import ModelJobs
from xmem_gui.model import ModelSpec, ModelState


def spec(name, kind="vos", **more):
    return ModelSpec(
        name=name, title=f"Model {name}", kind=kind, file=f"{name}.pth", url="https://example.org/x",
        licence="MIT", source="https://example.org", **more,
    )  # fmt: skip


class Jobs(QObject):
    """What a test says is here."""

    states = Signal(object)
    progress = Signal(str, object, object)
    ended = Signal(str, str, bool)
    checked = Signal(str, str, str)

    def __init__(self):
        super().__init__()
        self.running = ""
        self.asked = []
        self.here = (
            ModelState(spec("clicks", "segmenter"), Path("clicks.pth"), 10, 10),
            ModelState(spec("compact", shipped=True), Path("compact.pth"), 6_000_000, 6_000_000),
            ModelState(spec("xmem"), None, 0, None),
        )

    def look(self):
        self.states.emit(self.here)

    def download(self, name):
        self.running = name
        self.asked.append(("download", name))

    def check(self, kind, path):
        self.asked.append((kind, path))

    def verify(self, name):
        self.asked.append(("verify", name))

    def delete(self, name):
        self.asked.append(("delete", name))

    def cancel(self):
        self.asked.append(("cancel", self.running))

    def stop(self):
        pass


@pytest.fixture
def jobs():
    return Jobs()


@pytest.fixture
def dialog(qtbot, preferences, jobs):
    dialog = ModelsDialog(preferences, jobs)
    qtbot.addWidget(dialog)
    dialog.show()
    # They come one after the other, so that the window moves meanwhile.
    assert len(dialog.cards) == 1
    all_cards(qtbot, dialog)
    return dialog


def all_cards(qtbot, dialog):
    qtbot.waitUntil(lambda: len(dialog.cards) == len(dialog.jobs.here), timeout=WAIT)


def offered(card):
    return {name for name, button in card.buttons.items() if not button.isHidden()}


def test_what_can_be_done_with_each(dialog):
    assert list(dialog.cards) == ["compact", "xmem", "clicks"]
    assert offered(dialog.cards["compact"]) == {"use", "verify"}
    assert offered(dialog.cards["xmem"]) == {"download"}
    assert offered(dialog.cards["clicks"]) == {"use", "verify", "delete"}
    assert not dialog.cards["compact"].buttons["use"].isEnabled()


def test_a_download_shows_progress_and_can_be_cancelled(dialog, jobs):
    card = dialog.cards["xmem"]
    card.buttons["download"].click()
    assert offered(card) == {"cancel"}
    jobs.progress.emit("xmem", 5_000_000, 20_000_000)
    assert card.progress.value() == 250
    assert card._state.text() == "5.0 MB of 20.0 MB"
    card.buttons["cancel"].click()
    assert jobs.asked == [("download", "xmem"), ("cancel", "xmem")]
    jobs.running = ""
    jobs.here = (*jobs.here[:2], ModelState(spec("xmem"), None, 5_000_000, 20_000_000))
    jobs.ended.emit("xmem", "", True)
    jobs.look()
    assert card.buttons["download"].text() == "Continue"
    assert offered(card) == {"download", "delete"}


def test_choosing_models_by_what_they_do(dialog, preferences):
    dialog.cards["clicks"].buttons["use"].click()
    assert (preferences.values.model, preferences.values.click_model) == ("compact", "clicks")
    assert not dialog.cards["clicks"].buttons["delete"].isEnabled()
    preferences.set(model="/some/file.pth")
    assert dialog._own["vos"].text() == "in use: /some/file.pth"
    assert dialog.cards["compact"].buttons["use"].isEnabled()


def test_click_models_can_come_first_with_what_to_expect_of_them(
    qtbot, preferences, jobs, context, actions, empty_session, monkeypatch
):
    monkeypatch.setattr(model_jobs, "ModelJobs", lambda _: jobs)
    jobs.here = (*jobs.here, ModelState(spec("slow", "segmenter", look=20.0), None, 0, 10))
    window = QWidget()
    qtbot.addWidget(window)
    DialogActions(context, window, open_path=lambda _: None)
    actions["prompts.models"].trigger()
    dialog = next(one for one in window.findChildren(ModelsDialog) if one.isVisible())
    all_cards(qtbot, dialog)
    assert list(dialog.cards) == ["clicks", "slow", "compact", "xmem"]
    look = dialog.cards["slow"].look
    assert look.text() == (
        "First look at a frame: up to 20 times as long as the compact click model's, on a processor."
    )
    assert not look.isHidden()
    assert dialog.cards["compact"].look.isHidden()
    dialog.close()


def test_a_model_whose_package_is_missing_says_how_to_get_it(qtbot, dialog, jobs):
    lacking = ModelState(spec("needy", "segmenter", extra="no_such_package"), Path("needy.pth"), 10, 10)
    jobs.here = (*jobs.here, lacking)
    jobs.look()
    all_cards(qtbot, dialog)
    card = dialog.cards["needy"]
    assert card.needs.text() == (
        "It needs the package no_such_package: run `pip install 'xmem-gui[no_such_package]'`."
    )
    assert not card.needs.isHidden()
    assert not card.buttons["use"].isEnabled()
    assert dialog.cards["clicks"].needs.isHidden()
    assert dialog.cards["clicks"].buttons["use"].isEnabled()


def test_a_file_is_used_only_once_it_has_been_read(dialog, jobs, preferences, monkeypatch):
    monkeypatch.setattr(models.QFileDialog, "getOpenFileName", lambda *_: ("/some/holiday.jpg", ""))
    before = preferences.values.model
    dialog._browse("vos", "Track with another file…")
    assert jobs.asked == [("vos", "/some/holiday.jpg")]
    assert preferences.values.model == before
    jobs.checked.emit("vos", "/some/holiday.jpg", "/some/holiday.jpg is not an XMem checkpoint.")
    assert preferences.values.model == before
    assert dialog._own["vos"].text() == "/some/holiday.jpg is not an XMem checkpoint. Nothing has changed."
    jobs.checked.emit("vos", "/some/net.pth", "")
    assert preferences.values.model == "/some/net.pth"
    assert dialog._own["vos"].text() == "in use: /some/net.pth"


@pytest.mark.parametrize("kind", ["vos", "segmenter"])
def test_a_file_of_something_else_is_told_from_a_model(qtbot, tmp_path, kind):
    garbage = tmp_path / "garbage.pth"
    garbage.write_bytes(b"no weights" * 100)
    whole = asset(
        "weights/compact-xmem.safetensors" if kind == "vos" else "weights/compact-click.safetensors"
    )
    jobs, said = ModelJobs(), []
    jobs.checked.connect(lambda *what: said.append(what))
    for file in (garbage, whole):
        jobs.check(kind, str(file))
    qtbot.waitUntil(lambda: len(said) == 2, timeout=WAIT)
    jobs.stop()
    assert "garbage.pth" in said[0][2]
    assert said[1] == (kind, str(whole), "")


def test_a_download_that_failed_is_offered_again(dialog, jobs):
    jobs.ended.emit("xmem", "The server cannot be reached.", True)
    jobs.look()
    card = dialog.cards["xmem"]
    assert (card.buttons["download"].text(), card.said.text()) == ("Retry", "The server cannot be reached.")


def test_what_goes_wrong_is_said_where_it_can_be_seen(
    qtbot, jobs, empty_session, context, actions, monkeypatch
):
    monkeypatch.setattr(model_jobs, "ModelJobs", lambda _: jobs)
    window, said = QWidget(), []
    qtbot.addWidget(window)
    DialogActions(context, window, open_path=lambda _: None)
    empty_session.notice.connect(lambda notice: said.append((notice.text, notice.level)))
    for _ in range(2):
        actions["file.models"].trigger()
        dialog = next(one for one in window.findChildren(ModelsDialog) if one.isVisible())
        jobs.ended.emit("xmem", "The server cannot be reached.", True)
        assert dialog.cards["xmem"].said.text() == "The server cannot be reached."
        assert said == []
        dialog.close()
        jobs.ended.emit("xmem", "The server cannot be reached.", True)
        jobs.ended.emit("xmem", "xmem is downloaded and can be used.", False)
        jobs.ended.emit("xmem", "", True)
        assert said == [
            ("The server cannot be reached.", "warning"),
            ("xmem is downloaded and can be used.", "info"),
        ]
        said.clear()


def test_the_end_of_a_download_is_told(qtbot, monkeypatch):
    monkeypatch.setattr(model, "download", lambda *_, **__: None)
    jobs = ModelJobs()
    try:
        with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
            jobs.download("xmem")
        assert ended.args == ["xmem", "xmem is downloaded and can be used.", False]
    finally:
        jobs.stop()


def test_jobs_find_what_is_installed_and_delete_it(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("XMEM_GUI_MODELS", str(tmp_path))
    (tmp_path / "XMem.pth").write_bytes(b"not weights")
    jobs = ModelJobs()
    try:
        with qtbot.waitSignal(jobs.states, timeout=WAIT) as found:
            jobs.look()
        here = {one.spec.name: one for one in found.args[0]}
        assert here["xmem"].path == tmp_path / "XMem.pth"
        assert here["compact"].path is not None
        assert here["xmem-s012"].path is None
        with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
            jobs.verify("xmem")
        assert ended.args[2]
        assert "not a file of weights" in ended.args[1]
        with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
            jobs.delete("xmem")
        assert ended.args[1:] == ["", False]
        assert not (tmp_path / "XMem.pth").exists()
        with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
            jobs.delete("compact")
        assert "comes with the program" in ended.args[1]
    finally:
        jobs.stop()
