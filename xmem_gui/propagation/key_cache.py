"""Key features of frames looked at lately: a second pass over them costs half."""

from collections import OrderedDict

from torch import Tensor

from xmem_gui.model import KeyFeatures


class KeyCache:
    """Features of one video's frames by number, the least lately used leaving first.

    Parameters
    ----------
    budget
        Bytes kept at most; 0 keeps nothing.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._kept: OrderedDict[int, KeyFeatures] = OrderedDict()
        self.bytes = 0

    def get(self, frame: int) -> KeyFeatures | None:
        """Return a frame's features, if they are here."""
        found = self._kept.get(frame)
        if found is not None:
            self._kept.move_to_end(frame)
        return found

    def put(self, frame: int, features: KeyFeatures) -> None:
        """Keep a frame's features, as far as there is room."""
        size = _size(features)
        if size > self.budget or frame in self._kept:
            return
        self._kept[frame] = features
        self.bytes += size
        while self.bytes > self.budget:
            _, dropped = self._kept.popitem(last=False)
            self.bytes -= _size(dropped)


def _size(features: KeyFeatures) -> int:
    tensors: list[Tensor] = [features.key, features.shrinkage, features.selection, *features.pyramid]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
