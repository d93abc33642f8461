import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_hand import answers, folder, matched, video

from xmem_gui.errors import FormatError
from xmem_gui.formats.record import Record


@given(
    st.integers(1, 60), st.integers(0, 7), st.sampled_from(["", "mask_", "shot010_", "v2-"]), st.booleans()
)
def test_one_file_for_each_frame_fits_in_one_way(
    count: int, digits: int, prefix: str, from_one: bool
) -> None:
    stems = [f"{prefix}{i + from_one:0{digits or 1}d}" for i in range(count)]
    found = matched(stems, video(count))
    assert found.question is None
    assert found.frames == dict(zip(stems, range(count), strict=True))


def test_any_start_fits_that_spans_the_video() -> None:
    found = matched(["f.1001", "f.1004", "f.1008"], video(8))
    assert found.frames == {"f.1001": 0, "f.1004": 3, "f.1008": 7}
    assert "the first frame being 1001: 'f.1001' is frame 0" in found.notes[0]


@pytest.mark.parametrize(
    ("stems", "frames"),
    [(["00000", "00003"], [0, 3]), (["clip_3", "clip_8"], [2, 7]), (["0"], [0]), (["8"], [7])],
)
def test_a_number_at_either_end_decides(stems: list[str], frames: list[int]) -> None:
    found = matched(stems, video(8))
    assert found.question is None
    assert list(found.frames.values()) == frames


@pytest.mark.parametrize("stems", [["00003", "00005"], ["clip_1", "clip_5"], ["00001"], ["frame_00002_v2"]])
def test_what_fits_from_0_and_from_1_is_asked(stems: list[str]) -> None:
    found = matched(stems, video(8))
    assert answers(found) == {0: len(stems), 1: len(stems)}
    for first in (0, 1):
        decided = matched(stems, video(8, first_number=first))
        assert decided.question is None
    apart = {matched(stems, video(8, first_number=first)).frames[stems[0]] for first in (0, 1)}
    assert len(apart) == 2


def test_the_question_says_what_each_answer_means() -> None:
    question = matched(["clip_1", "clip_5"], video(8)).question
    assert question is not None
    assert question.sentence == "The numbering of 'clip_1' to 'clip_5' can start at 0 or at 1."
    assert "--first-number 1 ('clip_1' is frame 0)" in question.refusal()
    assert (question.lowest, question.highest) == (-6, 5)


def test_numbers_far_from_0_are_asked_unless_they_span_the_video() -> None:
    found = matched(["1003", "1005"], video(8))
    assert answers(found) == {1003: 2, 998: 2}
    assert found.question is not None
    assert found.question.answers[0].sentence == "'1003' is frame 0"


def test_files_beyond_the_end_are_left_out_and_named_or_asked_of() -> None:
    found = matched(["00000", "00003", "00077"], video(8))
    assert found.frames == {"00000": 0, "00003": 3}
    assert "1 mask is outside the video's 8 frames, and left out ('00077')" in found.notes[-1]
    assert answers(matched([str(i) for i in range(1, 13)], video(8))) == {1: 8, 0: 7}


def test_a_first_number_with_which_nothing_fits_is_refused() -> None:
    with pytest.raises(FormatError, match="with 500 as the first number, '3'"):
        matched(["3"], video(8, first_number=500))
    assert matched(["0", "1"], video(8, first_number=-5)).frames == {"0": 5, "1": 6}


def test_names_of_pictures_are_real_names() -> None:
    seq = folder([f"{i:05d}" for i in range(8)])
    assert matched(["00003", "00005"], seq).frames == {"00003": 3, "00005": 5}
    found = matched(["00001", "00008"], seq)
    assert found.frames == {"00001": 1}
    assert "1 mask is named as no frame of the video, and left out ('00008')" in found.notes[0]


