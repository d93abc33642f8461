"""What runs on the machine that computes for a window: an engine and a click model, kept while it is wanted.

Ray runs each method in a thread of the group it is in, so that a click is answered beside a run, and a run is
called back in between. Import it where Ray is installed only.
"""

from __future__ import annotations

import os
import platform
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import ray

from xmem_gui import __version__
from xmem_gui.arrays import RgbImage
from xmem_gui.cluster.remote_frames import PackedFrame, SentFrames, unpack
from xmem_gui.cluster.remote_models import ModelFile, ModelShelf
from xmem_gui.cluster.remote_wire import DoneStep, Greeting, SentRound, SentStep
from xmem_gui.device import best_precision, choose_device, enough_memory
from xmem_gui.errors import CheckpointError, ConnectionLostError
from xmem_gui.project.rle import Rle

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings
    from xmem_gui.annotator.propagation.engine_tracker import EngineTracker
    from xmem_gui.annotator.propagation.tracker import TrackerFacts
    from xmem_gui.interaction import PreparedImage, Segmenter
    from xmem_gui.interaction.prompts import Prompt
    from xmem_gui.interaction.rounds import Round

THREADS_OF_GROUP = {"clicks": 1, "control": 2}
"""How many threads each group of methods has, beside the one of the engine."""
F = TypeVar("F", bound=Callable[..., object])


def _in(group: str) -> Callable[[F], F]:
    """Return the decorator that puts a method into a group."""
    decorate: Callable[[F], F] = ray.method(concurrency_group=group)
    return decorate


_FRAMES = 512 << 20
"""Bytes of packed frames that are kept for runs that come by again."""
_PREPARED = 64
"""Images that are kept prepared for clicks at most; the window lets go of them by its own budget before."""


