"""Segmenting and encoding objects in windows around them: the whole frame's work, where they can be."""

from collections.abc import Mapping

import torch
from torch import Tensor

from xmem_gui.memory import FeatureMemory
from xmem_gui.model import KeyFeatures, Pyramid, XMem
from xmem_gui.model.aggregate import aggregate_parts
from xmem_gui.propagation.windows import CELL, Grid, Window, batches, whole_window

_EDGE = 8
_TOUCHES = 64
"""A mask touches a window's side if more than so many of its pixels are less than ``_EDGE`` from it."""
_SPECK = 16
"""A mask of no more pixels is none: its object is elsewhere, or hidden."""


def segment_in(
    network: XMem,
    memory: FeatureMemory,
    features: KeyFeatures,
    hidden: Mapping[int, Tensor],
    windows: Mapping[int, Window],
    *,
    update_hidden: bool,
    most: int,
) -> tuple[Tensor, dict[int, Window]]:
    """Segment objects in windows; where one may be outside of its window, that object in the whole frame.

    Parameters
    ----------
    network, memory
        What computes, and what is read; its sensory memory is updated.
    features
        The features of the whole frame, by stride.
    hidden
        Sensory memory of each object, (C^h, h, w), in the order of the result.
    windows
        Where to look for each; one without cells is not looked for.
    update_hidden
        Whether to run the decoder's update of the sensory memory.
    most
        Objects that pass the network together.

    Returns
    -------
    tuple
        Aggregated probabilities (1+K, H, W), and the windows outside of which they are 0.
    """
    grid = _grid_of(features)
    found: dict[int, tuple[Window, Tensor]] = {}
    updated: dict[int, Tensor] = {}
    pending = {name: window for name, window in windows.items() if window.cells}
    while pending:
        parts = list(batches(pending, grid, most))
        readouts = _read(memory, features, {name: one for part in parts for name, one in part.items()})
        pending = {}
        for part in parts:
            soft, new = _decode(network, features, part, readouts, hidden, update_hidden=update_hidden)
            for name, of_object, map_of_object in zip(part, soft, new, strict=True):
                if _may_be_outside(of_object, part[name], grid):
                    pending[name] = whole_window(grid)
                else:
                    found[name] = part[name], of_object
                    updated[name] = map_of_object
    if update_hidden:
        memory.set_sensory({n: _pasted(hidden[n], found[n][0], new) for n, new in updated.items()})
    nowhere = Window(0, 0, 0, 0), features.key.new_zeros(0, 0)
    parts_of = [found.get(name, nowhere) for name in windows]
    size = CELL * grid[0], CELL * grid[1]
    soft = aggregate_parts([(CELL * at.top, CELL * at.left, of_one) for at, of_one in parts_of], size)
    return soft, {name: window for name, (window, _) in zip(windows, parts_of, strict=True)}


def encode_in(
    network: XMem,
    memory: FeatureMemory,
    image: Tensor,
    features: KeyFeatures,
    soft: Mapping[int, Tensor],
    others: Tensor,
    hidden: Mapping[int, Tensor],
    windows: Mapping[int, Window],
    *,
    update_hidden: bool,
    most: int,
) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
    """Look at objects in windows; beyond them, their values are those last remembered there.

    Parameters
    ----------
    network, memory
        What computes, and what is remembered.
    image
        The network's input, (1, 3, H, W).
    features
        The features of the whole frame, by stride.
    soft
        Aggregated probabilities of each object, (H, W), in the order of the result.
    others
        Of all objects together, (H, W).
    hidden
        Sensory memory of each object, (C^h, h, w).
    windows
        Of the masks. An object of which the memory has no whole frame is looked at in the whole frame.
    update_hidden, most
        As in `segment_in`.

    Returns
    -------
    tuple
        Values (C^v, h, w) and hidden maps (C^h, h, w) of each object.
    """
    grid = _grid_of(features)
    before = memory.latest(windows, grid)
    placed = {name: one if name in before else whole_window(grid) for name, one in windows.items()}
    values: dict[int, Tensor] = {}
    updated: dict[int, Tensor] = {}
    for part in batches(placed, grid, most):
        new_values, new_hidden = network.encode_value(
            _cut(image, part, CELL),
            _cut(features.pyramid.f16, part),
            _stacked({name: one.of(hidden[name]) for name, one in part.items()}),
            torch.stack([one.of(soft[name], CELL)[None] for name, one in part.items()]),
            others=torch.stack(
                [(one.of(others, CELL) - one.of(soft[name], CELL))[None] for name, one in part.items()]
            ),
            update_hidden=update_hidden,
        )
        for name, value, of_hidden in zip(part, new_values, new_hidden, strict=True):
            values[name] = _pasted(before[name], part[name], value) if name in before else value
            updated[name] = _pasted(hidden[name], part[name], of_hidden)
    return {name: values[name] for name in soft}, {name: updated[name] for name in soft}


