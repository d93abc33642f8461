from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xmem_gui.errors import MaskError, MediaError
from xmem_gui.evaluation.dataset import find_sequences

AddSequence = Callable[..., None]
MakeMasks = Callable[..., dict[int, np.ndarray]]


@pytest.mark.parametrize("level", ["480p", ""])
def test_sequences_are_found_with_and_without_a_resolution(
    level: str, root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    for name in ("b", "a"):
        add_sequence(name, moving_squares(), level=level)
    found = find_sequences(root)
    assert [sequence.name for sequence in found] == ["a", "b"]
    assert found[0].size == (40, 64)
    assert [image.name for image in found[0].images] == [f"{i:05d}.jpg" for i in range(5)]
    assert found[0].mask_names == tuple(f"{i:05d}.png" for i in range(5))
    assert found[0].scored_frames == (1, 2, 3)


def test_all_objects_of_the_first_mask_are_given_there(
    root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    masks = moving_squares()
    add_sequence("a", masks)
    given = find_sequences(root)[0].given_masks()
    assert list(given) == [0]
    assert list(given[0]) == [1, 2]
    np.testing.assert_array_equal(given[0][2], masks[0] == 2)


def test_objects_are_given_where_they_appear(
    root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    masks = moving_squares(second_from=3)
    add_sequence("a", masks)
    given = find_sequences(root)[0].given_masks()
    assert {frame: list(by_object) for frame, by_object in given.items()} == {0: [1], 3: [2]}
    np.testing.assert_array_equal(given[3][2], masks[3] == 2)


def test_masks_of_some_frames_are_enough(
    root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    masks = moving_squares(8)
    add_sequence("a", {frame: masks[frame] for frame in (0, 3, 5, 7)}, frames=8)
    sequence = find_sequences(root)[0]
    assert sequence.scored_frames == (3, 5)
    assert sequence.objects == {0: (1, 2), 3: (1, 2), 5: (1, 2), 7: (1, 2)}
    add_sequence("first", {0: masks[0]}, frames=8)
    assert list(find_sequences(root, ["first"])[0].given_masks()) == [0]


def test_binary_masks_are_object_1(root: Path, add_sequence: AddSequence, moving_squares: MakeMasks) -> None:
    masks = moving_squares()
    add_sequence("a", {**masks, 2: np.zeros_like(masks[0])}, binary=True)
    sequence = find_sequences(root)[0]
    assert sequence.objects[0] == (1,)
    assert sequence.objects[2] == ()
    np.testing.assert_array_equal(sequence.truth(1), masks[1] > 0)
    np.testing.assert_array_equal(sequence.given_masks()[0][1], masks[0] > 0)


def test_255_beside_other_numbers_is_an_object(
    root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    masks = moving_squares()
    masks[1] = np.where(masks[1] == 2, np.uint8(255), np.uint8(0))
    add_sequence("a", masks)
    assert find_sequences(root)[0].objects[1] == (255,)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("2017/val.txt", "b\n\nd\n"),
        (
            "480p/val.txt",
            "/JPEGImages/480p/b/00000.jpg /Annotations/480p/b/00000.png\n/JPEGImages/480p/d/00000.jpg x\n",
        ),
        ("val.txt", "d\r\nb"),
    ],
)
def test_a_validation_list_is_heeded(
    place: str, text: str, root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    for name in "abcd":
        add_sequence(name, moving_squares(3))
    (root / "ImageSets" / place).parent.mkdir(parents=True)
    (root / "ImageSets" / place).write_text(text)
    assert [sequence.name for sequence in find_sequences(root)] == ["b", "d"]
    assert [sequence.name for sequence in find_sequences(root, ["c", "a"])] == ["a", "c"]


def test_what_is_missing_is_named(
    tmp_path: Path, root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    with pytest.raises(MediaError, match=r"DAVIS layout.*JPEGImages"):
        find_sequences(tmp_path)
    add_sequence("a", moving_squares(3))
    with pytest.raises(MediaError, match="'zebra' has no frames"):
        find_sequences(root, ["zebra"])
    with pytest.raises(MediaError, match="not the name"):
        find_sequences(root, ["../480p/a"])
    (root / "Annotations/480p/a/00001.png").rename(root / "Annotations/480p/a/00077.png")
    with pytest.raises(MaskError, match=r"00077\.png.*no frame"):
        find_sequences(root)
    add_sequence("empty", {}, frames=2)
    with pytest.raises(MediaError, match=r"'empty' cannot be used.*Annotations"):
        find_sequences(root, ["empty"])


def test_a_mask_of_another_size_than_the_frames_is_refused(
    root: Path, add_sequence: AddSequence, moving_squares: MakeMasks
) -> None:
    add_sequence("a", {frame: mask[:30] for frame, mask in moving_squares().items()})
    with pytest.raises(MaskError, match="64 x 30 pixels"):
        find_sequences(root)[0].given_masks()
