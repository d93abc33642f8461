import json

import av
import numpy as np

from xmem_gui.assets import asset
from xmem_gui.formats.davis import objects_in, read_index_mask


def test_the_sample_has_a_mask_of_its_named_objects() -> None:
    mask = read_index_mask(asset("sample/sample.png"), size=(360, 640))
    names = json.loads(asset("sample/objects.json").read_text(encoding="utf-8"))
    assert [str(number) for number in objects_in(mask)] == list(names)
    assert (np.bincount(mask.ravel())[1:] > 5000).all()


def test_the_sample_decodes_and_is_small() -> None:
    path = asset("sample/sample.mp4")
    with av.open(str(path)) as container:
        shapes = [(frame.height, frame.width) for frame in container.decode(video=0)]
    assert shapes == [(360, 640)] * 88
    assert path.stat().st_size < 1_000_000
    assert "Blender Foundation" in asset("sample/LICENSE.txt").read_text(encoding="utf-8")
