"""The export dialog: what is offered, the plan in words, and what stays when it is done."""

from pathlib import Path

import pytest
from dialog_hand import wait_for
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PySide6.QtCore import Qt

from xmem_gui.formats import EXPORTERS, IMPORTERS
from xmem_gui.gui.dialogs import ExportDialog
from xmem_gui.gui.dialogs.export_form import Asked
from xmem_gui.gui.dialogs.format_list import EXPORT_FORMATS, SOFT_FORMATS
from xmem_gui.gui.dialogs.importing import IMPORT_FORMATS as READABLE
from xmem_gui.project import AddObject


def test_every_format_is_offered_with_the_options_it_has():
    assert set(EXPORT_FORMATS) == set(EXPORTERS)
    for name, exporter in EXPORTERS.items():
        assert EXPORT_FORMATS[name].images == exporter.takes_images, name
        assert EXPORT_FORMATS[name].ending in ("", *exporter.extensions), name
        assert EXPORT_FORMATS[name].one_file == bool(EXPORT_FORMATS[name].ending), name
        assert (EXPORT_FORMATS[name].look, EXPORT_FORMATS[name].quality) == (
            exporter.has_look,
            exporter.has_quality,
        ), name
        assert EXPORT_FORMATS[name].edge == exporter.has_edge, name
    assert {name for name, _ in READABLE} == set(IMPORTERS)


def offered(formats) -> set[str]:
    items = [formats.item(row) for row in range(formats.count())]
    names = {one.name: one.id for one in EXPORT_FORMATS.values()}
    return {names[item.text()] for item in items if item.text() in names and not item.isHidden()}


def test_soft_masks_are_offered_only_where_there_are_any(qtbot, exporting, session, settle):
    soft = {name for name, one in EXPORTERS.items() if one.needs_probabilities}
    assert soft == SOFT_FORMATS
    settle()
    assert offered(exporting.formats) == set(EXPORTERS) - soft
    mask = session.annotator.project.record(0, 1).rle
    kept = session.annotator.probabilities
    kept.begin(1 << 20)
    kept.put(0, 1, mask, np.full((48, 64), 100, np.uint8))
    session.edit(lambda one: one.project.apply(AddObject("grass")))
    qtbot.waitUntil(lambda: offered(exporting.formats) == set(EXPORTERS), timeout=WAIT)
    exporting.formats.choose("soft-8")
    wait_for(qtbot, exporting, "hard edges")
    session.edit(lambda one: one.uncommit(0))
    session.edit(lambda one: one.set_mask(0, 1, ~mask.to_mask()))
    qtbot.waitUntil(lambda: offered(exporting.formats) == set(EXPORTERS) - soft, timeout=WAIT)
    assert exporting.formats.format.id == "index-png"


def test_what_is_asked_for_as_exporters_take_it(tmp_path):
    request = Asked(
        "davis", tmp_path, which="range", first=2, last=8, every=3, objects=(1,), pattern="%05d", start=1
    ).request()
    assert (request.frames.start, request.frames.stop, request.frames.step) == (2, 9, 3)
    assert (request.naming.pattern, request.naming.start, request.objects) == ("%05d", 1, (1,))
    assert Asked("davis", tmp_path, which="committed").request().frames.status == "committed"
    assert Asked("davis", tmp_path, which="annotated").request().frames.annotated_only


@pytest.fixture
def exporting(qtbot, session, masks, context):
    dialog = ExportDialog(context)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.bar.begin.isEnabled(), timeout=WAIT)
    return dialog


def test_the_preview_follows_what_is_asked_for(qtbot, exporting):
    form = exporting.form
    assert "12 frames  ·  2 objects" in exporting.summary.text
    form.which.setCurrentIndex(form.which.findData("annotated"))
    wait_for(qtbot, exporting, "5 frames")
    form.which.setCurrentIndex(form.which.findData("committed"))
    wait_for(qtbot, exporting, "1 frame  ")
    form.which.setCurrentIndex(form.which.findData("range"))
    form.first.setValue(2)
    form.last.setValue(8)
    form.every.setValue(3)
    wait_for(qtbot, exporting, "3 frames")
    form.objects.item(0).setCheckState(Qt.CheckState.Unchecked)
    wait_for(qtbot, exporting, "1 object")
    form.pattern.setText("no number")
    wait_for(qtbot, exporting, "exactly one number")
    assert not exporting.bar.begin.isEnabled()


def test_a_small_picture_shows_what_a_format_will_hold(qtbot, exporting):
    qtbot.waitUntil(exporting.look.isVisible, timeout=WAIT)
    exporting.formats.choose("matte")
    picture = exporting.look.picture

    def is_grey():
        image = picture.pixmap().toImage()
        return all(image.pixelColor(x, 40).saturation() == 0 for x in range(0, image.width(), 7))

    qtbot.waitUntil(is_grey, timeout=WAIT)
    assert exporting.look.caption.text() == "Frame 0"
    exporting.formats.choose("index-png")
    qtbot.waitUntil(lambda: not is_grey(), timeout=WAIT)


def test_objects_follow_the_document_and_those_left_out_stay_so(qtbot, exporting, session, settle):
    exporting.form.objects.item(0).setCheckState(Qt.CheckState.Unchecked)
    session.edit(lambda one: one.project.apply(AddObject("grass")))
    settle()
    wait_for(qtbot, exporting, "2 objects")
    assert exporting.form.asked().objects == (2, 3)


