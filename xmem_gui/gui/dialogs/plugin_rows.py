"""What plugins add to the lists of the dialogs: formats to write and to read, and models for clicks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmem_gui.model import ModelState


@dataclass(frozen=True)
class PluginRow:
    """A format of a plugin as the export dialog lists it.

    Attributes
    ----------
    id, name, sentence
        The format's id, what it is called, and what it is for.
    one_file, images
        Whether an export is one file, and whether the frames' pictures can be written too.
    ending
        Ending of the file, with the dot; empty if there are several.
    """

    id: str
    name: str
    sentence: str
    one_file: bool
    images: bool
    ending: str


def rows_to_write() -> tuple[PluginRow, ...]:
    """Return the formats of plugins that can be written; those that cannot be loaded are not among them."""
    from xmem_gui.formats import PLUGINS

    found = []
    for name, plugin in PLUGINS.all().items():
        if plugin.exporter is not None:
            ending = plugin.exporter.extensions[0] if plugin.one_file else ""
            images = bool(getattr(plugin.exporter, "takes_images", False))
            found.append(
                PluginRow(name, plugin.exporter.title, plugin.sentence, plugin.one_file, images, ending)
            )
    return tuple(found)


def rows_to_read() -> tuple[tuple[str, str], ...]:
    """Return id and name of the formats of plugins that can be read."""
    from xmem_gui.formats import PLUGINS

    return tuple((name, importer.title) for name, importer in PLUGINS.importers().items())


def plugin_models() -> tuple[ModelState, ...]:
    """Return the click models of plugins as the model manager lists them: here, and nothing to download."""
    from xmem_gui.interaction.segmenter_plugins import SEGMENTER_PLUGINS
    from xmem_gui.model import ModelSpec, ModelState

    return tuple(
        ModelState(
            ModelSpec(
                name=one.name,
                title=f"{one.name}: clicks become masks, from the plugin {one.package}",
                kind="segmenter",
                file="",
                url=None,
                licence="as its package says",
                source=one.package,
            ),
            Path(one.package),
            0,
            None,
        )
        for one in SEGMENTER_PLUGINS.facts()
        if not one.trouble
    )
