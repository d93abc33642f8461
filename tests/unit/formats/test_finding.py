from collections.abc import Sequence
from pathlib import Path

import pytest

from xmem_gui.errors import FormatError
from xmem_gui.formats.finding import find_files, find_folders, has_png
from xmem_gui.formats.reading import read_text
from xmem_gui.formats.text_files import decoded, head


def tree(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("{}")
    return root


def folders(root: Path, name: str = "clip", patterns: Sequence[str] = ()) -> list[str]:
    found = find_folders(root, has_png, name, patterns=patterns)
    return [place.relative_to(root).as_posix() for place in found]


def files(root: Path, name: str = "clip") -> list[str]:
    found = find_files(root, (".json",), lambda _: True, name)
    return [place.relative_to(root).as_posix() for place in found]


def test_the_folder_itself_comes_first(tmp_path: Path) -> None:
    assert folders(tree(tmp_path, "0.png", "clip/0.png")) == ["."]


def test_patterns_come_before_what_lies_about(tmp_path: Path) -> None:
    tree(tmp_path, "clip/0.png", "Annotations/480p/clip/0.png", "Annotations/480p/other/0.png")
    assert folders(tmp_path, patterns=["{}", "Annotations/480p/{}"]) == ["Annotations/480p/clip"]
    assert folders(tmp_path, patterns=["{}"]) == ["clip"]


def test_what_is_named_as_the_video_is_found_below(tmp_path: Path) -> None:
    tree(tmp_path, "a/b/clip/0.png", "a/b/other/0.png", "a/.clip/0.png", "__MACOSX/clip/0.png")
    assert folders(tmp_path) == ["a/b/clip"]
    with pytest.raises(FormatError, match="a/b/clip, a/b/other"):
        folders(tmp_path, "third")


def test_parts_of_a_data_set_are_taken_together(tmp_path: Path) -> None:
    tree(tmp_path, "train/masks/0.png", "valid/masks/1.png", "test/masks/2.png")
    assert folders(tmp_path) == ["test/masks", "train/masks", "valid/masks"]


def test_masks_come_before_pictures(tmp_path: Path) -> None:
    assert folders(tree(tmp_path, "images/0.png", "masks/0.png")) == ["masks"]


def test_files_of_tools_are_found(tmp_path: Path) -> None:
    assert files(tree(tmp_path / "a", "annotations/instances_default.json")) == [
        "annotations/instances_default.json"
    ]
    split = tree(tmp_path / "b", *(f"{part}/_annotations.coco.json" for part in ("train", "valid", "test")))
    assert files(split) == [f"{part}/_annotations.coco.json" for part in ("test", "train", "valid")]
    named = tree(tmp_path / "c", "instances_train.json", "instances_val.json")
    assert files(named) == ["instances_train.json", "instances_val.json"]
    assert files(tree(tmp_path / "d", "clip.json", "other.json", "clip.objects.json")) == ["clip.json"]
    with pytest.raises(FormatError, match=r"one\.json, other\.json"):
        files(tree(tmp_path / "e", "one.json", "other.json"))
    many = tree(tmp_path / "f", *(f"{i:05d}.json" for i in range(50)), "instances.json")
    assert files(many) == ["instances.json"]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_texts_are_read_as_editors_save_them(coding: str, tmp_path: Path) -> None:
    mark = b"\xff\xfe" if coding == "utf-16-le" else b""
    (tmp_path / "a.txt").write_bytes(mark + "caf\u00e9 1".encode(coding))
    assert read_text(tmp_path / "a.txt") == "caf\u00e9 1"
    assert head(tmp_path / "a.txt", 4000) == "caf\u00e9 1"


def test_what_is_no_text_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UnicodeDecodeError):
        decoded(b"\xff\xff")
    with pytest.raises(FormatError, match="not a text file"):
        read_text(tmp_path / "a.txt")
