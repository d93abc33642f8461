"""Ray, when it is wanted: whether it is installed, and a connection to a cluster or to this machine's own."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from xmem_gui.errors import ClusterError

AUTO = "auto"
"""The cluster that this machine belongs to, if there is one; else one of this machine alone."""
LOCAL = "local"
"""A cluster of this machine alone."""
HOW_TO_GET = "pip install 'xmem-gui[cluster]'"
_CLIENT = "ray://"
_PATIENCE = 10.0
"""Seconds for a machine to answer."""


def need_ray(what: str = "This") -> Any:
    """Import Ray and return it.

    Parameters
    ----------
    what
        What needs it, as the sentence begins.

    Raises
    ------
    ClusterError
        If it is not installed, with how to get it.
    """
    # Ray's usage reports are for those who run clusters to switch on, not for this program.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Where no GPU is asked for, none is taken away: a worker decides by itself what it computes on.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise ClusterError(f"{what} needs Ray, which is not installed: {HOW_TO_GET}.") from None
    return ray


def has_ray() -> bool:
    """Tell whether Ray is installed, without importing it."""
    return find_spec("ray") is not None


@dataclass(frozen=True)
class Cluster:
    """A cluster that this process is connected to.

    Attributes
    ----------
    address
        As it was asked for.
    nodes
        How many machines are in it.
    cpus, gpus
        Processor cores and GPUs of all machines together.
    own
        Whether it is of this machine alone, and ends with the connection.
    """

    address: str
    nodes: int
    cpus: float
    gpus: float
    own: bool

    @property
    def title(self) -> str:
        """What it is, for a person."""
        parts = [f"{self.cpus:g} processor{'s' * (self.cpus != 1)}"]
        if self.gpus:
            parts.insert(0, f"{self.gpus:g} GPU{'s' * (self.gpus != 1)}")
        where = "this machine" if self.own else f"{self.nodes} machine{'s' * (self.nodes != 1)}"
        return f"Ray on {where} ({', '.join(parts)})"


@contextmanager
def connected(address: str = AUTO) -> Iterator[Cluster]:
    """Be connected to a cluster for a while.

    A connection that this process has already is used, and stays.

    Parameters
    ----------
    address
        `AUTO`; `LOCAL`; ``HOST:PORT`` of a cluster that this machine belongs to; or ``ray://HOST:PORT`` of
        one that it does not.

    Raises
    ------
    ClusterError
        If Ray is not installed, or the cluster cannot be reached; with what to do.
    """
    ray = need_ray("A cluster")
    if ray.is_initialized():
        yield _looked_at(ray, address, own=False)
        return
    own = _connect(ray, address)
    try:
        yield _looked_at(ray, address, own=own)
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str) -> bool:
    """Connect; return whether the cluster was started for it."""
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address.startswith(_CLIENT):
        options.pop("logging_level")
        if find_spec("grpc") is None:
            raise ClusterError(f"An address with {_CLIENT} needs Ray's client: {HOW_TO_GET}.")
    if address == AUTO:
        try:
            ray.init(address=AUTO, **options)
        except ConnectionError:
            address = LOCAL
        else:
            return False
    if address == LOCAL:
        ray.init(address=LOCAL, include_dashboard=False, **options)
        return True
    try:
        _knock(address)
        ray.init(address=address, **options)
    except Exception as error:
        # Ray has no one kind of error for this: connection, time-out, value, version, authentication.
        raise ClusterError(_why_not(address, error)) from error
    return False


def _knock(address: str) -> None:
    """Find out in seconds whether anybody answers at an address; Ray itself would try for minutes, then exit.

    Raises
    ------
    OSError, ValueError
        If nobody does, or it is no address.
    """
    host, _, port = address.removeprefix(_CLIENT).partition("/")[0].rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("an address is such as head:6379, or ray://head:10001")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE):
        pass


def _why_not(address: str, error: Exception) -> str:
    said = str(error).strip().partition("\n")[0].rstrip(".")
    if "ersion" in said and "mismatch" in said:
        return (
            f"The cluster at {address} has another version of Ray or Python ({said}): install the same here "
            "and there."
        )
    return (
        f"There is no cluster to be reached at {address} ({said or type(error).__name__}): check the "
        "address, that Ray runs there, that its port can be reached from here, and that both sides have the "
        "same token (RAY_AUTH_MODE=token): without it Ray only says that the time is up."
    )


def _looked_at(ray: Any, address: str, *, own: bool) -> Cluster:
    nodes = sum(1 for node in ray.nodes() if node["Alive"])
    found = ray.cluster_resources()
    return Cluster(address, nodes, float(found.get("CPU", 0)), float(found.get("GPU", 0)), own)
