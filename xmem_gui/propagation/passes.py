"""What a whole frame passes on its way through the engine: called plainly, or from recordings on a GPU."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.device import is_out_of_memory, sent
from xmem_gui.memory import FeatureMemory
from xmem_gui.memory.padded import read_padded
from xmem_gui.model import KeyFeatures, Pyramid, XMem
from xmem_gui.model.aggregate import aggregate
from xmem_gui.propagation.geometry import Geometry
from xmem_gui.propagation.graphs import GraphRunner
from xmem_gui.propagation.result import Fetch


class Passes:
    """The network's parts, and the reading of the memory, called one after the other.

    Parameters
    ----------
    network
        A prepared network, in the precision it computes in.
    device
        The torch device that it is on.
    """

    fetch: Fetch | None = None
    """How results come to the host while the device goes on; None where it is simply waited for."""

    def __init__(self, network: XMem, device: torch.device) -> None:
        self._network, self._device = network, device

    def sibling(self) -> "Passes":
        """Return what an engine of its own may call at any time."""
        return self

    @property
    def replays(self) -> bool:
        """Whether calls are replayed from recordings."""
        return False

    def image(self, geometry: Geometry, rgb: NDArray[np.uint8]) -> Tensor:
        """Turn a frame (H, W, 3) into the network's input (1, 3, h, w)."""
        return geometry.image(rgb, self._device)

    def encode_key(self, image: Tensor) -> KeyFeatures:
        """Look at the network's input (1, 3, h, w)."""
        return self._network.encode_key(image)

    def lasting(self, features: KeyFeatures) -> KeyFeatures:
        """Return features that later calls leave alone."""
        return features

    def predict(
        self, memory: FeatureMemory, features: KeyFeatures, objects: Sequence[int], hidden: Tensor, *,
        update_hidden: bool, most: int,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Segment objects in a whole frame.

        Parameters
        ----------
        memory
            What is read, which counts as used.
        features
            What the network knows of the frame alone.
        objects
            Names of the K objects to segment.
        hidden
            Their sensory memory, (K, C^h, h, w).
        update_hidden
            Whether to run the decoder's update of it.
        most
            Objects that pass the decoder together.

        Returns
        -------
        tuple
            Aggregated probabilities (1+K, H, W), and the hidden maps; later calls leave both alone.
        """
        readout = memory.read(features.key[0], features.selection[0], objects)
        return predict_soft(self._network, features, readout, hidden, update_hidden=update_hidden, most=most)

    def encode_value(
        self, image: Tensor, features: KeyFeatures, hidden: Tensor, soft: Tensor, *, deep: bool, most: int
    ) -> tuple[Tensor, Tensor]:
        """Look at objects in a whole frame.

        Parameters
        ----------
        image, features
            The network's input, and what it knows of it.
        hidden
            Sensory memory, (K, C^h, h, w).
        soft
            Aggregated probabilities without the background, (K, H, W).
        deep
            Whether to run the deep update of the sensory memory.
        most
            Objects that pass the value encoder together.

        Returns
        -------
        tuple
            Values (K, C^v, h, w), good until the next call, and the hidden maps, good for ever.
        """
        f16 = features.pyramid.f16
        return look_at_objects(self._network, image, f16, hidden, soft, deep=deep, most=most)

    def make_room(self, memory: FeatureMemory, tokens: int) -> None:
        """Prepare the memory for so many more tokens; by itself it grows when they come."""

    def guarded(self) -> AbstractContextManager[None]:
        """Return what gives memory of the device back if it runs out, and lets the error go on."""
        return nullcontext()


class RecordedPasses(Passes):
    """The same, recorded for each size and number of objects, and replayed.

    Parameters
    ----------
    network
        A prepared network, in the precision it computes in.
    device
        The torch device that it is on.
    runner
        Makes runners, which record and replay.
    sent
        Brings a frame (H, W, 3) to the device.
    fetch
        Brings results to the host while the device goes on, if that is possible.

    Notes
    -----
    What is recorded writes where it wrote before: whatever outlives a step is copied.
    """

    def __init__(
        self, network: XMem, device: torch.device, runner: Callable[[], GraphRunner],
        sent: Callable[[NDArray[np.uint8]], Tensor], fetch: Fetch | None = None,
    ) -> None:  # fmt: skip
        super().__init__(network, device)
        self._make_runner, self._sent, self.fetch = runner, sent, fetch
        self.runner = runner()

    def sibling(self) -> "Passes":
        """Return the same with recordings of its own, for another thread may drive it."""
        return RecordedPasses(self._network, self._device, self._make_runner, self._sent, self.fetch)

    @property
    def replays(self) -> bool:
        """Whether calls are replayed: until something goes wrong with that."""
        return self.runner.on

    def image(self, geometry: Geometry, rgb: NDArray[np.uint8]) -> Tensor:
        """Turn a frame (H, W, 3) into the network's input (1, 3, h, w), good until the next call."""
        if not self.runner.on:
            return super().image(geometry, rgb)

        def made(frame: Tensor) -> tuple[Tensor, ...]:
            return (geometry.input_of(frame.permute(2, 0, 1).contiguous()),)

        return self.runner.run(("image", geometry), made, [self._sent(rgb)])[0]

    def encode_key(self, image: Tensor) -> KeyFeatures:
        """Look at the network's input (1, 3, h, w); features are good until the next call."""
        if not self.runner.on:
            return super().encode_key(image)

        def made(image: Tensor) -> tuple[Tensor, ...]:
            return _flat(self._network.encode_key(image))

        return _features(self.runner.run("encode_key", made, [image]))

    def lasting(self, features: KeyFeatures) -> KeyFeatures:
        """Return copies."""
        return _features([one.clone() for one in _flat(features)])

    def predict(
        self, memory: FeatureMemory, features: KeyFeatures, objects: Sequence[int], hidden: Tensor, *,
        update_hidden: bool, most: int,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Segment objects in a whole frame; see `Passes.predict`."""
        if not self.runner.on:
            return super().predict(memory, features, objects, hidden, update_hidden=update_hidden, most=most)
        readout = self._read(memory, features, objects)

        def made(*given: Tensor) -> tuple[Tensor, ...]:
            *of_frame, readout, hidden = given
            soft, updated = predict_soft(
                self._network, _features(of_frame), readout, hidden, update_hidden=update_hidden, most=most
            )
            return (soft, updated) if update_hidden else (soft,)

        soft, *updated = self.runner.run(
            ("decode", update_hidden, most), made, [*_flat(features), readout, hidden]
        )
        return soft.clone(), updated[0].clone() if updated else hidden

    def _read(self, memory: FeatureMemory, features: KeyFeatures, objects: Sequence[int]) -> Tensor:
        """Return what the memory knows of objects, (K, C^v, h, w), good until the next call."""
        self.make_room(memory, 0)
        padded = memory.padded(features.key, features.selection, objects)
        top_k, value_dim = memory.config.top_k, self._network.config.value_dim
        readout, use = self.runner.run(
            ("read", padded.groups, top_k),
            partial(read_padded, groups=padded.groups, top_k=top_k, value_dim=value_dim),
            [features.key, features.selection, padded.readable],
            [padded.folded, *padded.values],
        )
        memory.count(use)
        return readout

    def encode_value(
        self, image: Tensor, features: KeyFeatures, hidden: Tensor, soft: Tensor, *, deep: bool, most: int
    ) -> tuple[Tensor, Tensor]:
        """Look at objects in a whole frame; see `Passes.encode_value`."""
        if not self.runner.on:
            return super().encode_value(image, features, hidden, soft, deep=deep, most=most)

        def made(*given: Tensor) -> tuple[Tensor, ...]:
            values, updated = look_at_objects(self._network, *given, deep=deep, most=most)
            return (values, updated) if deep else (values,)

        values, *updated = self.runner.run(
            ("encode_value", deep, most), made, [image, features.pyramid.f16, hidden, soft]
        )
        return values, updated[0].clone() if updated else hidden

    def make_room(self, memory: FeatureMemory, tokens: int) -> None:
        """Let the memory grow, without recordings where there is too little memory for both."""
        if self.runner.on:
            self.runner.relieved(partial(memory.reserve, tokens))

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Let all recordings go for good if the device's memory runs out; the error goes on."""
        try:
            yield
        except RuntimeError as error:
            if is_out_of_memory(error):
                self.runner.give_up_memory()
            raise


def passes_on(network: XMem, device: torch.device, runner: Callable[[], GraphRunner] | None) -> Passes:
    """Return what an engine calls; ``runner`` makes what records and replays, None calls plainly."""
    if runner is None:
        return Passes(network, device)
    if device.type == "cuda":
        from xmem_gui.propagation.cuda_graphs import Downloads, Uploads

        return RecordedPasses(network, device, runner, Uploads(device).sent, Downloads(device).fetch)
    return RecordedPasses(network, device, runner, lambda rgb: sent(torch.from_numpy(np.array(rgb)), device))


def predict_soft(
    network: XMem, features: KeyFeatures, readout: Tensor, hidden: Tensor, *, update_hidden: bool, most: int
) -> tuple[Tensor, Tensor]:
    """Return aggregated probabilities (1+K, H, W) and hidden maps; see `Passes.predict`."""
    logits, updated = [], []
    for start in range(0, len(hidden), most):
        part = slice(start, start + most)
        of_part, new = network.decode(features, readout[part], hidden[part], update_hidden=update_hidden)
        logits.append(of_part[0])
        updated.append(new)
    soft = aggregate(torch.cat(logits).float().sigmoid())
    return soft, torch.cat(updated) if update_hidden else hidden


def look_at_objects(
    network: XMem, image: Tensor, f16: Tensor, hidden: Tensor, soft: Tensor, *, deep: bool, most: int
) -> tuple[Tensor, Tensor]:
    """Return values (K, C^v, h, w) and hidden maps; see `Passes.encode_value`."""
    others = soft.sum(0, keepdim=True) - soft
    values, updated = [], []
    for start in range(0, len(soft), most):
        part = slice(start, start + most)
        value, new = network.encode_value(
            image, f16, hidden[part], soft[None, part], others=others[None, part], update_hidden=deep
        )
        values.append(value)
        updated.append(new)
    return torch.cat(values), torch.cat(updated)


def _flat(features: KeyFeatures) -> tuple[Tensor, ...]:
    return features.key, features.shrinkage, features.selection, *features.pyramid


def _features(flat: Sequence[Tensor]) -> KeyFeatures:
    key, shrinkage, selection, *pyramid = flat
    return KeyFeatures(key, shrinkage, selection, Pyramid(*pyramid))