class WindowActor:
    """Computes for one window.

    Parameters
    ----------
    threads
        Processor threads to use; None for all that this process may.
    """

    def __init__(self, threads: int | None = None) -> None:
        import torch

        # Ray leaves one thread to a worker that asks for no processor.
        torch.set_num_threads(threads or _processors())
        self._shelf = ModelShelf()
        self._tracker: tuple[int, EngineTracker] | None = None
        self._frames = SentFrames(_FRAMES)
        self._recalled = -1
        self._segmenter: tuple[ModelFile, str, Segmenter] | None = None
        self._prepared: OrderedDict[int, PreparedImage] = OrderedDict()
        self._numbers = count(1)

    @_in("control")
    def greet(self) -> Greeting:
        """Say who computes here."""
        import torch

        device = choose_device()
        kinds = dict.fromkeys((device.type, "cpu"))
        precisions = {kind: str(best_precision(torch.device(kind))) for kind in kinds}
        return Greeting(
            __version__, platform.node(), os.getpid(), device.type, precisions, torch.__version__, _FRAMES
        )

    # Models

    @_in("control")
    def named_model(self, name: str) -> ModelFile:
        """Return this machine's own model of a name."""
        return self._shelf.named(name)

    @_in("control")
    def has_model(self, wanted: ModelFile) -> bool:
        """Tell whether a model is here."""
        return self._shelf.find(wanted) is not None

    @_in("control")
    def take_model(self, wanted: ModelFile, at: int, data: bytes) -> None:
        """Take a part of a model."""
        self._shelf.take(wanted, at, data)

    # The engine

    def open_tracker(self, settings: EngineSettings, model: ModelFile, *, key_cache: int) -> int:
        """Make an engine for another video or other settings; return its number, by which it is called."""
        from xmem_gui.annotator import make_engine
        from xmem_gui.annotator.propagation.engine_tracker import EngineTracker

        self._tracker = None  # makes room before the next one comes
        self._frames = SentFrames(_FRAMES)
        with enough_memory(choose_device(settings.device), what="the network"):
            engine = make_engine(replace(settings, model=str(self._file(model))), key_cache=key_cache)
        number = next(self._numbers)
        self._tracker = number, EngineTracker(engine)
        return number

    def facts(self, number: int) -> TrackerFacts:
        """Return what is known of the engine."""
        tracker = self._its(number)
        return replace(tracker.facts, device=f"{tracker.facts.device} on {platform.node()}")

    def settle(self, number: int, frames: Sequence[int]) -> None:
        """Keep only these committed frames."""
        self._its(number).engine.settle(frames)

    def commit(self, number: int, frame: int, packed: PackedFrame | None, masks: Mapping[int, Rle]) -> None:
        """Make a committed frame permanent memory."""
        image = self._image(frame, packed)
        tracker = self._its(number)
        with enough_memory(tracker.engine.device, what="a committed frame"):
            tracker.engine.commit(frame, image, {name: rle.to_mask() for name, rle in masks.items()})

    def permanent_frames(self, number: int) -> list[int]:
        """Return the frames in permanent memory."""
        return self._its(number).permanent_frames()

    def step(self, number: int, turn: int, sent: SentStep) -> DoneStep | None:
        """Do the step with the number ``turn``; None if it was called back before."""
        tracker = self._its(number)
        if sent.packed is not None:
            self._frames.add(sent.frame, sent.packed, keep=True)
        else:
            self._frames.note(sent.frame)
        if turn <= self._recalled:
            return None
        image = unpack(self._frames.get(sent.frame))
        with enough_memory(tracker.engine.device, what="this propagation"):
            result = tracker.do(sent.to_step(), image)
            masks = {
                name: Rle.from_mask(mask) for name, mask in result.masks().items() if name not in sent.given
            }
            look = b"" if result.descriptor is None else result.descriptor.float().cpu().numpy().tobytes()
            return DoneStep(
                image.shape[:2], result.objects, masks, result.confidence(), look, self.facts(number)
            )

    @_in("control")
    def recall(self, turn: int) -> None:
        """Do no step that is not begun, up to the one with the number ``turn``."""
        self._recalled = max(self._recalled, turn)

    def forget_stretch(self, number: int) -> None:
        """Forget the results of first legs."""
        self._its(number).forget_stretch()

    def clear_temporary(self, number: int) -> None:
        """Forget all but permanent memory."""
        self._its(number).clear_temporary()

    def state(self, number: int) -> bytes:
        """Return all that the next step depends on, as safetensors."""
        from safetensors.torch import save

        tensors = self._its(number).state()
        saved: bytes = save({name: tensor.cpu().contiguous() for name, tensor in tensors.items()})
        return saved

    def restore(self, number: int, state: bytes) -> None:
        """Replace everything by what `state` returned."""
        from safetensors import SafetensorError
        from safetensors.torch import load

        from xmem_gui.annotator.propagation.checkpoint import DAMAGED, SnapshotError

        try:
            tensors = load(state)
        except SafetensorError:
            raise SnapshotError(DAMAGED) from None
        self._its(number).restore(tensors)

    # Clicks

    @_in("clicks")
    def open_segmenter(self, model: ModelFile, device: str) -> None:
        """Load the click model, unless it is here."""
        from xmem_gui.interaction.segmenters import make_segmenter

        if self._segmenter is not None and self._segmenter[:2] == (model, device):
            return
        self._segmenter = None
        self._prepared.clear()
        made = make_segmenter(str(self._file(model)), choose_device(device))
        self._segmenter = model, device, made

    @_in("clicks")
    def prepare(self, packed: PackedFrame) -> tuple[int, int]:
        """Prepare an image for clicks; return its number, and the bytes that it holds."""
        if self._segmenter is None:
            raise ConnectionLostError("The GPU elsewhere has let go of the click model: click again.")
        prepared = self._segmenter[2].prepare(unpack(packed))
        number = next(self._numbers)
        self._prepared[number] = prepared
        while len(self._prepared) > _PREPARED:
            self._prepared.popitem(last=False)
        return number, prepared.nbytes

    @_in("clicks")
    def forget(self, numbers: Sequence[int]) -> None:
        """Let go of prepared images."""
        for number in numbers:
            self._prepared.pop(number, None)

    @_in("clicks")
    def take_round(
        self,
        number: int,
        before: SentRound,
        prompts: Sequence[Prompt] | None,
        painted: Rle | None,
        *,
        trial: bool,
    ) -> SentRound | None:
        """Answer prompts on a prepared image, one after the other; None asks those of the round all anew.

        Returns None if the image is no longer prepared. A trial leaves the image as if it had not been.
        """
        image = self._prepared.get(number)
        if image is None:
            return None
        if trial:
            image = copy(image)
        hands = None if painted is None else painted.to_mask()
        one: Round = before.to_round()
        if prompts is None:
            return SentRound.of(one.anew(image, painted=hands))
        return SentRound.of(one.replayed(image, prompts, painted=hands))

    # Inside

    def _its(self, number: int) -> EngineTracker:
        if self._tracker is None or self._tracker[0] != number:
            raise ConnectionLostError("The GPU elsewhere has let go of this run: start it again.")
        return self._tracker[1]

    def _image(self, frame: int, packed: PackedFrame | None) -> RgbImage:
        if packed is not None:
            self._frames.add(frame, packed, keep=True)
        else:
            self._frames.note(frame)
        return unpack(self._frames.get(frame))

    def _file(self, model: ModelFile) -> Path:
        found = self._shelf.find(model)
        if found is None:
            raise CheckpointError(f"The model {model.name} is not on the GPU elsewhere: connect again.")
        return found


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
