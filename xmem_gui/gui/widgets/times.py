"""Times as people read them."""

from __future__ import annotations

import time


def said_when(seconds: float, *, clock: bool = True) -> str:
    """Return a time of today as such, an older one by its day; ``clock`` says whether with the time too."""
    then, now = time.localtime(seconds), time.localtime()
    if (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday):
        return time.strftime("%H:%M", then)
    day = time.strftime("%d %b" if then.tm_year == now.tm_year else "%d %b %Y", then).lstrip("0")
    return day + time.strftime(" %H:%M", then) if clock else day
