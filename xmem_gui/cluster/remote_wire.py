"""What goes between a window and the machine that computes for it, as values; who takes them checks them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from xmem_gui.annotator.kept_round import half
from xmem_gui.annotator.propagation.legs import Role
from xmem_gui.annotator.propagation.tracker import Step, TrackerFacts
from xmem_gui.arrays import Probability, Size
from xmem_gui.cluster.remote_frames import PackedFrame
from xmem_gui.errors import MaskError
from xmem_gui.interaction import Prompts
from xmem_gui.interaction.rounds import Round
from xmem_gui.project.rle import MAX_PIXELS, Rle


@dataclass(frozen=True)
class Greeting:
    """What a machine says of itself.

    Attributes
    ----------
    version
        Version of xmem_gui on the other machine.
    machine
        Name of the other machine.
    process
        Number of the actor's process there.
    device
        Which kind ``auto`` is there: ``cuda``, ``mps`` or ``cpu``.
    computes_in
        The precision of each kind of device, as torch names it.
    torch
        Version of torch on the other machine.
    frames
        Bytes of packed frames that it keeps.
    """

    version: str
    machine: str
    process: int
    device: str
    computes_in: Mapping[str, str]
    torch: str
    frames: int


@dataclass(frozen=True)
class SentStep:
    """A `Step` on its way; ``packed`` is None where the frame is there already."""

    frame: int
    given: Mapping[int, Rle]
    role: Role
    begins: bool
    last: bool
    distances: Mapping[int, tuple[float, float]]
    packed: PackedFrame | None

    @classmethod
    def of(cls, step: Step, packed: PackedFrame | None) -> SentStep:
        """Make one of a step."""
        given = {name: Rle.from_mask(mask) for name, mask in step.given.items()}
        return cls(step.frame, given, step.role, step.begins, step.last, dict(step.distances), packed)

    def to_step(self) -> Step:
        """Return the step; raises MaskError if a mask is none."""
        given = {name: rle.to_mask() for name, rle in self.given.items()}
        return Step(self.frame, given, self.role, self.begins, self.last, self.distances)


@dataclass(frozen=True)
class DoneStep:
    """What a step says of its frame, on its way back.

    Attributes
    ----------
    size
        Height and width of the frame.
    objects
        Ids of the objects that were tracked in this step.
    masks
        Of the objects whose mask was not given.
    confidence
        Of each object's mask, 0 to 1.
    descriptor
        What the frame looks like to the network, float32.
    facts
        Of the tracker after it.
    """

    size: Size
    objects: tuple[int, ...]
    masks: Mapping[int, Rle]
    confidence: Mapping[int, float]
    descriptor: bytes
    facts: TrackerFacts


@dataclass(frozen=True)
class PackedProbability:
    """A probability (H, W) in half precision, every pixel on its side of one half: as rounds are kept."""

    height: int
    width: int
    data: bytes

    @classmethod
    def of(cls, probability: Probability) -> PackedProbability:
        """Pack one."""
        height, width = probability.shape
        return cls(height, width, zlib.compress(half(probability).tobytes(), 1))

    def unpacked(self) -> Probability:
        """Return it as float32.

        Raises
        ------
        MaskError
            If it is none; nothing larger than it says is unpacked.
        """
        if self.height < 1 or self.width < 1 or self.height * self.width > MAX_PIXELS:
            raise MaskError(f"A probability of {self.width}x{self.height} pixels cannot be taken.")
        size = 2 * self.height * self.width
        try:
            data = zlib.decompressobj().decompress(self.data, size)
        except zlib.error:
            data = b""
        if len(data) != size:
            raise MaskError("A probability came damaged over the network: click again.")
        return np.frombuffer(data, np.float16).reshape(self.height, self.width).astype(np.float32)


@dataclass(frozen=True)
class SentRound:
    """A `Round` on its way, there and back."""

    prompts: Prompts
    probability: PackedProbability | None
    settled: Rle | None
    found: bool
    given: bool

    @classmethod
    def of(cls, one: Round) -> SentRound:
        """Make one of a round."""
        probability = None if one.probability is None else PackedProbability.of(one.probability)
        settled = None if one.settled is None else Rle.from_mask(one.settled)
        return cls(one.prompts, probability, settled, one.found, one.given)

    def to_round(self) -> Round:
        """Return the round; raises MaskError if an array is none."""
        probability = None if self.probability is None else self.probability.unpacked()
        settled = None if self.settled is None else self.settled.to_mask()
        return Round(self.prompts, probability, settled, self.found, self.given)
