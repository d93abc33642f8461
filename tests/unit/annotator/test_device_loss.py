"""A device that fails in the middle of a run."""

from pathlib import Path

import numpy as np
import pytest
from small_job import SIZE, make_job

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.errors import DeviceLostError
from xmem_gui.propagation import Engine, FrameResult

FAILURE = "CUDA error: unspecified launch failure"


class Device:
    """Fails in a frame, and from then on in every engine that was made before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails_in: int | None = None
        self.lost: set[Engine] = set()
        self.engines: list[Engine] = []
        step, state, mask = Engine.step, Engine.state, FrameResult.index_mask

        def judged_step(engine: Engine, frame: int, *args: object, **options: object) -> FrameResult:
            if engine not in self.engines:
                self.engines.append(engine)
            if frame == self.fails_in:
                self.lost = set(self.engines)
            self._judge(engine)
            return step(engine, frame, *args, **options)

        def judged_state(engine: Engine) -> object:
            self._judge(engine)
            return state(engine)

        def judged_mask(result: FrameResult) -> object:
            self._judge(self.engines[-1])
            return mask(result)

        monkeypatch.setattr(Engine, "step", judged_step)
        monkeypatch.setattr(Engine, "state", judged_state)
        monkeypatch.setattr(FrameResult, "index_mask", judged_mask)

    def _judge(self, engine: Engine) -> None:
        if engine in self.lost:
            raise RuntimeError(FAILURE)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    return Device(monkeypatch)


def opened(tmp_path: Path) -> Annotator:
    job = make_job(tmp_path)
    return Annotator.open(job.video, settings=EngineSettings(model=str(job.model), device="cpu"))


def test_a_run_ends_with_a_sentence_and_the_next_has_a_new_engine(tmp_path: Path, device: Device) -> None:
    mask = np.zeros(SIZE, bool)
    mask[5:20, 5:20] = True
    with opened(tmp_path) as annotator:
        rabbit = annotator.add_object("rabbit").id
        annotator.set_mask(2, rabbit, mask)
        device.fails_in = 4
        with pytest.raises(DeviceLostError, match="'cpu' has failed"):
            list(annotator.run(Propagation("forward")))
        assert annotator.project.query.known_frames(rabbit) == [2, 3]
        assert np.array_equal(annotator.project.mask(2, rabbit), mask)
        device.fails_in = None
        assert [result.frame for result in annotator.run(Propagation("forward"))][-1] == job_end(annotator)
        assert len(device.engines) == 2


def test_a_run_that_lost_its_device_is_gone_on_with(tmp_path: Path, device: Device) -> None:
    mask = np.zeros(SIZE, bool)
    mask[5:20, 5:20] = True
    with opened(tmp_path) as annotator:
        rabbit = annotator.add_object("rabbit").id
        annotator.set_mask(0, rabbit, mask)
        device.fails_in = 3
        with pytest.raises(DeviceLostError):
            list(annotator.run(Propagation("forward")))
        device.fails_in = None
        list(annotator.resume(cancelled=lambda: False))
        assert annotator.project.query.known_frames(rabbit) == list(range(job_end(annotator) + 1))


def job_end(annotator: Annotator) -> int:
    return len(annotator.video) - 1
