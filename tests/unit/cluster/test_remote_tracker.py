"""A tracker on another machine gives what one of this process gives, and says when it is lost."""

import numpy as np
import pytest
import torch
from near_actor import Machines

from xmem_gui.annotator import EngineSettings
from xmem_gui.annotator.computer import ThisMachine
from xmem_gui.annotator.propagation.checkpoint import SnapshotError
from xmem_gui.annotator.propagation.legs import Role
from xmem_gui.annotator.propagation.tracker import Step
from xmem_gui.cluster.remote import RemoteComputer
from xmem_gui.errors import CheckpointError, ClusterError, ConnectionLostError

SETTINGS = EngineSettings(size=None, device="cpu")


class Clip:
    """Six frames of noise; it counts how often each is read."""

    def __init__(self):
        self.images = np.random.default_rng(0).integers(0, 256, (6, 40, 56, 3), np.uint8)
        self.read = []

    def __len__(self):
        return len(self.images)

    def frame(self, index):
        self.read.append(index)
        return self.images[index]


MASK = np.zeros((40, 56), bool)
MASK[5:25, 8:30] = True
OTHER = np.zeros((40, 56), bool)
OTHER[20:36, 30:50] = True
GIVEN = {0: {1: MASK, 3: OTHER}, 5: {1: OTHER}}


@pytest.fixture
def machines():
    return Machines()


@pytest.fixture
def computer(machines):
    computer = RemoteComputer("ray://127.0.0.1:10001", connect=machines.connect)
    yield computer
    computer.close()


def steps():
    """Return both legs over the clip, as a run both ways goes."""
    forward = [Step(f, GIVEN.get(f, {}), Role.FIRST, f == 0, f == 5) for f in range(6)]
    far = {1: (2.0, 3.0), 3: (1.0, float("inf"))}
    back = [Step(f, GIVEN.get(f, {}), Role.SECOND, f == 5, f == 0, far) for f in range(5, -1, -1)]
    return [*forward, *back]


def go(tracker, clip, todo, *, ahead=None):
    found, todo = [], list(todo)
    while todo or tracker.waiting:
        while todo and tracker.waiting < (ahead or tracker.ahead):
            tracker.submit(clip, todo.pop(0))
        one = tracker.collect()
        found.append((one.frame, one.objects, one.masks(), one.confidence(), one.descriptor))
    return found


def same(one, other):
    return len(one) == len(other) and all(
        a[:2] == b[:2]
        and a[2].keys() == b[2].keys()
        and all(np.array_equal(a[2][name], b[2][name]) for name in a[2])
        and a[3] == b[3]
        and torch.equal(a[4], b[4])
        for a, b in zip(one, other, strict=True)
    )


def test_masks_confidence_and_memory_are_those_of_this_machine(computer):
    clip = Clip()
    here, there = ThisMachine().tracker(SETTINGS), computer.tracker(SETTINGS)
    for tracker in (here, there):
        tracker.remember(clip, GIVEN, [0, 5])
    assert there.permanent_frames() == here.permanent_frames() == [0, 5]
    assert same(go(here, clip, steps()), go(there, clip, steps()))
    assert there.facts.figures == here.facts.figures
    assert there.facts.limits == here.facts.limits
    state, its = here.state(), there.state()
    assert state.keys() == its.keys()
    assert all(torch.equal(state[name], its[name]) for name in state)


def test_a_saved_memory_goes_from_one_machine_to_the_other_and_back(computer):
    clip, todo = Clip(), steps()
    here, there = ThisMachine().tracker(SETTINGS), computer.tracker(SETTINGS)
    here.remember(clip, GIVEN, [0, 5])
    go(here, clip, todo[:4])
    there.restore(here.state())
    assert there.permanent_frames() == [0, 5]
    rest = go(there, clip, todo[4:8])
    again = ThisMachine().tracker(SETTINGS)
    again.restore(there.state())
    assert same(rest + go(again, clip, todo[8:]), go(here, clip, todo[4:]))
    with pytest.raises(SnapshotError, match="damaged"):
        there.restore({"nonsense": torch.zeros(3)})
    assert there.permanent_frames() == []


def test_frames_that_are_there_are_neither_read_nor_sent_again(computer):
    clip, there = Clip(), computer.tracker(SETTINGS)
    there.remember(clip, GIVEN, [0, 5])
    go(there, clip, steps())
    assert sorted(clip.read) == [0, 1, 2, 3, 4, 5]


def test_steps_that_are_not_begun_are_taken_back(computer, machines):
    clip, todo = Clip(), steps()
    there, here = computer.tracker(SETTINGS), ThisMachine().tracker(SETTINGS)
    for tracker in (here, there):
        tracker.remember(clip, GIVEN, [0, 5])
    held = machines.last.hold("step", after=2, until="recall")
    for step in todo[:6]:
        there.submit(clip, step)
    held.wait()
    there.recall()
    assert there.waiting == 2
    assert [there.collect().frame for _ in range(2)] == [0, 1]
    # The others have left no trace.
    assert same(go(there, clip, todo[2:]), go(here, clip, todo)[2:])


def test_a_frame_that_cannot_be_read_changes_nothing(computer):
    clip, todo = Clip(), steps()
    there = computer.tracker(SETTINGS)
    there.remember(clip, GIVEN, [0, 5])
    broken = Clip()
    broken.frame = lambda index: 1 / 0
    there.submit(clip, todo[0])
    with pytest.raises(ZeroDivisionError):
        there.submit(broken, todo[1])
    assert there.waiting == 1
    assert len(go(there, clip, todo[1:])) == len(todo)


def test_the_end_of_the_machine_is_said_and_another_is_connected_to(computer, machines):
    clip = Clip()
    there = computer.tracker(SETTINGS)
    there.remember(clip, GIVEN, [0])
    machines.last.die()
    with pytest.raises(ConnectionLostError, match="is kept"):
        go(there, clip, steps())
    assert there.is_lost
    assert not computer.is_connected
    machines.unreachable = True
    with pytest.raises(ClusterError, match="no cluster"):
        computer.tracker(SETTINGS)
    machines.unreachable = False
    other = computer.tracker(SETTINGS)
    other.remember(clip, GIVEN, [0])
    assert len(go(other, clip, steps())) == 12
    assert len(machines.started) == 2


def test_another_video_takes_the_place_of_the_first(computer):
    first, second = computer.tracker(SETTINGS), computer.tracker(SETTINGS)
    with pytest.raises(ConnectionLostError, match="let go"):
        first.state()
    assert first.is_lost
    assert not second.is_lost
    assert computer.is_connected


def test_what_the_machine_says_is_wrong_is_said_here(computer):
    with pytest.raises(CheckpointError, match="knows no model 'mine'"):
        computer.tracker(EngineSettings(model="mine"))
    with pytest.raises(ClusterError, match="no address"):
        RemoteComputer("gpu-server:10001")


def test_another_version_of_the_program_is_said(machines, monkeypatch):
    monkeypatch.setattr("xmem_gui.cluster.remote_actor.__version__", "0.0.7")
    with pytest.raises(ClusterError, match=r"has xmem_gui 0\.0\.7, this machine"):
        RemoteComputer("ray://127.0.0.1:1", connect=machines.connect).link()
    assert len(machines.started) == 1


def test_what_decides_features_is_the_same_on_the_same_machine(computer, machines):
    facts = computer.engine_facts(SETTINGS)
    assert facts == ThisMachine().engine_facts(SETTINGS)
    machines.last.die()
    machines.unreachable = True
    assert computer.engine_facts(SETTINGS) == facts  # known, and nobody is asked
