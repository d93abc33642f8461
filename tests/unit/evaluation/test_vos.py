import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from vos_benchmark_scores import recorded_clip, recorded_scores

from xmem_gui.errors import MaskError, OutputError
from xmem_gui.evaluation.dataset import Sequence, find_sequences
from xmem_gui.evaluation.scores import SequenceTiming
from xmem_gui.evaluation.vos import VosStep, evaluate_vos, score_sequence
from xmem_gui.formats.davis import read_index_mask, write_index_mask

AddSequence = Callable[..., None]
MakeMasks = Callable[..., dict[int, np.ndarray]]


class Freeze:
    """A method that leaves every object where it was given."""

    def __init__(self, *, stop_at: str | None = None) -> None:
        self.ran: list[str] = []
        self._stop_at = stop_at

    def __call__(
        self, sequence: Sequence, out_dir: Path, progress: Callable[[int], None], /
    ) -> SequenceTiming:
        self.ran.append(sequence.name)
        assert list(out_dir.glob("*.png")) == []
        given = sequence.given_masks()
        mask = np.zeros(sequence.size, np.uint8)
        for frame, name in enumerate(sequence.mask_names):
            if sequence.name == self._stop_at and frame == 2:
                raise KeyboardInterrupt
            for number, own in given.get(frame, {}).items():
                mask[own] = number
            write_index_mask(out_dir / name, mask)
            progress(frame + 1)
        return SequenceTiming(frames=len(sequence.images), seconds=0.5)


@pytest.fixture
def dataset(root: Path, add_sequence: AddSequence, moving_squares: MakeMasks) -> Path:
    add_sequence("a", moving_squares(5))
    add_sequence("b", moving_squares(6, second_from=2))
    return root


def test_scores_are_those_of_vos_benchmark(dataset: Path, tmp_path: Path) -> None:
    scores = evaluate_vos(dataset, Freeze(), out=tmp_path / "out", resume=False)
    all_j, all_f = [], []
    for name in ("a", "b"):
        predictions, truths = recorded_clip(f"standing-{name}")
        counted = sorted((dataset / "Annotations/480p" / name).iterdir())[1:-1]
        for path, prediction, truth in zip(counted, predictions, truths, strict=True):
            np.testing.assert_array_equal(read_index_mask(path), truth)
            np.testing.assert_array_equal(read_index_mask(tmp_path / "out" / name / path.name), prediction)
        recorded = recorded_scores()[f"standing-{name}"]
        objects = scores.sequences[name].objects
        assert {n: one.j for n, one in objects.items()} == pytest.approx(
            {n: r.j for n, r in recorded.items()}
        )
        assert {n: one.f for n, one in objects.items()} == pytest.approx(
            {n: r.f for n, r in recorded.items()}
        )
        all_j += [one.j for one in recorded.values()]
        all_f += [one.f for one in recorded.values()]
    assert scores.j == pytest.approx(np.mean(all_j))
    assert scores.f == pytest.approx(np.mean(all_f))
    assert scores.j_and_f == pytest.approx((np.mean(all_j) + np.mean(all_f)) / 2)


def test_a_perfect_method_has_100(root: Path, add_sequence: AddSequence, moving_squares: MakeMasks) -> None:
    still = dict.fromkeys(range(4), moving_squares(1)[0])
    add_sequence("a", still, binary=True)
    scores = evaluate_vos(root, Freeze(), out=root.parent / "out", resume=False)
    assert (scores.j, scores.f, scores.j_and_f) == (100, 100, 100)
    assert list(scores.sequences["a"].objects) == [1]


def test_masks_and_scores_are_kept_as_files(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scores = evaluate_vos(dataset, Freeze(), out=out, resume=False)
    assert sorted(path.name for path in (out / "a").glob("*.png")) == [f"{i:05d}.png" for i in range(5)]
    written = json.loads((out / "scores.json").read_text())
    assert written == scores.as_dict()
    assert set(written) == {"j", "f", "j_and_f", "overall", "groups", "sequences"}
    assert written["overall"] == written["j_and_f"]
    assert written["sequences"]["a"]["objects"]["2"]["frames"] == 3
    assert written["sequences"]["b"]["frames_per_second"] == 12
    with (out / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["sequence"], row["object"]) for row in rows] == [
        ("all", "all"), ("a", "all"), ("a", "1"), ("a", "2"), ("b", "all"), ("b", "1"), ("b", "2"),
    ]  # fmt: skip
    assert float(rows[0]["j_and_f"]) == pytest.approx(scores.j_and_f, abs=1e-4)
    assert not list(out.rglob("*.part"))


