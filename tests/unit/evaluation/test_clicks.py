from pathlib import Path

import numpy as np
import pytest

from xmem_gui.errors import MediaError
from xmem_gui.evaluation import ClickRun, ClickScores, evaluate_clicks, simulate
from xmem_gui.evaluation.clicks import LIMIT
from xmem_gui.interaction import Prompts

TRUTH = np.zeros((40, 60), bool)
TRUTH[10:30, 20:50] = True


class Obedient:
    """Finds the object within squares of some reach around the clicks."""

    name = "obedient"

    def __init__(self, reach: int) -> None:
        self.reach = reach
        self.seen: list[Prompts] = []

    nbytes = 0

    def prepare(self, image: np.ndarray) -> "Obedient":
        self.size = image.shape[:2]
        return self

    def predict(self, prompts: Prompts, previous_mask: np.ndarray | None = None) -> np.ndarray:
        self.seen.append(prompts)
        result = np.zeros(TRUTH.shape, np.float32)
        if previous_mask is not None:
            result[:] = previous_mask
        for point in prompts.points[-1:]:
            x, y, reach = int(point.x), int(point.y), self.reach
            near = np.s_[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]
            result[near] = TRUTH[near]
        return prompts.obeyed(result)


def test_the_protocol_ends_when_the_object_is_found() -> None:
    run = simulate(Obedient(5), TRUTH)
    assert len(run.ious) < LIMIT
    assert run.ious[-1] >= 0.9
    needed = run.needed(0.85)
    assert needed is not None
    assert needed <= (run.needed(0.9) or 0)
    assert run.after(100) == run.ious[-1]


def test_at_most_twenty_clicks_are_given() -> None:
    method = Obedient(0)
    run = simulate(method, TRUTH)
    assert len(run.ious) == LIMIT
    assert run.needed(0.85) is None
    assert [len(prompts.points) for prompts in method.seen[:LIMIT]] == list(range(1, LIMIT + 1))


def test_enough_rounds_are_played_for_the_mean_ious() -> None:
    class Good(Obedient):
        def predict(self, prompts: Prompts, previous_mask: np.ndarray | None = None) -> np.ndarray:
            self.seen.append(prompts)
            result = TRUTH.astype(np.float32)
            result[11:30:4, 21:50:6] = 0
            return result

    assert len(simulate(Good(1), TRUTH).ious) == 5


def test_scribbles_are_strokes() -> None:
    method = Obedient(1)
    simulate(method, TRUTH, scribbles=True)
    assert all(prompts.strokes and not prompts.points for prompts in method.seen[:5])


def test_failures_count_as_twenty() -> None:
    scores = ClickScores({"one": (ClickRun((0.5, 0.86)),), "two": (ClickRun((0.2,) * 20), ClickRun((0.95,)))})
    assert scores.mean_prompts(0.85) == pytest.approx((2 + 20 + 1) / 3)
    assert scores.mean_prompts(0.9) == pytest.approx((20 + 20 + 1) / 3)
    assert scores.failures(0.85) == 1
    assert scores.failures(0.9) == 2
    assert scores.iou_after(3) == pytest.approx((0.86 + 0.2 + 0.95) / 3)
    named = scores.as_dict()
    assert named["frames"] == 3
    assert set(named["iou_after"]) == {"1", "3", "5"}
    assert named["failures"] == {"85": 1, "90": 2}
    assert named["sequences"]["one"]["noc85"] == 2


def test_prompts_that_make_it_worse_are_counted() -> None:
    scores = ClickScores({"one": (ClickRun((0.5, 0.8, 0.795, 0.7)),), "two": (ClickRun((0.9, 0.88)),)})
    assert scores.regressions() == pytest.approx(2 / 4)
    assert scores.of("one").regressions() == pytest.approx(1 / 3)
    assert ClickScores({"one": (ClickRun((0.9,)),)}).regressions() is None
    assert scores.as_dict()["regressions"] == pytest.approx(2 / 4)


def test_clicks_that_ask_for_nothing_follow_a_run_and_change_nothing() -> None:
    method = Obedient(20)
    run = simulate(method, TRUTH)
    assert run.kept == {"minus": 1, "plus": 1}
    assert len(method.seen) <= len(run.ious)
    whole = np.ones_like(TRUTH)
    assert set(simulate(Everything(1), whole).kept) == {"plus"}


def test_harm_is_what_needless_clicks_change() -> None:
    runs = ClickRun((0.9,), {"minus": 0.97, "plus": 1.0}), ClickRun((0.9,), {"plus": 0.9})
    scores = ClickScores({"one": runs})
    assert scores.kept("plus") == pytest.approx(0.95)
    assert scores.harmed("plus") == 0.5
    assert scores.harmed("minus") == 1
    assert scores.as_dict()["harm"]["minus"] == {"iou": pytest.approx(0.97), "harmed": 1}
    assert ClickScores({"one": (ClickRun((1.0,)),)}).harmed("minus") is None


def test_every_object_on_some_frames_is_measured(root: Path, add_sequence, moving_squares) -> None:
    add_sequence("squares", moving_squares(5, second_from=3))
    add_sequence("binary", moving_squares(5), binary=True)
    told: list[tuple[str, int, int]] = []
    scores = evaluate_clicks(root, Sized(3), every=2, progress=lambda *at: told.append(at))
    assert {name: len(runs) for name, runs in scores.runs.items()} == {"squares": 4, "binary": 3}
    assert told[-1] == ("squares", 3, 3)
    only = evaluate_clicks(root, Sized(3), every=4, sequences=["binary"])
    assert only.frames == 2


def test_no_object_is_an_error(root: Path, add_sequence) -> None:
    add_sequence("empty", {frame: np.zeros((40, 64), np.uint8) for frame in range(2)})
    with pytest.raises(MediaError, match="shows no object"):
        evaluate_clicks(root, Sized(3))


class Everything(Obedient):
    """Takes all of the picture."""

    def predict(self, prompts: Prompts, previous_mask: np.ndarray | None = None) -> np.ndarray:
        return np.ones(TRUTH.shape, np.float32)


class Sized(Obedient):
    """Works at the size of the image it was given."""

    def predict(self, prompts: Prompts, previous_mask: np.ndarray | None = None) -> np.ndarray:
        result = np.zeros(self.size, np.float32) if previous_mask is None else previous_mask.copy()
        point = prompts.points[-1]
        y, x = int(point.y), int(point.x)
        result[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] = point.positive
        return result
