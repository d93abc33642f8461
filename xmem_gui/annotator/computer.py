"""Where an annotator computes: on this machine, or on another that offers the same."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from xmem_gui.device import choose_device, enough_memory

if TYPE_CHECKING:
    from xmem_gui.annotator.compute import EngineSettings
    from xmem_gui.annotator.propagation.tracker import TrackedFrame, Tracker
    from xmem_gui.annotator.proposing import PromptSettings
    from xmem_gui.interaction import Segmenter


class Computer(Protocol):
    """A machine with networks on it. What is made of the same settings gives the same masks, to the bit."""

    @property
    def name(self) -> str:
        """What it is called, for people; empty for this machine."""

    def tracker(self, settings: EngineSettings) -> Tracker[TrackedFrame]:
        """Load the network that follows objects, and return an engine of it.

        Raises
        ------
        XmemGuiError
            If the machine cannot be reached, or has not the model or the device.
        """

    def segmenter(self, settings: PromptSettings) -> Segmenter:
        """Load the network that turns prompts into masks; raises as `tracker`."""

    def engine_facts(self, settings: EngineSettings) -> Mapping[str, str]:
        """Return what decides there, beside the settings, what features an engine makes of a frame.

        That is the digest of the model's file, the kind of device, its precision and the version of torch.
        Raises as `tracker`.
        """

    def guarded(self, device: str) -> AbstractContextManager[None]:
        """Return what raises a DeviceMemoryError or DeviceLostError for a device of this process."""


class ThisMachine:
    """The one that the program runs on."""

    name = ""

    def tracker(self, settings: EngineSettings) -> Tracker[TrackedFrame]:
        """Load the network that follows objects, and return an engine of it."""
        from xmem_gui.annotator.compute import make_engine
        from xmem_gui.annotator.propagation.engine_tracker import KEY_CACHE, EngineTracker

        return EngineTracker(make_engine(settings, key_cache=KEY_CACHE))

    def segmenter(self, settings: PromptSettings) -> Segmenter:
        """Load the network that turns prompts into masks."""
        from xmem_gui.interaction.segmenters import make_segmenter

        return make_segmenter(settings.model, choose_device(settings.device))

    def engine_facts(self, settings: EngineSettings) -> Mapping[str, str]:
        """Return what decides here, beside the settings, what features an engine makes of a frame."""
        from xmem_gui.annotator.propagation.checkpoint import own_facts

        return own_facts(settings)

    def guarded(self, device: str) -> AbstractContextManager[None]:
        """Return what raises a DeviceMemoryError or DeviceLostError for a device of this machine."""
        return enough_memory(choose_device(device), what="this propagation")
