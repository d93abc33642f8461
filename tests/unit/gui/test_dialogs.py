from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from xmem_gui.formats import EXPORTERS, IMPORTERS
from xmem_gui.gui.dialogs import ExportDialog, ImportDialog, RelinkDialog, Rescue, SalvageDialog
from xmem_gui.gui.dialogs.export_form import Asked
from xmem_gui.gui.dialogs.format_list import EXPORT_FORMATS, SOFT_FORMATS
from xmem_gui.gui.dialogs.importing import IMPORT_FORMATS as READABLE
from xmem_gui.gui.dialogs.settings import SettingsDialog
from xmem_gui.gui.theme import SpinBox
from xmem_gui.project import AddObject, SetMasks

SIZE = (48, 64)
WAIT = 20_000


@pytest.fixture
def masks(session, settle):
    """A rabbit on frames 0 to 4, committed on 0, and a rock on frame 2."""
    square = np.zeros(SIZE, bool)
    square[10:30, 5:20] = True

    def fill(annotator):
        rabbit, rock = (annotator.add_object(name).id for name in ("rabbit", "rock"))
        for frame in range(5):
            annotator.project.apply(SetMasks(frame, {rabbit: square}, commit=frame == 0))
        annotator.project.apply(SetMasks(2, {rock: ~square}))

    session.edit(fill)
    settle()
    return square


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


def wait_for(qtbot, dialog, words):
    qtbot.waitUntil(lambda: words in dialog.summary.text, timeout=WAIT)


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


@pytest.fixture
def importing(qtbot, session, context):
    dialog = ImportDialog(context)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def write_masks(folder, count, *, blended=False):
    """Write index masks of a disc; blended, its edge has values between those of object and background."""
    folder.mkdir()
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    inside = np.clip(15 - np.hypot(rows - 24, columns - 30), 0, 1)
    for frame in range(count):
        mask = (inside * 20).astype(np.uint8) if blended else (inside > 0).astype(np.uint8)
        Image.fromarray(mask).save(folder / f"{frame:05d}.png")


def test_masks_come_in_as_one_step(qtbot, importing, session, settle, tmp_path):
    write_masks(tmp_path / "masks", 3)
    steps = len(session.annotator.project.history)
    importing.path.setText(str(tmp_path / "masks"))
    importing.path.editingFinished.emit()
    wait_for(qtbot, importing, "3 masks of 1 object")
    assert [combo.currentText() for combo in importing.destinations.combos.values()] == ["New object 1"]
    importing.bar.begin.click()
    qtbot.waitUntil(lambda: "one undo" in importing.bar.message.text(), timeout=WAIT)
    settle()
    assert len(session.objects) == 1
    assert len(session.annotator.project.history) == steps + 1


def choose(combo, text):
    """Choose an item as a person does."""
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def test_objects_go_where_the_person_says(qtbot, importing, session, settle, tmp_path):
    folder = tmp_path / "masks"
    write_masks(folder, 3)
    other = np.zeros(SIZE, np.uint8)
    other[2:6, 2:6] = 2
    Image.fromarray(other).save(folder / "00003.png")
    for name in ("fox", "hare"):
        session.annotator.add_object(name)
    session.annotator.set_mask(0, 2, np.ones(SIZE, bool))
    importing.path.setText(str(folder))
    importing.path.editingFinished.emit()
    wait_for(qtbot, importing, "4 masks of 2 objects")
    first, second = importing.destinations.combos.values()
    importing.options.by_class.setFocus()
    for combo in (first, second):  # the keyboard goes through them in their order
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert combo.hasFocus()
    assert (first.currentText(), second.currentText()) == ("New object 3", "New object 4")
    choose(second, "hare (object 2)")
    assert "replaced" not in importing.summary.text
    choose(first, "hare (object 2)")
    assert (
        "1 mask of hare (object 2) is there already: replaced where it is another." in importing.summary.text
    )
    assert second.currentText() == "New object 3"  # never two into one
    importing.bar.begin.click()
    qtbot.waitUntil(lambda: "one undo" in importing.bar.message.text(), timeout=WAIT)
    settle()
    project = session.annotator.project
    assert [one.name for one in project.objects] == ["fox", "hare", "object 2"]
    assert project.mask(0, 2).sum() < 1000
    assert project.mask(3, 3).sum() == 16


