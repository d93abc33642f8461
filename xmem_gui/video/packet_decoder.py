"""Decoding from any packet on, with every picture labelled by the packet it came from."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xmem_gui.errors import MediaError
from xmem_gui.video.container import import_av, open_stream

logger = logging.getLogger(__name__)

_BACK_OFF_SECONDS = (0.0, 1.0, 10.0)
_SEARCH_LIMIT = 5000
_WITH_LISTS = ("mov,mp4", "matroska")
"""Containers, by FFmpeg's name, that list their packets."""


class PacketDecoder:
    """Decodes one video stream from a chosen packet onwards.

    Each packet's place in the file is written into its pts before it is decoded; the decoder carries that
    label to the picture, through any reordering. So a picture can never be taken for another one, whatever a
    seek did.

    Parameters
    ----------
    path : Path
        The video file.
    ordinal_of_pts : dict or None
        The place of a packet in the file, by its pts; None to count packets from the start of the file.
    opened : tuple or None
        The file as `open_stream` has opened it, wherever it stands: opening it again takes long, for FFmpeg
        looks into it. It is closed with the decoder.

    Attributes
    ----------
    fed : int
        The last packet handed to the decoder (-1: none yet).
    seeks : int
        How often the position was set.
    """

    def __init__(
        self,
        path: Path,
        ordinal_of_pts: dict[int, int] | None,
        *,
        opened: tuple[Any, Any] | None = None,
    ) -> None:
        self._av = import_av()
        self._path = path
        self._ordinals = ordinal_of_pts
        self._threads = True
        self._container: Any = None
        self._stream: Any = None
        self._packets: Iterator[tuple[int, Any]] = iter(())
        self._ready: deque[tuple[int, Any]] = deque()
        self._ended = True
        self.fed = -1
        self.seeks = 0
        if opened is not None:
            self._take(*opened)

    @property
    def ended(self) -> bool:
        """Whether the last packet was read; pictures the decoder held back may still come."""
        return self._ended

    @property
    def is_ready(self) -> bool:
        """Whether the file is open, and nothing spoke against decoding it with several threads."""
        return self._threads and self._container is not None

    def use_one_thread(self) -> None:
        """Decode with one thread from the next ``start`` on, so that damage in one frame costs no other."""
        if self._threads:
            self._threads = False
            self.close()

    def start(self, packet: int, time: int | None) -> None:
        """Go to ``packet``; ``time`` is its pts for seeking, None to read up to it from the file's start."""
        self.seeks += 1
        self._ready.clear()
        self._ended = False
        self.fed = packet - 1
        if time is not None and self._ordinals is not None and packet > 0:
            for seconds in _BACK_OFF_SECONDS:
                if self._seek(packet, time, seconds):
                    return
            logger.info(
                "%s: seeking does not reach packet %d; reading from the start", self._path.name, packet
            )
        elif time is not None and packet == 0 and self._rewinds():
            return
        self._reopen()
        self._packets = self._from(packet, self._numbered())

    def read(self) -> tuple[int, Any] | None:
        """Return (packet, ``av.VideoFrame``) of the next picture, skipping damage, or None at the end."""
        while not self._ready and not self._ended:
            try:
                ordinal, packet = next(self._packets)
            except StopIteration:
                self._ended = True
                self._decode(None)
            except self._av.error.FFmpegError as error:
                logger.info("%s: reading stopped after packet %d: %s", self._path.name, self.fed, error)
                self._ended = True
                self._decode(None)
            else:
                self.fed = ordinal
                packet.pts = ordinal
                self._decode(packet)
        return self._ready.popleft() if self._ready else None

    def push_back(self, picture: tuple[int, Any]) -> None:
        """Put a picture back, to be the next one read."""
        self._ready.appendleft(picture)

    def close(self) -> None:
        """Close the file; ``start`` opens it again."""
        self._ready.clear()
        self._packets = iter(())
        self._ended = True
        if self._container is not None:
            self._container.close()
        self._container = self._stream = None

    def _decode(self, packet: Any) -> None:
        try:
            frames = self._stream.codec_context.decode(packet)
        except EOFError:
            return
        except self._av.error.FFmpegError as error:
            logger.info("%s: packet %d does not decode: %s", self._path.name, self.fed, error)
            return
        self._ready.extend((frame.pts, frame) for frame in frames if frame.pts is not None)

    def _reopen(self) -> None:
        self.close()
        self._ended = False
        self._take(*open_stream(self._path))

    def _take(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        context = self._stream.codec_context
        context.thread_type = "AUTO" if self._threads else "NONE"
        context.thread_count = 0 if self._threads else 1

    def _rewinds(self) -> bool:
        """Go to the first packet without opening the file again; False where that cannot be relied on."""
        return (
            self._container is not None
            and bool(self._ordinals)
            and self._container.format.name.startswith(_WITH_LISTS)
            and self._seek(0, min(self._ordinals or ()), 0.0)
        )

    def _seek(self, packet: int, time: int, seconds: float) -> bool:
        if self._container is None:
            self._reopen()
        offset = time - int(seconds / self._stream.time_base)
        try:
            self._container.seek(offset, stream=self._stream, backward=True)
            self._stream.codec_context.flush_buffers()
            numbered = self._numbered()
            for count, (ordinal, first) in enumerate(numbered):
                if ordinal > packet or count > _SEARCH_LIMIT:
                    return False
                if ordinal == packet:
                    self._packets = self._with_first((ordinal, first), numbered)
                    return True
        except self._av.error.FFmpegError as error:
            logger.info("%s: seeking to packet %d failed: %s", self._path.name, packet, error)
        return False

    def _numbered(self) -> Iterator[tuple[int, Any]]:
        """Give the packets from the present place on, each with its place in the file."""
        counted = -1
        for packet in self._container.demux(self._stream):
            if not packet.size:
                continue
            counted += 1
            if self._ordinals is None:
                yield counted, packet
            elif (ordinal := self._ordinals.get(packet.pts)) is not None:
                yield ordinal, packet

    @staticmethod
    def _with_first(first: tuple[int, Any], rest: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        yield first
        yield from rest

    @staticmethod
    def _from(packet: int, numbered: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        return ((ordinal, item) for ordinal, item in numbered if ordinal >= packet)


Sizes = dict[int, tuple[int, int]]
"""Of each packet, the (width, height) of its picture as stored, in the order the decoder gave them."""


def picture_order(path: Path, *, complete: bool) -> Sizes:
    """Decode the whole file and return the packet of each picture in the order the decoder gives them.

    In an incomplete file the pictures the decoder still held back at the end are left out, for others, now
    lost, may have come before them.
    """
    decoder = PacketDecoder(path, None)
    order: Sizes = {}
    try:
        if not complete:
            decoder.use_one_thread()
        decoder.start(0, None)
        while (picture := decoder.read()) is not None and (complete or not decoder.ended):
            order.setdefault(picture[0], (picture[1].width, picture[1].height))
    finally:
        decoder.close()
    if not order:
        raise MediaError(f"{path.name} holds no frame that can be decoded: it is empty or badly damaged.")
    return order
