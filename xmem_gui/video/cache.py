"""A cache in front of a frame source, with a reader of its own for each who reads from it."""

from __future__ import annotations

from xmem_gui.arrays import RgbImage
from xmem_gui.video.decoded import DecodedFrame
from xmem_gui.video.reader import Reader
from xmem_gui.video.shelf import Shelf
from xmem_gui.video.source import FrameSource
from xmem_gui.video.views import SourceView


class CachedSource(SourceView):
    """A frame source that remembers frames, for any number of readers, each with its own place in it.

    Who reads on and on, such as a player, a run or an export, takes a `reader`: a run at frame 900 then does
    not send the player at frame 100 back to a key packet. The cache's own `frame` is for single frames.

    Parameters
    ----------
    source : FrameSource
        Where frames come from. It belongs to the cache from now on and is closed with it.
    budget_bytes : int
        Bytes of pictures to keep, of all readers together. One frame (and any a caller is waiting for) is
        kept in any case.
    ahead : int
        How many frames a reader stays ahead of its consumer.
    """

    def __init__(self, source: FrameSource, *, budget_bytes: int = 512 << 20, ahead: int = 32) -> None:
        super().__init__(source)
        self._shelf = Shelf(budget_bytes // max(1, source.width * source.height * 3))
        self._ahead = ahead
        self._own = Reader(source, self._shelf, lambda: source, ahead=ahead)
        self._readers = [self._own]

    @property
    def capacity(self) -> int:
        """How many frames the budget holds."""
        return self._shelf.capacity

    @property
    def bytes_used(self) -> int:
        """Bytes of the pictures kept now."""
        with self._shelf.changed:
            return sum(frame.nbytes for frame in self._shelf.frames.values())

    @property
    def waiting(self) -> frozenset[int]:
        """Frames that callers of `frame` wait for just now."""
        return self._own.waiting

    def holds(self, index: int) -> bool:
        """Whether a reader's ``frame(index)`` would return at once."""
        return self._own.holds(index)

    def frame(self, index: int) -> RgbImage:
        """Return a frame as `Reader.frame` does."""
        return self._own.frame(index)

    def decoded(self, index: int) -> DecodedFrame:
        """Return a frame as `Reader.decoded` does."""
        return self._own.decoded(index)

    def prefetch(self, index: int, direction: int, count: int, *, as_decoded: bool = False) -> None:
        """Read ahead of those who call `frame`, as `Reader.prefetch` does."""
        self._own.prefetch(index, direction, count, as_decoded=as_decoded)

    def reader(self) -> Reader:
        """Return a reader with a place of its own, to be closed by whoever takes it, or with the cache."""
        made = Reader(self.source, self._shelf, self.source.twin, ahead=self._ahead)
        with self._shelf.changed:
            self._readers = [one for one in self._readers if not one.is_closed] + [made]
            closed = self._shelf.closed
        if closed:
            made.close()
        return made

    def glance(self) -> Glance:
        """Return a reader for single frames here and there, which it does not keep."""
        return Glance(self)

    def close(self) -> None:
        """Close all readers, forget all frames and close the wrapped source."""
        with self._shelf.changed:
            self._shelf.close()
            readers, self._readers = self._readers, [self._own]
        for reader in readers:
            reader.close()
        self.source.close()


class Glance(SourceView):
    """Single frames here and there, such as thumbnails: taken from the cache where it has them, never put in.

    Parameters
    ----------
    cache : CachedSource
        Whose frames they are. The decoder is opened when it is first needed.
    """

    def __init__(self, cache: CachedSource) -> None:
        super().__init__(cache.source)
        self._cache = cache
        self._decoder: FrameSource | None = None

    def frame(self, index: int) -> RgbImage:
        """Return a frame as `CachedSource.frame` does; one thread at a time may ask."""
        if self._cache.holds(index):
            return self._cache.frame(index)
        if self._decoder is None:
            self._decoder = self.source.twin()
        return self._decoder.frame(index)

    def close(self) -> None:
        """Close its decoder; nothing of it is kept."""
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            decoder.close()
