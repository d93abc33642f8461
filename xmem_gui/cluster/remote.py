"""A GPU elsewhere for the window: an engine and a click model in a Ray actor, used as if they were here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from xmem_gui.cluster.remote_address import Address
from xmem_gui.cluster.remote_clicks import RemoteSegmenter
from xmem_gui.cluster.remote_link import Link, ray_link
from xmem_gui.cluster.remote_models import ModelFile
from xmem_gui.cluster.remote_tracker import RemoteTracker
from xmem_gui.errors import CheckpointError, ClusterError, ConnectionLostError

if TYPE_CHECKING:
    from pathlib import Path

    from xmem_gui.annotator import EngineSettings, PromptSettings


class RemoteComputer:
    """A machine elsewhere that computes for this window; see `Computer`.

    It is connected to when it is first needed, and again after a connection was lost. May be used from any
    thread.

    Parameters
    ----------
    address
        Such as ``ray://127.0.0.1:10001``.
    connect
        Makes the connection to an address.

    Raises
    ------
    ClusterError
        If it is no address.
    """

    def __init__(self, address: str, *, connect: Callable[[str], Link] = ray_link) -> None:
        self.address = str(Address.parse(address))
        self._connect = connect
        self._link: Link | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._facts: dict[EngineSettings, Mapping[str, str]] = {}

    @property
    def name(self) -> str:
        """The machine's name as far as it is known, else its address."""
        link = self._link
        return self.address if link is None else link.there.machine

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        link = self._link
        return link is not None and not link.is_over

    def link(self) -> Link:
        """Return the connection, made now if there is none; raises ClusterError if there can be none."""
        with self._lock:
            if self._closed:
                raise ConnectionLostError("The GPU elsewhere is no longer used: start again.")
            if self._link is not None and self._link.is_over:
                self._link.close()
                self._link = None
            if self._link is None:
                self._link = self._connect(self.address)
                self._facts.clear()
            return self._link

    def tracker(self, settings: EngineSettings) -> RemoteTracker:
        """Make an engine there.

        Raises
        ------
        XmemGuiError
            If the machine cannot be reached, or has not the model or the device.
        """
        link = self.link()
        return RemoteTracker(link, settings, link.bring(_own_file(settings.model), settings.model))

    def segmenter(self, settings: PromptSettings) -> RemoteSegmenter:
        """Load the click model there; raises as `tracker`."""
        from xmem_gui.interaction.segmenters import segmenter_file

        try:
            path = segmenter_file(settings.model)
        except CheckpointError:
            path = None
        else:
            if path is None:
                raise ClusterError(
                    f"The click model '{settings.model}' is a plugin's, which runs on this machine only: "
                    "choose another for a GPU elsewhere."
                )

        def bring(link: Link) -> ModelFile:
            return link.bring(path, settings.model)

        return RemoteSegmenter(self.link, bring, settings.device, f"{self.address} {settings.model} {path}")

    def engine_facts(self, settings: EngineSettings) -> Mapping[str, str]:
        """Return what decides there, beside the settings, what features an engine makes of a frame.

        What is known from before is not asked again, and is what counts while there is no connection.
        """
        if settings not in self._facts:
            self._facts[settings] = self._asked_facts(settings)
        return self._facts[settings]

    def _asked_facts(self, settings: EngineSettings) -> Mapping[str, str]:
        link = self.link()
        greeting = link.there
        kind = greeting.device if settings.device == "auto" else settings.device.partition(":")[0]
        return {
            "model": link.bring(_own_file(settings.model), settings.model).sha256,
            "device": kind,
            "computes_in": greeting.computes_in.get(kind, ""),
            "torch": greeting.torch,
        }

    def guarded(self, device: str) -> AbstractContextManager[None]:  # noqa: ARG002 (it is not here)
        """Return what watches no memory of this process: the machine does it there."""
        return nullcontext()

    def close(self) -> None:
        """End what computes there; it cannot be used any more."""
        with self._lock:
            self._closed = True
            if self._link is not None:
                self._link.close()


def _own_file(model: str) -> Path | None:
    """Return this machine's file of a model; None where only the other may have it."""
    from xmem_gui.model import find_model

    try:
        return find_model(model)
    except CheckpointError:
        return None
