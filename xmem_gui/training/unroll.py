"""The network over a whole clip, with memory as at inference: XMem, differentiable."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from xmem_gui.model import KeyFeatures, Pyramid, XMem, normalize_image
from xmem_gui.model.aggregate import aggregate, aggregate_logits


@dataclass(frozen=True)
class ClipBatch:
    """Clips of one step: frames (B, T, H, W, 3) uint8, index masks (B, T, H, W) uint8, valid (B, K) bool."""

    frames: Tensor
    masks: Tensor
    valid: Tensor

    def to(self, device: torch.device) -> ClipBatch:
        """Return the batch on a device."""
        return ClipBatch(self.frames.to(device), self.masks.to(device), self.valid.to(device))

    def split(self, clips: int) -> list[ClipBatch]:
        """Return the batch in pieces of so many clips."""
        parts = (torch.split(part, clips) for part in (self.frames, self.masks, self.valid))
        return [ClipBatch(*piece) for piece in zip(*parts, strict=True)]


@dataclass(frozen=True)
class MemoryPlan:
    """How the memory is used in a clip.

    Attributes
    ----------
    enters
        Which frames enter the memory.
    deep
        Which of them update the sensory memory deeply.
    reads
        For each frame the places in memory that it reads; without any, all.
    """

    enters: tuple[bool, ...]
    deep: tuple[bool, ...]
    reads: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def draw(
        cls,
        rng: random.Random,
        frames: int,
        *,
        memory_chance: float,
        deep_chance: float,
        most_reads: int = 0,
    ) -> MemoryPlan:
        """Draw a plan; frame 0 always enters and the last never does.

        With ``most_reads`` a frame reads frame 0 and so many others less one, drawn among those in memory.
        """
        enters = [True] + [rng.random() < memory_chance for _ in range(frames - 2)] + [False]
        deep = [enter and (index == 0 or rng.random() < deep_chance) for index, enter in enumerate(enters)]
        reads = []
        for index in range(frames if most_reads else 0):
            others = range(1, sum(enters[:index]))
            drawn = rng.sample(others, min(len(others), most_reads - 1))
            reads.append((0, *sorted(drawn)))
        return cls(tuple(enters), tuple(deep), tuple(reads))


def unroll(network: XMem, batch: ClipBatch, plan: MemoryPlan) -> Tensor:
    """Follow the objects of frame 0 through the clips.

    Frame 0 is given its true mask. Every later frame reads what is in memory, and enters it with its own
    prediction when the plan says so. A frame that updates the sensory memory deeply leaves out the
    decoder's update, as at inference.

    Returns
    -------
    Tensor
        Aggregated logits (B, T-1, 1+K, H, W) of the frames after the first.
    """
    count, frames = batch.frames.shape[:2]
    objects = batch.valid.shape[1]
    images = normalize_image(batch.frames.flatten(0, 1).permute(0, 3, 1, 2))
    features = network.encode_key(images.contiguous(memory_format=torch.channels_last))
    per_frame = [_take(features, count, frames, index) for index in range(frames)]
    pictures = images.view(count, frames, *images.shape[1:])
    exists = batch.valid[:, :, None, None].to(images.dtype)

    masks = F.one_hot(batch.masks[:, 0].long(), objects + 1).permute(0, 3, 1, 2)[:, 1:].to(images.dtype)
    # The value encoder sees what aggregation makes of a mask, never the raw mask (as at inference).
    given = aggregate(masks)[:, 1:] * exists
    hidden = network.initial_hidden(count * objects, features.key)
    value, hidden = network.encode_value(
        pictures[:, 0], per_frame[0].pyramid.f16, hidden, given, update_hidden=plan.deep[0]
    )
    memory = [(per_frame[0], value)]
    outputs = []
    for index in range(1, frames):
        now = per_frame[index]
        chosen = [memory[place] for place in plan.reads[index]] if plan.reads else memory
        readout = read(chosen, now, objects=objects)
        last = index == frames - 1
        logits, hidden = network.decode(now, readout, hidden, update_hidden=not (plan.deep[index] or last))
        joint = aggregate_logits(logits.float().sigmoid() * exists)
        outputs.append(joint)
        if plan.enters[index]:
            guess = joint.softmax(1)[:, 1:] * exists
            value, hidden = network.encode_value(
                pictures[:, index], now.pyramid.f16, hidden, guess, update_hidden=plan.deep[index]
            )
            memory.append((now, value))
    return torch.stack(outputs, dim=1)


def read(memory: list[tuple[KeyFeatures, Tensor]], query: KeyFeatures, *, objects: int) -> Tensor:
    """Read all memory frames with a dense softmax (eqs. 1 to 4 of the paper); returns (B*K, C^v, h, w)."""
    key = torch.cat([features.key.flatten(2) for features, _ in memory], dim=2)
    shrinkage = torch.cat([features.shrinkage.flatten(2) for features, _ in memory], dim=2)
    value = torch.cat([value.flatten(2) for _, value in memory], dim=2)
    affinity = clip_similarity(key, shrinkage, query.key.flatten(2), query.selection.flatten(2)).softmax(
        dim=1
    )
    batch, channels = len(affinity), value.shape[1]
    flat = value.reshape(batch, objects * channels, -1)
    read_out = torch.bmm(flat, affinity.to(flat.dtype))
    return read_out.view(batch * objects, channels, *query.key.shape[-2:])


def clip_similarity(key: Tensor, shrinkage: Tensor, query: Tensor, selection: Tensor) -> Tensor:
    """Return the anisotropic L2 similarity (B, N, Q) of keys (B, C, N) and queries (B, C, Q): eq. 2."""
    # Squares and the differences of large sums: lower precision would not do here.
    with torch.autocast(key.device.type, enabled=False):
        key, shrinkage, query, selection = (x.float() for x in (key, shrinkage, query, selection))
        keys = key.transpose(1, 2)
        weighted = query * selection
        own = (weighted * query).sum(1, keepdim=True)
        squares = -(keys.square() @ selection) + 2 * (keys @ weighted) - own
        scaled: Tensor = squares * shrinkage.transpose(1, 2) / key.shape[1] ** 0.5
        return scaled


def _take(features: KeyFeatures, count: int, frames: int, index: int) -> KeyFeatures:
    """Return the features of one frame of every clip."""

    def pick(x: Tensor) -> Tensor:
        return x.view(count, frames, *x.shape[1:])[:, index]

    pyramid = Pyramid(*(pick(x) for x in features.pyramid))
    return KeyFeatures(pick(features.key), pick(features.shrinkage), pick(features.selection), pyramid)
