"""Scripts have NumPy's numbers: every call takes them as the numbers they are, or refuses them."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.errors import MaskError, XmemGuiError
from xmem_gui.interaction import Point, Prompts

HEIGHT, WIDTH, FRAMES = 32, 48, 5


def box(x: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[8:20, x : x + 12] = True
    return mask


@pytest.fixture
def annotator(tmp_path: Path):
    (tmp_path / "clip").mkdir()
    for frame in range(FRAMES):
        picture = np.full((HEIGHT, WIDTH, 3), 9 * frame, np.uint8)
        picture[8:20, 4 + frame : 16 + frame] = 200
        Image.fromarray(picture).save(tmp_path / "clip" / f"{frame:05}.png")
    settings = EngineSettings(device="cpu", size=np.int64(32))
    with Annotator.open(tmp_path / "clip", settings=settings) as annotator:
        annotator.add_object("thing")
        annotator.set_mask(0, 1, box(4))
        yield annotator


N = np.int64
CALLS = {
    "set_mask": lambda a: a.set_mask(N(1), np.float64(1), box(5).tolist()),
    "commit": lambda a: (a.commit(N(0), np.array([1])), a.uncommit(N(0), np.array([1]))),
    "brush": lambda a: a.editing.brush(N(2), N(1), np.array([[5, 5], [20, 9]]), np.float32(3)),
    "polygon": lambda a: a.editing.polygon(np.uint8(2), N(1), [[1, 1], [20, 1], [20, 20]]),
    "flood_fill": lambda a: a.editing.flood_fill(N(0), N(1), np.float32(5), N(10)),
    "fill_holes": lambda a: a.editing.fill_holes(N(0), N(1)),
    "keep_part_at": lambda a: a.editing.keep_part_at(N(0), N(1), N(5), N(10)),
    "grow": lambda a: a.editing.grow(N(0), N(1), N(2)),
    "copy_from": lambda a: a.editing.copy_from(N(0), N(3), N(1)),
    "editing.set_mask": lambda a: a.editing.set_mask(N(3), N(1), box(9)),
    "clear": lambda a: (a.editing.clear(N(0)), a.editing.clear(range(N(0), N(2)), np.array([1]))),
    "prompting": lambda a: a.prompting.accept(
        a.prompting.propose(N(1), N(1), Prompts((Point(N(9), np.float32(12)),)))
    ),
    "propagate": lambda a: list(
        a.run(Propagation("forward", start=N(0), first=N(0), last=np.float64(3), objects=np.array([1])))
    ),
    "plan": lambda a: a.plan(Propagation(near=N(0), count=N(3), objects=[N(1)])),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_what_numpy_numbers_did_is_kept(annotator: Annotator, call: str):
    CALLS[call](annotator)
    annotator.add_object("later")
    annotator.project.flush()
    assert not [text for text in map(str, annotator.project.notices) if "could not be kept" in text]
    expected = [annotator.project.records(frame) for frame in range(FRAMES)]
    annotator.close()
    with Annotator.open(annotator.project.path) as again:
        assert [again.project.records(frame) for frame in range(FRAMES)] == expected
        assert [one.name for one in again.project.objects] == ["thing", "later"]


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.set_mask("0", 1, box(4)),
        lambda a: a.set_mask(0.5, 1, box(4)),
        lambda a: a.set_mask(0, float("nan"), box(4)),
        lambda a: a.set_mask(0, 1, "mask"),
        lambda a: a.set_mask(0, 1, box(4), commit="no"),
        lambda a: a.commit(10**400),
        lambda a: a.editing.clear("0"),
        lambda a: a.editing.copy_from("0", 1, 1),
        lambda a: a.editing.set_mask(0, 1, [[1, 0]]),
        lambda a: a.prompting.propose(None, 1, Prompts()),
        lambda a: list(a.run(Propagation("sideways"))),
        lambda a: list(a.run(Propagation(until="never"))),
        lambda a: list(a.run(Propagation(start="0"))),
        lambda a: list(a.run(Propagation(objects=1))),
        lambda a: EngineSettings(size=480.5),
        lambda a: EngineSettings(permanent="yes"),
    ],
)
def test_other_values_are_refused_at_once(annotator: Annotator, call):
    with pytest.raises((XmemGuiError, MaskError)):
        call(annotator)
    annotator.add_object("later")
    annotator.project.flush()


def test_a_propagation_can_be_written_down():
    work = Propagation("forward", N(0), first=N(0), last=N(3), objects=np.arange(1, 3), again=np.True_)
    assert json.loads(json.dumps(asdict(work)))["objects"] == [1, 2]
