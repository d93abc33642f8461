"""A click model on another machine: whole rounds are answered there, so a click is one way and back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import numpy as np

from xmem_gui.arrays import Mask, Probability, RgbImage
from xmem_gui.cluster.remote_frames import PackedFrame, pack
from xmem_gui.cluster.remote_link import Link
from xmem_gui.cluster.remote_models import ModelFile
from xmem_gui.cluster.remote_wire import SentRound
from xmem_gui.errors import ConnectionLostError
from xmem_gui.interaction import Prompts
from xmem_gui.interaction.rounds import Round
from xmem_gui.project.rle import Rle

if TYPE_CHECKING:
    from xmem_gui.interaction.prompts import Prompt


class RemoteSegmenter:
    """See `Segmenter`; after a lost connection it goes on with the next.

    Parameters
    ----------
    link
        Returns the connection, made again if it was lost.
    bring
        Has the model on the machine of a connection, and returns its file there.
    device
        As in `PromptSettings`.
    name
        Tells its features from those of other networks.
    """

    def __init__(
        self, link: Callable[[], Link], bring: Callable[[Link], ModelFile], device: str, name: str
    ) -> None:
        self._find, self._bring, self._device, self._name = link, bring, device, name
        self._opened: Link | None = None
        self._opening = threading.Lock()
        self._idle: list[int] = []
        self.open()

    @property
    def name(self) -> str:
        """Which model it is."""
        return self._name

    def prepare(self, image: RgbImage) -> RemoteImage:
        """Have an image (H, W, 3) prepared there."""
        return RemoteImage(self, pack(image))

    def open(self) -> Link:
        """Return the connection, with the model loaded at its other end."""
        link = self._find()
        with self._opening:
            if link is not self._opened:
                link.ask("open_segmenter", self._bring(link), self._device)
                self._opened, self._idle = link, []
            return link

    def let_go(self, link: Link, number: int) -> None:
        """Have a prepared image forgotten with the next call; from any thread, the collector's too."""
        if link is self._opened:
            self._idle.append(number)

    def tidy(self, link: Link) -> None:
        """Have those forgotten that nobody needs."""
        idle, self._idle = self._idle, []
        if idle:
            link.call("forget", idle)


class RemoteImage:
    """An image that is prepared on another machine; see `PreparedImage`.

    Parameters
    ----------
    segmenter
        The segmenter that prepares the image on the other machine.
    packed
        The image, to have it prepared again where it was let go of.
    """

    def __init__(self, segmenter: RemoteSegmenter, packed: PackedFrame) -> None:
        self._segmenter, self._packed = segmenter, packed
        self._shared = _Prepared(segmenter)
        self._trial = False
        self._place()

    def __copy__(self) -> RemoteImage:
        """Return one with the same features, of which the original does not know what it was asked."""
        other = object.__new__(RemoteImage)
        other._segmenter, other._packed, other._shared = self._segmenter, self._packed, self._shared
        other._trial = True
        return other

    @property
    def nbytes(self) -> int:
        """Bytes that it holds, here and there."""
        return self._packed.bytes + self._shared.nbytes

    def predict(self, prompts: Prompts, previous_mask: Mask | Probability | None = None) -> Probability:
        """Return the probability (H, W) that each pixel is in the object, by one question."""
        before = None if previous_mask is None else previous_mask.astype(np.float32)
        found = self.anew(Round(prompts, before)).probability
        return np.zeros((self._packed.height, self._packed.width), np.float32) if found is None else found

    def replayed(self, before: Round, prompts: Collection[Prompt], *, painted: Mask | None = None) -> Round:
        """Return the mask after more prompts; see `Round.replayed`."""
        return self._take(before, list(prompts), painted)

    def anew(self, before: Round, *, painted: Mask | None = None) -> Round:
        """Return the whole answer to all prompts; see `Round.anew`."""
        return self._take(before, None, painted)

    def _take(self, before: Round, prompts: list[Prompt] | None, painted: Mask | None) -> Round:
        sent = SentRound.of(before)
        hands = None if painted is None else Rle.from_mask(painted)
        for _ in range(2):
            link, number = self._place()
            try:
                found: SentRound | None = link.ask(
                    "take_round", number, sent, prompts, hands, trial=self._trial
                )
            except ConnectionLostError:
                if not link.is_over:
                    self._shared.number = 0
                    continue
                raise
            if found is not None:
                answer: SentRound = found
                return answer.to_round()
            self._shared.number = 0
        raise ConnectionLostError("The GPU elsewhere does not keep this frame: click again.")

    def _place(self) -> tuple[Link, int]:
        """Return where it is prepared, having it prepared if it is not."""
        link, shared = self._segmenter.open(), self._shared
        self._segmenter.tidy(link)
        with shared.lock:
            if shared.link is not link or not shared.number:
                shared.number, shared.nbytes = link.ask("prepare", self._packed)
                shared.link = link
            return link, shared.number


class _Prepared:
    """What an image and its copies share: where it lies on the other machine."""

    def __init__(self, segmenter: RemoteSegmenter) -> None:
        self.lock = threading.Lock()
        self.link: Link | None = None
        self.number = self.nbytes = 0
        self._segmenter = segmenter

    def __del__(self) -> None:
        if self.link is not None and self.number:
            self._segmenter.let_go(self.link, self.number)
