"""What was computed of edges is kept where it is asked for, and exported as it was kept."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_network import (
    FRAMES,
    HEIGHT,
    SETTINGS,
    WIDTH,
    as_killed,
    box,
    masks_of,
    open_tiny,
    use_tiny_network,
)

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.annotator.probabilities import KeptProbabilities, estimated_bytes
from xmem_gui.errors import OutputError
from xmem_gui.formats import ExportRequest
from xmem_gui.project import Rle, SetMasks

FILE = ".clip.xmem-kept/memory/probabilities.sqlite"
SOFT = Propagation("both", soft_budget=1 << 20)


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    use_tiny_network(monkeypatch)
    with open_tiny(tmp_path / "clip.xmem") as annotator:
        for name in ("rabbit", "rock"):
            annotator.add_object(name)
        annotator.project.apply(SetMasks(1, {1: box(1), 2: box(3)}, commit=True))
        yield annotator


def kept(annotator: Annotator) -> dict[tuple[int, int], bytes]:
    """Return what is kept, in 8 bits, by frame and object."""
    found = {}
    for frame in range(FRAMES):
        for name in (1, 2):
            soft = annotator.annotation.probability(frame, name)
            if soft is not None:
                found[frame, name] = np.rint(soft * 255).astype(np.uint8).tobytes()
    return found


def computed(results) -> dict[tuple[int, int], bytes]:
    """Return what a run computes, in 8 bits, by frame and object; the last counts."""
    found = {}
    for result in results:
        levels = (result.soft.float() * 255).round().to(torch.uint8).numpy()
        found |= {
            (result.frame, name): levels[1 + place].tobytes()
            for place, name in enumerate(result.objects)
            if name not in result.given
        }
    return found


def test_a_run_keeps_none_unless_it_is_asked_to(annotator: Annotator, tmp_path: Path):
    list(annotator.run(Propagation("both")))
    assert kept(annotator) == {}
    assert annotator.probabilities.bytes == 0
    assert not annotator.probabilities.has_any(annotator.project)
    assert not (tmp_path / FILE).exists()
    plan = annotator.plan_export("soft-8", tmp_path / "out")
    assert plan.refusals == (
        "No soft edges are kept of these masks. Track again with Track > Keep soft edges, or in a script "
        "with Propagation(soft_budget=...), and export then.",
    )
    assert plan.warnings == ()
    with pytest.raises(OutputError, match="No soft edges are kept"):
        annotator.export("soft-16", tmp_path / "out")
    assert annotator.plan_export("matte-png", tmp_path / "out").warnings == (
        "The 2 objects share one matte.", "No probabilities are at hand: edges are hard.",
    )  # fmt: skip


def test_what_is_exported_is_what_was_computed(annotator: Annotator, tmp_path: Path):
    annotator.project.apply(SetMasks(5, {1: box(4), 2: box(6)}, commit=True))
    wanted = computed(annotator.run(SOFT))
    assert kept(annotator) == wanted
    assert {frame for frame, _ in wanted} == {0, 2, 3, 4, 6}
    assert annotator.probabilities.has_any(annotator.project)
    plan = annotator.plan_export("soft-8", tmp_path)
    assert plan.refusals == ()
    assert plan.warnings == ("4 masks have hard edges, of 14: those were made or changed by a person.",)
    annotator.export("soft-8", tmp_path)
    annotator.export("soft-16", tmp_path)
    for (frame, name), levels in wanted.items():
        values = np.frombuffer(levels, np.uint8).reshape(HEIGHT, WIDTH)
        picture = f"{name:03d}/{annotator.video.frame_name(frame)}.png"
        with Image.open(tmp_path / f"{annotator.video.name}-soft-8" / picture) as image:
            np.testing.assert_array_equal(np.asarray(image), values)
        with Image.open(tmp_path / f"{annotator.video.name}-soft-16" / picture) as image:
            np.testing.assert_array_equal(np.asarray(image), values.astype(np.int32) * 257)
    assert any(0 < value < 255 for value in b"".join(wanted.values()))


def test_mattes_of_all_objects_have_them_too(annotator: Annotator, tmp_path: Path):
    wanted = computed(annotator.run(SOFT))
    annotator.export("matte-png", tmp_path, ExportRequest())
    of = {name: np.frombuffer(wanted[3, name], np.uint8).reshape(HEIGHT, WIDTH) for name in (1, 2)}
    with Image.open(
        tmp_path / f"{annotator.video.name}-matte" / f"{annotator.video.frame_name(3)}.png"
    ) as image:
        np.testing.assert_array_equal(np.asarray(image), np.maximum(of[1], of[2]))


def test_a_mask_that_a_person_changes_has_none_until_that_is_undone(annotator: Annotator):
    list(annotator.run(SOFT))
    before = kept(annotator)
    annotator.set_mask(3, 1, box(9))
    assert kept(annotator) == {key: soft for key, soft in before.items() if key != (3, 1)}
    annotator.undo()
    assert kept(annotator) == before
    annotator.commit(4)
    assert kept(annotator) == before
    annotator.undo()
    annotator.undo()
    assert kept(annotator) == {}
    annotator.redo()
    assert kept(annotator) == before
    list(annotator.run(Propagation(start=1)))
    assert all(key[0] <= 1 or kept(annotator).get(key) == soft for key, soft in kept(annotator).items())


def test_they_survive_closing_and_a_run_that_is_stopped_and_gone_on_with(annotator: Annotator):
    annotator.project.apply(SetMasks(5, {1: box(4), 2: box(6)}, commit=True))
    before = masks_of(annotator)
    list(annotator.run(SOFT))
    whole = kept(annotator)
    total = annotator.plan(SOFT).steps
    annotator.undo()
    for length in (1, 4, total - 1):
        results = annotator.run(SOFT)
        assert len(list(islice(results, length))) == length
        results.close()
        annotator.close()
        annotator = open_tiny(annotator.project.path)
        list(annotator.resume())
        assert kept(annotator) == whole
        while masks_of(annotator) != before:
            annotator.undo()
    annotator.close()


def test_a_run_that_is_killed_keeps_them_when_it_is_gone_on_with(
    annotator: Annotator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("xmem_gui.annotator.propagation.follower._SAVE_EVERY", -1.0)
    results = annotator.run(SOFT)
    list(islice(results, 5))
    left = as_killed(tmp_path / "clip.xmem")
    list(results)
    with open_tiny(left) as again:
        assert 0 < again.resumable().done < 5
        list(again.resume())
        assert kept(again) == kept(annotator)


def test_what_older_runs_kept_goes_first_and_then_no_more_is_kept(annotator: Annotator):
    list(annotator.run(SOFT))
    size = annotator.probabilities.bytes
    assert 0 < size < 1 << 20
    list(annotator.run(replace(SOFT, soft_budget=size)))
    assert annotator.probabilities.bytes <= size
    assert len(kept(annotator)) == 2 * (FRAMES - 1)
    said = len(annotator.project.notices)
    list(annotator.run(replace(SOFT, soft_budget=size // 2)))
    assert annotator.probabilities.bytes <= size // 2
    assert "hard edges in exports" in annotator.project.notices[said].text


def test_the_cost_is_said_before(annotator: Annotator):
    plan = annotator.plan(replace(SOFT, soft_budget=3_000_000))
    assert plan.soft_bytes == estimated_bytes(2 * (FRAMES - 1), (HEIGHT, WIDTH), SETTINGS.size)
    assert plan.describe().splitlines()[-1] == (
        "Soft edges are kept for export: less than 1 MB, and never more than 3 MB."
    )
    assert annotator.plan(Propagation("both")).soft_bytes == 0
    assert estimated_bytes(1, (1080, 1920), 540) == estimated_bytes(1, (540, 960), None)


@pytest.mark.parametrize("damage", ["no database", "cut", "rows"])
def test_a_file_that_holds_something_else_is_none(annotator: Annotator, damage: str, tmp_path: Path):
    list(annotator.run(SOFT))
    annotator.probabilities.close()
    path = tmp_path / FILE
    if damage == "rows":
        import sqlite3

        with sqlite3.connect(path) as database:
            database.execute("UPDATE kept SET height = 'x' WHERE frame < 3")
            database.execute("UPDATE kept SET width = 1000000 WHERE frame = 3")
            database.execute("UPDATE kept SET data = x'00' WHERE frame > 3")
        database.close()
    else:
        data = path.read_bytes()
        path.write_bytes(b"no database" * 100 if damage == "no database" else data[:700])
    assert kept(annotator) == {}
    wanted = computed(annotator.run(SOFT))
    if damage != "cut":
        assert kept(annotator) == wanted


def test_where_nothing_can_be_written_the_run_goes_on_and_it_is_said(
    annotator: Annotator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(KeptProbabilities, "put", refuse)
    said = len(annotator.project.notices)
    assert len(list(annotator.run(SOFT))) == annotator.plan(SOFT).steps
    assert "Soft edges cannot be kept" in annotator.project.notices[said].text
    assert len(annotator.project.notices) == said + 1


def test_they_are_brought_to_the_size_of_the_video(tmp_path: Path):
    store = KeptProbabilities(tmp_path / "soft.sqlite")
    mask = Rle.from_mask(np.ones((20, 40), bool))
    soft = np.tile(np.array([0, 51, 102, 255], np.uint8), (2, 1))
    store.begin(1000)
    store.put(0, 1, mask, soft)
    found = store.get(0, 1, mask)
    wanted = torch.nn.functional.interpolate(
        torch.from_numpy(soft / 255.0)[None, None], (20, 40), mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(found, wanted[0, 0], atol=1e-6)
    assert store.get(0, 1, Rle.from_mask(np.zeros((20, 40), bool))) is None
    store.close()
