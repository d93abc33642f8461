"""The main job with the networks elsewhere: the same project comes of it, whatever happens on the way."""

from itertools import count

import pytest
from near_actor import Machines
from remote_hand import FRAMES, click, make_video, masks_of, open_project

from xmem_gui.annotator import Propagation
from xmem_gui.annotator.computer import ThisMachine
from xmem_gui.cluster.remote import RemoteComputer
from xmem_gui.errors import ClusterError, ConnectionLostError

BOTH = Propagation("both")


@pytest.fixture
def video(tmp_path):
    return make_video(tmp_path / "video")


@pytest.fixture
def here(tmp_path, video):
    with open_project(tmp_path / "here.xmem", video) as annotator:
        yield annotator


@pytest.fixture
def machines():
    return Machines()


@pytest.fixture
def there(tmp_path, video, machines):
    computer = RemoteComputer("ray://127.0.0.1:10001", connect=machines.connect)
    with open_project(tmp_path / "there.xmem", video) as annotator:
        annotator.computer = computer
        yield annotator
    computer.close()


def test_clicks_and_tracking_make_the_same_project(here, there):
    for annotator in (here, there):
        click(annotator, 0, (16, 22), (20, 26), (8, 14))
        for _ in annotator.run(BOTH):
            pass
        click(annotator, 4, (26, 20))
        for _ in annotator.run(BOTH):
            pass
    assert masks_of(there) == masks_of(here)
    assert there.suggestions() == here.suggestions()
    assert there.memory_report().tiers == here.memory_report().tiers
    assert there.memory_report().permanent_frames == here.memory_report().permanent_frames
    assert there.memory_report().device.startswith("cpu on ")


def lose_after(annotator, machines, results):
    """Run until the machine is lost, after some results."""
    for number, _ in enumerate(annotator.run(BOTH), 1):
        if number == results:
            machines.last.die()


def test_a_run_goes_on_after_the_machine_is_lost(here, there, machines):
    for annotator in (here, there):
        click(annotator, 0, (16, 22))
    for _ in here.run(BOTH):
        pass
    with pytest.raises(ConnectionLostError, match="is kept"):
        lose_after(there, machines, 5)
    assert len(masks_of(there)) >= 5
    machines.unreachable = True
    assert not there.resumable().problem  # known without asking the machine
    with pytest.raises(ClusterError, match="no cluster"):
        list(there.resume())
    machines.unreachable = False
    for _ in there.resume():
        pass
    assert masks_of(there) == masks_of(here)
    assert there.resumable() is None


def test_a_stopped_run_goes_on_on_this_machine(here, there):
    """The same network in the same precision: what one machine has saved, the other goes on with."""
    for annotator in (here, there):
        click(annotator, 0, (16, 22))
    for _ in here.run(BOTH):
        pass
    asked = count()
    done = list(there.run(BOTH, cancelled=lambda: next(asked) >= 4))
    assert 0 < len(done) < 2 * FRAMES
    there.computer = ThisMachine()
    for _ in there.resume():
        pass
    assert masks_of(there) == masks_of(here)


def test_a_run_that_nobody_waits_for_keeps_what_is_done(here, there):
    for annotator in (here, there):
        click(annotator, 0, (16, 22))
    for _ in here.run(BOTH):
        pass
    results = there.run(BOTH)
    next(results)
    results.close()
    for _ in there.resume():
        pass
    assert masks_of(there) == masks_of(here)


def test_a_click_between_two_frames_is_answered_and_the_run_does_not_notice(here, there):
    found = []
    for annotator in (here, there):
        click(annotator, 0, (16, 22))
        results = annotator.run(Propagation("forward"))
        next(results)
        found.append(annotator.prompting.propose(6, 1, _prompts(34, 20)).mask)
        assert [result.frame for result in results] == list(range(1, FRAMES))
    assert found[0].any()
    assert (found[0] == found[1]).all()
    assert masks_of(there) == masks_of(here)


def test_clicks_go_on_with_another_machine(here, there, machines):
    click(there, 0, (16, 22))
    machines.last.die()
    with pytest.raises(ConnectionLostError):
        click(there, 0, (16, 22), (20, 26))
    for annotator in (here, there):
        click(annotator, 3, (28, 22), (24, 30))
    click(here, 0, (16, 22))
    assert masks_of(there) == masks_of(here)
    assert len(machines.started) == 2


def test_looking_where_a_click_would_go_leaves_no_trace(here, there):
    for annotator in (here, there):
        click(annotator, 0, (16, 22))
        found = annotator.prompting.would(0, 1, _prompts(16, 22, 50, 40))
        assert found is not None
        click(annotator, 0, (16, 22), (20, 26))
    assert masks_of(there) == masks_of(here)


def _prompts(*places):
    from xmem_gui.interaction import Point, Prompts

    points = [Point(x, y) for x, y in zip(places[::2], places[1::2], strict=True)]
    return Prompts(tuple(points))
