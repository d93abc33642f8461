"""Looks, qualities and presets in the export dialog."""

import json
from dataclasses import replace

import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from xmem_gui.formats import OverlayLook
from xmem_gui.gui.controllers.preset_export import PresetExport, asked_of
from xmem_gui.gui.dialogs import ExportDialog
from xmem_gui.gui.dialogs.export_form import Asked
from xmem_gui.gui.shell.menus import add_presets
from xmem_gui.gui.state.export_presets import (
    LONGEST_PRESET,
    MOST_PRESETS,
    ExportPreset,
    OverlayChoices,
    named,
    presets_of,
    with_preset,
)
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.values import Message


@pytest.fixture
def objects(session, settle):
    import numpy as np

    from xmem_gui.project import SetMasks

    square = np.zeros((48, 64), bool)
    square[10:30, 5:20] = True

    def fill(annotator):
        for name in ("rabbit", "rock"):
            one = annotator.add_object(name).id
            annotator.project.apply(SetMasks(0, {one: square}))

    session.edit(fill)
    settle()


@pytest.fixture
def opened(qtbot, session, objects, context):
    def make() -> ExportDialog:
        dialog = ExportDialog(context)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(
            lambda: bool(dialog.summary.text) and "Looking" not in dialog.summary.text, timeout=WAIT
        )
        return dialog

    return make


def keep(dialog: ExportDialog, name: str) -> None:
    dialog.presets.field.setText(name)
    dialog.presets.save.click()


def test_a_look_is_asked_for_as_exporters_take_it(tmp_path):
    overlay = OverlayChoices(quality="small", fill=20, outline=3, labels=True, dim=60)
    request = Asked("overlay", tmp_path, overlay=overlay).request()
    assert request.look == OverlayLook(fill=0.2, outline=3, labels=True, dim=0.6)
    assert request.quality == 28
    plain = Asked("overlay", tmp_path).request()
    assert (plain.look, plain.quality) == (OverlayLook(), None)


def test_only_overlays_have_a_look_and_only_videos_a_quality(opened):
    dialog = opened()
    look, quality = dialog.form.overlay, dialog.form.overlay.quality
    for name, shown in {"overlay": (True, True), "preview": (True, False), "coco": (False, False)}.items():
        dialog.formats.choose(name)
        assert (look.isVisible(), quality.isVisible()) == shown, name
    dialog.formats.choose("overlay")
    look.fill.setValue(80)
    quality.setCurrentIndex(quality.findData("small"))
    assert (dialog.form.asked().overlay.fill, dialog.form.asked().overlay.quality) == (80, "small")
    dialog.formats.choose("preview")
    assert (dialog.form.asked().overlay.fill, dialog.form.asked().overlay.quality) == (80, "fine")
    dialog.formats.choose("coco")
    assert dialog.form.asked().overlay == OverlayChoices()


def test_the_small_picture_follows_the_look(qtbot, opened):
    dialog = opened()
    dialog.formats.choose("overlay")
    qtbot.waitUntil(lambda: ".mp4" in dialog.summary.text, timeout=WAIT)

    def brightest() -> int:
        image = dialog.look.picture.pixmap().toImage()
        row = [image.pixelColor(x, image.height() - 3) for x in range(image.width())]
        return max(max(one.red(), one.green(), one.blue()) for one in row)

    assert brightest() > 0
    dialog.form.overlay.dim.setValue(100)
    qtbot.waitUntil(lambda: brightest() == 0, timeout=WAIT)
    assert "1 file " in dialog.summary.text


def test_a_preset_brings_its_format_and_options_back_after_a_restart(qtbot, opened, preferences, tmp_path):
    dialog = opened()
    form = dialog.form
    dialog.formats.choose("overlay")
    form.overlay.labels.setChecked(True)
    form.overlay.quality.setCurrentIndex(1)
    form.every.setValue(2)
    form.which.setCurrentIndex(form.which.findData("annotated"))
    keep(dialog, "  For   the web ")
    dialog.formats.choose("davis")
    form.images.setChecked(True)
    form.pattern.setText("%05d")
    form.start.setValue(1)
    form.which.setCurrentIndex(form.which.findData("all"))
    form.every.setValue(1)
    keep(dialog, "Training")
    dialog.close()
    preferences.flush()
    kept = {one.name: one for one in presets_of(Preferences(tmp_path / "settings").values.export_presets)}
    assert list(kept) == ["For the web", "Training"]
    again = opened()
    again.presets.names.activated.emit(0)
    asked = again.form.asked()
    assert (asked.format_id, asked.which, asked.every) == ("overlay", "annotated", 2)
    assert (asked.overlay.labels, asked.overlay.quality) == (True, "good")
    again.presets.names.activated.emit(1)
    asked = again.form.asked()
    assert (asked.format_id, asked.images, asked.pattern, asked.start) == ("davis", True, "%05d", 1)
    qtbot.waitUntil(lambda: "00001.png" in again.summary.text, timeout=WAIT)


