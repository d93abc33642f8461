"""Can a window be shown here? Asked before Qt is, which would end the program instead of saying no."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

DEBIAN_PACKAGES = (
    "libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3", "libfontconfig1",
    "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0",
    "libxcb-render-util0", "libxcb-shape0", "libxcb-xinerama0", "libxcb-xkb1",
)  # fmt: skip
"""What Qt needs of a Debian or Ubuntu."""

_NEEDS_NO_DISPLAY = {"offscreen", "minimal", "vnc", "linuxfb", "eglfs"}


def why_no_window(environment: Mapping[str, str] = os.environ) -> str:
    """Return why no window can be shown, in a sentence that says what to do; "" if one can be."""
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if (
        sys.platform.startswith("linux")
        and platform not in _NEEDS_NO_DISPLAY
        and not _has_display(environment)
    ):
        return (
            "There is no display to show a window on. Run this on a desktop, with ssh -X, or under "
            "xvfb-run. xmem-gui --help lists the commands that need no window."
        )
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return _missing(str(error))
    if (
        sys.platform.startswith("linux")
        and platform in {"", "xcb"}
        and not environment.get("WAYLAND_DISPLAY")
    ):
        return _why_no_xcb()
    return ""


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a screen; without loading anything of Qt."""
    if not sys.platform.startswith("linux"):
        return True
    return environment.get("QT_QPA_PLATFORM", "") in _NEEDS_NO_DISPLAY or _has_display(environment)


def _has_display(environment: Mapping[str, str]) -> bool:
    return _wayland_answers(environment) or _x_answers(environment.get("DISPLAY", ""))


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    return bool(name) and _answers(Path(environment.get("XDG_RUNTIME_DIR", "/nowhere")) / name)


def _x_answers(display: str) -> bool:
    host, colon, number = display.rpartition(":")
    number = number.partition(".")[0]
    if not colon or not number.isdecimal():
        return False
    if host in {"", "unix"}:
        place = f"/tmp/.X11-unix/X{number}"  # the X protocol's own address
        return _answers(Path(place)) or _answers(Path("\0" + place))
    try:
        with socket.create_connection((host, 6000 + int(number)), timeout=3):
            return True
    except (OSError, OverflowError):
        return False


def _answers(path: Path) -> bool:
    if not hasattr(socket, "AF_UNIX"):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(3)
        try:
            end.connect(str(path))
        except (OSError, ValueError):
            return False
    return True


def _why_no_xcb() -> str:
    """Load Qt's plugin for X as Qt will: Qt itself would abort."""
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return ""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return _missing(str(error))
    return ""


def _missing(reason: str) -> str:
    library = reason.partition(":")[0]
    packages = " ".join(DEBIAN_PACKAGES)
    return (
        f"The window cannot be shown because the system lacks a library ({library}). On Debian or Ubuntu, "
        f"run apt-get install {packages}"
    )