@pytest.mark.parametrize("form", ["{}", "{}_mask", "{}_v2", "{}.rf.a1b2c3d4", "mask_{}", "{}.jpg"])
def test_names_of_pictures_are_found_in_longer_names(form: str) -> None:
    seq = folder(["img_0012", "img_0014", "img_0015"])
    stems = [form.format(name) for name in ("img_0014", "img_0015")]
    assert list(matched(stems, seq).frames.values()) == [1, 2]


def test_letters_that_are_written_in_two_ways_are_one_name() -> None:
    assert matched(["Cafe\u0301_1"], folder(["caf\u00e9_1", "caf\u00e9_2"])).frames == {"Cafe\u0301_1": 0}


def test_pictures_numbers_count_where_names_differ() -> None:
    seq = folder([f"frame_{i:04d}" for i in (10, 15, 20)])
    found = matched(["mask-15", "mask-20"], seq)
    assert list(found.frames.values()) == [1, 2]
    assert "numbers in the names of the pictures" in found.notes[0]
    assert list(matched(["mask-1", "mask-2", "mask-3"], seq).frames.values()) == [0, 1, 2]
    row = folder([f"frame_{i:04d}" for i in range(8)])
    assert matched(["mask-0003"], row).frames == {"mask-0003": 3}
    assert answers(matched(["mask-3"], row)) == {0: 1, 1: 1}


def test_the_person_outranks_names_and_lists() -> None:
    seq = folder([f"{i:05d}" for i in range(8)], first_number=1)
    assert matched(["00003"], seq, Record(frames=(6,), names=("00003",))).frames == {"00003": 2}


def test_a_list_outranks_names_that_are_not_the_sources() -> None:
    stems = ["00003", "00006"]
    record = Record(frames=(2, 5), names=("00003", "00006"))
    for target in (video(8), folder([f"{i:05d}" for i in range(8)])):
        assert matched(stems, target, record).frames == {"00003": 2, "00006": 5}
    own = Record(frames=(2, 5), names=("00003", "00006"), own_names=True)
    assert matched(stems, folder([f"{i:05d}" for i in range(8)]), own).frames == {"00003": 3, "00006": 6}


def test_a_list_that_lacks_a_file_is_not_trusted() -> None:
    record = Record(frames=(2, 5), names=("00003", "00006"))
    found = matched(["00003", "00006", "00007"], video(8), record)
    assert found.question is not None
    assert "'00007' is not in the list" in found.notes[0]


def test_frames_that_a_file_states_decide_only_where_names_do_not() -> None:
    stated = {"frame_3": 2, "frame_5": 4}
    assert matched(["frame_3", "frame_5"], video(8), stated=stated).frames == stated
    counted = {"frame_3": 0, "frame_5": 1}
    assert matched(["frame_3", "frame_5"], video(8), stated=counted).question is not None
    assert (
        matched(["frame_0", "frame_5"], video(8), stated={"frame_0": 3, "frame_5": 4}).frames["frame_0"] == 0
    )
    assert matched(["x", "y"], video(8), stated={"x": 3, "y": 4}).frames == {"x": 3, "y": 4}


def test_two_files_of_one_number_are_left_out_and_named() -> None:
    found = matched(["0_a", "1_a", "1_b", "2_a", "3_a"], video(4))
    assert found.frames == {"0_a": 0, "2_a": 2, "3_a": 3}
    assert "'1_a', '1_b' have the same number, 1" in found.notes[0]
    with pytest.raises(FormatError, match="the same number, 12"):
        matched(["frame_12_v1", "frame_12_v2"], video(20))


def test_another_videos_files_are_left_out() -> None:
    found = matched(["clip-0", "clip-1", "other-0"], video(4))
    assert found.frames == {"clip-0": 0, "clip-1": 1}
    assert "another video's" in found.notes[0]


def test_names_without_numbers_are_taken_in_their_order_or_refused() -> None:
    assert matched(["a", "b", "c"], video(3)).frames == {"a": 0, "b": 1, "c": 2}
    with pytest.raises(FormatError, match="fit no frame"):
        matched(["a", "b"], video(3))
    with pytest.raises(FormatError, match="no masks"):
        matched([], video(3))