def _grid_of(features: KeyFeatures) -> Grid:
    return features.key.shape[-2], features.key.shape[-1]


def _read(memory: FeatureMemory, features: KeyFeatures, windows: Mapping[int, Window]) -> dict[int, Tensor]:
    """Return what the memory knows of objects in their windows, (C^v, h, w) each."""
    grid = _grid_of(features)
    cells = torch.arange(grid[0] * grid[1]).view(grid)
    read = memory.read_at(
        features.key[0],
        features.selection[0],
        {name: window.of(cells).flatten() for name, window in windows.items()},
    )
    return {
        name: rows.view(windows[name].height, windows[name].width, -1).permute(2, 0, 1)
        for name, rows in read.items()
    }


def _decode(
    network: XMem,
    features: KeyFeatures,
    part: Mapping[int, Window],
    readouts: Mapping[int, Tensor],
    hidden: Mapping[int, Tensor],
    *,
    update_hidden: bool,
) -> tuple[Tensor, Tensor]:
    """Return each object's own probabilities (K, H, W) in windows of one size, and their hidden maps."""
    logits, updated = network.decode(
        KeyFeatures(
            _cut(features.key, part),
            _cut(features.shrinkage, part),
            _cut(features.selection, part),
            Pyramid(
                *(_cut(one, part, scale) for one, scale in zip(features.pyramid, (1, 2, 4), strict=True))
            ),
        ),
        _stacked({name: readouts[name] for name in part}).to(features.key.dtype),
        _stacked({name: one.of(hidden[name]) for name, one in part.items()}),
        update_hidden=update_hidden,
    )
    return logits.flatten(0, 1).float().sigmoid(), updated


def _cut(maps: Tensor, part: Mapping[int, Window], scale: int = 1) -> Tensor:
    """Cut windows out of an image's maps (1, C, h, w): (K, C, ...), or the maps where all are the frame."""
    windows = list(part.values())
    if windows[0].height * scale == maps.shape[-2] and windows[0].width * scale == maps.shape[-1]:
        return maps if len(windows) == 1 else maps.expand(len(windows), -1, -1, -1)
    cut = torch.cat([window.of(maps, scale) for window in windows])
    return cut.contiguous(memory_format=torch.channels_last)


def _stacked(maps: Mapping[int, Tensor]) -> Tensor:
    # One memory format always, or a restored run would round differently.
    return torch.stack(list(maps.values())).contiguous(memory_format=torch.channels_last)


def _pasted(maps: Tensor, window: Window, new: Tensor) -> Tensor:
    """Return a copy of (C, h, w) with a window of it replaced."""
    pasted = maps.clone()
    window.of(pasted).copy_(new)
    return pasted


def _may_be_outside(soft: Tensor, window: Window, grid: Grid) -> bool:
    """Whether an object is not in its window, or goes on beyond a side of it inside the frame."""
    if window == whole_window(grid):
        return False
    mask = soft > 0.5
    if int(torch.count_nonzero(mask)) <= _SPECK:
        return True
    bottom, right = window.top + window.height, window.left + window.width
    sides = [
        (window.top > 0, mask[:_EDGE]),
        (bottom < grid[0], mask[-_EDGE:]),
        (window.left > 0, mask[:, :_EDGE]),
        (right < grid[1], mask[:, -_EDGE:]),
    ]
    return any(inside and int(torch.count_nonzero(strip)) > _TOUCHES for inside, strip in sides)
