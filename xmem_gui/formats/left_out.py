"""What an import leaves out.

One odd shape, row or picture never sinks the rest: it is counted, and named with where it is.
"""

import contextlib
import logging
from collections.abc import Iterator

from xmem_gui.errors import Cancelled, FormatError, XmemGuiError

_log = logging.getLogger(__name__)
_PLACES = 3
_REASONS = 12
_REASON = 300
_OTHER = "for other reasons"
_MOST = 500_000
"""A file of which more is left out is refused: to name it all would take long, and help nobody."""


class TooMuchError(FormatError):
    """A file asks for more work than any file of its kind does; nothing of it is read."""


class LeftOut:
    """Counts what is left out, by reason, and keeps the first few places of each."""

    def __init__(self) -> None:
        self._all = 0
        self._counts: dict[tuple[str, str], int] = {}
        self._places: dict[tuple[str, str], list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, kind: str, reason: str, place: str = "", *, count: int = 1) -> None:
        """Note what is left out.

        Parameters
        ----------
        kind
            What it is, such as ``annotation``.
        reason
            Why, as it stands after a colon.
        place
            Where it is: its file, and its number or line in it.
        count
            How many there are of it.

        Raises
        ------
        TooMuchError
            If there is far too much of it.
        """
        reason = reason.strip().rstrip(".")[:_REASON]
        if not reason[1:2].isupper():
            reason = reason[:1].lower() + reason[1:]
        key = (kind, reason)
        self._all += count
        if self._all > _MOST:
            raise TooMuchError(f"More than {_MOST:,} things in the file cannot be read; it may be damaged.")
        if key not in self._counts and len(self._counts) >= _REASONS:
            key = (kind, _OTHER)
        self._counts[key] = self._counts.get(key, 0) + count
        places = self._places.setdefault(key, [])
        if place and len(places) <= _PLACES and place not in places:
            places.append(place)

    @contextlib.contextmanager
    def guard(self, kind: str, place: str) -> Iterator[None]:
        """Leave out what cannot be read in the block; stopping and limits of the whole file pass through."""
        try:
            yield
        except (Cancelled, TooMuchError, MemoryError):
            raise
        except XmemGuiError as error:
            self.add(kind, str(error), place)
        except FileNotFoundError:
            self.add(kind, "it is not there any more", place)
        except OSError as error:
            self.add(kind, f"it cannot be read ({error.strerror or 'damaged'})", place)
        except Exception:  # a parser met what it was not made for: that is the file's fault
            _log.debug("%s: %s is left out", place, kind, exc_info=True)
            self.add(kind, "it cannot be read, and may be damaged", place)

    def sentences(self) -> tuple[str, ...]:
        """Return what a person should know, a sentence a reason."""
        found = []
        for (kind, reason), count in self._counts.items():
            places = self._places[kind, reason]
            listed = ", ".join(places[:_PLACES]) + (", ..." if len(places) > _PLACES else "")
            what = f"1 {kind} is" if count == 1 else f"{count} {kind}s are"
            found.append(f"{what} left out{f' ({listed})' if listed else ''}: {reason}.")
        return tuple(found)
