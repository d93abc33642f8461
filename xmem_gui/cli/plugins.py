"""``xmem-gui plugins``: the formats and segmenters that other packages add."""

from dataclasses import asdict

from xmem_gui.cli import options
from xmem_gui.cli.console import print_json, put


def plugins(json: options.Json = False) -> None:
    """List the plugins that are installed, and why one cannot be used.

    A plugin is a Python package that adds formats, or models for clicks.
    """
    from xmem_gui.formats import PLUGINS
    from xmem_gui.interaction.segmenter_plugins import SEGMENTER_PLUGINS

    found = (*PLUGINS.facts(), *SEGMENTER_PLUGINS.facts())
    if json:
        print_json({"plugins": [asdict(one) for one in found]})
        return
    if not found:
        put("No plugins are installed.")
    for one in found:
        kind = one.group.removeprefix("xmem_gui.").removesuffix("s")
        put(f"{one.name:15} {kind:10} {one.package:25} {one.trouble or 'can be used'}")
