"""Segmenters that other packages add, by entry points in the group ``xmem_gui.segmenters``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.model import MODELS
from xmem_gui.plugins import SEGMENTERS, PluginError, Plugins

if TYPE_CHECKING:
    import torch

    from xmem_gui.interaction.segmenter import Segmenter

    MakeSegmenter = Callable[[torch.device], Segmenter]


def _check(name: str, found: object) -> MakeSegmenter:
    del name
    if not callable(found):
        raise PluginError(f"its entry point names {type(found).__name__}, not a function of a device")
    return cast("MakeSegmenter", found)


SEGMENTER_PLUGINS: Plugins[MakeSegmenter] = Plugins(SEGMENTERS, _check, taken=frozenset({"compact", *MODELS}))
"""The segmenters of plugins, by the name that stands for a model's."""


def plugin_segmenter(
    name: str, device: torch.device, plugins: Plugins[MakeSegmenter] = SEGMENTER_PLUGINS
) -> Segmenter | None:
    """Return a plugin's segmenter, made for a device; None if no plugin announces one of that name.

    Raises
    ------
    CheckpointError
        If the plugin cannot be used, or fails in making it.
    """
    if name not in plugins.names():
        return None
    make = plugins.get(name)
    package = plugins.package_of(name)
    if make is None:
        why = next(one.trouble for one in plugins.facts() if (one.name, one.package) == (name, package))
        raise CheckpointError(f"The segmenter '{name}' of {package} cannot be used: {why}.")
    try:
        segmenter = make(device)
    except XmemGuiError:
        raise
    except Exception as error:  # it runs a stranger's code
        raise CheckpointError(
            f"The segmenter '{name}' of {package} failed to start ({type(error).__name__}: {error}); "
            "choose another model."
        ) from error
    if not (hasattr(segmenter, "name") and hasattr(segmenter, "prepare")):
        raise CheckpointError(
            f"'{name}' of {package} made {type(segmenter).__name__}, which is no segmenter; "
            "choose another model."
        )
    return segmenter
