"""Where many things are computed: on this machine, or on a Ray cluster; the options, and what they open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from xmem_gui.cli.console import say, warn

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings
    from xmem_gui.cluster.spreading import SpreadOver
    from xmem_gui.cluster.tasks import Pool

Ray = Annotated[
    Optional[str],  # noqa: UP045 - typer evaluates it, and Python 3.10's typing wants it so in every place
    typer.Option(
        "--ray",
        metavar="auto|local|ADDRESS",
        help="Compute on a Ray cluster: auto is the one that this machine belongs to, else this machine "
        "alone, as local is; or HOST:PORT, or ray://HOST:PORT.",
    ),
]
GpusPerJob = Annotated[
    Optional[float],  # noqa: UP045 - as above
    typer.Option(
        help="With --ray: the share of a GPU for each job; 0.25 puts four on one (default: a whole one).",
        min=0.0,
    ),
]
CpusPerJob = Annotated[float, typer.Option(help="With --ray: processors for each job.", min=0.0)]


@contextmanager
def pool_of(
    ray: str | None, *, device: str = "auto", gpus: float | None = None, cpus: float = 1.0
) -> Iterator[Pool]:
    """Have a pool for a while: of this machine, or of the cluster at an address.

    Raises
    ------
    ClusterError
        If the cluster cannot be reached, or Ray is not installed.
    """
    if ray is None:
        from xmem_gui.cluster.local_pool import LocalPool, devices_of

        with LocalPool(devices_of(device)) as pool:
            yield pool
        return
    from xmem_gui.cluster.connection import connected
    from xmem_gui.cluster.ray_pool import RayPool

    with connected(ray) as cluster:
        share = 0.0 if device == "cpu" else gpus
        with RayPool(cluster, gpus=share, cpus=cpus) as made:
            for warning in made.warnings:
                warn(warning)
            yield made


@contextmanager
def spread_of(
    ray: str | None, *, device: str = "auto", gpus: float | None = None, cpus: float = 1.0
) -> Iterator[SpreadOver | None]:
    """Have what gives an evaluation's sequences to a cluster for a while; nothing where none is asked for.

    Raises
    ------
    ClusterError
        If the cluster cannot be reached, or Ray is not installed.
    """
    if ray is None:
        yield None
        return
    from xmem_gui.cluster.spreading import SpreadOver

    with pool_of(ray, device=device, gpus=gpus, cpus=cpus) as pool:
        say(f"Sequences are spread over {pool.title}")
        yield SpreadOver(pool)


def elsewhere(settings: EngineSettings) -> EngineSettings:
    """Return settings that mean the same wherever a process stands: a model's path is made absolute."""
    path = Path(settings.model)
    return replace(settings, model=str(path.absolute())) if path.is_file() else settings
