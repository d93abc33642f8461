"""What other packages add to the program, found by their entry points and loaded when it is asked for.

Nothing is looked for while the program starts. A plugin that cannot be used is left out with one line of
warning that names it, and is listed with the reason by ``xmem-gui plugins``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FORMATS = "xmem_gui.formats"
"""Group of entry points that name a `xmem_gui.formats.FormatPlugin`."""
SEGMENTERS = "xmem_gui.segmenters"
"""Group of entry points that name a function from a torch device to a `Segmenter`."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class PluginError(Exception):
    """What a plugin hands over is not what its group asks for; the text says what is missing."""


@dataclass(frozen=True)
class PluginFacts:
    """One plugin, for people.

    Attributes
    ----------
    group
        The group of its entry point, `FORMATS` or `SEGMENTERS`.
    name
        The entry point's name, which is the name of the format or model.
    package
        The distribution that it comes with, and its version.
    trouble
        Why it cannot be used, or nothing.
    """

    group: str
    name: str
    package: str
    trouble: str = ""


class Plugins(Generic[T]):
    """The plugins of one group, by name; safe for several threads.

    Parameters
    ----------
    group
        Name of the group of entry points.
    check
        Takes a plugin's name and what its entry point names; returns that, or raises `PluginError`.
    taken
        Names that the program uses itself, which no plugin may have.
    """

    def __init__(self, group: str, check: Callable[[str, object], T], *, taken: Collection[str] = ()) -> None:
        self._group, self._check, self._taken = group, check, taken
        self._lock = threading.RLock()
        self._points: dict[str, EntryPoint] | None = None
        self._loaded: dict[str, T] = {}
        self._facts: dict[tuple[str, str], PluginFacts] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names that are announced, without loading anything."""
        return tuple(self._found())

    def get(self, name: str) -> T | None:
        """Return a plugin, loaded now if it was not; None if there is none, or it cannot be used."""
        with self._lock:
            point = self._found().get(name)
            if point is None or name in self._loaded or self._facts[name, _package(point)].trouble:
                return self._loaded.get(name)
            try:
                self._loaded[name] = self._check(name, point.load())
            except PluginError as error:
                self._leave_out(point, str(error))
            except Exception as error:  # it runs a stranger's code
                self._leave_out(point, f"{type(error).__name__}: {error}")
            except SystemExit:
                self._leave_out(point, "it ends the program when it is loaded")
            return self._loaded.get(name)

    def all(self) -> dict[str, T]:
        """Load every plugin, and return those that can be used, by name."""
        found = ((name, self.get(name)) for name in self.names())
        return {name: plugin for name, plugin in found if plugin is not None}

    def facts(self) -> tuple[PluginFacts, ...]:
        """Load every plugin, and return what is known of each, also of those that cannot be used."""
        with self._lock:
            self.all()
            return tuple(self._facts.values())

    def package_of(self, name: str) -> str:
        """Return the distribution that a plugin comes with, and its version; nothing if there is none."""
        point = self._found().get(name)
        return "" if point is None else _package(point)

    def _found(self) -> Mapping[str, EntryPoint]:
        with self._lock:
            if self._points is None:
                self._points = {}
                for point in _entry_points(self._group):
                    self._announce(point, self._points)
            return self._points

    def _announce(self, point: EntryPoint, points: dict[str, EntryPoint]) -> None:
        first = points.get(point.name)
        if first is not None and (_package(first), first.value) == (_package(point), point.value):
            return  # one distribution, seen in two places
        self._facts[point.name, _package(point)] = PluginFacts(self._group, point.name, _package(point))
        if point.name in self._taken:
            self._leave_out(point, "the program has something of that name itself")
        elif first is not None:
            self._leave_out(point, f"{_package(first)} has one of that name too")
        else:
            points[point.name] = point

    def _leave_out(self, point: EntryPoint, why: str) -> None:
        package, why = _package(point), " ".join(why.split())
        self._facts[point.name, package] = PluginFacts(self._group, point.name, package, why)
        _log.warning("The plugin '%s' of %s is left out: %s", point.name, package, why)


class WithPlugins(Mapping[str, T]):
    """The program's own things by name, then those of plugins.

    A name of the program's own is found without a look at plugins. Going through all loads them.

    Parameters
    ----------
    own
        What the program offers itself, by name.
    theirs
        Returns those of plugins, by name.
    one
        Returns one of a plugin, or None.
    """

    def __init__(
        self, own: Mapping[str, T], theirs: Callable[[], Mapping[str, T]], one: Callable[[str], T | None]
    ) -> None:
        self._own, self._theirs, self._one = own, theirs, one

    def __getitem__(self, name: str) -> T:
        if name in self._own:
            return self._own[name]
        found = self._one(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from self._theirs()

    def __len__(self) -> int:
        return len(self._own) + len(self._theirs())


def _entry_points(group: str) -> Iterator[EntryPoint]:
    from importlib.metadata import entry_points

    try:
        yield from entry_points(group=group)
    except Exception as error:  # a distribution whose list cannot be read
        _log.warning("Plugins for %s cannot be looked for: %s: %s", group, type(error).__name__, error)


def _package(point: EntryPoint) -> str:
    if point.dist is None:
        return "an unknown package"
    return f"{point.dist.name} {point.dist.version}"
