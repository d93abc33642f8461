"""The dialogs that ask which video a project has, and where it may live."""

import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog, QWidget

from xmem_gui.annotator import Annotator
from xmem_gui.errors import MediaError
from xmem_gui.gui.controllers.openers import Openers
from xmem_gui.gui.dialogs import PlaceDialog, RelinkDialog, Rescue
from xmem_gui.gui.dialogs.frame_pairs import FramePairs
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.recents import own_sample
from xmem_gui.gui.state.values import Trouble
from xmem_gui.project import GRID, Remote, Sample

SIZE = (48, 64)


@pytest.fixture
def project(clip: Path) -> Path:
    with Annotator.open(clip) as annotator:
        one = annotator.add_object("rabbit").id
        for frame in (0, 3, 11):
            annotator.set_mask(frame, one, np.ones(SIZE, bool))
    return clip.with_name("clip.xmem")


@pytest.fixture
def rescue(qtbot, empty_session):
    window = QWidget()
    qtbot.addWidget(window)
    return Rescue(empty_session, window)


@pytest.fixture
def openers(qtbot, context):
    window = QWidget()
    qtbot.addWidget(window)
    return Openers(context, window)


def trouble(qtbot, session, rescue, path, **options):
    with qtbot.waitSignal(session.troubled, timeout=WAIT):
        session.open(path, **options)
    return rescue.dialog


def answer_place(monkeypatch, place):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(place), ""))


def test_masks_follow_the_names_of_pictures(qtbot, empty_session, rescue, project, clip):
    (clip / "00000.png").unlink()
    Image.new("RGB", SIZE[::-1]).save(clip / "00005b.png")
    dialog = trouble(qtbot, empty_session, rescue, clip)
    assert isinstance(dialog, RelinkDialog)
    qtbot.waitUntil(dialog.accept_changes.isVisible, timeout=WAIT)
    said = dialog.message.text()
    assert "1 picture came into it (00005b.png) and 1 picture is gone (00000.png)" in said
    assert "are kept" in said
    assert "names of the pictures" in dialog.accept_changes.text()
    assert not dialog.relink.isEnabled()
    dialog.accept_changes.setChecked(True)
    notices = []
    empty_session.notice.connect(notices.append)
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        dialog.relink.click()
    found = empty_session.annotator.project
    assert list(found.query.known_frames(1)) == [2, 11]
    assert found.kept == {"00000.png": 1}
    assert any("00000.png" in notice.text for notice in notices)


def test_two_frames_are_shown_side_by_side(qtbot, empty_session, rescue, project, clip):
    for file in clip.iterdir():
        Image.fromarray(255 - np.asarray(Image.open(file))).save(file)
    dialog = trouble(qtbot, empty_session, rescue, project)
    qtbot.waitUntil(dialog.pairs.isVisible, timeout=WAIT)
    assert "it shows other pictures" in dialog.message.text()
    assert not dialog.pairs.less.isEnabled()
    steps = 0
    while dialog.pairs.more.isEnabled():
        dialog.pairs.more.click()
        steps += 1
    assert steps == 7
    dialog.accept_changes.setChecked(True)
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        dialog.relink.click()


def test_a_picture_of_somebody_s_file_is_not_trusted(qtbot):
    pairs = FramePairs()
    qtbot.addWidget(pairs)
    cells = bytes(GRID * GRID * 3)
    for junk in (b"", b"\xff\xd8\xff\xe0junk", Path(__file__).read_bytes()):
        pairs.show_pairs([(Sample(1, cells, junk), Sample(2, cells, junk))])
        assert pairs.isVisibleTo(None) or pairs.isVisible()
    pairs.show_pairs([])
    assert not pairs.isVisible()


def test_a_project_opens_without_its_video(qtbot, empty_session, rescue, project, clip):
    shutil.rmtree(clip)
    dialog = trouble(qtbot, empty_session, rescue, project)
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        dialog.without.click()
    assert empty_session.annotator.project.read_only
    assert empty_session.annotator.project.mask(3, 1).all()


def test_another_video_in_its_place_may_have_a_new_project(
    qtbot, empty_session, rescue, project, clip, tmp_path, monkeypatch
):
    for file in clip.iterdir():
        Image.fromarray(255 - np.asarray(Image.open(file))).save(file)
    dialog = trouble(qtbot, empty_session, rescue, clip)
    answer_place(monkeypatch, tmp_path / "new")
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        dialog.fresh.click()
    assert empty_session.annotator.project.path == tmp_path / "new.xmem"
    assert empty_session.objects == []


def test_another_computer_is_looked_at_when_the_person_says_so(qtbot, empty_session, tmp_path, monkeypatch):
    place = Path("//nas/share/clip.mp4")
    made = Trouble(tmp_path / "p.xmem", tmp_path / "p.xmem", "", Remote(place, "nas"))
    asked = []

    def look(_, path):
        asked.append(path)
        raise MediaError("There is nothing.")

    monkeypatch.setattr("xmem_gui.annotator.differences", look)
    dialog = RelinkDialog(empty_session, made)
    qtbot.addWidget(dialog)
    assert dialog.candidates.count() == 0
    assert not asked
    dialog.ask_host.click()
    qtbot.waitUntil(lambda: asked == [place], timeout=WAIT)
    qtbot.waitUntil(lambda: dialog.message.text() == "There is nothing.", timeout=WAIT)
    assert empty_session.hosts == {"nas"}


