import threading

import numpy as np
import pytest

from xmem_gui.errors import DeviceMemoryError
from xmem_gui.interaction.features_cache import FeatureCache

IMAGE = np.zeros((4, 4, 3), np.uint8)


class Features:
    nbytes = 100

    def predict(self, prompts, previous_mask=None):
        raise NotImplementedError


class Counting:
    """Prepares nothing, and counts how often."""

    def __init__(self, name="one", wait=None):
        self.name = name
        self.images = 0
        self._wait = wait

    def prepare(self, image):
        self.images += 1
        if self._wait is not None:
            self._wait.wait()
        return Features()


def test_a_frame_is_prepared_once_for_each_model():
    cache, one, other = FeatureCache(), Counting("one"), Counting("other")
    first = cache.get(3, one, lambda: IMAGE)
    assert cache.get(3, one, lambda: pytest.fail("the image was read again")) is first
    assert cache.get(3, other, lambda: IMAGE) is not first
    assert (one.images, other.images, cache.nbytes) == (1, 1, 200)
    assert cache.holds(3, "one")
    assert not cache.holds(4, "one")


def test_what_was_not_used_for_longest_goes_first():
    cache, one = FeatureCache(budget_bytes=250), Counting()
    for frame in (0, 1, 0, 2):
        cache.get(frame, one, lambda: IMAGE)
    assert [cache.holds(frame, "one") for frame in range(3)] == [True, False, True]
    assert cache.nbytes == 200
    cache.clear()
    assert cache.nbytes == 0


def test_the_latest_stays_even_if_it_is_larger_than_the_budget():
    cache, one = FeatureCache(budget_bytes=10), Counting()
    cache.get(0, one, lambda: IMAGE)
    cache.get(0, one, lambda: IMAGE)
    assert one.images == 1
    cache.get(1, one, lambda: IMAGE)
    assert not cache.holds(0, "one")


def test_two_threads_that_ask_at_once_share_one_preparation():
    go = threading.Event()
    cache, one = FeatureCache(), Counting(wait=go)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(cache.get(0, one, lambda: IMAGE))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert one.images == 1
    assert len(found) == 4
    assert len({id(one) for one in found}) == 1


def test_a_failure_reaches_whoever_asked_and_the_next_call_tries_again():
    cache, one = FeatureCache(), Counting()

    def broken():
        raise DeviceMemoryError("no room")

    with pytest.raises(DeviceMemoryError, match="no room"):
        cache.get(0, one, broken)
    assert cache.get(0, one, lambda: IMAGE).nbytes == 100


def test_what_is_cleared_while_it_is_prepared_is_not_kept():
    cache, one = FeatureCache(), Counting()

    def image():
        cache.clear()
        return IMAGE

    assert cache.get(0, one, image).nbytes == 100
    assert cache.nbytes == 0


def test_the_quickest_look_of_each_model_is_remembered(monkeypatch):
    ticks = iter([0.0, 5.0, 10.0, 12.0, 20.0, 29.0, 30.0, 37.0])
    monkeypatch.setattr("xmem_gui.interaction.features_cache.time.perf_counter", lambda: next(ticks))
    cache, one, other = FeatureCache(budget_bytes=0), Counting("one"), Counting("other")
    assert cache.quickest("one") is None
    for frame in (0, 1, 2):
        cache.get(frame, one, lambda: IMAGE)
    cache.get(0, other, lambda: IMAGE)
    cache.clear()
    assert (cache.quickest("one"), cache.quickest("other")) == (2.0, 7.0)
