import numpy as np
import pytest

from xmem_gui.formats.palette import DAVIS_PALETTE, numbers_from_colours


def colours_of(numbers: np.ndarray) -> np.ndarray:
    return np.frombuffer(DAVIS_PALETTE, dtype=np.uint8).reshape(256, 3)[numbers]


def test_palette_is_that_of_pascal_voc() -> None:
    assert len(DAVIS_PALETTE) == 768
    first = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128), (0, 128, 128)]
    assert [tuple(DAVIS_PALETTE[3 * i : 3 * i + 3]) for i in range(7)] == first
    assert tuple(DAVIS_PALETTE[27:30]) == (192, 0, 0)
    assert tuple(DAVIS_PALETTE[765:768]) == (224, 224, 192)


def test_every_colour_of_the_palette_gives_its_number() -> None:
    numbers = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(numbers_from_colours(colours_of(numbers)), numbers)


def test_colours_of_the_released_davis_files_are_known() -> None:
    rgb = np.array([[[191, 0, 0], [64, 128, 0], [0, 191, 128]]], dtype=np.uint8)
    np.testing.assert_array_equal(numbers_from_colours(rgb), [[9, 10, 22]])


@pytest.mark.parametrize("levels", [[0, 1, 2, 3], [0, 255, 255, 0]])
def test_exact_grey_levels_are_numbers(levels: list[int]) -> None:
    rgb = np.repeat(np.array(levels, dtype=np.uint8).reshape(2, 2, 1), 3, axis=2)
    np.testing.assert_array_equal(numbers_from_colours(rgb), rgb[..., 0])


def test_other_colours_have_no_numbers() -> None:
    assert numbers_from_colours(np.array([[[0, 0, 0], [130, 2, 1]]], dtype=np.uint8)) is None