def test_the_next_export_of_the_kind_is_one_click(qtbot, opened, preferences, clip):
    dialog = opened()
    dialog.formats.choose("coco")
    dialog.form.every.setValue(3)
    keep(dialog, "Sparse")
    qtbot.waitUntil(lambda: "4 frames" in dialog.summary.text, timeout=WAIT)
    dialog.bar.begin.click()
    qtbot.waitUntil(lambda: "Exported to" in dialog.bar.message.text(), timeout=WAIT)
    dialog.close()
    assert preferences.values.export_preset == "Sparse"
    again = opened()
    assert (again.form.asked().format_id, again.form.every.value()) == ("coco", 3)
    assert again.presets.field.text() == "Sparse"
    qtbot.waitUntil(again.bar.begin.isEnabled, timeout=WAIT)
    again.form.destination.setText(str(clip.parent / "again.json"))
    qtbot.waitUntil(lambda: "again.json" in again.summary.text and again.bar.begin.isEnabled(), timeout=WAIT)
    again.bar.begin.click()
    qtbot.waitUntil(lambda: (clip.parent / "again.json").exists(), timeout=WAIT)
    assert len(json.loads((clip.parent / "again.json").read_text())["images"]) == 4


def test_what_was_exported_without_a_preset_begins_without_one(qtbot, opened, preferences):
    dialog = opened()
    dialog.formats.choose("coco")
    keep(dialog, "Mine")
    dialog.formats.choose("davis")
    qtbot.waitUntil(lambda: "00000.png" in dialog.summary.text and dialog.bar.begin.isEnabled(), timeout=WAIT)
    dialog.bar.begin.click()
    qtbot.waitUntil(lambda: "Exported to" in dialog.bar.message.text(), timeout=WAIT)
    dialog.close()
    assert (preferences.values.export_preset, preferences.values.export_format) == ("", "davis")
    again = opened()
    assert (again.form.asked().format_id, again.presets.field.text()) == ("davis", "")


def test_save_replaces_only_what_is_another_and_delete_forgets(opened, preferences):
    dialog = opened()
    row = dialog.presets
    assert not row.save.isEnabled()
    assert not row.delete.isEnabled()
    dialog.formats.choose("coco")
    keep(dialog, "Mine")
    assert (row.save.text(), row.save.isEnabled(), row.delete.isEnabled()) == ("Replace", False, True)
    dialog.form.every.setValue(4)
    assert row.save.isEnabled()
    row.save.click()
    assert [one["every"] for one in preferences.values.export_presets] == [4]
    row.field.setText("Another")
    assert (row.save.text(), row.delete.isEnabled()) == ("Save", False)
    row.field.setText("Mine")
    row.delete.click()
    assert preferences.values.export_presets == []
    assert row.field.text() == ""


def test_enter_in_the_name_keeps_it_and_does_not_export(qtbot, opened, preferences, session):
    dialog = opened()
    dialog.formats.choose("coco")
    qtbot.waitUntil(dialog.bar.begin.isEnabled, timeout=WAIT)
    dialog.presets.field.setFocus()
    QTest.keyClicks(dialog.presets.field, "Web")
    QTest.keyClick(dialog.presets.field, Qt.Key.Key_Return)
    assert [one["name"] for one in preferences.values.export_presets] == ["Web"]
    assert session.job is None
    assert dialog.bar.message.text() == ""
    assert not dialog.form.asked().destination.parent.exists()


def test_a_preset_whose_format_is_not_offered_says_so(opened, preferences):
    dialog = opened()
    preferences.set(export_presets=with_preset([], ExportPreset(name="Soft", format_id="soft-8")))
    dialog.presets.names.activated.emit(0)
    assert dialog.formats.format.id == "index-png"
    assert dialog.bar.message.text() == "The format of 'Soft' is not offered here; choose another."
    dialog.formats.choose("coco")
    assert dialog.bar.message.text() == ""


def test_a_range_stays_chosen_under_a_preset_of_all_frames(opened, session):
    dialog = opened()
    form = dialog.form
    dialog.formats.choose("coco")
    keep(dialog, "All")
    form.which.setCurrentIndex(form.which.findData("range"))
    form.last.setValue(3)
    dialog.presets.names.activated.emit(0)
    assert (form.asked().which, form.asked().last) == ("range", 3)


@pytest.mark.parametrize(
    "found",
    [
        None, 3, "x", {"name": "a"}, [3], [{"name": 3}], [{"name": ""}], [{"name": "a\nb\0"}],
        [{"name": "\udc80"}], [{"every": 3}],
    ],
)  # fmt: skip
def test_damaged_presets_count_as_never_made(tmp_path, found):
    (tmp_path / "preferences.json").write_text(json.dumps({"export_presets": found, "theme": "dark"}))
    values = Preferences(tmp_path).values
    assert (values.export_presets, values.theme) == ([], "dark")


