"""Choose where to compute and make the engine."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from xmem_gui.device import choose_device
from xmem_gui.memory import MemoryConfig
from xmem_gui.model import XMemConfig, find_model
from xmem_gui.project import door
from xmem_gui.settings import ComputeChoices

if TYPE_CHECKING:
    import torch

    from xmem_gui.propagation import Engine

_PERMANENT_READ = 3
"""So many commits, those that look most like a frame, are read in it (docs/adr/0009)."""


_DEFAULTS = ComputeChoices()

GRAPHS_VARIABLE = "XMEM_GUI_GRAPHS"
"""0 keeps every engine from recording and replaying; see `EngineSettings.graphs`."""


@dataclass(frozen=True)
class EngineSettings:
    """Everything that decides what an engine computes.

    Parameters
    ----------
    model
        A name of the registry, or the path of a checkpoint.
    device
        ``auto``, ``cuda``, ``mps``, ``cpu``, or any name torch knows.
    size
        The network's shorter side in pixels; None for the video's own.
    memory
        Limits and rhythm of the memory; None takes what suits the network (`suited_memory`).
    precision
        ``auto`` is a half precision where the device gains by it.
    permanent
        Whether committed frames are read for ever and from everywhere; without, for comparison, they are
        remembered like any other frame when a propagation passes them.
    windows
        Whether, on a processor, objects are looked for in windows around where they were instead of in
        whole frames, which takes a fraction of the time (docs/adr/0032). Elsewhere nothing is gained.
    graphs
        Whether, on a CUDA device, what a frame passes is recorded once and then replayed (docs/adr/0036). The
        environment variable ``XMEM_GUI_GRAPHS`` set to 0 is a no for all.
    """

    model: str = _DEFAULTS.model
    device: str = _DEFAULTS.device
    size: int | None = _DEFAULTS.size
    memory: MemoryConfig | None = None
    precision: Literal["auto", "float32"] = "auto"
    permanent: bool = True
    windows: bool = True
    graphs: bool = True

    def __post_init__(self) -> None:
        door.settle(
            self, model=_model, device=partial(door.text, what="device"),
            size=partial(door.optional, partial(door.whole, what="size")), permanent=door.flag,
            windows=door.flag, graphs=door.flag,
        )  # fmt: skip


def _model(value: object) -> str:
    return door.text(os.fspath(value) if isinstance(value, os.PathLike) else value, "model")


def suited_memory(network: XMemConfig) -> MemoryConfig:
    """Return the paper's settings for the full network, and for a compact one a smaller working memory.

    On a processor, reading ten frames costs as much as the compact network itself; six score the same
    (resources/weights/MODEL_CARD.md).
    """
    if network.backbone == "resnet":
        return MemoryConfig(permanent_read=_PERMANENT_READ)
    return MemoryConfig(max_working_frames=6, min_working_frames=3, permanent_read=_PERMANENT_READ)


def memory_of(model: str, **changes: int) -> MemoryConfig:
    """Return the memory settings that suit a model, some of them changed.

    Raises
    ------
    CheckpointError
        If the model is unknown, not downloaded, or its file is damaged.
    XmemGuiError
        If the values contradict one another.
    """
    from xmem_gui.model import load_network

    suited = suited_memory(load_network(find_model(model)).config)
    if "min_working_frames" not in changes:
        # A lower upper limit alone is no contradiction.
        lower = min(suited.min_working_frames, changes.get("max_working_frames", suited.max_working_frames))
        suited = replace(suited, min_working_frames=lower)
    return MemoryConfig(**{**asdict(suited), **changes})


def uses_graphs(settings: EngineSettings, device: torch.device) -> bool:
    """Whether an engine on a device records and replays what a frame passes."""
    import torch

    nvidia = device.type == "cuda" and torch.version.cuda is not None
    return settings.graphs and nvidia and os.environ.get(GRAPHS_VARIABLE) != "0"


def make_engine(settings: EngineSettings, *, key_cache: int = 0) -> Engine:
    """Load the network and make an engine of it; ``key_cache`` as in `Engine`.

    Raises
    ------
    CheckpointError
        If the model is unknown, not downloaded, or its file is damaged.
    XmemGuiError
        If the machine lacks the device.
    """
    import torch

    from xmem_gui.model import load_network
    from xmem_gui.propagation import Engine, WindowConfig

    network = load_network(find_model(settings.model))
    device = choose_device(settings.device)
    runner = None
    if uses_graphs(settings, device):
        from xmem_gui.propagation.cuda_graphs import cuda_runner

        runner = partial(cuda_runner, device)
    return Engine(
        network,
        memory=settings.memory or suited_memory(network.config),
        device=device,
        size=settings.size,
        precision=torch.float32 if settings.precision == "float32" else None,
        key_cache=key_cache,
        windows=WindowConfig() if settings.windows and device.type == "cpu" else None,
        runner=runner,
    )
