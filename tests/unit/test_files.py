"""Files are written whole, and never through a link, a pipe or another file's second name."""

import errno
import os
import re
import sys
from pathlib import Path

import pytest

from xmem_gui import files, own_files

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links and pipes")


def _link(path, precious):
    path.symlink_to(precious)


def _second_name(path, precious):
    os.link(precious, path)


def _dangling(path, precious):
    path.symlink_to(precious.with_name("not there"))


def _pipe(path, precious):
    os.mkfifo(path)


def _folder(path, precious):
    path.mkdir()


@needs_posix
@pytest.mark.parametrize("make", [_link, _second_name, _dangling, _pipe, _folder])
def test_what_is_not_ours_is_neither_emptied_nor_written(tmp_path, make):
    precious = tmp_path / "thesis.txt"
    precious.write_text("my thesis")
    make(tmp_path / "name.lock", precious)
    with pytest.raises(own_files.NotOursError, match=r"name\.lock is a link or no ordinary file"):
        own_files.open_own(tmp_path / "name.lock")
    assert precious.read_text() == "my thesis"
    assert not (tmp_path / "not there").exists()


def test_a_file_of_ours_is_made_once_and_kept(tmp_path):
    with own_files.open_own(tmp_path / "name") as file:
        file.write(b"kept")
    with own_files.open_own(tmp_path / "name") as file:
        assert file.read() == b"kept"
    with pytest.raises(FileNotFoundError):
        own_files.open_own(tmp_path / "other", create=False)


def without_links(*_):
    raise OSError(errno.EPERM, "no links")


def test_what_has_come_meanwhile_is_not_replaced(tmp_path, monkeypatch):
    for links in (True, False):
        target = tmp_path / f"out {links}"
        if not links:
            monkeypatch.setattr(os, "link", without_links)
        new = files.new_file(target)
        target.write_bytes(b"theirs")
        with pytest.raises(FileExistsError):
            files.publish(new, target, replace=False)
        assert target.read_bytes() == b"theirs"
        target.unlink()
        files.publish(new, target, replace=False)
        assert target.exists()
        assert not new.exists()


@needs_posix
def test_a_link_is_replaced_not_followed(tmp_path):
    precious = tmp_path / "thesis.txt"
    precious.write_text("my thesis")
    (tmp_path / "out").symlink_to(precious)
    files.write_whole(tmp_path / "out", b"new")
    assert precious.read_text() == "my thesis"
    assert (tmp_path / "out").read_bytes() == b"new"
    assert not (tmp_path / "out").is_symlink()


@pytest.mark.parametrize("sync", [True, False])
def test_what_fails_leaves_the_target_as_it_was(tmp_path, sync):
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "out", sync=sync) as path:
        path.unlink()
    assert (tmp_path / "out").read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["a" * 250, "ф" * 120, "x.png"])
def test_temporary_names_fit_and_their_leftovers_go(tmp_path, name):
    target = tmp_path / name
    target.write_bytes(b"kept")
    left = files.new_file(target)
    other = files.new_file(tmp_path / "other")
    assert len(os.fsencode(left.name)) <= 255
    files.remove_leftovers(target)
    assert not left.exists()
    assert other.exists()
    assert target.read_bytes() == b"kept"


def test_a_lock_holds_until_it_is_closed(tmp_path):
    with own_files.open_own(tmp_path / "lock") as first, own_files.open_own(tmp_path / "lock") as second:
        assert own_files.try_lock(first.fileno())
        assert not own_files.try_lock(second.fileno())
    with own_files.open_own(tmp_path / "lock") as third:
        assert own_files.try_lock(third.fileno())


@needs_posix
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_told_from_a_lock_that_is_taken(tmp_path, monkeypatch, number):
    import fcntl

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with own_files.open_own(tmp_path / "lock") as file, pytest.raises(own_files.NoLocksError):
        own_files.try_lock(file.fileno())


def test_a_free_name_is_found_however_many_are_taken(tmp_path):
    for number in range(30):
        name = files.free_name(tmp_path / "a.other-1.xmem")
        assert name.name == ("a.other-1.xmem" if not number else f"a.other-1-{number + 1}.xmem")
        name.touch()


def test_a_temporary_name_may_end_as_a_program_needs_it_and_is_a_leftover_all_the_same(tmp_path):
    target = tmp_path / "clip.mp4"
    for ending in ("", ".mp4"):
        path = files.temporary_name(target, ending=ending)
        assert path.name.startswith(".clip.mp4.")
        assert path.name.endswith(f".part{ending}")
        path.touch()
    files.temporary_name(tmp_path / "clip").touch()
    assert len(files.leftovers(target)) == 2
    assert len(files.leftovers_in(tmp_path)) == 3


def test_what_stood_there_before_is_no_leftover_while_it_is_all_there_is(tmp_path):
    target = tmp_path / "out"
    files.old_name(target).mkdir()
    assert files.leftovers(target) == files.leftovers_in(tmp_path) == []
    assert len(files.leftovers(target, old=True)) == 1


def test_a_folder_takes_the_place_of_another_or_leaves_it(tmp_path, monkeypatch):
    target = tmp_path / "out"
    for text in ("first", "second"):
        finished = files.temporary_name(target)
        finished.mkdir()
        (finished / "text").write_text(text)
        files.publish_folder(finished, target)
        assert (target / "text").read_text() == text
        assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(FileNotFoundError):
        files.publish_folder(tmp_path / "nothing", target)
    assert (target / "text").read_text() == "second"
    assert list(tmp_path.iterdir()) == [target]


def test_no_other_module_makes_temporary_names_or_flushes_files():
    package = Path(files.__file__).parent
    signs = re.compile(r"uuid4\(\)\.hex\[|token_hex|os\.fsync|\.part\"\)")
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if signs.search(path.read_text(encoding="utf-8"))
    }
    # The rest of what comes over the network keeps its name: else nobody could go on with it.
    assert found == {"files.py", "model/partial_file.py"}