def test_a_project_says_where_its_video_is_on_another_computer(qtbot, empty_session, rescue, project, clip):
    with closing(sqlite3.connect(project)) as database:
        (text,) = database.execute("SELECT value FROM meta WHERE key = 'video'").fetchone()
        there = "\\\\nas\\share\\clip"
        value = json.loads(text) | {"relative": there, "absolute": there}
        database.execute("UPDATE meta SET value = ? WHERE key = 'video'", (json.dumps(value),))
        database.commit()
    dialog = trouble(qtbot, empty_session, rescue, project)
    assert dialog.trouble.location.host == "nas"
    assert not dialog.relink.isEnabled()


def test_a_place_is_asked_for(qtbot, empty_session, rescue, clip, tmp_path, monkeypatch):
    dialog = trouble(qtbot, empty_session, rescue, clip, project=tmp_path / "nowhere" / "p.xmem")
    assert isinstance(dialog, PlaceDialog)
    answer_place(monkeypatch, tmp_path / "mine.xmem")
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        dialog.choose.click()
    assert empty_session.annotator.project.path == tmp_path / "mine.xmem"


def test_one_may_only_look(qtbot, empty_session, rescue, openers, preferences, clip, tmp_path, monkeypatch):
    notices = []
    empty_session.notice.connect(notices.append)
    with qtbot.waitSignal(empty_session.troubled, timeout=WAIT):
        openers.open(clip, project=tmp_path / "nowhere" / "p.xmem")
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        rescue.dialog.look.click()
    assert empty_session.annotator.project.read_only
    assert preferences.values.recents == [str(clip)]
    assert not list(tmp_path.glob("*.xmem"))
    said = [one for one in notices if one.text == empty_session.annotator.project.read_only]
    assert [[offer.label for offer in one.offers] for one in said] == [["Save project as…"]]
    answer_place(monkeypatch, tmp_path / "kept.xmem")
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        said[0].offers[0].do()
    assert empty_session.annotator.project.path == tmp_path / "kept.xmem"
    assert not empty_session.annotator.project.read_only


def test_saving_as_goes_on_in_the_copy(
    qtbot, empty_session, openers, preferences, project, clip, tmp_path, monkeypatch
):
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        openers.open(clip)
    empty_session.edit(lambda annotator: annotator.add_object("rock") and None)
    (tmp_path / "other").mkdir()
    place = tmp_path / "other" / "copy.xmem"
    answer_place(monkeypatch, place)
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        openers.save_as()
    annotator = empty_session.annotator
    assert annotator.project.path == place
    assert annotator.video.path == clip
    assert [one.name for one in annotator.project.objects] == ["rabbit", "rock"]
    assert preferences.values.recents[0] == str(place)
    with closing(sqlite3.connect(place)) as database:
        (text,) = database.execute("SELECT value FROM meta WHERE key = 'video'").fetchone()
    assert json.loads(text)["relative"] == "../clip"


def test_a_project_elsewhere_is_what_is_remembered(
    qtbot, empty_session, openers, preferences, clip, tmp_path
):
    (tmp_path / "projects").mkdir()
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        openers.open(clip, project=tmp_path / "projects" / "p.xmem")
    assert preferences.values.recents == [str(tmp_path / "projects" / "p.xmem")]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_name_that_is_no_text_is_opened_remembered_and_dropped(
    qtbot, empty_session, openers, preferences, clip
):
    odd = clip.with_name(os.fsdecode(b"clip\xff"))
    clip.rename(odd)
    data = QMimeData()
    data.setUrls([QUrl(odd.parent.as_uri() + "/clip%FF")])
    assert openers.dropped(data) == odd
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        openers.open(odd)
    preferences.flush()
    assert Preferences(odd.parent / "settings").values.recents == [str(odd)]


def test_plain_addresses_are_dropped_as_ever(openers, tmp_path):
    name = tmp_path / "a b%20é.mp4"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(name))])
    assert openers.dropped(data) == name
    data.setUrls([QUrl("https://example.org/a.mp4")])
    assert openers.dropped(data) is None


def test_the_sample_of_an_earlier_release_keeps_its_project(tmp_path):
    first = own_sample(tmp_path)
    assert first.name == "sample.mp4"
    assert own_sample(tmp_path) == first
    older = first.read_bytes()[:-1] + b"?"
    first.write_bytes(older)
    second = own_sample(tmp_path)
    assert second != first
    assert own_sample(tmp_path) == second
    assert first.read_bytes() == older
    assert opened_frames(second) == 88


def opened_frames(path: Path) -> int:
    with Annotator.open(path, look_only=True) as annotator:
        return len(annotator.video)
