from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tiny_network import FRAMES, SETTINGS, as_killed, box, masks_of, open_tiny, use_tiny_network

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import SetMasks

MEMORY_FILE = ".clip.xmem-kept/memory/memory.safetensors"


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    use_tiny_network(monkeypatch)
    with open_tiny(tmp_path / "clip.xmem") as annotator:
        annotator.add_object()
        annotator.add_object()
        annotator.project.apply(SetMasks(1, {1: box(1), 2: box(3)}, commit=True))
        yield annotator


def run(annotator: Annotator, *args, **options) -> list[int]:
    return [result.frame for result in annotator.run(Propagation(*args, **options))]


def counted(annotator: Annotator, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which every frame is added whose features are made for permanent memory."""
    from xmem_gui.propagation import Engine

    made: list[int] = []
    commit = Engine.commit

    def watch(self, frame, image, masks):
        made.append(frame)
        commit(self, frame, image, masks)

    monkeypatch.setattr(Engine, "commit", watch)
    return made


def test_every_stretch_is_gone_over_from_both_ends_and_the_result_has_of_both(annotator: Annotator):
    annotator.project.apply(SetMasks(5, {1: box(4), 2: box(6)}, commit=True))
    run(annotator, "forward", start=1)
    forward = masks_of(annotator)
    run(annotator, "backward", start=5)
    backward = masks_of(annotator)
    frames = run(annotator, "both")
    assert len(frames) == annotator.plan(Propagation("both")).steps
    both = masks_of(annotator)
    assert {frame for frame, _ in both} == set(range(FRAMES))
    assert any(both[key] not in (forward[key], backward[key]) for key in both if key[0] in (2, 3, 4))
    assert both[1, 1] == forward[1, 1]


def test_only_some_objects_change_and_the_others_stay_to_the_bit(annotator: Annotator):
    run(annotator)
    before = masks_of(annotator)
    annotator.set_mask(3, 2, box(9))
    run(annotator, "both", objects=[2])
    after = masks_of(annotator)
    assert {k: v for k, v in after.items() if k[1] == 1} == {k: v for k, v in before.items() if k[1] == 1}
    assert after[5, 2] != before[5, 2]
    with pytest.raises(XmemGuiError, match="committed mask and no lock"):
        run(annotator, objects=[77])


def test_an_absence_stays_and_is_read(annotator: Annotator):
    run(annotator, start=1)
    before = masks_of(annotator)
    annotator.editing.not_here(3, 2)
    run(annotator, start=1)
    after = masks_of(annotator)
    assert not annotator.project.mask(3, 2).any()
    assert annotator.project.query.key_frames([2]) == [1, 3]
    assert after[4, 2] != before[4, 2]


def test_an_object_without_a_mask_does_not_take_part(annotator: Annotator):
    third = annotator.add_object().id
    fourth = annotator.add_object().id
    annotator.set_mask(2, fourth, box(0))
    for result in annotator.run(Propagation()):
        assert result.objects == (1, 2)
    assert annotator.project.query.known_frames(third) == []


def test_a_run_can_end_at_the_next_key_frame(annotator: Annotator):
    annotator.project.apply(SetMasks(4, {1: box(4), 2: box(6)}, commit=True))
    assert run(annotator, start=1, until="next_key_frame") == [1, 2, 3, 4]
    run(annotator, "both", start=4, until="next_key_frame")
    assert {frame for frame, _ in masks_of(annotator)} == {1, 2, 3, 4, 5, 6}
    with pytest.raises(XmemGuiError, match="does not lie in the range"):
        run(annotator, start=1, first=2)


def test_features_of_a_commit_are_made_once_and_again_only_where_its_masks_change(
    annotator: Annotator, monkeypatch: pytest.MonkeyPatch
):
    made = counted(annotator, monkeypatch)
    run(annotator)
    annotator.set_mask(4, 1, box(4))
    run(annotator)
    assert made == [1, 4]
    annotator.set_mask(1, 1, box(8))
    run(annotator)
    assert made == [1, 4, 1]
    annotator.uncommit(4)
    run(annotator)
    assert made == [1, 4, 1]
    assert [one.frame for one in annotator.memory_report().permanent_frames] == [1]


def test_features_survive_closing(annotator: Annotator, monkeypatch: pytest.MonkeyPatch):
    run(annotator)
    annotator.close()
    made = counted(annotator, monkeypatch)
    with open_tiny(annotator.project.path) as again:
        before = masks_of(again)
        again.set_mask(4, 1, box(4))
        run(again)
        assert made == [4]
        again.undo()
        again.undo()
        assert masks_of(again) == before


def test_an_interrupted_run_goes_on_after_closing(annotator: Annotator):
    annotator.project.apply(SetMasks(5, {1: box(4), 2: box(6)}, commit=True))
    before = masks_of(annotator)
    run(annotator, "both")
    whole = masks_of(annotator)
    annotator.undo()
    assert annotator.resumable() is None
    total = annotator.plan(Propagation("both")).steps
    for length in range(1, total):
        results = annotator.run(Propagation("both"))
        assert len(list(islice(results, length))) == length
        results.close()
        annotator.close()
        annotator = open_tiny(annotator.project.path)
        found = annotator.resumable()
        assert (found.done, found.total, found.problem) == (length, total, "")
        assert len(list(annotator.resume())) == total - length
        assert masks_of(annotator) == whole
        assert annotator.resumable() is None
        while masks_of(annotator) != before:
            annotator.undo()
    annotator.close()


def test_what_is_undone_is_not_gone_on_with(annotator: Annotator):
    list(islice(results := annotator.run(Propagation()), 3))
    results.close()
    assert annotator.resumable() is not None
    annotator.undo()
    assert annotator.resumable() is None
    with pytest.raises(XmemGuiError, match="nothing to continue"):
        list(annotator.resume())
    annotator.redo()
    assert annotator.resumable() is not None
    next(results := annotator.resume())
    results.close()
    assert annotator.resumable() is not None
    annotator.undo()
    annotator.undo()
    assert annotator.resumable() is None


@pytest.mark.parametrize("damage", ["cut", "flip", "commit", "settings"])
def test_a_stale_or_damaged_memory_is_noticed_and_made_again(annotator: Annotator, damage: str):
    list(islice(results := annotator.run(Propagation(near=1)), 3))
    results.close()
    path = annotator.project.path.parent / MEMORY_FILE
    data = bytearray(path.read_bytes())
    match damage:
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "flip":
            data[-100] ^= 1
            path.write_bytes(data)
        case "commit":
            annotator.set_mask(4, 1, box(4))
        case "settings":
            from dataclasses import replace

            annotator.settings = replace(SETTINGS, size=16)
    found = annotator.resumable()
    if damage in ("commit", "settings"):
        assert "begins again from frame 1." in found.problem
        assert ("masks of frame 4 have changed" in found.problem) == (damage == "commit")
    notices = len(annotator.project.notices)
    if damage != "cut":
        assert len(list(annotator.resume())) == FRAMES - 1
        assert "again" in annotator.project.notices[notices].text
    else:
        assert found is None
        assert "damaged" in annotator.project.notices[-1].text
        run(annotator)
    assert {frame for frame, _ in masks_of(annotator)} == set(range(1, FRAMES))
    assert annotator.resumable() is None


def test_the_memory_report_is_true_to_the_byte(annotator: Annotator):
    empty = annotator.memory_report()
    assert empty.bytes == 0
    assert [(one.frame, one.objects, one.in_memory) for one in empty.permanent_frames] == [(1, (1, 2), False)]
    results = annotator.run(Propagation())
    list(islice(results, 4))
    report = annotator.memory_report()
    memory = annotator.propagator._follower.tracker.engine.memory
    assert report.bytes == memory.bytes
    assert sum(t.numel() * t.element_size() for n, t in memory.state().items() if n != "next_entry") == (
        report.bytes
    )
    tiers = {tier.name: tier for tier in report.tiers}
    assert tiers["permanent"].frames == 1
    assert tiers["permanent"].tokens == 6
    assert tiers["working"].limit == 2
    assert tiers["long_term"].limit == 9
    assert report.permanent_frames[0].in_memory
    with pytest.raises(XmemGuiError, match="going on"):
        annotator.clear_temporary()
    results.close()
    annotator.clear_temporary()
    tiers = {tier.name: tier for tier in annotator.memory_report().tiers}
    assert tiers["working"].tokens == tiers["sensory"].bytes == tiers["long_term"].tokens == 0
    assert tiers["permanent"].tokens == 6
    assert annotator.resumable() is None


def test_suggestions_name_doubtful_frames_and_no_neighbours(annotator: Annotator):
    assert annotator.suggestions() == []
    run(annotator, "both")
    found = annotator.suggestions()
    frames = [one.frame for one in found]
    assert frames
    assert 1 not in frames
    assert all(abs(a - b) > 1 for a in frames for b in frames if a != b)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 <= one.distance <= 1 and 0 <= one.confidence <= 1 for one in found)
    annotator.commit(frames[0])
    assert frames[0] not in [one.frame for one in annotator.suggestions()]
    assert len(annotator.suggestions(1)) == 1


def test_what_frames_look_like_survives_closing(annotator: Annotator):
    run(annotator, "both")
    before = annotator.suggestions()
    annotator.close()
    with open_tiny(annotator.project.path) as again:
        assert again.suggestions() == before


def test_masks_that_a_person_changed_in_a_stretch_of_a_running_propagation_stay(annotator: Annotator):
    for result in annotator.run(Propagation()):
        if result.frame == 2:
            annotator.set_mask(4, 1, box(7))
    assert np.array_equal(annotator.project.mask(4, 1), box(7))


def test_a_run_killed_in_its_first_seconds_can_be_gone_on_with(annotator: Annotator, tmp_path: Path):
    results = annotator.run(Propagation())
    for _ in range(3):
        next(results)
    annotator.project.flush()
    left = as_killed(tmp_path / "clip.xmem")
    list(results)
    with open_tiny(left) as again:
        found = again.resumable()
        assert found is not None
        assert (found.done, found.problem) == (1, "")
        # Even the masks are no longer there: when the memory was saved, only the given one was done.
        again.undo()
        list(again.resume())
        assert masks_of(again) == masks_of(annotator)