def test_a_format_of_one_file_names_the_file(qtbot, exporting):
    folder = exporting.form.destination.text()
    exporting.formats.choose("coco")
    assert exporting.form.destination.text() == str(Path(folder) / "clip.json")
    wait_for(qtbot, exporting, "1 file  ")
    exporting.formats.choose("index-png")
    assert exporting.form.destination.text() == folder


def test_an_export_writes_and_remembers_the_format(qtbot, exporting, tmp_path, preferences):
    exporting.formats.choose("index-png")
    exporting.form.destination.setText(str(tmp_path / "out"))
    exporting.form.which.setCurrentIndex(exporting.form.which.findData("annotated"))
    wait_for(qtbot, exporting, "5 frames")
    qtbot.waitUntil(lambda: exporting.bar.begin.isEnabled(), timeout=WAIT)
    exporting.bar.begin.click()
    qtbot.waitUntil(lambda: not exporting.bar.show_result.isHidden(), timeout=WAIT)
    assert len(list((tmp_path / "out").rglob("*.png"))) == 5
    assert preferences.values.export_format == "index-png"


def test_success_stays_and_the_same_place_again_is_offered_as_replacing_or_by_a_new_name(
    qtbot, exporting, session, tmp_path, settle
):
    exporting.formats.choose("coco")
    exporting.form.destination.setText(str(tmp_path / "out.json"))
    wait_for(qtbot, exporting, "1 file  ")
    qtbot.waitUntil(lambda: exporting.bar.begin.isEnabled(), timeout=WAIT)
    exporting.bar.begin.click()
    qtbot.waitUntil(lambda: not exporting.bar.show_result.isHidden(), timeout=WAIT)
    for _ in range(3):
        settle()
        qtbot.wait(1)
    assert "Exported to" in exporting.bar.message.text()
    assert not exporting.bar.show_result.isHidden()
    first = (tmp_path / "out.json").stat().st_mtime_ns
    exporting.form.changed.emit()
    qtbot.waitUntil(lambda: exporting.bar.begin.text() == "Replace", timeout=WAIT)
    assert "exists already" not in exporting.summary.text
    assert exporting.bar.begin.isEnabled()
    exporting.bar.begin.click()
    qtbot.waitUntil(lambda: not exporting.bar.show_result.isHidden(), timeout=WAIT)
    assert (tmp_path / "out.json").stat().st_mtime_ns > first
    exporting.form.changed.emit()
    qtbot.waitUntil(lambda: not exporting._rename.isHidden(), timeout=WAIT)
    exporting._rename.click()
    assert exporting.form.destination.text() == str(tmp_path / "out-2.json")
    qtbot.waitUntil(lambda: exporting.bar.begin.text() == "Export", timeout=WAIT)


def test_what_is_not_ours_is_never_offered_to_be_replaced(qtbot, exporting, tmp_path):
    (tmp_path / "mine.json").write_text("{}")
    exporting.formats.choose("coco")
    exporting.form.destination.setText(str(tmp_path / "mine.json"))
    qtbot.waitUntil(lambda: "mine.json" in exporting.summary.text, timeout=WAIT)
    assert not exporting.bar.begin.isEnabled()
    assert exporting._rename.isHidden()


def test_an_export_goes_on_when_its_dialog_is_gone(qtbot, session, masks, context, tmp_path):
    exporting = ExportDialog(context)
    exporting.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    exporting.show()
    exporting.form.destination.setText(str(tmp_path / "out"))
    qtbot.waitUntil(lambda: exporting.bar.begin.isEnabled(), timeout=WAIT)
    with qtbot.waitSignal(session.notice, timeout=WAIT) as said:
        exporting.bar.begin.click()
        exporting.reject()
    assert said.args[0].text == f"Exported to {tmp_path / 'out' / 'Annotations' / '480p'}"
    qtbot.waitUntil(lambda: session.job is None, timeout=WAIT)


def test_a_cancelled_export_writes_nothing(qtbot, exporting, session, tmp_path):
    exporting.form.destination.setText(str(tmp_path / "out"))
    qtbot.waitUntil(lambda: exporting.bar.begin.isEnabled(), timeout=WAIT)
    exporting.bar.begin.click()
    exporting.bar.stop.click()
    qtbot.waitUntil(lambda: session.job is None, timeout=WAIT)
    assert exporting.bar.message.text() == "Stopped. Nothing was changed."
    assert not (tmp_path / "out").exists()


def test_an_export_over_what_is_read_is_refused_as_it_is_planned(qtbot, exporting, clip):
    before = {path.name: path.read_bytes() for path in clip.iterdir()}
    for place in (clip, clip.parent):
        exporting.form.destination.setText(str(place))
        exporting.form.overwrite.setChecked(True)
        wait_for(qtbot, exporting, "choose another")
        assert "is read" in exporting.summary.text or "are read" in exporting.summary.text
        assert not exporting.bar.begin.isEnabled()
    exporting.form.destination.setText(str(clip.parent / ("n" * 300)))
    wait_for(qtbot, exporting, "too long")
    assert {path.name: path.read_bytes() for path in clip.iterdir()} == before
