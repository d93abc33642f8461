import numpy as np
import pytest
import torch
from small_job import SIZE, make_job

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.errors import DeviceMemoryError
from xmem_gui.propagation import Engine


def test_out_of_memory_on_the_way_is_said_so_and_keeps_what_is_finished(tmp_path, monkeypatch):
    whole = Engine.step

    def step(self, frame, *args, **options):
        if frame == 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return whole(self, frame, *args, **options)

    monkeypatch.setattr(Engine, "step", step)
    job = make_job(tmp_path)
    mask = np.zeros(SIZE, bool)
    mask[5:20, 5:20] = True
    with Annotator.open(job.video, settings=EngineSettings(model=str(job.model), device="cpu")) as annotator:
        rabbit = annotator.add_object("rabbit").id
        annotator.set_mask(2, rabbit, mask)
        with pytest.raises(DeviceMemoryError, match="not enough memory"):
            list(annotator.run(Propagation("forward")))
        assert annotator.project.query.known_frames(rabbit) == [2, 3]
