"""Python's collector of garbage, kept from what is no garbage: modules, and what is made once for good.

A search for garbage goes through all that there is and holds Python's lock: torch alone makes it 0.1 s long,
in which no window moves, and importing torch has it searched through three times.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


class Loading:
    """A time in which much is loaded: nothing is searched until its `end`, nor any of it ever after.

    For what stays as long as the process. All else that is there at its end, and refers to itself in a
    circle, is never let go: what may be closed later has to break such circles itself.
    """

    def __init__(self) -> None:
        self._collected = gc.isenabled()
        self._ended = False
        gc.disable()

    def end(self) -> None:
        """Search on, without what is there now; a second time does nothing."""
        if not self._ended:
            self._ended = True
            gc.freeze()
            if self._collected:
                gc.enable()


@contextmanager
def loading() -> Iterator[None]:
    """Load something; see `Loading`."""
    # What is left over from before would stay for ever.
    gc.collect()
    time = Loading()
    try:
        yield
    finally:
        time.end()
