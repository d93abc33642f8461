"""Find the files that ship with the program, in a checkout and in an installed wheel alike."""

from pathlib import Path

from xmem_gui.errors import XmemGuiError

_PACKAGE = Path(__file__).resolve().parent


def asset(name: str) -> Path:
    """Return the path of a shipped file.

    Parameters
    ----------
    name
        Path below ``resources/`` with forward slashes, such as ``weights/compact-xmem.safetensors``.

    Raises
    ------
    XmemGuiError
        If the installation lacks the file.
    """
    # A wheel carries resources/ inside the package; a checkout keeps it beside the package.
    for root in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        path = root / name
        if path.exists():
            return path
    raise XmemGuiError(
        f"The shipped file '{name}' is missing from this installation; install xmem-gui again."
    )
