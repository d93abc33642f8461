"""Steps that are begun before the one before them is collected, as on a GPU."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_job import SIZE, make_job
from torch import Tensor

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Run
from xmem_gui.propagation import Engine, FrameResult

LAST = 7


class Device:
    """Notes which frames are begun and which are waited for; what is fetched is as it was then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.story: list[tuple[str, int]] = []
        self.fails_in: int | None = None
        step, arriving = Engine.step, FrameResult.arriving

        def noted_step(engine: Engine, frame: int, *args: object, **options: object) -> FrameResult:
            self.story.append(("begun", frame))
            if frame == self.fails_in:
                raise XmemGuiError("a step that fails")
            return step(engine, frame, *args, **options)

        def noted(result: FrameResult, fetch: object) -> Callable[[], FrameResult]:
            arrived = arriving(result, fetch)

            def waited_for() -> FrameResult:
                self.story.append(("waited for", result.frame))
                return arrived()

            return waited_for

        monkeypatch.setattr(Engine, "step", noted_step)
        monkeypatch.setattr(FrameResult, "arriving", noted)
        monkeypatch.setattr(Engine, "fetch", staticmethod(self.fetch))

    @staticmethod
    def fetch(tensor: Tensor) -> Callable[[], Tensor]:
        copy = tensor.clone()
        return lambda: copy


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    return Device(monkeypatch)


class Tried:
    """A small project with an object in frames 0 and, where both ways are tried, the last."""

    def __init__(self, folder: Path, *, both_ends: bool = False) -> None:
        folder.mkdir()
        job = make_job(folder)
        self.annotator = Annotator.open(
            job.video, settings=EngineSettings(model=str(job.model), device="cpu")
        )
        self.name = self.annotator.add_object("rabbit").id
        for frame in (0, LAST) if both_ends else (0,):
            mask = np.zeros(SIZE, bool)
            mask[5:20, 5 + frame : 20 + frame] = True
            self.annotator.set_mask(frame, self.name, mask)

    def run(self, direction: str = "forward", *, stop_after: int | None = None) -> list[int]:
        done: list[int] = []

        def stop() -> bool:
            return stop_after is not None and len(done) >= stop_after

        for result in self.annotator.run(Propagation(direction), cancelled=stop):
            done += [result.frame]
        return done

    def masks(self) -> dict[int, np.ndarray]:
        project = self.annotator.project
        return {frame: project.mask(frame, self.name) for frame in project.query.known_frames(self.name)}


def assert_equal(found: dict[int, np.ndarray], expected: dict[int, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for frame, mask in expected.items():
        assert np.array_equal(found[frame], mask)


def plain(folder: Path, direction: str, *, both_ends: bool = False) -> dict[int, np.ndarray]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "fetch", None)
        tried = Tried(folder, both_ends=both_ends)
        tried.run(direction)
        with tried.annotator:
            return tried.masks()


def test_a_frame_is_begun_before_the_one_before_it_is_waited_for(tmp_path: Path, device: Device) -> None:
    tried = Tried(tmp_path / "one")
    with tried.annotator:
        tried.run()
    middle = [device.story.index(("begun", frame + 1)) < device.story.index(("waited for", frame))
              for frame in range(2, LAST - 1)]  # fmt: skip
    assert all(middle)
    assert [what for what in device.story if what[0] == "waited for"] == [
        ("waited for", frame) for frame in range(LAST + 1)
    ]


@pytest.mark.parametrize(("direction", "both_ends"), [("forward", False), ("both", True)])
def test_masks_are_those_of_one_frame_at_a_time(
    tmp_path: Path, device: Device, direction: str, both_ends: bool
) -> None:
    expected = plain(tmp_path / "plain", direction, both_ends=both_ends)
    tried = Tried(tmp_path / "one", both_ends=both_ends)
    with tried.annotator:
        tried.run(direction)
        assert_equal(tried.masks(), expected)


def test_a_run_that_was_stopped_goes_on_to_the_same_masks(tmp_path: Path, device: Device) -> None:
    expected = plain(tmp_path / "plain", "forward")
    tried = Tried(tmp_path / "one")
    with tried.annotator:
        done = tried.run(stop_after=3)
        assert 3 <= len(done) <= 4
        begun = [frame for what, frame in device.story if what == "begun"]
        list(tried.annotator.resume())
        # What was begun was collected, and none is computed twice.
        assert [frame for what, frame in device.story if what == "begun"][len(begun) :] == list(
            range(done[-1] + 1, LAST + 1)
        )
        assert_equal(tried.masks(), expected)


def test_a_step_that_fails_ends_the_run_after_those_before_it(tmp_path: Path, device: Device) -> None:
    expected = plain(tmp_path / "plain", "forward")
    tried = Tried(tmp_path / "one")
    with tried.annotator:
        device.fails_in = 4
        with pytest.raises(XmemGuiError, match="a step that fails"):
            tried.run()
        assert list(tried.masks()) == [0, 1, 2, 3]
        device.fails_in = None
        tried.run()
        assert_equal(tried.masks(), expected)


def test_steps_that_nobody_collects_are_forgotten(
    tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = plain(tmp_path / "plain", "forward")
    tried = Tried(tmp_path / "one")

    def full(*_: object, **__: object) -> None:
        raise XmemGuiError("the disk is full")

    with tried.annotator:
        with monkeypatch.context() as patch:
            patch.setattr(Run, "put", full)
            with pytest.raises(XmemGuiError, match="the disk is full"):
                tried.run()
        tried.run()
        assert_equal(tried.masks(), expected)
