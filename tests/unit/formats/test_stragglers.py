"""Names as people have them: a number at the end of a video's, previews among masks, every n-th picture."""

import pytest
from matching_hand import answers, folder, matched, video

from xmem_gui.errors import FormatError


@pytest.mark.parametrize("name", ["1", "00001", "0001"])
def test_a_video_named_by_a_number_is_no_frame(name: str) -> None:
    stems = [f"{i:0{len(name)}d}" for i in range(8)]
    found = matched(stems, video(8, name))
    assert list(found.frames.values()) == list(range(8))
    assert found.notes == [] or name != "00001"


@pytest.mark.parametrize("form", ["{}", "{}_mask", "{}_v2", "{}_obj1", "{}.png"])
@pytest.mark.parametrize("name", ["shot_1", "IMG_1", "1"])
def test_a_number_that_a_videos_name_ends_with_may_be_a_frames(name: str, form: str) -> None:
    before = name[:-1]
    found = matched([form.format(f"{before}{i}") for i in range(1, 9)], video(8, name))
    assert list(found.frames.values()) == list(range(8))


@pytest.mark.parametrize("name", ["1", "shot_1", "take2"])
def test_a_number_is_not_cut_by_the_videos_name(name: str) -> None:
    stems = [f"{name}{i}" for i in range(4)]
    numbers = [int(f"{name[-1]}{i}") for i in range(4)]
    found = matched(stems, video(50, name))
    assert set(answers(found)) == {0, 1}
    assert [found.frames[stem] for stem in stems] == numbers


def test_a_videos_name_with_a_number_still_tells_its_files_apart() -> None:
    found = matched(["take1_0", "take1_1", "take2_0", "take10_1"], video(4, "take1"))
    assert found.frames == {"take1_0": 0, "take1_1": 1}
    assert found.notes[0] == "2 masks are named as another video's, and left out ('take2_0', 'take10_1')."


@pytest.mark.parametrize("other", ["preview", "README", "palette-mask", "legend"])
@pytest.mark.parametrize("count", [7, 8])
def test_a_file_without_a_number_is_left_out_and_named(other: str, count: int) -> None:
    found = matched([*(f"{i:05d}" for i in range(count)), other], video(8))
    assert found.frames == {f"{i:05d}": i for i in range(count)}
    assert found.notes[0] == f"1 mask is named without a number, and left out ('{other}')."


def test_numbers_with_many_zeros_are_counts() -> None:
    assert matched(["0000000000", "0000000003"], video(8)).frames == {"0000000000": 0, "0000000003": 3}
    assert answers(matched(["000000000003"], video(8))) == {0: 1, 1: 1}


@pytest.mark.parametrize("step", [2, 5, 40])
@pytest.mark.parametrize("first", [0, 1, 17])
def test_every_nth_picture_made_a_video_is_its_frames_in_order(step: int, first: int) -> None:
    stems = [f"{first + step * i:05d}" for i in range(8)]
    found = matched(stems, video(8))
    assert list(found.frames.values()) == list(range(8))
    assert found.question is None
    assert "by their order" in found.notes[-1]
    assert matched(stems, video(8, first_number=first)).frames == {stems[0]: 0} | {
        stems[i]: i * step for i in range(8) if i * step < 8
    }


def test_pictures_named_by_times_are_in_their_order() -> None:
    stems = ["1305031102.175304", "1305031102.211214", "1305031102.243211"]
    assert list(matched(stems, video(3)).frames.values()) == [0, 1, 2]


def test_gaps_here_and_there_are_missing_masks() -> None:
    stems = [str(i) for i in range(10) if i not in (3, 4)]
    found = matched(stems, video(8))
    assert found.frames == {str(i): i for i in range(8) if i not in (3, 4)}


@pytest.mark.parametrize("form", ["{}", "f_{}", "f {}"])
def test_numbers_below_0_are_refused(form: str) -> None:
    with pytest.raises(FormatError, match="below 0"):
        matched([form.format(i) for i in range(-2, 3)], video(5))
    assert list(matched([f"-{i}" for i in range(5)], video(5)).frames.values()) == list(range(5))


def test_a_name_of_two_pictures_is_of_neither() -> None:
    seq = folder(["00000", "00000", "00001"])
    found = matched(["00000", "00001"], seq)
    assert found.frames == {"00001": 2}
    assert found.notes == ["'00000': two pictures of the video have this name; masks are for neither."]
    with pytest.raises(FormatError, match="two pictures of the video have this name"):
        matched(["00000"], seq)


def test_names_with_something_behind_are_found_beside_exact_ones() -> None:
    seq = folder(["img_0012", "img_0014", "img_0015"])
    found = matched(["IMG_0012", "img_0014_mask", "img_0012_old", "other"], seq)
    assert found.frames == {"IMG_0012": 0, "img_0014_mask": 1}
    assert found.notes[0].startswith("2 masks are named as no frame of the video")
    twice = matched(["img_0012", "img_0014_a", "img_0014_b"], seq)
    assert twice.frames == {"img_0012": 0}
