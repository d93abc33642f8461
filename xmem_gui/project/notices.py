"""What the person should be told of a project: kept for whoever opens it, and heard by whoever listens."""

from __future__ import annotations

from collections.abc import Callable


class Notices(list[str]):
    """Sentences, the oldest first.

    Attributes
    ----------
    heard : callable or None
        Called with each sentence that comes, in the thread that says it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heard: Callable[[str], None] | None = None

    def append(self, text: str) -> None:
        """Add one."""
        super().append(text)
        if self.heard is not None:
            self.heard(text)
