"""The engine as a method under test: given masks as they appear, every frame once, forwards."""

import time
from collections.abc import Callable
from pathlib import Path

from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.scores import SequenceTiming
from xmem_gui.formats.davis import write_index_mask
from xmem_gui.propagation import Engine
from xmem_gui.video import CachedSource, ImageFolder


class EngineSegment:
    """Follow a sequence's objects as ``xmem-gui propagate`` does; see `Segment`.

    Parameters
    ----------
    engine
        What computes; its memory is emptied before each sequence.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(
        self, sequence: Sequence, out_dir: Path, progress: Callable[[int], None], /
    ) -> SequenceTiming:
        """Segment a sequence; frames before the first given mask get empty ones."""
        engine, given = self._engine, sequence.given_masks()
        engine.remove(engine.objects)
        engine.start()
        began = time.perf_counter()
        with CachedSource(ImageFolder(sequence.images[0].parent)) as video:
            for frame, name in enumerate(sequence.mask_names):
                result = engine.step(
                    frame, video.frame(frame), given.get(frame), permanent=True, last=frame == len(video) - 1
                )
                write_index_mask(out_dir / name, result.index_mask())
                progress(frame + 1)
        return SequenceTiming(len(sequence.images), time.perf_counter() - began)
