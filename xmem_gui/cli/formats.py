"""``xmem-gui formats``: what can be written and read."""

from xmem_gui.cli.console import put


def formats() -> None:
    """List the formats that can be written and read."""
    from xmem_gui.formats import EXPORTERS, IMPORTERS, READ_BY

    for name, exporter in EXPORTERS.items():
        both = " and import" if name in IMPORTERS or name in READ_BY else ""
        put(f"{name:15} export{both:12} {exporter.title}")
    for name, importer in IMPORTERS.items():
        if name not in EXPORTERS:
            put(f"{name:15} import{'':12} {importer.title}")
