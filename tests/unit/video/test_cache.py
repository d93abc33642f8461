from __future__ import annotations

import copy
import random
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from video_clips import number_in, write_clip

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError
from xmem_gui.video import CachedSource, FrameSource, open_source

FRAMES = 40
GROUP = 10
FRAME_BYTES = 3 * 4 * 5


class GroupedSource(FrameSource):
    """Numbered frames in groups of pictures that counts what is decoded, as a video would have to."""

    def __init__(self, *, broken: frozenset[int] = frozenset()) -> None:
        times = np.arange(FRAMES) / 25
        super().__init__(path=Path("made.mp4"), name="made", size=(4, 5), rate=25, timestamps=times)
        self.broken = broken
        self.position = -1
        self.groups_decoded: list[int] = []
        self.asked: list[int] = []
        self.closed: list[bool] = []
        """One entry for each close; twins share it, as they share the lists of what was asked and decoded."""
        self.gate: threading.Event | None = None

    def group_start(self, index: int) -> int:
        return index // GROUP * GROUP

    def frame(self, index: int) -> RgbImage:
        if self.gate is not None:
            self.gate.wait()
        self.asked.append(index)
        start = self.group_start(index)
        if not 0 <= self.position < index or start > self.position:
            self.groups_decoded.append(start)
        self.position = index
        if index in self.broken:
            raise MediaError(f"Frame {index} is broken.")
        return np.full((5, 4, 3), index, np.uint8)

    def twin(self) -> GroupedSource:
        other = copy.copy(self)
        other.position = -1
        return other

    def close(self) -> None:
        self.closed.append(True)


def _cached(capacity: int, *, ahead: int = 8, broken: frozenset[int] = frozenset()) -> CachedSource:
    return CachedSource(GroupedSource(broken=broken), budget_bytes=capacity * FRAME_BYTES, ahead=ahead)


def _raw(cache: CachedSource) -> GroupedSource:
    assert isinstance(cache.source, GroupedSource)
    return cache.source


def _until(cache: CachedSource, indices: range) -> None:
    """Wait for frames to be read ahead; pytest's own time limit is the way out."""
    while not all(cache.holds(i) for i in indices):
        threading.Event().wait(0.001)


@settings(max_examples=60, deadline=None)
@given(
    capacity=st.integers(1, 50),
    ahead=st.integers(0, 50),
    steps=st.lists(
        st.one_of(
            st.integers(0, FRAMES - 1),
            st.tuples(st.integers(0, FRAMES - 1), st.sampled_from([1, -1]), st.integers(1, 15)),
        ),
        max_size=25,
    ),
)
def test_any_order_of_access_equals_direct_access(
    capacity: int, ahead: int, steps: list[int | tuple[int, int, int]]
) -> None:
    with _cached(capacity, ahead=ahead) as cache:
        for step in steps:
            if isinstance(step, int):
                wanted = [step]
            else:
                start, direction, count = step
                cache.prefetch(start, direction, count)
                wanted = [i for k in range(count) if 0 <= (i := start + k * direction) < FRAMES]
            for index in wanted:
                assert (cache.frame(index) == index).all()
                assert cache.bytes_used <= capacity * FRAME_BYTES


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("cache") / "clip.mp4", frames=60, variable=True)


@pytest.mark.parametrize("capacity", [1, 7, 100])
def test_a_cached_video_gives_every_frame_by_its_number(clip: Path, capacity: int) -> None:
    with CachedSource(open_source(clip), budget_bytes=capacity * 96 * 64 * 3) as cache:
        order = [*range(60), *reversed(range(60)), *random.Random(3).sample(range(60), 30)]
        assert [number_in(cache.frame(i)) for i in order] == order


def test_it_describes_the_source_it_wraps(clip: Path) -> None:
    raw = open_source(clip)
    with CachedSource(raw) as cache:
        assert (cache.path, cache.name, cache.width, cache.height) == (raw.path, raw.name, 96, 64)
        assert (cache.rate, len(cache), cache.warnings) == (raw.rate, 60, ())
        assert np.array_equal(cache.timestamps, raw.timestamps)
        assert cache.frame_name(5) == "00005"
        assert cache.group_start(59) == raw.group_start(59)


def test_a_frame_is_decoded_once_while_the_budget_holds_it() -> None:
    with _cached(FRAMES, ahead=0) as cache:
        for index in [5, 17, 5, 17, 6, 5]:
            cache.frame(index)
        assert sorted(_raw(cache).asked) == [5, 6, 17]


