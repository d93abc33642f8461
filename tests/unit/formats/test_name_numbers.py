import pytest

from xmem_gui.formats.name_numbers import numbers_in, without_decoration


@pytest.mark.parametrize(
    ("stem", "bare"),
    [
        ("frame_00012_v2", "frame_00012"),
        ("frame_00012.v03", "frame_00012"),
        ("000012.rf.a1b2c3", "000012"),
        ("clip_mp4-0012_jpg.rf.0123456789abcdef0123456789abcdef", "clip_mp4-0012"),
        ("frame_12.jpg", "frame_12"),
        ("frame_12-9f3ce1", "frame_12"),
        ("frame_12_1920x1080", "frame_12"),
        ("frame_12 (1)", "frame_12"),
        ("v12", "v12"),
        ("20240131", "20240131"),
        ("frame_123456", "frame_123456"),
    ],
)
def test_what_stands_behind_a_name_is_taken_off(stem: str, bare: str) -> None:
    assert without_decoration(stem) == bare


@pytest.mark.parametrize(
    ("stems", "numbers"),
    [
        (["frame_00012_v2", "frame_00013_v2"], [12, 13]),
        (["frame_00012_v2", "frame_00013_v3"], [12, 13]),
        (["000012.rf.a1b2c3", "000013.rf.99d0e1"], [12, 13]),
        (["000012-9f3c", "000015-1a2b", "000016-77c1"], [12, 15, 16]),
        (["clip_12_mask", "clip_13_mask"], [12, 13]),
        (["shot010_0012", "shot010_0013"], [12, 13]),
        (["0012_shot010", "0013_shot010"], [12, 13]),
        (["shot010_v001", "shot010_v002"], [1, 2]),
        (["frame_00012_t00480", "frame_00013_t00520"], [12, 13]),
        (["t00480_frame_00012", "t00520_frame_00013"], [12, 13]),
        (["a_3_17", "a_4_99", "a_5_20"], [3, 4, 5]),
        (["a3", "b3"], [3, 3]),
        (["frame_12_v1", "frame_12_v2"], [12, 12]),
        (["frame_00012_v2"], [12]),
        (["shot010_0012"], [12]),
        (["clip_12_mask"], [12]),
        (["mask_480p_0007"], [7]),
        (["1", "2", "10"], [1, 2, 10]),
    ],
)
def test_the_number_is_the_one_that_differs(stems: list[str], numbers: list[int]) -> None:
    assert numbers_in(stems) == dict(zip(stems, numbers, strict=True))


def test_the_videos_own_name_is_no_number() -> None:
    assert numbers_in(["take12_5"], "take12") == {"take12_5": 5}
    assert numbers_in(["take12"], "take12") == {"take12": 12}


@pytest.mark.parametrize("stems", [["left", "right"], ["1403636579763555584"], ["a1", "b"]])
def test_names_without_a_number_in_each_have_none(stems: list[str]) -> None:
    assert numbers_in(stems) is None