def test_odd_fields_of_a_preset_have_their_defaults(tmp_path):
    odd = {
        "name": "a",
        "every": 0,
        "fill": 1e9,
        "quality": "huge",
        "which": "some",
        "format_id": "../x",
        "dim": 7,
    }
    twice = [odd, {"name": "a", "every": 5}, *({"name": f"n{one}"} for one in range(2 * MOST_PRESETS))]
    (tmp_path / "preferences.json").write_text(json.dumps({"export_presets": twice}))
    first, *rest = presets_of(Preferences(tmp_path).values.export_presets)
    assert first == ExportPreset(name="a", dim=7)
    assert len(rest) == MOST_PRESETS - 1


def test_names_are_one_short_line():
    assert named("  a \n b\t c ") == "a b c"
    assert len(named("x" * 500)) == LONGEST_PRESET
    assert named("a\u202eb") == ""


@pytest.fixture
def exports(context):
    return PresetExport(context)


def told(session) -> list[Message]:
    found: list[Message] = []
    session.notice.connect(found.append)
    return found


def test_a_preset_exports_by_one_click_and_never_over_what_is_there(
    qtbot, session, objects, preferences, exports, clip, settle
):
    preset = ExportPreset(name="Sparse", format_id="coco", every=3)
    preferences.set(export_presets=with_preset([], preset))
    said = told(session)
    for name in ("clip.json", "clip-2.json"):
        exports.export("Sparse")
        place = clip.parent / "clip-masks" / name
        qtbot.waitUntil(lambda place=place: bool(said) and str(place) in said[-1].text, timeout=WAIT)
        assert len(json.loads(place.read_text())["images"]) == 4
        assert [one.label for one in said[-1].offers] == ["Open folder"]
    assert (preferences.values.export_preset, preferences.values.export_format) == ("Sparse", "coco")
    settle()
    session.marks = (2, 8)
    exports.export("Sparse")
    third = clip.parent / "clip-masks" / "clip-3.json"
    qtbot.waitUntil(lambda: str(third) in said[-1].text, timeout=WAIT)
    assert len(json.loads(third.read_text())["images"]) == 3


def test_a_preset_of_a_folder_gets_a_folder_of_its_own(
    qtbot, session, objects, preferences, exports, clip, settle
):
    preferences.set(export_presets=with_preset([], ExportPreset(name="All", format_id="index-png")))
    said = told(session)
    for name in ("clip-masks", "clip-masks-2"):
        exports.export("All")
        qtbot.waitUntil(lambda name=name: bool(said) and name in said[-1].text.split("/"), timeout=WAIT)
        assert len([*(clip.parent / name / "clip").glob("*.png")]) == 12
        settle()


def test_all_of_a_preset_is_asked_for(tmp_path):
    overlay = {"quality": "good", "fill": 10, "outline": 4, "labels": True, "dim": 20}
    matte = {"feather": 2.5, "choke": -1.0, "refine": 3.0}
    preset = ExportPreset(
        name="All", format_id="matte", which="annotated", every=2, pattern="%04d", start=3, images=True,
        own_colours=True, **overlay, **matte,
    )  # fmt: skip
    asked = asked_of(preset, tmp_path, None)
    kept = {**vars(asked), **vars(asked.overlay), **vars(asked.matte)}
    assert {name: kept[name] for name in vars(preset) if name != "name"} == {
        name: value for name, value in vars(preset).items() if name != "name"
    }
    ranged = asked_of(replace(preset, which="all"), tmp_path, (2, 5))
    assert (ranged.which, ranged.first, ranged.last) == ("range", 2, 5)


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ({"format_id": "of-a-plugin"}, "not here"),
        ({"format_id": "coco", "which": "reviewed"}, "No frame is left"),
        ({"format_id": "soft-8"}, "soft edges"),
    ],
)
def test_what_cannot_be_exported_is_said(qtbot, session, objects, preferences, exports, clip, preset, words):
    preferences.set(export_presets=with_preset([], ExportPreset(name="Odd", **preset)))
    said = told(session)
    exports.export("Odd")
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert words in said[-1].text
    assert not (clip.parent / "clip-masks").exists()
    exports.export("Unknown")
    assert session.job is None


def test_presets_stand_in_the_file_menu_where_there_are_any(
    qtbot, session, objects, preferences, exports, actions, clip
):
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.addAction(actions["file.export"])
    menu.addAction(actions["file.quit"])
    presets = add_presets(menu, actions, exports)
    assert not presets.menuAction().isVisible()
    preferences.set(export_presets=with_preset([], ExportPreset(name="Web & mail", format_id="coco")))
    menu.aboutToShow.emit()
    assert presets.menuAction().isVisible()
    assert menu.actions().index(presets.menuAction()) == 1
    (entry,) = presets.actions()
    assert entry.text() == "Web && mail"
    entry.trigger()
    qtbot.waitUntil((clip.parent / "clip-masks" / "clip.json").exists, timeout=WAIT)
