"""Painting one object among others: who keeps a pixel, and who gives it up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, as_mask


class Overlap(str, Enum):
    """What painting does to the unlocked objects that have the painted pixels already."""

    TAKE = "take"
    """They lose them, whatever their priority: no pixel gets a second owner. As in index-mask editors."""
    UNCOVER = "uncover"
    """Those that lie above the painted object lose them, so that what was painted is seen; those below keep
    them, hidden."""
    SHARE = "share"
    """They keep them: the masks overlap, and the priority decides at export."""


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """What becomes of an edit.

    Attributes
    ----------
    mask : (H, W) bool
        The painted object's mask.
    others : mapping of int to (H, W) bool
        The masks of other objects that lost pixels, by id; only those.
    refused : int
        How many pixels were not added because locked objects have them.
    """

    mask: Mask
    others: Mapping[int, Mask] = field(default_factory=dict)
    refused: int = 0


def respect(
    new_mask: NDArray[Any],
    old_mask: NDArray[Any],
    others: Mapping[int, NDArray[Any]],
    locked: Collection[int],
    *,
    painted: int,
    priority: Mapping[int, int] | None = None,
    overlap: Overlap = Overlap.TAKE,
) -> Painted:
    """Settle an edit of one object with the masks of all others on the frame.

    A locked object never changes: pixels that it has are not added to the painted one. Pixels that the
    painted object shared with it before stay shared, and what is taken away from the painted object goes to
    nobody. The painted object wins over unlocked ones as `Overlap` says.

    Every pixel is settled by itself, so for a local edit the same rectangle of all masks will do.

    Parameters
    ----------
    new_mask, old_mask : (H, W) array
        The painted object's mask as the tool wants it, and before.
    others : mapping of int to (H, W) array
        The other objects' masks by id; the painted object's own entry, if there is one, is left out.
    locked : collection of int
        Ids of locked objects. If the painted one is among them, nothing changes.
    painted : int
        Id of the painted object.
    priority : mapping of int to int, optional
        By id, 0 for those not named: the higher lies above, of two equals the one of higher id.
    overlap : Overlap
        What becomes of pixels that unlocked objects have.

    Raises
    ------
    MaskError
        If the masks are not of one size.
    """
    before = as_mask(old_mask)
    size = before.shape[0], before.shape[1]
    wanted = as_mask(new_mask, size=size)
    masks = {one: as_mask(mask, size=size) for one, mask in others.items() if one != painted}
    if painted in locked:
        return Painted(before.copy())
    added = wanted & ~before
    asked = int(np.count_nonzero(added))
    for one, mask in masks.items():
        if one in locked:
            added &= ~mask
    changed = {}
    for one, mask in masks.items():
        if one not in locked and _gives_way(one, painted, priority or {}, overlap) and (mask & added).any():
            changed[one] = mask & ~added
    return Painted((before & wanted) | added, changed, asked - int(np.count_nonzero(added)))


def _gives_way(one: int, painted: int, priority: Mapping[int, int], overlap: Overlap) -> bool:
    if overlap is Overlap.UNCOVER:
        return (priority.get(one, 0), one) > (priority.get(painted, 0), painted)
    return overlap is Overlap.TAKE
