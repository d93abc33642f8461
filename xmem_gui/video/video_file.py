"""Frames of a video file, exactly by number: constant or variable frame rate, with or without B-frames."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from xmem_gui.arrays import RgbImage, Size
from xmem_gui.errors import MediaError
from xmem_gui.video.decoded import DecodedFrame
from xmem_gui.video.display_range import DisplayRange, StoredValues, automatic_range
from xmem_gui.video.frame_faults import damage_sentence, foreign_frames, size_sentences
from xmem_gui.video.opening_checks import StreamFacts, look_into, tail_end
from xmem_gui.video.orientation import Orientation
from xmem_gui.video.packet_decoder import PacketDecoder
from xmem_gui.video.pictures import to_rgb
from xmem_gui.video.smaller import halved
from xmem_gui.video.source import FrameSource, freeze

logger = logging.getLogger(__name__)

_DEEP = {
    **dict.fromkeys(("gray16le", "gray16be"), "gray16le"),
    **dict.fromkeys(("grayf32le", "grayf32be"), "grayf32le"),
    **dict.fromkeys(("rgb48le", "rgb48be", "bgr48le", "bgr48be", "gbrp16le", "gbrp16be"), "rgb48le"),
    **dict.fromkeys(("rgba64le", "rgba64be", "bgra64le", "bgra64be", "gbrap16le", "gbrap16be"), "rgb48le"),
}
"""FFmpeg's formats whose values may fill less than their bits, and the format in which they are taken."""
_SAMPLED = 12
"""Pictures, evenly taken, from which the automatic display range is found."""
_SAMPLED_PIXELS = 150_000_000
_READ_ON = 16
"""Up to this many frames ahead, reading on beats seeking."""


