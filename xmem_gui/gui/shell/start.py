"""What the window begins with; known without Qt, for the command line may find that there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmem_gui.gui.state.session import Session


@dataclass(frozen=True)
class WindowStart:
    """What to open, and what to do with it.

    Attributes
    ----------
    path
        What to open; None for the welcome page.
    project
        Where its project is or shall be made; None for beside it.
    sample
        Whether to open the sample instead.
    look_only
        Whether nothing is to be changed or made.
    then
        Called with the session, in the window's thread, once something is open.
    """

    path: Path | None = None
    project: Path | None = None
    sample: bool = False
    then: Callable[[Session], None] | None = None
    look_only: bool = False
