"""What a project and its video tell while a command works on them, said on stderr as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xmem_gui.cli.console import fail, say, warn

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import Notice


@contextmanager
def heard(annotator: Annotator) -> Iterator[Annotator]:
    """Use an annotator, say all that it tells, those things too that come late, and close it."""
    stop = annotator.hear(_tell)
    try:
        with annotator:
            yield annotator
    finally:
        stop()


def _tell(notice: Notice) -> None:
    {"info": say, "warning": warn, "error": fail}[notice.gravity](notice.text)
