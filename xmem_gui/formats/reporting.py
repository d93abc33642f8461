"""How exports and imports say how far they are, and are asked to stop."""

from collections.abc import Callable

OnProgress = Callable[[int, int], None]
"""Called with how many frames are done, and how many there are."""

IsCancelled = Callable[[], bool]
"""Asked between two frames, and inside of large ones: True ends the work with `Cancelled`."""
