"""Which frame a number means: counted from 0, from 1, from elsewhere, or a question for the person."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Answer:
    """One way to count.

    Attributes
    ----------
    first_number
        The number that the video's first frame has.
    frames
        How many files then have a frame.
    left_out
        How many lie outside the video.
    name, frame
        The first file that has one, and its frame.
    """

    first_number: int
    frames: int
    left_out: int
    name: str
    frame: int

    @property
    def sentence(self) -> str:
        """What it means, in words that go on in a sentence."""
        said = f"'{self.name}' is frame {self.frame}"
        if self.left_out:
            total = self.frames + self.left_out
            said += f", and {self.left_out} of {total} files lie outside the video"
        return said


@dataclass(frozen=True)
class NumberingQuestion:
    """A numbering that can be read in several ways, which a person has to decide.

    Attributes
    ----------
    sentence
        One sentence that says what the names leave open.
    answers
        The likely ways to count, the likeliest first. Any number from `lowest` to `highest` can be said.
    lowest, highest
        First numbers with which at least one file has a frame.
    """

    sentence: str
    answers: tuple[Answer, ...]
    lowest: int
    highest: int

    def refusal(self) -> str:
        """Return the question with what to say on the command line."""
        ways = " or ".join(f"--first-number {one.first_number} ({one.sentence})" for one in self.answers)
        return f"{self.sentence} Say {ways}."


def first_numbers(numbers: Collection[int], count: int) -> tuple[int, ...]:
    """Return the ways to count a set of numbers as the frames of a video: one if only one is possible.

    People count frames from 0 or from 1. Where all numbers lie in the video by one of these, other ways are
    not looked at; where by neither, numbers that span the whole video begin at its first frame. Numbers with
    a 0 among them are counted from 0, even if some lie beyond the end.

    Parameters
    ----------
    numbers
        At least one, 0 or more.
    count
        Number of frames in the video.

    Returns
    -------
    tuple of int
        Numbers that the first frame may have, the likeliest first.
    """
    low, high = min(numbers), max(numbers)
    usual = [first for first in (0, 1) if first <= low and high - first < count]
    if usual:
        return tuple(usual)
    span = high - low + 1
    if low == 0 or span == count:
        return (low,)
    if span < count:
        return tuple(dict.fromkeys((low, high - count + 1)))
    return tuple(dict.fromkeys((0, 1, low)))


_TIMES = 10
"""Numbers that span so many times the video are no counts of frames, but times."""


def one_each(numbers: Collection[int], count: int) -> bool:
    """Tell whether numbers that reach beyond the video are its frames in their order, one for each.

    So it is where a video was made of every n-th picture, which keep their numbers, or of pictures that are
    named by their times. With gaps here and there, masks are as likely to be missing.
    """
    placed = sorted(numbers)
    span = placed[-1] - placed[0] + 1
    if len(placed) != count or span <= count:
        return False
    return len({b - a for a, b in pairwise(placed)}) == 1 or span > _TIMES * count


def ask(numbers: dict[str, int], count: int, firsts: tuple[int, ...]) -> NumberingQuestion:
    """Return the question which of several first numbers is meant.

    Parameters
    ----------
    numbers
        The number that each file name has.
    count
        Number of frames in the video.
    firsts
        The numbers that the first frame may have, the likeliest first.
    """
    stem = min(numbers, key=lambda name: numbers[name])
    last = max(numbers, key=lambda name: numbers[name])
    ways = [one for first in firsts if (one := _answer(numbers, count, first)) is not None]
    answers = tuple(sorted(ways, key=lambda one: -one.frames))
    what = f"'{stem}'" if stem == last else f"'{stem}' to '{last}'"
    if {one.first_number for one in answers} == {0, 1}:
        unknown = "can start at 0 or at 1"
    else:
        unknown = f"fits the video's {count} frames in more than one way"
    sentence = f"The numbering of {what} {unknown}."
    return NumberingQuestion(sentence, answers, numbers[stem] - count + 1, numbers[last])


def _answer(numbers: dict[str, int], count: int, first: int) -> Answer | None:
    inside = {stem: n - first for stem, n in numbers.items() if 0 <= n - first < count}
    if not inside:
        return None
    stem = min(inside, key=lambda name: inside[name])
    return Answer(first, len(inside), len(numbers) - len(inside), stem, inside[stem])
