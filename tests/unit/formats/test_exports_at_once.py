"""Two exports to one place at once: one of them comes whole, or both; none comes half."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from xmem_gui.errors import OutputError
from xmem_gui.formats import ExportRequest, MemoryAnnotation, Naming, ObjectInfo, export

SIZE = (8, 9)


def clip(row: int) -> MemoryAnnotation:
    made = MemoryAnnotation(SIZE, 3, objects=[ObjectInfo(1, "a", (1, 2, 3))], name="clip")
    for frame in range(3):
        mask = np.zeros(SIZE, dtype=bool)
        mask[row] = True
        made.set(frame, 1, mask)
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def with_another_inside(formats: tuple[str, str], out: Path, **options: bool) -> None:
    """Begin an export in one format; while it runs, another in the other format starts and ends."""

    def other(done: int, total: int) -> None:
        if done == total:
            export(clip(2), formats[1], out, ExportRequest(**options))

    export(clip(5), formats[0], out, ExportRequest(naming=Naming("%03d", 7), **options), progress=other)


@pytest.mark.parametrize("second", ["index-png", "davis", "binary-png", "labelme", "yolo-seg"])
@pytest.mark.parametrize("first", ["index-png", "yolo-seg", "sav-png"])
def test_the_later_one_leaves_nothing_of_itself(first: str, second: str, tmp_path: Path) -> None:
    alone, out = tmp_path / "alone", tmp_path / "out"
    export(clip(2), second, alone)
    with pytest.raises(OutputError, match="has appeared while the export ran"):
        with_another_inside((first, second), out)
    assert contents(out) == contents(alone)


@pytest.mark.parametrize("name", ["coco", "cvat", "sav-json"])
def test_one_file_is_not_replaced(name: str, tmp_path: Path) -> None:
    alone, out = tmp_path / "alone", tmp_path / "out"
    export(clip(2), name, alone)
    with pytest.raises(OutputError, match="has appeared while the export ran"):
        with_another_inside((name, name), out)
    assert contents(out) == contents(alone)


def test_a_list_that_both_add_to_loses_neither(tmp_path: Path) -> None:
    export(clip(1), "labelme", tmp_path)
    with pytest.raises(OutputError, match=r"clip\.objects\.json' has changed while the export ran"):
        with_another_inside(("youtube-vos", "davis"), tmp_path)
    listed = json.loads((tmp_path / "clip.objects.json").read_text())
    assert listed["folder"] == "Annotations/480p/clip"
    assert len(listed["others"]) == 1
    assert not [path for path in tmp_path.iterdir() if ".part" in path.name]


@pytest.mark.parametrize("failing", range(1, 4))
def test_what_was_there_comes_back_when_a_move_fails(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(clip(1), "youtube-vos", tmp_path)
    before, moves = contents(tmp_path), [0]
    replace = os.replace

    def full(source: Path, target: Path) -> None:
        moves[0] += ".part" in str(source) and ".part" not in str(target)
        if moves[0] == failing:
            raise OSError(28, os.strerror(28))
        replace(source, target)

    monkeypatch.setattr(Path, "replace", lambda source, target: full(source, target))
    with pytest.raises(OutputError, match="No space left"):
        export(clip(5), "youtube-vos", tmp_path, ExportRequest(overwrite=True))
    monkeypatch.undo()
    assert contents(tmp_path) == before
