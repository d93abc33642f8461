"""Objects are tracked on a CUDA device as on the processor."""

import numpy as np
import pytest

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.assets import asset
from xmem_gui.evaluation import region_similarity
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.video import open_source


@pytest.mark.cuda
@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_masks_are_those_of_the_processor(precision: str) -> None:
    first = read_index_mask(asset("sample/sample.png")) == 1
    masks = {}
    for device in ("cpu", "cuda"):
        engine = make_engine(EngineSettings(device=device, size=240, precision=precision))
        engine.start()
        with open_source(asset("sample/sample.mp4")) as video:
            for frame in range(5):
                given = {1: first} if frame == 0 else None
                masks[device, frame] = engine.step(
                    frame, np.ascontiguousarray(video.frame(frame)), given
                ).masks()[1]
    likeness = [region_similarity(masks["cpu", frame], masks["cuda", frame]) for frame in range(1, 5)]
    assert min(likeness) > 0.97
