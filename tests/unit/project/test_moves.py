"""Pictures are found again by their names, and no two become one."""

from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.project import follow_names
from xmem_gui.project.moves import GONE

NAMES = st.lists(st.integers(0, 30).map(lambda n: f"{n:02d}.png"), unique=True, max_size=12)


@given(NAMES, NAMES)
def test_every_picture_that_is_there_is_found_and_no_other(old, new):
    moves = follow_names(old, new)
    shared = set(old) & set(new)
    if not shared:
        assert moves is None
        return
    assert moves.frames == len(new)
    for frame, name in enumerate(old):
        assert moves.to[frame] == (new.index(name) if name in new else GONE)
    assert list(moves.gone) == [name for name in old if name not in new]
    assert list(moves.new) == [name for name in new if name not in old]
    assert moves.keeps_numbers == (new[: len(old)] == old)
    assert bool(moves.words) == (old != new)


@given(NAMES, NAMES, st.data())
def test_no_two_pictures_become_one(old, new, data):
    sizes = st.integers(1, 4)
    old_sizes = data.draw(st.lists(sizes, min_size=len(old), max_size=len(old)))
    new_sizes = data.draw(st.lists(sizes, min_size=len(new), max_size=len(new)))
    moves = follow_names(old, new, old_sizes, new_sizes)
    if moves is not None:
        placed = [to for to in moves.to if to != GONE]
        assert len(set(placed)) == len(placed)
        assert len(moves.gone) == moves.to.count(GONE)
        assert len(moves.new) == len(new) - len(placed)


def test_a_renamed_picture_is_known_by_its_size_only_if_no_other_has_it():
    old, new = ["a.png", "b.png", "c.png"], ["a.png", "c.png", "z.png"]
    assert follow_names(old, new, [5, 6, 7], [5, 7, 6]).to == (0, 2, 1)
    assert follow_names(old, new, [5, 6, 7], [5, 7, 8]).to == (0, GONE, 1)
    two_alike = follow_names([*old, "d.png"], [*new, "y.png"], [5, 6, 7, 6], [5, 7, 6, 9])
    assert two_alike.to == (0, GONE, 1, GONE)


def test_a_converted_folder_keeps_its_numbers():
    moves = follow_names(["1.jpg", "2.jpg"], ["1.png", "2.png"])
    assert moves.keeps_numbers
    assert moves.words == ()
    # 1.jpg beside 1.png says nothing of which is which.
    assert follow_names(["1.jpg", "2.jpg"], ["1.png", "1.tif", "2.jpg"]).to == (GONE, 2)


def test_what_has_happened_is_said():
    moves = follow_names(["a", "b", "c"], ["b", "d", "e", "f", "g"])
    assert moves.words == ("4 pictures came into it (d, e, f and 1 more)", "2 pictures are gone (a, c)")
    assert follow_names(["a", "b"], ["b", "a"]).words == ("its pictures are in another order",)


OLD = [f"{n:04d}.jpg" for n in range(12)]
SIZES = [900 + 7 * n * n % 101 for n in range(12)]


def test_pictures_that_were_given_other_numbers_are_not_followed_by_name():
    counted_from_1 = [f"{n + 1:04d}.jpg" for n in range(12)]
    moves = follow_names(OLD, counted_from_1, SIZES, SIZES)
    assert moves.keeps_numbers
    assert moves.words == ("12 pictures have another name",)
    # Without their sizes, names are all there is.
    assert follow_names(OLD, counted_from_1).to == (GONE, *range(11))


def test_pictures_that_were_counted_anew_without_the_first():
    moves = follow_names(OLD, OLD[:-1], SIZES, SIZES[1:])
    assert moves.to == (GONE, *range(11))
    assert moves.gone == ("0000.jpg",)
    same_names = follow_names(OLD, OLD, SIZES, [*SIZES[1:], 5])
    assert same_names.to == (GONE, *range(11))
    assert same_names.new == ("0011.jpg",)


def test_pictures_that_were_saved_again_keep_their_names():
    again = [size + 1000 for size in SIZES]
    assert follow_names(OLD, OLD[1:], SIZES, again[1:]).to == (GONE, *range(11))
    assert follow_names(OLD, OLD[1:], SIZES, [*SIZES[1:6], *again[6:]]).to == (GONE, *range(11))
    alike = [700] * 12
    assert follow_names(OLD, OLD[1:], alike, alike[1:]).to == (GONE, *range(11))
