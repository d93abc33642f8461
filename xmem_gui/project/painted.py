"""Which pixels of a mask a person has set by hand, read from the history."""

from __future__ import annotations

import numpy as np

from xmem_gui.arrays import Mask
from xmem_gui.project.rle import Rle
from xmem_gui.project.store import Store
from xmem_gui.project.values import MaskRecord, Origin


def painted(store: Store, frame: int, object_id: int) -> Mask | None:
    """Return the pixels (H, W) of which a tool without a network had the last word; None if there are none.

    They may be inside the mask (brush, polygon, fill) or outside (eraser). Of a drawn mask whose drawing the
    history has forgotten, all that is inside counts.

    Raises
    ------
    ProjectError
        If the project is damaged there.
    """
    with store.lock:
        states = [*store.states_before(frame, object_id), store.mask(frame, object_id)]
    first = next((at for at, state in enumerate(states) if _is_drawn(state)), None)
    if first is None or states[-1] is None:
        return None
    nothing = np.zeros((store.height, store.width), np.bool_)

    def pixels(state: MaskRecord | None) -> Mask:
        return nothing if state is None else state.rle.to_mask()

    mask = nothing if first == 0 else pixels(states[first - 1])
    found = nothing
    known: dict[tuple[Rle, Origin], Mask] = {}
    for state in states[first:]:
        before, mask = mask, pixels(state)
        changed = mask != before
        if state is None:
            found = nothing
            continue
        # A mask that comes back, as when prompts are taken back, is as it was.
        ours = found | changed if state.origin is Origin.DRAWN else found & ~changed
        found = known.setdefault((state.rle, state.origin), ours)
    return found if found.any() else None


def _is_drawn(state: MaskRecord | None) -> bool:
    return state is not None and state.origin is Origin.DRAWN