class VideoFile(FrameSource):
    """The frames of a video file.

    The frames are the packets of the first video stream in presentation order. Frame ``i`` is found by going
    to the key packet at or before it and decoding up to it; reading forwards never seeks.

    Parameters
    ----------
    path : Path or str
        The video file. A truncated one opens up to its last good frame and says so in ``warnings``.
    display_range : DisplayRange or None
        Which values are black and white, where the video has 16 bits or floats; None to find it from its
        frames.

    Raises
    ------
    MediaError
        The file is missing, empty, not a video, has sound only, or no frame of it can be decoded.

    Notes
    -----
    A damaged frame inside the file is given as the nearest earlier good frame (at the very start: the first
    good one), with a line in ``warnings`` and its number in ``damaged``; numbers never shift. Non-square
    pixels are not stretched (``warnings`` says so). Colours follow the file's matrix and range as swscale
    knows them.
    """

    def __init__(self, path: Path | str, *, display_range: DisplayRange | None = None) -> None:
        path = Path(path)
        opened = look_into(path)
        facts = opened.facts
        self._facts = facts
        self._index = facts.index
        self._decoder = opened.decoder
        self._lock = threading.RLock()
        self._position = self._right_from = -1
        self._seeks_to_open = 0
        self._started = self._closed = False
        # Of all twins, as are the warnings.
        self._stand_ins: dict[int, int] = {}
        self._told: set[int] = set()
        self._misfits: dict[int, tuple[int, int]] = {}
        self._telling = threading.Lock()
        self._stored = facts.size[::-1] if facts.orientation.transpose else facts.size
        self._last: tuple[int, DecodedFrame] | None = None
        warnings = list(facts.warnings)
        whole, pixels = facts.complete is not False, facts.size[0] * facts.size[1]
        end = tail_end(self._index, self._survey, whole=whole, pixels=pixels)
        if end == 0:
            self._decoder.close()
            raise MediaError(f"{path.name} holds no frame that can be decoded: it is empty or badly damaged.")
        if end < len(self._index) or facts.complete is False:
            self._index = self._index.cut_to(0, end)
            warnings.append(
                f"{path.name} is damaged after frame {end - 1}: opened the first {end} frame{'s'[: end > 1]}."
            )
        self._seeks_to_open = self._decoder.seeks
        warnings += size_sentences(path.name, facts.changes, facts.size)
        for span in foreign_frames(facts.changes, facts.size, end):
            self._stand_ins.update(dict.fromkeys(span, span.start - 1))
            self._told.update(span)
        times = (self._index.time_of - self._index.time_of[0]) * float(facts.time_base)
        super().__init__(
            path=path,
            name=path.stem,
            size=facts.size,
            rate=facts.rate_of(times),
            timestamps=times,
            warnings=tuple(warnings),
        )
        self._range: DisplayRange | None = None
        if facts.pixel_format in _DEEP:
            self._range = display_range or automatic_range(self._sample())
        if opened.first is not None and self._stand_ins.get(0, 0) == 0:
            self._last = 0, self._as_decoded(opened.first)

    @property
    def facts(self) -> StreamFacts:
        """What the file says about itself: codec, container, orientation, and so on."""
        return self._facts

    @property
    def orientation(self) -> Orientation:
        """How the stored pictures are turned to be shown."""
        return self._facts.orientation

    @property
    def damaged(self) -> frozenset[int]:
        """The frames found so far that do not decode and are given as an earlier one."""
        return frozenset(self._stand_ins)

    @property
    def display_range(self) -> DisplayRange | None:
        """Which values are shown as black and white; None where the codec's own scale holds."""
        return self._range

    @property
    def seeks(self) -> int:
        """How often the place in the file was set since it was opened."""
        return self._decoder.seeks - self._seeks_to_open

    def group_start(self, index: int) -> int:
        """Return the first frame of the group of pictures that ``index`` is decoded with."""
        place = self._index.entry(self.check_index(index))
        return self._index.entry_frames(place).start

    def frame(self, index: int) -> RgbImage:
        """Return frame ``index`` as (H, W, 3) uint8 RGB, contiguous, read-only.

        Raises
        ------
        MediaError
            There is no such frame, neither it nor one in its place can be decoded, its size differs from the
            first frame's, or the file is closed.
        """
        return self.decoded(index).full()

    def decoded(self, index: int) -> DecodedFrame:
        """Return frame ``index`` as the decoder gives it; errors as of `frame`."""
        index = self.check_index(index)
        try:
            with self._lock:
                return self._decoded(index)
        finally:
            self._tell_warnings()

    def twin(self) -> VideoFile:
        """Return another reader of the same frames, to be closed by itself; nothing is indexed again."""
        other = copy.copy(self)
        other._lock = threading.RLock()
        other._position = other._right_from = -1
        other._started = other._closed = False
        other._decoder = PacketDecoder(self.path, self._facts.index.ordinal_of_pts)
        with self._lock:
            if not self._started and self._decoder.is_ready:
                # The file is open, and whoever reads first shall have it so.
                self._decoder, other._decoder = other._decoder, self._decoder
                self._seeks_to_open = 0
            other._seeks_to_open = other._decoder.seeks
        return other

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            self._last = None
            self._decoder.close()

    def _decoded(self, index: int) -> DecodedFrame:
        if self._closed:
            raise MediaError(f"{self.path.name} is closed: open it again to read frames.")
        wanted = self._stand_ins.get(index, index)
        if self._last is not None and self._last[0] == wanted:
            return self._last[1]
        picture = self._find(wanted)
        if picture is None or wanted in self._misfits:
            wanted, picture = self._stand_in(index)
        self._check_size(picture, index)
        frame = self._as_decoded(picture)
        self._last = (wanted, frame)
        return frame

    def _as_decoded(self, picture: Any) -> DecodedFrame:
        nbytes = sum(plane.buffer_size for plane in picture.planes)
        frame = DecodedFrame(partial(self._to_rgb, picture), nbytes)
        if nbytes > 3 * self.width * self.height:
            frame.full()
        return frame

    def _sample(self) -> Iterator[StoredValues]:
        """Give pictures, evenly taken: where decoding may start, if others would take long."""
        frames = sorted({0, *self._index.key_frames.tolist()})
        if len(frames) < _SAMPLED and len(self) * self.width * self.height <= _SAMPLED_PIXELS:
            frames = list(range(len(self)))
        for place in dict.fromkeys(np.linspace(0, len(frames) - 1, _SAMPLED).round().astype(int).tolist()):
            picture = self._find(frames[place])
            if picture is not None:
                yield picture.to_ndarray(format=_DEEP[self._facts.pixel_format])

    def _find(self, frame: int) -> Any:
        """Return the decoded picture of a frame, or None if it does not decode."""
        place = self._index.entry(frame)
        ahead = frame - self._position
        goes_on = self._started and ahead > 0 and frame >= self._right_from
        if goes_on and (ahead <= _READ_ON or self._index.entry_packet(place) <= self._decoder.fed):
            picture = self._read_to(frame)
            if picture is not None:
                return picture
        for back in (0, 1, 3):
            # A frame after an open or gradual entry point may need the one before it.
            if back and place - back < -1:
                break
            self._start(max(place - back, -1))
            picture = self._read_to(frame)
            if picture is not None:
                return picture
        return None

    def _start(self, place: int) -> None:
        packet = self._index.entry_packet(place)
        shown = self._index.frame_of[packet] if place >= 0 else -1
        self._decoder.start(packet, int(self._index.time_of[shown]) if shown >= 0 else None)
        self._right_from = self._index.entry_frames(place).start
        self._position = self._right_from - 1
        self._started = True

    def _frame_of(self, packet: int) -> int:
        return int(self._index.frame_of[packet]) if 0 <= packet < len(self._index.frame_of) else -1

    def _read_to(self, frame: int) -> Any:
        while (item := self._decoder.read()) is not None:
            number = self._frame_of(item[0])
            if number > frame:
                self._decoder.push_back(item)
                return None
            if number >= 0:
                self._position = number
                self._note_size(number, item[1])
            if number == frame:
                return item[1]
        return None

    def _stand_in(self, frame: int) -> tuple[int, Any]:
        """Find which frames of the group are damaged, and return the nearest earlier good one."""
        first = frame
        while first >= 0:
            place = self._index.entry(first)
            span = self._index.entry_frames(place)
            good = self._survey(place) - self._misfits.keys()
            self._note_damage(span, good)
            other = max((number for number in good if number <= frame), default=-1)
            if other < 0 and frame < self._facts.first_good:
                other = self._facts.first_good
            if other >= 0 and (picture := self._find(other)) is not None:
                self._stand_ins.update(dict.fromkeys([*range(other + 1, frame), frame], other))
                return other, picture
            if place < 0 or span.start > first:
                break
            first = span.start - 1
        raise MediaError(
            f"Frame {frame} of {self.path.name} cannot be decoded, nor any before it: the file is damaged; "
            "start at a later frame or convert the file again."
        )

    def _survey(self, place: int) -> set[int]:
        """Return which frames of an entry's span decode, starting at the entry."""
        span = self._index.entry_frames(place)
        good: set[int] = set()
        for attempt in range(2):
            if attempt:
                self._decoder.use_one_thread()
            self._start(place)
            while (item := self._decoder.read()) is not None:
                number = self._frame_of(item[0])
                if number >= span.stop:
                    break
                if number in span:
                    good.add(number)
                    self._note_size(number, item[1])
            if len(good) == len(span):
                break
        self._started = False
        return good

    def _note_size(self, frame: int, picture: Any) -> None:
        if (picture.width, picture.height) != self._stored:
            self._misfits[frame] = (picture.width, picture.height)

    def _note_damage(self, span: range, good: set[int]) -> None:
        other = self._facts.first_good if span.start <= self._facts.first_good else -1
        bad = []
        with self._telling:
            for number in span:
                if number in good:
                    other = number
                elif number not in self._told:
                    self._told.add(number)
                    bad.append(number)
                    if other >= 0:
                        self._stand_ins[number] = other
        if bad:
            text = damage_sentence(self.path.name, bad, span, self._misfits, (self.width, self.height))
            self._warn(text)

    def _check_size(self, picture: Any, frame: int) -> None:
        if (picture.width, picture.height) != self._stored:
            raise MediaError(
                f"Frame {frame} of {self.path.name} is {picture.width}x{picture.height} pixels, "
                f"the first is {self._stored[0]}x{self._stored[1]}: convert the video to one size."
            )

    def _to_rgb(self, picture: Any, size: Size | None) -> RgbImage:
        if self._range is not None:
            rgb = to_rgb(picture.to_ndarray(format=_DEEP[self._facts.pixel_format]), self._range)
        else:
            small = None
            if size is not None:
                small = halved(picture, size[::-1] if self.orientation.transpose else size)
            rgb = picture.to_ndarray(format="rgb24") if small is None else small
        return freeze(self.orientation.apply(rgb))
