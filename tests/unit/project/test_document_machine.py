"""Any sequence of edits, runs, undos, redos and reopenings does what the simple model says."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from project_model import Model, ModelMask, moved, union
from project_samples import FRAMES, HEIGHT, WIDTH, new_project, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import (
    ANY_CHANGE,
    ChangeObject,
    ClearMasks,
    Commit,
    DeleteObjects,
    Fact,
    MergeObjects,
    Origin,
    Project,
    Review,
    Rework,
    SetMasks,
    SwapObjects,
    What,
)

frames = st.integers(0, FRAMES - 1)
seeds = st.integers(0, 6)
ranges = st.one_of(st.none(), st.builds(lambda a, n: range(a, min(a + n, FRAMES)), frames, st.integers(1, 8)))
confidences = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
pick = st.integers(0, 10**6)


def _known(step):
    """Return what a person knows of a step: not how many bytes it takes."""
    return None if step is None else (step.id, step.label, step.state)


class DocumentMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.project = new_project(self.folder / "p.xmem", flush_interval=60)
        self.model = Model()
        self.run = None
        self.listen()

    def listen(self):
        """Keep a copy of the document that is brought up to date only by what the document tells."""
        self.told = []
        self.copy = {}
        self.follow(ANY_CHANGE)
        self.project.changed.connect(self.follow)

    def follow(self, change):
        self.told.append(change)
        everyone = {key[0] for key in self.copy} | {item.id for item in self.project.objects}
        for one in everyone if change.objects is None else change.objects:
            if Fact.OBJECTS in change.facts:
                known = {item.id: item for item in self.project.objects}
                self.copy[one, -1] = known.get(one)
            if Fact.MASKS in change.facts:
                for frame in range(FRAMES) if change.frames is None else change.frames:
                    self.copy[one, frame] = self.project.records(frame).get(one)
        if Fact.HISTORY in change.facts:
            self.steps = self.project.next_undo, self.project.next_redo

    def teardown(self):
        if self.run is not None:
            self.run.close()
        self.project.close()
        shutil.rmtree(self.folder)

    def some(self, number):
        return sorted(self.model.objects)[number % len(self.model.objects)]

    def over(self, span):
        return range(FRAMES) if span is None else span

    def apply(self, edit, changes, *, pixels=True):
        """Make an edit in both; a locked object's pixels may not be changed."""
        differs = {
            key[0]
            for key, row in changes.items()
            if key[1] >= 0
            and getattr(self.model.rows.get(key), "pixels", None) != getattr(row, "pixels", None)
        }
        if pixels and any(self.model.objects[one].locked for one in differs):
            with pytest.raises(ProjectError, match="locked"):
                self.project.apply(edit)
            return
        before = len(self.told)
        made = self.project.apply(edit).step is not None
        assert made == self.model.edit(changes)
        assert len(self.told) - before == made

    @rule()
    def add(self):
        item = self.project.add_object()
        assert item.id == self.model.next_object
        self.model.next_object += 1
        self.model.edit({(item.id, -1): item})

    @precondition(lambda self: self.model.objects)
    @rule(number=pick, frame=frames, seed=seeds, clicked=st.booleans())
    def set_mask(self, number, frame, seed, clicked):
        one, origin = self.some(number), Origin.CLICKED if clicked else Origin.DRAWN
        old = self.model.rows.get((one, frame))
        row = ModelMask(pattern(seed).tobytes(), origin, committed=old is not None and old.committed)
        self.apply(SetMasks(frame, {one: pattern(seed)}, origin), {(one, frame): row})

    @precondition(lambda self: self.model.objects)
    @rule(number=pick, frame=frames, seed=seeds, confidence=confidences)
    def set_propagated(self, number, frame, seed, confidence):
        one = self.some(number)
        row = ModelMask(pattern(seed).tobytes(), Origin.PROPAGATED, confidence)
        edit = SetMasks(frame, {one: pattern(seed)}, Origin.PROPAGATED, confidence)
        made = self.project.apply(edit).step is not None
        free = self.model.automatic({(one, frame): row}, in_run=False)
        assert made == self.model.edit(free)

    @precondition(lambda self: self.model.objects)
    @rule(
        number=pick,
        frame=frames,
        seed=seeds,
        erase=st.booleans(),
        x=st.integers(-3, WIDTH),
        y=frames,
    )
    def paint(self, number, frame, seed, erase, x, y):
        one, patch, y = self.some(number), pattern(seed, 3, 4), y - 3
        old = self.model.rows.get((one, frame))
        before = np.zeros((HEIGHT, WIDTH), bool) if old is None else np.frombuffer(old.pixels, bool)
        after = before.reshape(HEIGHT, WIDTH).copy()
        for row in range(3):
            for column in range(4):
                if patch[row, column] and 0 <= y + row < HEIGHT and 0 <= x + column < WIDTH:
                    after[y + row, x + column] = not erase
        committed = old is not None and old.committed
        changes = {(one, frame): ModelMask(after.tobytes(), Origin.DRAWN, committed=committed)}
        self.apply(Rework(frame, one, lambda *_: {one: after}, "Paint"), changes)

    @precondition(lambda self: self.model.objects)
    @rule(number=pick, span=ranges, everyone=st.booleans())
    def clear(self, number, span, everyone):
        chosen = None if everyone else [self.some(number)]
        keys = [
            (one, f) for one in chosen or self.model.objects for f in self.model.known(one, self.over(span))
        ]
        self.apply(ClearMasks(chosen, span), dict.fromkeys(keys))

    @precondition(lambda self: len(self.model.objects) > 1)
    @rule(first=pick, second=pick, span=ranges)
    def merge(self, first, second, span):
        one, into = self.some(first), self.some(second)
        if one == into:
            return
        changes = {}
        for frame in self.model.known(one, self.over(span)):
            mine, theirs = self.model.rows[one, frame], self.model.rows.get((into, frame))
            changes[one, frame] = None
            changes[into, frame] = mine if theirs is None else replace(
                theirs,
                pixels=union(mine, theirs),
                confidence=min(mine.confidence, theirs.confidence),
                committed=mine.committed or theirs.committed,
                reviewed=mine.reviewed and theirs.reviewed,
            )  # fmt: skip
        if span is None:
            changes[one, -1] = None
        self.apply(MergeObjects(one, into, span), changes)

    @precondition(lambda self: len(self.model.objects) > 1)
    @rule(first=pick, second=pick, span=ranges)
    def swap(self, first, second, span):
        a, b = self.some(first), self.some(second)
        if a == b:
            return
        at = {f for one in (a, b) for f in self.model.known(one, self.over(span))}
        changes = {}
        for frame in at:
            changes[a, frame], changes[b, frame] = (
                self.model.rows.get((b, frame)),
                self.model.rows.get((a, frame)),
            )
        self.apply(SwapObjects(a, b, span), changes)

    @precondition(lambda self: self.model.objects)
    @rule(number=pick)
    def delete(self, number):
        one = self.some(number)
        if self.model.objects[one].locked:
            with pytest.raises(ProjectError, match="locked"):
                self.project.apply(DeleteObjects([one]))
            return
        keys = [(one, frame) for frame in self.model.known(one, range(FRAMES))]
        self.apply(DeleteObjects([one]), dict.fromkeys([*keys, (one, -1)]))

    @precondition(lambda self: self.model.objects)
    @rule(number=pick, locked=st.booleans(), name=st.sampled_from(["rabbit", "rock", "ウサギ"]))
    def change(self, number, locked, name):
        one = self.some(number)
        item = replace(self.model.objects[one], locked=locked, name=name)
        self.apply(ChangeObject(one, locked=locked, name=name), {(one, -1): item})

    @precondition(lambda self: self.model.objects)
    @rule(frame=frames, committed=st.booleans())
    def commit(self, frame, committed):
        masks = {key: row for key, row in self.model.masks.items() if key[1] == frame}
        if committed and not masks:
            with pytest.raises(ProjectError, match="no mask to commit"):
                self.project.commit(frame)
            return
        self.apply(
            Commit(frame, None, committed), {k: moved(r, committed=committed) for k, r in masks.items()}
        )

    @precondition(lambda self: self.model.objects)
    @rule(span=ranges, reviewed=st.booleans())
    def review(self, span, reviewed):
        masks = {key: row for key, row in self.model.masks.items() if key[1] in self.over(span)}
        self.apply(Review(span, None, reviewed), {k: moved(r, reviewed=reviewed) for k, r in masks.items()})

    @precondition(lambda self: self.run is None)
    @rule()
    def begin_run(self):
        self.run = self.project.run()
        self.model.begin_run()

    @precondition(lambda self: self.run is not None and self.model.objects)
    @rule(frame=frames, seed=seeds, confidence=confidences)
    def run_put(self, frame, seed, confidence):
        masks = {one: pattern(seed + one) for one in range(1, self.model.next_object)}
        self.run.put(frame, masks, confidence=confidence)
        rows = {
            (one, frame): ModelMask(mask.tobytes(), Origin.PROPAGATED, confidence)
            for one, mask in masks.items()
        }
        self.model.put(rows)

    @precondition(lambda self: self.run is not None)
    @rule(discard=st.booleans())
    def end_run(self, discard):
        (self.run.discard if discard else self.run.close)()
        self.model.end_run(discard=discard)
        self.run = None

    @rule()
    def undo(self):
        step = self.model.next_undo
        if step is not None and self.model.leaves_orphans(step.before):
            with pytest.raises(ProjectError, match="just now"):
                self.project.undo()
            return
        self.project.undo()
        self.model.undo()

    @rule()
    def redo(self):
        if self.model.undone and self.model.leaves_orphans(self.model.undone[-1].after):
            with pytest.raises(ProjectError, match="just now"):
                self.project.redo()
            return
        self.project.redo()
        self.model.redo()

    @rule()
    def flush(self):
        self.project.flush()

    @precondition(lambda self: self.run is None)
    @rule()
    def reopen(self):
        self.project.close()
        self.project = Project.open(self.folder / "p.xmem", backup_every=None, flush_interval=60)
        self.listen()

    @invariant()
    def same(self):
        assert {item.id: item for item in self.project.objects} == self.model.objects
        found = {}
        for frame in range(FRAMES):
            for one, record in self.project.records(frame).items():
                mask = record.rle.to_mask()
                assert record.area == mask.sum()
                found[one, frame] = ModelMask(
                    mask.tobytes(), record.origin, record.confidence, record.committed, record.reviewed
                )
        assert found == self.model.masks

    @invariant()
    def what_is_told_is_all_that_has_changed(self):
        there = {(item.id, -1): item for item in self.project.objects}
        there |= {(o, f): r for f in range(FRAMES) for o, r in self.project.records(f).items()}
        assert {key: row for key, row in self.copy.items() if row is not None} == there
        now = self.project.next_undo, self.project.next_redo
        assert [_known(step) for step in self.steps] == [_known(step) for step in now]

    @invariant()
    def queries_agree(self):
        masks, query = self.model.masks, self.project.query
        counts = query.counts(threshold=0.6)
        low = {
            key
            for key, m in masks.items()
            if m.origin is Origin.PROPAGATED and not m.committed and not m.reviewed and m.confidence < 0.6
        }
        seen = {key for key, m in masks.items() if any(m.pixels)}
        keys = {key[1] for key, m in masks.items() if m.committed}
        assert (counts.known, counts.present, counts.low) == (len(masks), len(seen), len(low))
        assert query.key_frames() == sorted(keys)
        assert {(d.object, d.frame) for d in query.doubts(threshold=0.6, most=1000)} == low
        for one in self.model.objects:
            assert {f for span in query.spans(one) for f in span} == {f for o, f in seen if o == one}
        for frame in (0, 5, FRAMES - 1):
            assert query.next(What.KEY, frame) == min((f for f in keys if f > frame), default=None)
            assert query.previous(What.KEY, frame) == max((f for f in keys if f < frame), default=None)
            lows = {f for _, f in low}
            assert query.next(What.LOW, frame, threshold=0.6) == min(
                (f for f in lows if f > frame), default=None
            )
            assert query.previous(What.LOW, frame, threshold=0.6) == max(
                (f for f in lows if f < frame), default=None
            )


DocumentMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDocumentMachine = DocumentMachine.TestCase
