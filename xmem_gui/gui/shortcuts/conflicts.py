"""Which actions have the same key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from PySide6.QtGui import QKeySequence

from xmem_gui.gui.actions import ActionSpec
from xmem_gui.gui.actions.catalogue import SHARING_KEYS


def keys_of(specs: Iterable[ActionSpec], own: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return every action's keys: the person's own, else the defaults."""
    return {spec.id: own.get(spec.id, spec.keys) for spec in specs}


def conflicts(keys: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """Return the actions that have a key in common, by key in Qt's portable form.

    Two that can never be done at the same time may share one.
    """
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for name, sequences in keys.items():
        for key in sequences:
            owners[QKeySequence(key).toString()].add(name)
    return {
        key: frozenset(names)
        for key, names in owners.items()
        if key and len(names) > 1 and not any(names <= allowed for allowed in SHARING_KEYS)
    }
