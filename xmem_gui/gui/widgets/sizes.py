"""Numbers of bytes and shares as people read them."""

from __future__ import annotations


def in_bytes(count: int) -> str:
    """Return a number of bytes in words, such as ``1.5 GB``: in steps of 1,000, as disks are sold."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" or value >= 99.95 else f"{value:.1f} {unit}"


def in_percent(share: float) -> str:
    """Return a share, 0 to 1, such as ``70 %``."""
    return f"{100 * share:.0f} %"
