"""What is closed has let go of what is large, also where something still refers to it."""

import gc
import weakref

from tiny_network import box, open_tiny, use_tiny_network

from xmem_gui.annotator import Propagation
from xmem_gui.interaction import Point
from xmem_gui.project import SetMasks


def test_a_closed_project_has_let_go_of_its_networks(tmp_path, monkeypatch):
    use_tiny_network(monkeypatch)
    annotator = open_tiny(tmp_path / "clip.xmem")
    one = annotator.add_object().id
    annotator.project.apply(SetMasks(1, {one: box(1)}, commit=True))
    list(annotator.run(Propagation()))
    annotator.prompting.add(2, one, Point(12, 12))
    tracker = weakref.ref(annotator.propagator._engine().tracker)
    segmenter = weakref.ref(annotator.prompting._segmenter())
    assert tracker() is not None
    annotator.close()
    gc.collect()
    # The annotator is still there.
    assert (tracker(), segmenter()) == (None, None)
