"""The engine: one `step` per frame carries objects from memory into the frame and the frame into memory."""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.arrays import Mask
from xmem_gui.device import best_precision
from xmem_gui.errors import MaskError
from xmem_gui.memory import FeatureMemory, MemoryConfig
from xmem_gui.model import KeyFeatures, XMem, prepared
from xmem_gui.model.aggregate import aggregate
from xmem_gui.propagation.clock import Clock, Due
from xmem_gui.propagation.describing import describe
from xmem_gui.propagation.geometry import Geometry
from xmem_gui.propagation.graphs import GraphRunner
from xmem_gui.propagation.key_cache import KeyCache
from xmem_gui.propagation.passes import passes_on
from xmem_gui.propagation.result import Fetch, FrameResult
from xmem_gui.propagation.tracks import Tracks, WindowConfig
from xmem_gui.propagation.windowed import encode_in, segment_in
from xmem_gui.propagation.windows import CELL, Grid, Window, whole_window

_OBJECTS_AT_A_TIME = 16
"""Objects that pass the decoder together; bounds its memory."""


@dataclass(frozen=True)
class _Seen:
    """Probabilities (1+K, h, w) of a frame, and the windows outside of which objects are 0; None: nowhere."""

    soft: Tensor
    within: Mapping[int, Window] | None = None


