"""A video is the same by its frames, or it is said how it differs; damage to what is kept does no harm."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.project import GRID, Appearance, Fingerprint, Sample, compare, follow_names, spread

TIMES = tuple(n / 25 for n in range(100))


def sample(frame, seed=0, shift=0):
    cells = np.random.default_rng((seed, frame)).integers(20, 230, (GRID, GRID, 3))
    return Sample(frame, np.clip(cells + shift, 0, 255).astype(np.uint8).tobytes(), b"jpeg")


def video(times=TIMES, *, size=(64, 48), names=(), seed=0, shift=0, length=100):
    """Return fingerprint and appearance of a made-up video."""
    mark = Fingerprint(*size, len(times), times[-1] - times[0], f"digest of {times}", length)
    frames = spread(len(times))
    return mark, Appearance(
        rate=25.0,
        times=tuple(times[frame] - times[0] for frame in frames),
        names=names,
        samples=tuple(sample(frame, seed, shift) for frame in (0, 50, 99) if frame < len(times)),
    )


def test_the_same_frames_are_the_same_video_whatever_the_bytes():
    assert compare(*video(length=1), *video(length=2)).same


@given(st.lists(st.floats(-0.0006, 0.0006), min_size=100, max_size=100))
def test_times_may_be_rounded_as_containers_do(noise):
    rounded = tuple(time + noise[n] for n, time in enumerate(TIMES))
    assert compare(*video(), *video(rounded)).same


def test_decoders_may_differ_a_little():
    assert compare(*video(), *video(shift=2)).same


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"size": (48, 64)}, "its frames are 48x64, not 64x48"),
        ({"times": TIMES[:90]}, "it has 90 frames, not 100"),
        ({"times": tuple(2 * time for time in TIMES)}, "its frames have other times"),
        ({"shift": 7}, "its pictures are not quite the same"),
        ({"seed": 1}, "it shows other pictures"),
    ],
)
def test_how_another_video_differs_is_said(other, said):
    found = compare(*video(), *video(**other))
    assert found.what == (said,)
    assert found.fits == ("size" not in other)


def test_one_thing_that_is_elsewhere_in_a_scene_is_another_video():
    mark, look = video()
    cells = np.frombuffer(look.samples[1].cells, np.uint8).reshape(GRID, GRID, 3).copy()
    cells[10, 10] = 255 - cells[10, 10]
    cells[10, 10, 0] = (int(cells[10, 10, 0]) + 90) % 256
    other = (look.samples[0], Sample(50, cells.tobytes()), look.samples[2])
    found = compare(mark, look, mark, Appearance(25.0, look.times, samples=other))
    assert found.what == ("its pictures are not quite the same",)
    assert found.pairs[0][0].frame == 50


def test_pictures_of_a_folder_are_compared_where_they_are_now():
    old = tuple(f"{n:03d}.png" for n in range(100))
    new = ("000a.png", *old)
    moves = follow_names(old, new)
    mark, look = video(names=old)
    found = Fingerprint(64, 48, 101, 4.0, "other", 5)
    seen = Appearance(names=new, samples=tuple(Sample(moves.to[s.frame], s.cells) for s in look.samples))
    verdict = compare(mark, look, found, seen, moves=moves)
    assert verdict.what == ("1 picture came into it (000a.png)",)
    assert verdict.moves is moves
    assert [one.frame for one, _ in verdict.pairs] == [0, 50, 99]


def test_a_folder_with_other_names_asks():
    old, new = (tuple(f"{letter}{n}.png" for n in range(100)) for letter in "ab")
    assert follow_names(old, new) is None
    assert compare(*video(names=old), *video(names=new)).what == ("its pictures have other names",)


def test_projects_of_before_are_known_by_their_bytes():
    mark, _ = video(length=7)
    later = tuple(time + 0.001 * n for n, time in enumerate(TIMES))
    assert compare(mark, None, *video(length=7)).same
    assert compare(mark, None, *video(later, length=7)).same
    assert "remembers no pictures" in compare(mark, None, *video(length=8)).what[0]
    assert compare(mark, None, *video(later, length=8)).what == ("its frames have other times",)
    assert compare(mark, None, *video(TIMES[:9])).what == ("it has 9 frames, not 100",)


@given(
    st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), max_size=6),
    st.data(),
)
def test_what_is_remembered_comes_back(names, data):
    frames = len(names) or data.draw(st.integers(1, 50))
    sizes = data.draw(st.lists(st.integers(0, 1 << 50), min_size=len(names), max_size=len(names)))
    look = Appearance(25.0, (0.0,), tuple(names), tuple(sizes), (sample(0),))
    assert Appearance.from_json(look.to_json("d"), of="d", frames=frames) == look
    assert Appearance.from_json(look.to_json("d"), of="e", frames=frames) is None


@given(st.data())
def test_damage_is_as_if_nothing_were_remembered(data):
    value = json.loads(Appearance(25.0, (0.0,), ("a.png",), (3,), (sample(0),)).to_json("d"))
    key = data.draw(st.sampled_from(sorted(value)))
    junk = st.one_of(
        st.none(), st.integers(), st.floats(), st.text(), st.lists(st.none(), max_size=3), st.just({}),
        st.just("eJwDAAAAAAE="), st.just([{"frame": 9}]), st.just(10**400),
    )  # fmt: skip
    value[key] = data.draw(junk)
    found = Appearance.from_json(json.dumps(value), of="d", frames=1)
    assert found is None or isinstance(found, Appearance)
    for text in ("", "[", "null", "[]", "1", '{"of": "d"}'):
        assert Appearance.from_json(text, of="d", frames=1) is None


def test_a_bomb_of_names_is_not_unpacked():
    import base64
    import zlib

    value = json.loads(Appearance().to_json("d"))
    value["names"] = base64.b64encode(zlib.compress(bytes(1 << 27))).decode()
    assert Appearance.from_json(json.dumps(value), of="d", frames=1) is None