def test_backwards_each_group_is_decoded_once_when_it_fits() -> None:
    for capacity in (GROUP, GROUP + 3, 2 * GROUP, FRAMES):
        with _cached(capacity) as cache:
            cache.prefetch(FRAMES - 1, -1, 5)
            for index in reversed(range(FRAMES)):
                assert (cache.frame(index) == index).all()
            assert _raw(cache).groups_decoded == [30, 20, 10, 0]


def test_forward_playing_reads_ahead() -> None:
    with _cached(20, ahead=6) as cache:
        cache.frame(3)
        cache.frame(4)
        _until(cache, range(5, 11))
        assert _raw(cache).groups_decoded == [0, 10]
        assert max(_raw(cache).asked) == 10


def test_announced_frames_are_read_ahead_in_both_directions() -> None:
    with _cached(30) as cache:
        cache.prefetch(12, 1, 4)
        _until(cache, range(12, 16))
        cache.prefetch(39, -1, 4)
        _until(cache, range(30, 40))
        with pytest.raises(ValueError, match="direction"):
            cache.prefetch(0, 2, 1)


def test_what_a_caller_waits_for_goes_first() -> None:
    with _cached(FRAMES) as cache:
        raw = _raw(cache)
        raw.gate = threading.Event()
        cache.prefetch(0, 1, 20)
        answers: list[RgbImage] = []
        caller = threading.Thread(target=lambda: answers.append(cache.frame(33)))
        caller.start()
        while 33 not in cache.waiting:
            threading.Event().wait(0.001)
        raw.gate.set()
        caller.join()
        assert (answers[0] == 33).all()
        assert raw.asked.index(33) <= 1


def test_an_error_met_while_reading_ahead_surfaces_at_its_frame() -> None:
    with _cached(20, broken=frozenset({6})) as cache:
        cache.frame(3)
        cache.frame(4)
        _until(cache, range(7, 10))
        assert (cache.frame(5) == 5).all()
        with pytest.raises(MediaError, match="Frame 6 is broken"):
            cache.frame(6)
        _raw(cache).broken = frozenset()
        assert (cache.frame(6) == 6).all()
        assert (cache.frame(7) == 7).all()


def test_many_threads_share_a_small_cache() -> None:
    wrong: list[int] = []
    with _cached(2) as cache:

        def read(seed: int) -> None:
            rng = random.Random(seed)
            for _ in range(60):
                index = rng.randrange(FRAMES)
                if not (cache.frame(index) == index).all():
                    wrong.append(index)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert cache.bytes_used <= 2 * FRAME_BYTES
    assert wrong == []


def test_closing_joins_the_thread_and_ends_waiting() -> None:
    before = threading.active_count()
    cache = _cached(4)
    raw = _raw(cache)
    cache.frame(0)
    raw.gate = threading.Event()
    errors: list[BaseException] = []

    def wait_for_a_frame() -> None:
        try:
            cache.frame(20)
        except MediaError as error:
            errors.append(error)

    caller = threading.Thread(target=wait_for_a_frame)
    caller.start()
    while 20 not in cache.waiting:
        threading.Event().wait(0.001)
    closer = threading.Thread(target=cache.close)
    closer.start()
    caller.join()
    raw.gate.set()
    closer.join()
    assert raw.closed
    assert "closed" in str(errors[0])
    assert threading.active_count() == before
    cache.close()
    with pytest.raises(MediaError, match="closed"):
        cache.frame(0)


class PanicError(BaseException):
    """As a library written in Rust raises it: not an `Exception`."""


@pytest.mark.parametrize("error", [PanicError("unwrap"), SystemExit(3), KeyboardInterrupt(), MemoryError()])
def test_the_thread_outlives_whatever_a_frame_raises(error: BaseException) -> None:
    with _cached(4, ahead=0) as cache:
        raw = _raw(cache)
        good = raw.frame

        def frame(index: int) -> RgbImage:
            if index == 6:
                raise error
            return good(index)

        raw.frame = frame  # type: ignore[method-assign]
        with pytest.raises((RuntimeError, MemoryError)) as caught:
            cache.frame(6)
        assert caught.value is error or caught.value.__cause__ is error
        assert (cache.frame(7) == 7).all()