class Engine:
    """Follow objects from frame to frame.

    Parameters
    ----------
    network
        Full or compact; a prepared copy is used.
    memory
        Limits and rhythm of the memory.
    device
        The torch device to compute on.
    size
        The network's shorter side in pixels, None for the video's own.
    key_cache
        Bytes of frames' key features to keep; only for an engine that sees one video all its life.
    precision
        Of the network; None chooses float32 or, where the device gains by it, a half precision.
    enlarge
        Whether a video smaller than ``size`` is enlarged to it.
    windows
        How objects are looked for in windows around them; None looks at whole frames.
    runner
        Makes what records calls of the network and replays them; None calls it plainly.

    Notes
    -----
    The engine owns all state and is not thread-safe: one thread drives it.
    """

    def __init__(
        self,
        network: XMem,
        *,
        memory: MemoryConfig | None = None,
        device: torch.device | str = "cpu",
        size: int | None = 480,
        precision: torch.dtype | None = None,
        key_cache: int = 0,
        enlarge: bool = False,
        windows: WindowConfig | None = None,
        runner: Callable[[], GraphRunner] | None = None,
    ) -> None:
        self.device = torch.device(device)
        self._windows = windows
        self.size, self.enlarge = size, enlarge
        self.precision = precision or best_precision(self.device)
        self._network = prepared(network, self.device).narrowed(self.precision)
        self._passes = passes_on(self._network, self.device, runner)
        self._config = memory or MemoryConfig()
        self._begin(key_cache)

    def _begin(self, key_cache: int) -> None:
        """Remember and follow nothing."""
        self.memory = FeatureMemory(
            self._config,
            key_dim=self._network.config.key_dim,
            value_dim=self._network.config.value_dim,
            like=torch.empty(0, device=self.device),
        )
        self._tracks = Tracks()
        self._keys = KeyCache(key_cache)
        self._objects: list[int] = []
        self._clock = Clock(self._config)

    def sibling(self, *, size: int | None, enlarge: bool = False) -> "Engine":
        """Return an engine that works at another size with the same network, which they share.

        Its memory is its own, and empty.
        """
        other = copy.copy(self)
        other.size, other.enlarge = size, enlarge
        other._passes = self._passes.sibling()
        other._begin(key_cache=0)
        return other

    @property
    def replays(self) -> bool:
        """Whether frames are computed from recordings, where they can be."""
        return self._passes.replays

    @property
    def fetch(self) -> Fetch | None:
        """How results come to the host while the device goes on; None where it is simply waited for."""
        return self._passes.fetch

    @property
    def objects(self) -> tuple[int, ...]:
        """The objects that are followed, in the order they joined."""
        return tuple(self._objects)

    def start(self) -> None:
        """Begin a run in some direction: only permanent memory of what was before is kept."""
        self.memory.clear_temporary()
        self._tracks.clear()
        self._objects = [name for name in self._objects if name in self.memory.objects]
        self._clock.reset()

    def remove(self, objects: Iterable[int]) -> None:
        """Stop following objects and forget them."""
        gone = set(objects)
        self.memory.forget(gone)
        self._tracks.forget(gone)
        self._objects = [name for name in self._objects if name not in gone]

    @torch.no_grad()
    def commit(self, frame: int, image: NDArray[np.uint8], masks: Mapping[int, Mask]) -> None:
        """Put a frame that a person has confirmed into permanent memory, in place of an earlier one.

        Parameters
        ----------
        frame
            0-based number of the frame.
        image
            The frame's picture, (H, W, 3) uint8 RGB.
        masks
            (H, W) for each object in it.
        """
        geometry = self._geometry(image, masks)
        with self._passes.guarded():
            tensor = self._passes.image(geometry, image)
            features = self._look(frame, tensor)
            self._join(masks)
            soft = aggregate(torch.stack([geometry.mask(m, self.device) for m in masks.values()]))
            hidden = self._network.initial_hidden(len(masks), features.key)
            values, _ = self._encode_value(tensor, features, hidden, soft[1:], deep=False)
            self._remember(features, dict(zip(masks, values, strict=True)), permanent=frame)

    @torch.no_grad()
    def step(
        self,
        frame: int,
        image: NDArray[np.uint8],
        masks: Mapping[int, Mask] | None = None,
        *,
        permanent: bool = False,
        last: bool = False,
    ) -> FrameResult:
        """Segment one frame, and remember it when its turn has come.

        Parameters
        ----------
        frame
            Its index, for the result.
        image
            The frame's picture, (H, W, 3) uint8 RGB.
        masks
            (H, W) of objects whose mask is known; they may be new. The others are predicted; where there are
            none, the memory is not read and nothing is decoded.
        permanent
            Whether a frame with known masks enters permanent instead of working memory. One that is there
            already, by `commit`, is not stored again.
        last
            Whether the run ends here: then nothing is remembered.

        Raises
        ------
        MaskError
            If a mask has not the frame's size.
        """
        given = dict(masks or {})
        geometry = self._geometry(image, given)
        with self._passes.guarded():
            return self._step(frame, image, given, geometry, permanent=permanent, last=last)

    def _step(
        self, frame: int, image: NDArray[np.uint8], given: Mapping[int, Mask], geometry: Geometry, *,
        permanent: bool, last: bool,
    ) -> FrameResult:  # fmt: skip
        turn = self._clock.tick(given=bool(given), last=last)
        tensor = self._passes.image(geometry, image)
        features = self._look(frame, tensor)
        known = {name: geometry.mask(mask, self.device) for name, mask in given.items()}
        seen = self._segment(features, tensor.shape[-2:], known, turn)
        if self._windows is not None:
            self._note(seen, _grid_of(features))
        if turn.memory and self._objects:
            values = self._encode_turn(tensor, features, seen, turn)
            if frame not in self.memory.permanent_frames():
                self._remember(features, values, permanent=frame if permanent and given else None)
        return FrameResult(
            frame, self.objects, geometry.unpad(seen.soft), geometry, given, describe(features.key[0]),
            None if seen.within is None else {n: geometry.unpadded(w) for n, w in seen.within.items()},
        )  # fmt: skip

    def settle(self, frames: Iterable[int]) -> None:
        """Keep only these committed frames: the engine is then as if it had done nothing but commit them."""
        self.memory.settle_permanent(frames)
        self._tracks.clear()
        self._objects = sorted(self.memory.objects)
        self._clock.reset()

    def state(self) -> dict[str, Tensor]:
        """Return everything a run needs to go on bit for bit, as named tensors."""
        state = {f"memory.{name}": tensor for name, tensor in self.memory.state().items()}
        state |= {f"tracks.{name}": tensor for name, tensor in self._tracks.state().items()}
        state["objects"] = torch.tensor(self._objects, dtype=torch.int64)
        state["clock"] = self._clock.state()
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned.

        Raises
        ------
        KeyError, ValueError, RuntimeError, TypeError
            If it is not the state of such an engine. Forget all objects then.
        """
        self.memory.restore(_part(state, "memory."))
        self._tracks.restore(_part(state, "tracks."))
        objects = state["objects"]
        if objects.dtype != torch.int64 or objects.ndim != 1 or len(objects.unique()) < len(objects):
            raise ValueError("the objects are none")
        self._clock.restore(state["clock"])
        self._objects = objects.tolist()

    def _look(self, frame: int, image: Tensor) -> KeyFeatures:
        features = self._keys.get(frame)
        if features is None:
            features = self._passes.encode_key(image)
            if self._keys.budget:
                self._keys.put(frame, self._passes.lasting(features))
        return features

    def _note(self, seen: _Seen, grid: Grid) -> None:
        """Note where objects are, to look for them around there in the next frame."""
        for name, soft in zip(self._objects, seen.soft[1:], strict=True):
            window = whole_window(grid) if seen.within is None else seen.within[name]
            self._tracks.see(name, window.of(soft, CELL), window)

    def _encode_turn(
        self, image: Tensor, features: KeyFeatures, seen: _Seen, turn: Due
    ) -> Mapping[int, Tensor]:
        """Return each object's values (C^v, h, w) and do the deep update if it is due."""
        values: Mapping[int, Tensor]
        hidden: Mapping[int, Tensor]
        if self._windows is None or not self._windows.suit(_grid_of(features)):
            stacked = self._encode_value(
                image, features, self._stacked_hidden(features), seen.soft[1:], deep=turn.deep
            )
            values, hidden = (dict(zip(self._objects, one, strict=True)) for one in stacked)
        else:
            drawn = {n: self._tracks.drawn(n, _grid_of(features), self._windows) for n in self._objects}
            soft = dict(zip(self._objects, seen.soft[1:], strict=True))
            values, hidden = encode_in(
                self._network, self.memory, image, features, soft, 1 - seen.soft[0],
                self._hidden(features), drawn, update_hidden=turn.deep, most=_OBJECTS_AT_A_TIME,
            )  # fmt: skip
        self._clock.remembered(turn)
        if turn.deep:
            self.memory.set_sensory(hidden)
        return values

    def _geometry(self, image: NDArray[np.uint8], masks: Mapping[int, Mask]) -> Geometry:
        height, width = image.shape[:2]
        for name, mask in masks.items():
            if mask.shape != (height, width):
                raise MaskError(
                    f"The mask of object {name} is {mask.shape[1]}x{mask.shape[0]} pixels, its frame "
                    f"{width}x{height}: give a mask of the frame's size."
                )
        return Geometry(height, width, self.size, self.enlarge)

    def _join(self, names: Iterable[int]) -> None:
        self._objects += [name for name in names if name not in self._objects]

    def _hidden(self, features: KeyFeatures) -> dict[int, Tensor]:
        """Return each object's sensory memory, (C^h, h, w), in the order in which they joined."""
        return self.memory.sensory(self._objects, self._network.initial_hidden(1, features.key)[0])

    def _stacked_hidden(self, features: KeyFeatures) -> Tensor:
        """Return the same, (K, C^h, h, w)."""
        hidden = torch.stack(list(self._hidden(features).values()))
        # One memory format always, or a restored run would round differently.
        return hidden.contiguous(memory_format=torch.channels_last)

    def _segment(
        self, features: KeyFeatures, size: torch.Size, given: Mapping[int, Tensor], turn: Due
    ) -> _Seen:
        """Return probabilities (1+K, h, w) with the given masks (h, w) in them, new objects joined.

        Where every object's mask is given nothing is predicted: no token counts as used by such a frame.
        """
        if given and given.keys() >= set(self._objects):
            self._join(given)
            return _Seen(aggregate(torch.stack([given[name] for name in self._objects])))
        predicted = self._predict(features, size, turn)
        return _Seen(self._correct(predicted.soft, given)) if given else predicted

    def _predict(self, features: KeyFeatures, size: torch.Size, turn: Due) -> _Seen:
        """Return the aggregated probabilities (1+K, h, w) of the objects that are followed."""
        windows = None
        if self._windows is not None and self._objects and self.memory.objects:
            windows = self._tracks.windows(
                self._objects, _grid_of(features), self._windows, remembered=turn.memory
            )
        if windows is None:
            return _Seen(self._predict_whole(features, size, update_hidden=turn.light))
        soft, within = segment_in(
            self._network, self.memory, features, self._hidden(features), windows,
            update_hidden=turn.light, most=_OBJECTS_AT_A_TIME,
        )  # fmt: skip
        return _Seen(soft, within)

    def _predict_whole(self, features: KeyFeatures, size: torch.Size, *, update_hidden: bool) -> Tensor:
        """Return the same, of a look at the whole frame."""
        if not self._objects or not self.memory.objects:
            return torch.ones(1 + len(self._objects), *size, device=self.device).index_fill_(
                0, torch.arange(1, 1 + len(self._objects), device=self.device), 0.0
            )
        soft, hidden = self._passes.predict(
            self.memory, features, self._objects, self._stacked_hidden(features),
            update_hidden=update_hidden, most=_OBJECTS_AT_A_TIME,
        )  # fmt: skip
        if update_hidden:
            self.memory.set_sensory(dict(zip(self._objects, hidden, strict=True)))
        return soft

    def _correct(self, predicted: Tensor, given: Mapping[int, Tensor]) -> Tensor:
        """Put given masks (h, w) in the place of predictions; return (1+K, h, w) with new objects joined."""
        old = len(self._objects)
        self._join(given)
        soft = torch.zeros(len(self._objects), *predicted.shape[-2:], device=self.device)
        soft[:old] = predicted[1:]
        taken = torch.stack(list(given.values())).sum(0) > 0.5
        soft.masked_fill_(taken, 0.0)
        for name, mask in given.items():
            soft[self._objects.index(name)] = mask
        return aggregate(soft)

    def _encode_value(
        self, image: Tensor, features: KeyFeatures, hidden: Tensor, soft: Tensor, *, deep: bool
    ) -> tuple[Tensor, Tensor]:
        # Frames of many objects side by side are more than a processor's caches hold, and gain nothing.
        most = 1 if self.device.type == "cpu" else _OBJECTS_AT_A_TIME
        return self._passes.encode_value(image, features, hidden, soft, deep=deep, most=most)

    def _remember(
        self, features: KeyFeatures, values: Mapping[int, Tensor], *, permanent: int | None = None
    ) -> None:
        self._passes.make_room(self.memory, features.key.shape[-2:].numel())
        self.memory.add(
            features.key[0], features.shrinkage[0], features.selection[0], values, permanent=permanent
        )


def _grid_of(features: KeyFeatures) -> Grid:
    return features.key.shape[-2], features.key.shape[-1]


def _part(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
