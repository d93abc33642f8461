"""Formats that other packages add, by entry points in the group ``xmem_gui.formats``."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from xmem_gui.errors import XmemGuiError
from xmem_gui.formats.exporting import Exporter
from xmem_gui.formats.importing import Importer
from xmem_gui.plugins import FORMATS, PluginError, Plugins


@dataclass(frozen=True, kw_only=True)
class FormatPlugin:
    """A format of another package; what its entry point names.

    Attributes
    ----------
    sentence
        What the format is for, in one sentence; the window shows it under the name.
    exporter, importer
        One of them, or both. The ``id`` of each is the name of the entry point.
    one_file
        Whether an export is one file, whose ending is the exporter's first; else it is a folder.
    """

    sentence: str
    exporter: Exporter | None = None
    importer: Importer | None = None
    one_file: bool = False


class FormatPlugins(Plugins[FormatPlugin]):
    """The formats of plugins.

    Parameters
    ----------
    taken
        Ids of the program's own formats.
    """

    def __init__(self, taken: frozenset[str]) -> None:
        super().__init__(FORMATS, check_format, taken=taken)

    def exporter(self, name: str) -> Exporter | None:
        """Return the exporter of a plugin, if it has one."""
        plugin = self.get(name)
        return None if plugin is None else plugin.exporter

    def importer(self, name: str) -> Importer | None:
        """Return the importer of a plugin, if it has one."""
        plugin = self.get(name)
        return None if plugin is None else plugin.importer

    def exporters(self) -> dict[str, Exporter]:
        """Return all exporters of plugins, by id."""
        return {name: one.exporter for name, one in self.all().items() if one.exporter is not None}

    def importers(self) -> dict[str, Importer]:
        """Return all importers of plugins, by id."""
        return {name: one.importer for name, one in self.all().items() if one.importer is not None}

    @contextmanager
    def blamed(self, name: str, kind: type[XmemGuiError]) -> Iterator[None]:
        """Turn an error that a plugin should not have raised into one of `kind`, which names the plugin."""
        if name not in self.names():
            yield
            return
        try:
            yield
        except (XmemGuiError, OSError):
            raise
        except Exception as error:
            raise kind(
                f"The format '{name}' of {self.package_of(name)} failed ({type(error).__name__}: {error}); "
                "tell its authors, or choose another format."
            ) from error


def check_format(name: str, found: object) -> FormatPlugin:
    """Return what an entry point names if it can be used as a format.

    Raises
    ------
    PluginError
        If it is no `FormatPlugin`, has neither part, or a part lacks something or has another id.
    """
    if not isinstance(found, FormatPlugin):
        raise PluginError(f"its entry point names {type(found).__name__}, not a FormatPlugin")
    if found.exporter is None and found.importer is None:
        raise PluginError("it has neither an exporter nor an importer")
    needed = {
        "exporter": (found.exporter, ("id", "title", "extensions", "plan", "write")),
        "importer": (found.importer, ("id", "title", "recognises", "inspect", "read")),
    }
    for what, (part, members) in needed.items():
        if part is None:
            continue
        missing = [member for member in members if not hasattr(part, member)]
        if missing:
            raise PluginError(f"its {what} has no {', '.join(missing)}")
        if part.id != name:
            raise PluginError(f"its {what} has the id '{part.id}'")
    if found.one_file and found.exporter is not None and not found.exporter.extensions:
        raise PluginError("its exporter writes one file, and says no ending for it")
    return found
