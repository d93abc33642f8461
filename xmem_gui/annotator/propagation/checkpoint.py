"""The engine's memory beside the project: written whole, read back only if it is what was written."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from xmem_gui.annotator.compute import EngineSettings, uses_graphs
from xmem_gui.device import best_precision, choose_device
from xmem_gui.errors import OutputError, XmemGuiError
from xmem_gui.files import remove_leftovers, write_whole
from xmem_gui.model import find_model, sha256_of
from xmem_gui.project import places

if TYPE_CHECKING:
    from torch import Tensor

_FILE = "memory.safetensors"


class SnapshotError(XmemGuiError):
    """A saved memory is damaged, or is of another model, other settings or other commits."""


@dataclass(frozen=True)
class Snapshot:
    """A memory as it was saved.

    Attributes
    ----------
    facts
        What it belongs to, in JSON values.
    tensors
        The contents of all tiers, by name, as the engine gives them.
    """

    facts: Mapping[str, Any]
    tensors: Mapping[str, Tensor]


def snapshot_path(project: Path) -> Path:
    """Return where a project's memory is saved: in a folder that can be deleted at any time."""
    return places.memory_folder(project) / _FILE


def save_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot, whole or not at all; when this returns, it is on the disk.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    from safetensors.torch import save

    tensors = {name: tensor.cpu().contiguous() for name, tensor in snapshot.tensors.items()}
    facts = json.dumps(snapshot.facts)
    metadata = {"facts": facts, "of_facts": _sum(facts.encode()), "of_tensors": _checksum(tensors)}
    try:
        places.make_folder(path.parent)
        remove_leftovers(path)
        # In one piece: `save_file` writes to a temporary name of its own, which a kill would leave behind.
        write_whole(path, save(tensors, metadata))
    except (OSError, SafetensorError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise OutputError(f"The memory cannot be saved in {path.parent}: {reason}.") from None


def load_facts(path: Path) -> Mapping[str, Any] | None:
    """Return what a snapshot belongs to, or None if there is none.

    Raises
    ------
    SnapshotError
        If it is damaged.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, "np") as file:
            head = file.metadata()
            if head["of_facts"] != _sum(head["facts"].encode()):
                raise ValueError
            facts: Mapping[str, Any] = json.loads(head["facts"])
            if not isinstance(facts, dict):
                raise ValueError
            return facts
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError):
        raise SnapshotError(DAMAGED) from None


def load_snapshot(path: Path) -> Snapshot | None:
    """Read a snapshot, or return None if there is none.

    Raises
    ------
    SnapshotError
        If it is damaged.
    """
    facts = load_facts(path)
    if facts is None:
        return None
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            intact = file.metadata()["of_tensors"] == _checksum(tensors)
    except (OSError, SafetensorError, KeyError, TypeError):
        intact = False
    if not intact:
        raise SnapshotError(DAMAGED)
    return Snapshot(facts, tensors)


def forget_snapshot(path: Path) -> None:
    """Remove a saved memory if it is there; where that cannot be done, it stays unused."""
    with contextlib.suppress(OSError):
        path.unlink()


def engine_key(settings: EngineSettings, facts: Mapping[str, str]) -> str:
    """Return a digest of all that decides what features an engine makes of a frame.

    Parameters
    ----------
    settings
        What the engine is made of.
    facts
        What decides beside them where it computes; see `Computer.engine_facts`.
    """
    whole = asdict(settings)
    # Whether graphs are replayed is a fact of the machine too.
    del whole["graphs"]
    return hashlib.sha256(json.dumps(whole | dict(facts), sort_keys=True).encode()).hexdigest()


def own_facts(settings: EngineSettings) -> dict[str, str]:
    """Return what decides on this machine, beside the settings, what features an engine makes of a frame.

    Raises
    ------
    XmemGuiError
        If the model or the device is not there.
    """
    import torch

    device = choose_device(settings.device)
    replays = {"graphs": "replayed"} if uses_graphs(settings, device) else {}
    return replays | {
        "model": sha256_of(find_model(settings.model)),
        "device": device.type,
        "computes_in": str(best_precision(device)),
        "torch": torch.__version__,
    }


DAMAGED = "The saved memory is damaged; it is made again from the committed frames."
"""Said of a file that holds something else than it should."""


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    import torch

    total = 0
    for name, tensor in sorted(tensors.items()):
        total = zlib.crc32(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode(), total)
        total = zlib.crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, total)
    return f"{total:08x}"


def _sum(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"
