"""Whatever a person does, committed masks stay, and a run that was interrupted ends as if it had not been."""

import shutil
import tempfile
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from tiny_network import FRAMES, box, masks_of, open_tiny, use_tiny_network

from xmem_gui.annotator import Propagation
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import ChangeObject, ClearMasks, DeleteObjects, Review, SetMasks

frames = st.integers(0, FRAMES - 1)
pick = st.integers(0, 10**6)


def committed(masks: dict) -> dict:
    return {key: mask[0] for key, mask in masks.items() if mask[1]}


class CorrectionsMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "clip.xmem"
        self.annotator = open_tiny(self.path)
        self.annotator.add_object()
        self.annotator.set_mask(2, 1, box(2))

    def teardown(self):
        self.annotator.close()
        shutil.rmtree(self.folder)

    @property
    def objects(self):
        return [one.id for one in self.annotator.project.objects]

    def some(self, number):
        return self.objects[number % len(self.objects)]

    def edit(self, touched, act):
        """Do what a person does; commits elsewhere stay."""
        before = committed(masks_of(self.annotator))
        act()
        after = committed(masks_of(self.annotator))
        assert {k: v for k, v in before.items() if k not in touched} == {
            k: v for k, v in after.items() if k not in touched
        }

    def keys(self, name):
        return {(frame, name) for frame in range(FRAMES)}

    def reopen(self):
        before = masks_of(self.annotator)
        self.annotator.close()
        self.annotator = open_tiny(self.path)
        assert masks_of(self.annotator) == before

    @precondition(lambda self: len(self.objects) < 3)
    @rule(frame=frames, seed=st.integers(1, 9))
    def add(self, frame, seed):
        name = self.annotator.add_object().id
        self.edit({(frame, name)}, lambda: self.annotator.set_mask(frame, name, box(seed)))

    @precondition(lambda self: self.objects)
    @rule(number=pick, frame=frames, seed=st.integers(0, 9), commit=st.booleans())
    def draw(self, number, frame, seed, commit):
        name = self.some(number)
        if not self.annotator.project.object(name).locked:
            edit = SetMasks(frame, {name: box(seed)}, commit=commit)
            self.edit({(frame, name)}, lambda: self.annotator.project.apply(edit))

    @rule(frame=frames, back=st.booleans())
    def commit(self, frame, back):
        names = self.annotator.project.query.masks_on(frame)
        if names:
            act = self.annotator.uncommit if back else self.annotator.commit
            self.edit({(frame, name) for name in names}, lambda: act(frame))

    @precondition(lambda self: self.objects)
    @rule(number=pick, locked=st.booleans())
    def lock(self, number, locked):
        edit = ChangeObject(self.some(number), locked=locked)
        self.edit(set(), lambda: self.annotator.project.apply(edit))

    @precondition(lambda self: self.objects)
    @rule(number=pick, frame=frames)
    def review(self, number, frame):
        edit = Review(range(frame, frame + 1), [self.some(number)])
        self.edit(set(), lambda: self.annotator.project.apply(edit))

    @precondition(lambda self: len(self.objects) > 1)
    @rule(number=pick, only_masks=st.booleans())
    def delete(self, number, only_masks):
        name = self.some(number)
        if not self.annotator.project.object(name).locked:
            edit = ClearMasks([name]) if only_masks else DeleteObjects([name])
            self.edit(self.keys(name), lambda: self.annotator.project.apply(edit))

    @rule(forth=st.booleans())
    def undo(self, forth):
        done = self.annotator.undo()
        if forth and done.step is not None:
            changed = masks_of(self.annotator)
            self.annotator.redo()
            self.annotator.undo()
            assert masks_of(self.annotator) == changed

    @rule()
    def close_and_open(self):
        self.reopen()

    @rule(
        directions=st.sampled_from(["both", "both", "forward", "backward"]),
        until=st.sampled_from(["end", "end", "next_key_frame"]),
        only=st.one_of(st.none(), pick),
        start=st.one_of(st.none(), pick),
        cuts=st.lists(st.tuples(st.integers(1, 2 * FRAMES), st.booleans()), max_size=2),
        replace=st.booleans(),
    )
    def propagate(self, directions, until, only, start, cuts, replace):
        """Propagate whole; undo; propagate again with interruptions: the same, but for what must stay."""
        annotator = self.annotator
        keys = annotator.project.query.key_frames()
        objects = None if only is None or not self.objects else [self.some(only)]
        if objects is not None:
            keys = annotator.project.query.key_frames(objects)
        options = {
            "until": until,
            "objects": objects,
            "start": None if start is None or not keys else keys[start % len(keys)],
            "again": replace,
        }
        before = masks_of(annotator)
        try:
            list(annotator.run(Propagation(directions, **options)))
        except XmemGuiError:  # nothing to track from, or from there: said, and nothing done
            free = self.free_keys(objects)
            assert not free or options["start"] not in (None, *free)
            assert masks_of(annotator) == before
            return
        whole = masks_of(annotator)
        self.check(before, whole, objects, replace)
        if whole == before:
            return
        annotator.undo()
        assert masks_of(annotator) == before
        if not cuts:
            annotator.redo()
            return
        results = annotator.run(Propagation(directions, **options))
        for length, reopens in cuts:
            list(islice(results, length))
            results.close()
            if reopens:
                self.reopen()
            found = self.annotator.resumable()
            if found is None:
                break
            assert not found.problem
            assert found.done < found.total
            results = self.annotator.resume()
        list(results)
        assert self.annotator.resumable() is None
        assert masks_of(self.annotator) == whole

    def free_keys(self, objects):
        """Return the frames with a committed mask of an object that may be tracked."""
        project = self.annotator.project
        chosen = self.objects if objects is None else objects
        free = [one for one in chosen if not project.object(one).locked]
        return project.query.key_frames(free) if free else []

    def check(self, before, after, objects, replace):
        locked = {one.id for one in self.annotator.project.objects if one.locked}
        for key, mask in before.items():
            fixed = mask[1] or key[1] in locked or (mask[2] and not replace)
            if fixed or (objects is not None and key[1] not in objects):
                assert after[key] == mask
        for key in after.keys() - before.keys():
            assert key[1] not in locked
            assert objects is None or key[1] in objects


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    use_tiny_network(monkeypatch)


def test_200_scenarios(tiny):
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        CorrectionsMachine,
        settings=settings(
            max_examples=200,
            stateful_step_count=6,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
