"""What the system refuses is a sentence in the window, not a fault of the program."""

import errno
import os
from pathlib import Path

import pytest

from xmem_gui.gui.state.values import notice_of


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EACCES, errno.EISDIR, errno.ENAMETOOLONG, errno.EROFS]
)
def test_errors_of_the_system_are_sentences(number: int):
    notice = notice_of(OSError(number, os.strerror(number), "/data/clip.mp4"))
    assert "inside the program" not in notice.text
    assert "/data/clip.mp4" in notice.text
    assert "Errno" not in notice.text


def test_names_that_no_file_can_have_are_too():
    for text in ("a\0b", "\ud800"):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the system's own words
            Path(text).stat()
        assert "inside the program" not in notice_of(caught.value).text


def test_faults_of_ours_are_told_as_such():
    assert "inside the program" in notice_of(ValueError("no")).text
