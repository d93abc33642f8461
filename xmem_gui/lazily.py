"""Names of a package that are imported when they are first used."""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazily(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return a package's ``__getattr__`` (PEP 562): what needs torch can wait, for its import takes seconds.

    Parameters
    ----------
    package
        The ``__name__`` of the package that loads its parts lazily.
    modules
        The module of the package that each name comes from. No name may be a module's: once that is imported,
        the package's attribute is the module.
    """

    def find(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return find