def _turns(*orders: Iterable[int]) -> list[tuple[int, int]]:
    """Return who asks for which frame when several ask in turn."""
    return [(who, index) for turn in zip(*orders, strict=True) for who, index in enumerate(turn)]


def test_two_who_read_in_turn_do_not_send_each_other_back() -> None:
    with _cached(FRAMES, ahead=4) as cache, cache.reader() as run:
        for who, index in _turns(range(10), range(20, 30)):
            assert ((cache, run)[who].frame(index) == index).all()
        assert sorted(set(_raw(cache).groups_decoded)) == sorted(_raw(cache).groups_decoded)
        asked = _raw(cache).asked
        assert len(asked) == len(set(asked)), "a frame was decoded twice"


def test_one_that_goes_back_and_one_that_goes_on_decode_each_group_once() -> None:
    with _cached(FRAMES, ahead=4) as cache, cache.reader() as run:
        cache.prefetch(FRAMES - 1, -1, 4)
        for who, index in _turns(reversed(range(20, FRAMES)), range(20)):
            assert ((cache, run)[who].frame(index) == index).all()
        assert sorted(_raw(cache).groups_decoded) == [0, 10, 20, 30]


def test_who_follows_another_takes_what_that_one_has_decoded() -> None:
    with _cached(20, ahead=6) as cache, cache.reader() as viewer:
        for index in range(25):
            cache.frame(index)
            assert (viewer.frame(index) == index).all()
        _until(cache, range(25, 30))
        asked = _raw(cache).asked
        assert sorted(asked) == sorted(set(asked))
        assert sorted(set(_raw(cache).groups_decoded)) == sorted(_raw(cache).groups_decoded)


@settings(max_examples=40, deadline=None)
@given(
    capacity=st.integers(1, 30),
    ahead=st.integers(0, 40),
    turns=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, FRAMES - 1), st.sampled_from([1, -1]), st.integers(1, 6)),
        max_size=15,
    ),
)
def test_readers_together_keep_to_the_budget(
    capacity: int, ahead: int, turns: list[tuple[int, int, int, int]]
) -> None:
    with _cached(capacity, ahead=ahead) as cache:
        readers = [cache.reader() for _ in range(3)]
        for who, start, direction, count in turns:
            readers[who].prefetch(start, direction, count)
            for index in range(start, start + count * direction, direction):
                if 0 <= index < FRAMES:
                    assert (readers[who].frame(index) == index).all()
                    assert cache.bytes_used <= capacity * FRAME_BYTES


def test_a_reader_that_is_closed_leaves_the_others_and_their_frames() -> None:
    before = threading.active_count()
    with _cached(FRAMES, ahead=0) as cache:
        cache.frame(3)
        reader = cache.reader()
        reader.frame(30)
        reader.close()
        reader.close()
        assert _raw(cache).closed == [True]
        with pytest.raises(MediaError, match="closed"):
            reader.frame(30)
        assert cache.holds(30)
        assert (cache.frame(4) == 4).all()
    assert threading.active_count() == before


def test_closing_the_cache_closes_its_readers() -> None:
    before = threading.active_count()
    cache = _cached(FRAMES)
    readers = [cache.reader() for _ in range(3)]
    for place, reader in enumerate(readers[:2]):
        reader.prefetch(10 * place, 1, 5)
    readers[0].frame(7)
    cache.close()
    assert threading.active_count() == before
    for reader in (*readers, cache.reader()):
        with pytest.raises(MediaError, match="closed"):
            reader.frame(0)


def test_a_glance_leaves_the_cache_as_it_is() -> None:
    with _cached(4, ahead=0) as cache:
        cache.frame(5)
        with cache.glance() as glance:
            assert [int(glance.frame(index)[0, 0, 0]) for index in (5, 17, 5, 30)] == [5, 17, 5, 30]
        assert _raw(cache).asked == [5, 17, 30]
        assert not cache.holds(17)
        assert cache.bytes_used == FRAME_BYTES
        assert _raw(cache).closed == [True]


def test_readers_of_a_video_give_every_frame_by_its_number(clip: Path) -> None:
    with CachedSource(open_source(clip), budget_bytes=12 * 96 * 64 * 3) as cache:
        forwards, backwards = cache.reader(), cache.reader()
        for index in range(60):
            assert number_in(forwards.frame(index)) == index
            assert number_in(backwards.frame(59 - index)) == 59 - index
            assert number_in(cache.frame(index * 7 % 60)) == index * 7 % 60
