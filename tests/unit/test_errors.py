"""What goes wrong with a file, in words."""

import errno
import os
import socket
import tempfile
from pathlib import Path

import pytest

from xmem_gui.errors import MediaError, in_words, need_file, why_no_file


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_is_a_sentence_that_names_the_file(number: int):
    sentence = in_words(OSError(number, os.strerror(number), "some/clip.mp4"))
    assert "'some/clip.mp4'" in sentence
    assert sentence[0].isupper() or sentence[0] == "'"
    assert sentence.endswith(".")
    assert "Errno" not in sentence


def test_the_file_is_the_error_s_own_or_the_one_told():
    assert "told" in in_words(OSError(errno.EIO, "x"), Path("told"))
    assert "own" in in_words(OSError(errno.EIO, "x", "own"), Path("told"))
    assert "bytes" in in_words(OSError(errno.EIO, "x", b"bytes\xff"))
    assert "A file" in in_words(OSError(errno.EACCES, "x"))


def test_names_that_no_file_can_have():
    with pytest.raises(ValueError, match="null") as caught:
        Path("a\0b").stat()
    assert r"a\x00b" in in_words(caught.value, "a\0b")


def test_a_file_is_needed(tmp_path: Path):
    (tmp_path / "file").touch()
    need_file(tmp_path / "file")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    need_file(tmp_path / "link")
    assert why_no_file(tmp_path, folder=True) == ""
    with pytest.raises(MediaError, match="is a folder"):
        need_file(tmp_path, MediaError)
    with pytest.raises(MediaError, match="There is no"):
        need_file(tmp_path / "none", MediaError)
    assert "null" not in why_no_file(Path("a\0b"))


def test_what_would_be_waited_for_is_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe" in why_no_file(tmp_path / "pipe", folder=True)
    assert "is a device" in why_no_file(Path("/dev/null"))
    with socket.socket(socket.AF_UNIX) as one, tempfile.TemporaryDirectory(dir="/tmp") as short:
        one.bind(f"{short}/s")
        assert "is a socket" in why_no_file(Path(short) / "s")
