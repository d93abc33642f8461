"""Where results may go: never over or among what is read, however it is spelt."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from xmem_gui.errors import OutputError
from xmem_gui.outputs import Inputs, bears, mark, two_alike


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("seq/0.png", "seq/1.png", "tree/a/b/2.png", "clip.mp4", "clip.xmem", "other/x.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "to-seq").symlink_to(tmp_path / "seq")
    (tmp_path / "to-clip.mp4").symlink_to(tmp_path / "clip.mp4")
    os.link(tmp_path / "seq/0.png", tmp_path / "other/hard.png")
    (tmp_path / "other/soft.png").symlink_to(tmp_path / "seq/1.png")
    return tmp_path


def inputs(place: Path) -> Inputs:
    return Inputs([place / "seq", place / "clip.mp4"], trees=[place / "tree"], families=[place / "clip.xmem"])


REFUSED = (
    "seq", "seq/.", "seq/../seq", "to-seq", "seq/new.png", "seq/0.png", "to-seq/new.png", "seq/new-folder",
    "clip.mp4", "to-clip.mp4", "other/../clip.mp4", "other/hard.png", "other/soft.png",
    "tree", "tree/new", "tree/a/b/deep/er", "tree/a/b/2.png", ".",
    "clip.xmem", "clip.xmem-wal", "clip.xmem.lock", "clip.xmem-backups/x.xmem", ".clip.xmem-kept/x",
    "CLIP.XMEM-journal",
)  # fmt: skip


@pytest.mark.parametrize("target", REFUSED)
def test_results_keep_away_from_what_is_read(place: Path, target: str):
    with pytest.raises(OutputError, match="choose"):
        inputs(place).check(place / target)


@pytest.mark.parametrize(
    "target",
    [
        "seq-out",
        "other",
        "other/x.png",
        "other/new.png",
        "clip.mp4.json",
        "seq/masks/0.png",
        "clip-overlay.mp4",
    ],
)
def test_other_places_are_free(place: Path, target: str):
    assert inputs(place).refusal(place / target) == ""


@pytest.mark.parametrize(("folder", "free"), [
    (".", True), ("other", True), ("seq/masks", True), ("new/er", True),
    ("seq", False), ("to-seq", False), ("tree", False), ("tree/a", False), ("clip.xmem-memory", False),
])  # fmt: skip
def test_a_folder_to_put_results_into_may_hold_what_is_read(place: Path, folder: str, free: bool):
    assert (inputs(place).refusal(place / folder, into=True) == "") is free


def test_a_relative_place_is_the_same_place(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(place / "seq")
    for target in (".", "new.png", "../clip.mp4", "../seq/new.png"):
        assert inputs(place).refusal(Path(target))


def test_a_folder_of_links_guards_what_they_lead_to(place: Path):
    (place / "links").mkdir()
    (place / "links/0.png").symlink_to(place / "other/x.png")
    reads = Inputs([place / "links"])
    assert reads.refusal(place / "other/x.png")
    assert reads.refusal(place / "other")
    assert not reads.refusal(place / "other/new.png")


def test_inputs_add_up(place: Path):
    both = Inputs([place / "seq"]) + Inputs(trees=[place / "tree"], families=[place / "clip.xmem"])
    assert all(both.refusal(place / target) for target in ("seq/0.png", "tree/x", "clip.xmem-shm"))
    assert not both.refusal(place / "clip.mp4")


@pytest.mark.parametrize(
    ("names", "alike"),
    [
        (["a", "b"], None),
        (["a", "a"], ("a", "a")),
        (["x", "y", "X"], ("x", "X")),
        (["cafe\u0301", "caf\u00e9"], ("cafe\u0301", "caf\u00e9")),
        (["STRASSE", "stra\u00dfe"], ("STRASSE", "stra\u00dfe")),
    ],
)
def test_two_names_for_one_file_are_found(names: list[str], alike: tuple[str, str] | None):
    assert two_alike(names) == alike


@given(st.lists(st.text(max_size=5), max_size=8))
def test_names_repeated_are_alike_and_their_order_does_not_matter(names: list[str]):
    assert (two_alike(names) is None) == (two_alike(names[::-1]) is None)
    assert two_alike([*names, *names[:1]]) is not None or not names


def test_a_mark_is_found_and_of_one_kind(tmp_path: Path):
    notes = PngInfo()
    notes.add_text("Software", mark("soft-8"))
    Image.new("L", (3, 2)).save(tmp_path / "a.png", pnginfo=notes)
    assert bears(tmp_path / "a.png", ["coco", "soft-8"])
    assert not bears(tmp_path / "a.png", ["soft", "soft-88"])
    (tmp_path / "long.json").write_text("x" * 500_000 + mark("coco"))
    assert bears(tmp_path / "long.json", ["coco"])


def test_what_is_no_file_of_its_own_bears_no_mark(tmp_path: Path):
    (tmp_path / "real").write_text(mark("coco"))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "missing", "."):
        assert not bears(tmp_path / name, ["coco"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other names that none may have")
@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\ud800"])
def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(OutputError):
        Inputs([tmp_path], families=[tmp_path / "p.xmem"]).check(tmp_path / name)
