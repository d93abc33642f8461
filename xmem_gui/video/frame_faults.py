"""What is wrong with frames of a video: other sizes in its middle, which a few looks find, and damage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from xmem_gui.video.packet_decoder import PacketDecoder
from xmem_gui.video.packet_index import PacketIndex

WidthHeight = tuple[int, int]
SizeChange = tuple[int, WidthHeight]
"""The first frame of a size, and that size as stored: (width, height)."""

MOST_LOOKS = 16
_SPARSE = 6
_SAID = 3


def look_for_changes(
    index: PacketIndex, decoder: PacketDecoder, suspects: Sequence[int], first: WidthHeight, *, sparse: bool
) -> tuple[SizeChange, ...]:
    """Decode the pictures at which the size may change, and return where it does.

    Parameters
    ----------
    index : PacketIndex
        The packet of each frame, by frame number.
    decoder : PacketDecoder
        Decodes the frames that are looked at.
    suspects : sequence of int
        Packets whose parameters are others than those before.
    first : tuple of int
        Size of the first picture.
    sparse : bool
        Look at a few places all over the video too, because this codec's packets do not tell.
    """
    entries = set(suspects[:MOST_LOOKS])
    if sparse and len(index.keys) > 1:
        entries |= {int(index.keys[i]) for i in np.linspace(0, len(index.keys) - 1, _SPARSE).astype(int)}
    found = []
    for packet in sorted(entries):
        frame = int(index.frame_of[packet])
        if frame <= 0:
            continue
        decoder.start(packet, int(index.time_of[frame]))
        while (item := decoder.read()) is not None:
            if item[0] >= packet:
                found.append((int(index.frame_of[item[0]]), (item[1].width, item[1].height)))
                break
    return changes_of(sorted(found), first)


def changes_of(sizes: Iterable[SizeChange], first: WidthHeight) -> tuple[SizeChange, ...]:
    """Return where sizes, given by rising frame, differ from the one before."""
    changes = []
    for frame, size in sizes:
        if size != first and frame >= 0:
            changes.append((frame, size))
            first = size
    return tuple(changes)


def size_sentences(name: str, changes: Sequence[SizeChange], size: WidthHeight) -> tuple[str, ...]:
    """Say in words where a video changes its size, at most a few times."""
    said = [
        f"From frame {frame} on, {name} has frames of {width}x{height} pixels"
        + (" again." if (width, height) == size else f", not {size[0]}x{size[1]}: {_REMEDY}")
        for frame, (width, height) in changes[:_SAID]
    ]
    if len(changes) > _SAID:
        said.append(f"The size of {name} changes {len(changes) - _SAID} more times.")
    return tuple(said)


_REMEDY = "the last frame of the first size is shown for them. Convert the video to one size to see them."


def foreign_frames(changes: Sequence[SizeChange], size: WidthHeight, frames: int) -> list[range]:
    """Return the spans of frames that have another size than the first."""
    stops = [*(frame for frame, _ in changes[1:]), frames]
    return [range(start, stop) for (start, other), stop in zip(changes, stops, strict=False) if other != size]


def damage_sentence(
    name: str, bad: Sequence[int], span: range, misfits: Mapping[int, WidthHeight], size: WidthHeight
) -> str:
    """Say which frames of a group cannot be had and why.

    Parameters
    ----------
    name : str
        Name of the video, for the sentence.
    bad : sequence of int
        Numbers of the bad frames, 0-based and rising.
    span : range
        The frames of their group.
    misfits : mapping
        Size of those that only have another one.
    size : tuple of int
        Size of the video, (width, height) in pixels.
    """
    which = f"Frame {bad[0]}" if len(bad) == 1 else f"{len(bad)} frames from {bad[0]} to {bad[-1]}"
    fault, after = "damaged", ""
    if all(number in misfits for number in bad):
        fault = "{}x{} pixels, not {}x{}".format(*misfits[bad[0]], *size)
    elif bad[-1] < span.stop - 1:
        after = f" Those up to {span.stop - 1} may show traces."
    verb = "is" if len(bad) == 1 else "are"
    return f"{which} of {name} {verb} {fault}: the nearest good frame is shown instead.{after}"
