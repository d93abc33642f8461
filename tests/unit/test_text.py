"""Text from outside, shown as text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.text import printable, short


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("clip.mp4", "clip.mp4"),
        ("take [b] [/b] <b>&amp;", "take [b] [/b] <b>&amp;"),
        ("two\nlines\tand a tab", r"two\nlines\tand a tab"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("bytes \udcff", r"bytes \udcff"),
        ("全角\u3000空白 é 👩\u200d🔬", "全角\u3000空白 é 👩\u200d🔬"),
    ],
)
def test_what_does_not_show_as_itself_is_escaped(text: str, shown: str):
    assert printable(text) == shown


def test_line_breaks_of_our_own_stay():
    assert printable("one\ntwo\r", keep="\n") == "one\ntwo\\r"


@given(st.text(st.characters(codec=None), max_size=400), st.integers(10, 200))
def test_a_short_text_is_one_line_that_fits_and_can_be_written(text: str, limit: int):
    found = short(text, limit)
    assert len(found) <= limit
    assert len(found.encode("utf-8").splitlines()) <= 1
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(letter) for letter in found}
    assert found == printable(text) or "…" in found


def test_both_ends_of_a_long_name_stay():
    found = short("begin" + "x" * 10_000 + "end.mp4", 40)
    assert found.startswith("begin")
    assert found.endswith("end.mp4")
