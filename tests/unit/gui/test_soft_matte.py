"""The soft matte: what it shows, its edge, what is behind it, and that exports write the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from canvas_hand import Settle, add_square, at, colour_at, left, move
from PIL import Image
from waits import WAIT

from xmem_gui.formats import matte_edge
from xmem_gui.gui.state.matte_choices import BACKDROPS, MatteChoices
from xmem_gui.settings import row_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.context import Context
    from xmem_gui.gui.state.preferences import Preferences
    from xmem_gui.gui.state.session import Session

GREEN, BLACK, WHITE = (0, 177, 64), (0, 0, 0), (255, 255, 255)


@pytest.fixture
def shown(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, preferences: Preferences,
    settle: Settle,
) -> None:  # fmt: skip
    """Show the matte of the square over green, at a whole scale; another object has a mask too."""
    add_square(session, settle)
    other = np.zeros((48, 64), np.bool_)
    other[35:45, 40:60] = True
    session.edit(lambda a: (a.add_object("other"), a.set_mask(0, 2, other))[1])
    settle()
    session.selected = 1
    preferences.set(cutout="#00b140")
    panel.view.place = panel.view.place.zoomed(4.0, *(side / 2 for side in panel.view.canvas))
    actions["view.matte"].trigger()
    drawn(qtbot, panel)


def drawn(qtbot: QtBot, panel: CanvasPanel) -> None:
    """Wait until what is asked for is on the screen."""
    look = panel.view.look
    qtbot.waitUntil(
        lambda: (
            (panel.view.rendition.sight.look.mode, panel.view.rendition.sight.look.edge)
            == (look.mode, look.edge)
            and panel.view.rendition.sight.look.backdrop == look.backdrop
            and panel.view.rendition.sight.scale == 4
        ),
        timeout=WAIT,
    )


@pytest.mark.usefixtures("shown")
def test_only_the_selected_object_is_kept(qtbot: QtBot, session: Session, panel: CanvasPanel) -> None:
    assert colour_at(panel, 12, 20) == (200, 160, 90)
    assert colour_at(panel, 50, 40) == GREEN
    session.selected = 2
    qtbot.waitUntil(lambda: colour_at(panel, 12, 20) == GREEN, timeout=WAIT)
    assert colour_at(panel, 50, 40) != GREEN
    session.selected = None
    qtbot.waitUntil(lambda: colour_at(panel, 12, 20) != GREEN, timeout=WAIT)
    assert colour_at(panel, 50, 40) != GREEN, "all together where none is chosen"


@pytest.mark.usefixtures("shown")
def test_its_edge_is_that_of_an_export(
    qtbot: QtBot, session: Session, panel: CanvasPanel, preferences: Preferences, tmp_path: Path
) -> None:
    from xmem_gui.formats import ExportRequest, MatteEdge

    preferences.set(feather=6.0, choke=-1.5, refine=3.0, cutout="#000000")
    drawn(qtbot, panel)
    annotator = session.annotator
    assert annotator is not None
    request = ExportRequest(edge=MatteEdge(6.0, -1.5, 3.0), objects=(1,))
    annotator.export("matte-png", tmp_path / "out", request)
    (folder,) = (tmp_path / "out").iterdir()
    alpha = np.asarray(Image.open(folder / "00000.png")).astype(float) / 255
    picture = annotator.video.frame(0).astype(float)
    for x, y in ((12, 20), (3, 20), (5, 8), (21, 31), (22, 20), (40, 5)):
        assert colour_at(panel, x, y) == pytest.approx(picture[y, x] * alpha[y, x], abs=2), (x, y)
    assert ((alpha > 0.1) & (alpha < 0.9)).sum() > 60


@pytest.mark.usefixtures("shown")
def test_the_strip_offers_the_edge_in_place_of_the_opacity(panel: CanvasPanel, actions: Actions) -> None:
    from PySide6.QtWidgets import QSlider, QToolButton

    edge = next(one for one in panel.options.findChildren(QToolButton) if one.text() == "Edge…")
    opacity = next(
        one for one in panel.options.findChildren(QSlider) if one.accessibleName() == "Opacity of the masks"
    )
    asked: list[None] = []
    actions.bind("view.matte_edge", lambda: asked.append(None))
    assert (edge.isVisible(), opacity.isVisible()) == (True, False)
    edge.click()
    assert asked == [None]
    actions["view.overlay"].trigger()
    assert (edge.isVisible(), opacity.isVisible()) == (False, True)


@pytest.mark.usefixtures("shown")
def test_what_is_behind_is_chosen_in_the_menu_and_kept(
    qtbot: QtBot, panel: CanvasPanel, preferences: Preferences
) -> None:
    from PySide6.QtWidgets import QMenu

    behind = next(one for one in panel.findChildren(QMenu) if one.title() == "Behind cut-outs")
    for name, colour, kept in (("Black", BLACK, "#000000"), ("White", WHITE, "#ffffff")):
        next(one for one in behind.actions() if one.text() == name).trigger()
        drawn(qtbot, panel)
        assert colour_at(panel, 60, 5) == colour
        assert preferences.values.cutout == kept
        assert preferences.values.view in {"matte", "overlay"}
    next(one for one in behind.actions() if one.text() == "Checkerboard").trigger()
    drawn(qtbot, panel)
    assert {colour_at(panel, x, 5) for x in range(50, 62)} == {(204,) * 3, (152,) * 3}
    assert panel.view.look.mode.value == "matte", "it stays the soft matte"


@pytest.mark.usefixtures("shown")
def test_a_stroke_is_seen_at_once_and_soft_when_it_is_done(
    qtbot: QtBot, session: Session, panel: CanvasPanel, preferences: Preferences, settle: Settle
) -> None:
    preferences.set(feather=5.0)
    drawn(qtbot, panel)
    panel.choose("tool.brush")
    panel.desk.options = panel.desk.options.with_radius(4)
    assert colour_at(panel, 35, 20) == GREEN
    qtbot.mousePress(panel.view, left(), pos=at(panel, 35, 20))
    move(panel, at(panel, 36, 20), held=left())
    during = colour_at(panel, 35, 20)
    assert during != GREEN
    assert colour_at(panel, 35, 27) == GREEN
    qtbot.mouseRelease(panel.view, left(), pos=at(panel, 36, 20))
    settle()
    qtbot.waitUntil(lambda: not panel.desk.touches(0), timeout=WAIT)
    qtbot.waitUntil(lambda: colour_at(panel, 35, 25) not in (GREEN, during), timeout=WAIT)
    panel.choose("tool.eraser")
    qtbot.mousePress(panel.view, left(), pos=at(panel, 35, 20))
    assert colour_at(panel, 35, 20) == GREEN
    qtbot.mouseRelease(panel.view, left(), pos=at(panel, 35, 20))
    settle()


def test_the_dialog_changes_the_edge_while_one_looks(
    qtbot: QtBot, session: Session, panel: CanvasPanel, context: Context, preferences: Preferences,
    settle: Settle,
) -> None:  # fmt: skip
    from PySide6.QtWidgets import QSlider

    from xmem_gui.gui.canvas.look import Mode
    from xmem_gui.gui.dialogs.matte_edge import MatteEdgeDialog

    add_square(session, settle)
    dialog = MatteEdgeDialog(context)
    qtbot.addWidget(dialog)
    dialog.show()
    assert panel.view.look.mode is Mode.MATTE, "it shows what it changes"
    dialog.boxes["feather"].setValue(4.5)
    assert panel.view.look.edge == (4.5, 0.0, 0.0)
    slider = next(one for one in dialog.findChildren(QSlider) if one.accessibleName() == "Choke")
    slider.setValue(-20)
    assert panel.view.look.edge == (4.5, -2.0, 0.0)
    assert preferences.values.choke == -2.0
    preferences.set(choke=3.0)
    assert dialog.boxes["choke"].value() == 3.0
    assert slider.value() == 30
    names = [dialog.behind.itemText(row) for row in range(dialog.behind.count())]
    assert names == [name for name, _ in BACKDROPS]
    dialog.behind.setCurrentIndex(1)
    dialog.behind.activated.emit(1)
    assert panel.view.look.backdrop == GREEN
    preferences.set(cutout="#123456")
    assert dialog.behind.currentIndex() == -1, "a colour of one's own is none of them"
    dialog.reset.click()
    assert panel.view.look.edge == (0.0, 0.0, 0.0)


def test_ranges_are_those_of_the_formats() -> None:
    for name, least, most in (
        ("feather", 0, matte_edge.MOST_FEATHER),
        ("choke", -matte_edge.MOST_CHOKE, matte_edge.MOST_CHOKE),
        ("refine", 0, matte_edge.MOST_REFINE),
    ):
        row = row_of(MatteChoices, name)
        assert (row.least, row.most) == (least, most)


def test_the_export_dialog_begins_with_the_edge_that_is_seen(
    qtbot: QtBot, session: Session, context: Context, preferences: Preferences, settle: Settle
) -> None:
    from xmem_gui.gui.dialogs import ExportDialog

    add_square(session, settle)
    preferences.set(feather=2.5, refine=4.0, export_format="matte-png")
    dialog = ExportDialog(context)
    qtbot.addWidget(dialog)
    dialog.show()
    settle()
    form = dialog.form
    assert form.edge.isVisible()
    assert form.asked().matte.edge == (2.5, 0.0, 4.0)
    assert form.asked().request().edge == matte_edge.MatteEdge(2.5, 0.0, 4.0)
    form.edge.boxes["choke"].setValue(1.0)
    assert form.asked().request().edge == matte_edge.MatteEdge(2.5, 1.0, 4.0)
    assert form.preset.matte.edge == (2.5, 1.0, 4.0), "a preset has it too"
    dialog.formats.choose("davis")
    assert not form.edge.isVisible()
    assert form.asked().request().edge.is_plain
    dialog.formats.choose("cutout")
    assert form.asked().matte.edge == (2.5, 1.0, 4.0), "it is remembered between formats"
    qtbot.waitUntil(lambda: not dialog.formats.item(_row(dialog, "soft-8")).isHidden(), timeout=WAIT)


def _row(dialog, format_id: str) -> int:
    from PySide6.QtCore import Qt

    rows = range(dialog.formats.count())
    found = (row for row in rows if dialog.formats.item(row).data(Qt.ItemDataRole.UserRole) == format_id)
    return next(found)
