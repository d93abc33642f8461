"""The main job in the real window with the shipped models, against the same through code.

Open, click and scribble two objects, follow them, cancel half way, go on, mend a frame, follow both ways,
undo and redo everything, export, close, open again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from hand import Hand, Masks, masks_of, same
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.interaction import Prompts
    from xmem_gui.project import VideoObject

HEIGHT = 144
RABBIT, MENDED = (90.0, 85.0), 9
ROCKS = ((30.0, 90.0), (34.0, 100.0), (40.0, 104.0))
BELLY = ((75.0, 70.0), (90.0, 85.0), (92.0, 100.0))
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@dataclass(frozen=True)
class Said:
    """What was said of an object on a frame; the mask was made of it at once."""

    frame: int
    object_id: int
    prompts: Prompts


@dataclass(frozen=True)
class State:
    """What a document holds."""

    masks: Masks
    objects: tuple[VideoObject, ...]
    keys: frozenset[int]


def test_main_job(start, clip: Path, tmp_path: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    said = prompt_two_objects(hand)
    cancel_half_way_and_go_on(hand)
    said.append(mend(hand))
    hand.key(Qt.Key.Key_F, SHIFT)
    hand.finished()
    done = state_of(hand)
    assert done.keys == {0, MENDED}
    assert all(len(frames) == hand.session.frames for frames in done.masks.values())

    undo_everything(hand)
    redo_everything(hand)
    assert_same(state_of(hand), done)

    export(hand, tmp_path / "out")
    assert_exported(tmp_path / "out", done)
    hand.close()

    again: Hand = start()
    again.open(clip.with_suffix(".xmem"))
    assert_same(state_of(again), done)
    assert again.action("edit.undo").isEnabled()

    assert same(by_code(clip, tmp_path / "code.xmem", said), done.masks)


def prompt_two_objects(hand: Hand) -> list[Said]:
    said = []
    hand.add_object()
    hand.click(*RABBIT)
    said.append(said_of(hand))
    point = said[0].prompts.points[0]
    assert abs(point.x - RABBIT[0]) <= 1
    assert abs(point.y - RABBIT[1]) <= 1
    hand.add_object()
    hand.key(Qt.Key.Key_S)
    hand.stroke(ROCKS)
    said.append(said_of(hand))
    hand.stroke(BELLY, right=True)
    said.append(said_of(hand))
    assert [stroke.positive for stroke in said[-1].prompts.strokes] == [True, False]
    hand.key(Qt.Key.Key_1)
    hand.key(Qt.Key.Key_C)
    hand.click(RABBIT[0] - 6, RABBIT[1] - 20)
    said.append(said_of(hand))
    masks = hand.masks()
    assert masks[1][0][85, 90]
    assert masks[2][0][90, 30]
    return said


def cancel_half_way_and_go_on(hand: Hand) -> None:
    hand.key(Qt.Key.Key_F)
    hand.wait(lambda: hand.session.job is not None and hand.session.job.done >= 4, "four frames")
    hand.key(Qt.Key.Key_Escape)
    hand.said("Stopped after")
    hand.settle()
    finished = len(hand.masks()[1])
    assert 4 <= finished < hand.session.frames
    hand.key(Qt.Key.Key_F, CTRL | ALT)
    hand.finished()
    assert len(hand.masks()[1]) == hand.session.frames


def mend(hand: Hand) -> Said:
    hand.go(MENDED)
    hand.settle()
    hand.click(RABBIT[0], RABBIT[1] - 30)
    return said_of(hand)


def undo_everything(hand: Hand) -> None:
    while hand.action("edit.undo").isEnabled():
        hand.key(Qt.Key.Key_Z, CTRL)
        hand.settle()
    assert hand.session.objects == []
    assert hand.masks() == {}


def redo_everything(hand: Hand) -> None:
    while hand.action("edit.redo").isEnabled():
        hand.key(Qt.Key.Key_Z, CTRL | SHIFT)
        hand.settle()


def export(hand: Hand, place: Path) -> None:
    from xmem_gui.gui.dialogs import ExportDialog

    hand.key(Qt.Key.Key_E, CTRL)
    dialog = hand.dialog(ExportDialog)
    dialog.form.destination.selectAll()
    QTest.keyClicks(dialog.form.destination, str(place))
    hand.settle()
    hand.wait(dialog.bar.begin.isEnabled, "the preview")
    QTest.mouseClick(dialog.bar.begin, Qt.MouseButton.LeftButton)
    hand.said("Exported to")
    dialog.close()


def assert_exported(place: Path, done: State) -> None:
    from xmem_gui.formats.davis import read_index_mask

    files = sorted(place.rglob("*.png"))
    frames = range(len(next(iter(done.masks.values()))))
    assert len(files) == len(frames)
    for frame, file in zip(frames, files, strict=True):
        wanted = np.zeros(done.masks[1][frame].shape, np.uint8)
        for one in sorted(done.objects, key=lambda one: one.priority):
            wanted[done.masks[one.id][frame]] = one.id
        assert np.array_equal(read_index_mask(file), wanted)


def by_code(clip: Path, project: Path, said: list[Said]) -> Masks:
    """Do without a window what the hand has done, but without stopping half way."""
    from xmem_gui.annotator import Annotator, EngineSettings

    with Annotator.open(clip, project=project, settings=EngineSettings(size=HEIGHT)) as annotator:
        annotator.add_object()
        for number, one in enumerate(said[:-1]):
            if number == 1:
                annotator.add_object()
            accept(annotator, one)
        from xmem_gui.annotator import Propagation

        for _ in annotator.run(Propagation("forward")):
            pass
        accept(annotator, said[-1])
        for _ in annotator.run(Propagation("both", start=said[-1].frame)):
            pass
        return masks_of(annotator)


def accept(annotator: Annotator, one: Said) -> None:
    proposal = annotator.prompting.propose(one.frame, one.object_id, one.prompts)
    annotator.prompting.accept(proposal)


def said_of(hand: Hand) -> Said:
    session = hand.session
    assert session.annotator is not None
    assert session.selected is not None
    prompts = session.annotator.prompting.prompts_of(session.frame, session.selected)
    return Said(session.frame, session.selected, prompts)


def state_of(hand: Hand) -> State:
    annotator = hand.session.annotator
    assert annotator is not None
    project = annotator.project
    return State(hand.masks(), tuple(project.objects), frozenset(project.query.key_frames()))


def assert_same(one: State, other: State) -> None:
    assert same(one.masks, other.masks)
    assert one.objects == other.objects
    assert one.keys == other.keys