def test_finished_sequences_are_not_run_again(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        evaluate_vos(dataset, Freeze(stop_at="b"), out=out, resume=True)
    assert len(list((out / "b").glob("*.png"))) == 2
    again = Freeze()
    scores = evaluate_vos(dataset, again, out=out, resume=True)
    assert again.ran == ["b"]
    assert scores == evaluate_vos(dataset, Freeze(), out=tmp_path / "whole", resume=False)
    third = Freeze()
    assert evaluate_vos(dataset, third, out=out, resume=True) == scores
    assert third.ran == []
    for name in ("a/00004.png", "b/00003.png", "scores.json", "scores.csv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_sequence_runs_again_when_anything_it_depends_on_changed(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def ran(*, resume: bool = True, size: int = 480) -> list[str]:
        method = Freeze()
        evaluate_vos(dataset, method, out=out, resume=resume, settings={"size": size})
        return method.ran

    assert ran() == ["a", "b"]
    assert ran(size=240) == ["a", "b"]
    assert ran(size=240) == []
    assert ran(size=240, resume=False) == ["a", "b"]
    (out / "a" / "00002.png").unlink()
    assert ran(size=240) == ["a"]
    first = dataset / "Annotations/480p/b/00000.png"
    write_index_mask(first, np.roll(read_index_mask(first), 1, axis=0))
    assert ran(size=240) == ["b"]


def test_masks_of_other_origin_are_not_deleted(dataset: Path) -> None:
    truths = dataset / "Annotations/480p"
    with pytest.raises(OutputError, match="what is read"):
        evaluate_vos(dataset, Freeze(), out=truths, resume=False)
    assert len(list((truths / "a").glob("*.png"))) == 5


def test_pictures_of_somebody_else_are_not_deleted(dataset: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "out/a/00001.png"
    theirs.parent.mkdir(parents=True)
    Image.new("L", (4, 4)).save(theirs)
    with pytest.raises(OutputError, match="pictures that are not this program's masks"):
        evaluate_vos(dataset, Freeze(), out=tmp_path / "out", resume=False)
    assert theirs.exists()


@pytest.mark.parametrize("text", ["my notes", '{"my": 1}', "[1, 2]"])
def test_scores_are_not_written_over_something_else(dataset: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "scores.json").write_text(text)
    with pytest.raises(OutputError, match="none of this program's scores"):
        evaluate_vos(dataset, Freeze(), out=tmp_path, resume=False, sequences=["a"])
    assert (tmp_path / "scores.json").read_text() == text


def test_progress_is_told(dataset: Path, tmp_path: Path) -> None:
    steps: list[VosStep] = []
    evaluate_vos(dataset, Freeze(), out=tmp_path / "out", resume=True, sequences=["a"])
    evaluate_vos(dataset, Freeze(), out=tmp_path / "out", resume=True, progress=steps.append)
    assert steps[0] == VosStep("a", 0, 2, "kept", 5, 5)
    told = [step.frames for step in steps if step.sequence == "b" and step.stage == "segment"]
    assert told == [0, 1, 2, 3, 4, 5, 6]
    assert steps[-1] == VosStep("b", 1, 2, "score", 4, 4)


def test_what_cannot_be_scored_is_refused_before_anything_runs(
    dataset: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    add_sequence("first-only", {0: moving_squares()[0]}, frames=4)
    method = Freeze()
    with pytest.raises(MaskError, match="'first-only' cannot be scored: of its 1 known masks"):
        evaluate_vos(dataset, method, out=dataset.parent / "out", resume=False)
    assert method.ran == []


def test_a_left_out_frame_is_an_error(dataset: Path, tmp_path: Path) -> None:
    def careless(sequence: Sequence, out_dir: Path, progress: Callable[[int], None], /) -> SequenceTiming:
        return SequenceTiming(frames=0, seconds=0.0)

    with pytest.raises(OutputError, match=r"00000\.png' was not written; 5 of 5"):
        evaluate_vos(dataset, careless, out=tmp_path / "out", resume=False)


def test_a_folder_of_masks_can_be_scored_alone(dataset: Path) -> None:
    sequence = find_sequences(dataset, ["a"])[0]
    assert score_sequence(sequence, dataset / "Annotations/480p/a").j_and_f == 100
    with pytest.raises(MaskError, match="no mask at"):
        score_sequence(sequence, dataset)