def test_masks_of_another_size_are_scaled_in_the_window(qtbot, importing, tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    Image.fromarray(np.ones((SIZE[0] * 2, SIZE[1] * 2), np.uint8)).save(folder / "00000.png")
    importing.path.setText(str(folder))
    importing.path.editingFinished.emit()
    qtbot.waitUntil(lambda: "but the video has" in importing.bar.message.text(), timeout=WAIT)
    assert not importing.bar.begin.isEnabled()
    importing.options.scale.setChecked(True)
    wait_for(qtbot, importing, "1 mask of 1 object")


def test_outlines_and_classes_as_the_person_says(qtbot, importing, session, settle, tmp_path):
    box = [(0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)]
    other = [(x + 0.3, y) for x, y in box]
    lines = "".join(
        "0 " + " ".join(f"{v:.6f}" for corner in ring for v in corner) + "\n" for ring in (box, other)
    )
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "00000.txt").write_text(lines)
    importing.path.setText(str(tmp_path / "labels"))
    importing.path.editingFinished.emit()
    wait_for(qtbot, importing, "2 masks of 2 objects")
    importing.options.by_class.setChecked(True)
    wait_for(qtbot, importing, "1 mask of 1 object")
    (with_outline,) = importing.found.plan.read()
    importing.options.outlines.setCurrentIndex(2)
    qtbot.waitUntil(lambda: importing.found is not None, timeout=WAIT)
    settle()
    (inside,) = importing.found.plan.read()
    assert inside.rle.area < with_outline.rle.area


def test_repairs_need_a_yes(qtbot, importing, session, settle, tmp_path):
    write_masks(tmp_path / "masks", 2, blended=True)
    importing.path.setText(str(tmp_path / "masks"))
    importing.path.editingFinished.emit()
    qtbot.waitUntil(lambda: importing.repair.isVisible(), timeout=WAIT)
    assert not importing.bar.begin.isEnabled()
    importing.repair.setChecked(True)
    importing.bar.begin.click()
    qtbot.waitUntil(lambda: "one undo" in importing.bar.message.text(), timeout=WAIT)
    settle()
    assert len(session.objects) == 1


def test_files_without_masks_are_said_to_be_so(qtbot, importing, tmp_path):
    (tmp_path / "notes.txt").write_text("no masks")
    importing.path.setText(str(tmp_path / "notes.txt"))
    importing.path.editingFinished.emit()
    qtbot.waitUntil(lambda: "no masks of a format" in importing.bar.message.text(), timeout=WAIT)
    assert not importing.bar.begin.isEnabled()


@pytest.fixture
def troubled(qtbot, session, masks, clip):
    """A session whose project is closed, and what shows dialogs."""
    rescue = Rescue(session, (window := QWidget()))
    qtbot.addWidget(window)
    closed = []
    session.close(closed.append)
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT)
    return session, rescue, clip.with_name("clip.xmem")


def test_a_moved_video_is_relinked(qtbot, troubled, clip):
    session, rescue, project = troubled
    (clip.parent / "elsewhere").mkdir()
    moved = clip.parent / "elsewhere" / "clip"
    clip.rename(moved)
    with qtbot.waitSignal(session.troubled, timeout=WAIT):
        session.open(project)
    dialog = rescue.dialog
    assert isinstance(dialog, RelinkDialog)
    dialog.offer(moved)
    qtbot.waitUntil(lambda: dialog.relink.isEnabled(), timeout=WAIT)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        dialog.relink.click()
    assert [one.name for one in session.objects] == ["rabbit", "rock"]


def test_a_changed_video_needs_a_yes(qtbot, troubled, clip):
    session, rescue, project = troubled
    Image.new("RGB", SIZE[::-1]).save(clip / "99999.png")
    with qtbot.waitSignal(session.troubled, timeout=WAIT):
        session.open(project)
    dialog = rescue.dialog
    qtbot.waitUntil(lambda: dialog.accept_changes.isVisible(), timeout=WAIT)
    assert "1 picture came into it" in dialog.message.text()
    assert not dialog.relink.isEnabled()
    dialog.accept_changes.setChecked(True)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        dialog.relink.click()
    assert session.frames == 13


def test_a_damaged_project_is_repaired(qtbot, troubled, clip):
    session, rescue, project = troubled
    data = bytearray(project.read_bytes())
    data[:100] = bytes(100)
    project.write_bytes(data)
    with qtbot.waitSignal(session.troubled, timeout=WAIT):
        session.open(clip)
    dialog = rescue.dialog
    assert isinstance(dialog, SalvageDialog)
    dialog.repair.click()
    qtbot.waitUntil(lambda: "were saved" in dialog.message.text(), timeout=WAIT)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        dialog.repair.click()
    assert [one.name for one in session.objects] == ["rabbit", "rock"]


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


def test_low_confidence_is_chosen_in_per_cent(qtbot, context, preferences):
    dialog = SettingsDialog(context)
    qtbot.addWidget(dialog)
    (field,) = [one for one in dialog.findChildren(SpinBox) if one.accessibleName() == "Low confidence"]
    assert field.text() == "70 %"
    field.setValue(85)
    assert preferences.values.low_confidence == 0.85
