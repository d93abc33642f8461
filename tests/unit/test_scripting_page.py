"""The code of docs/scripting.md runs as it stands there, from the first block to the last."""

import re
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from xmem_gui.assets import asset
from xmem_gui.formats.davis import read_index_mask, write_index_mask
from xmem_gui.video import VideoWriter, open_source

PAGE = Path(__file__).parents[2] / "docs" / "scripting.md"
_SIZE = (320, 180)
_FRAMES = 9


def blocks() -> list[str]:
    """Return the page's Python code, block by block."""
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the page works in: half of the sample's size, its first frames."""
    with (
        open_source(asset("sample/sample.mp4")) as sample,
        VideoWriter(tmp_path / "clip.mp4", size=_SIZE, rate=Fraction(24)) as writer,
    ):
        for frame in range(_FRAMES):
            writer.write(np.ascontiguousarray(cv2.resize(sample.frame(frame), _SIZE)))
    rabbit = read_index_mask(asset("sample/sample.png")) == 1
    small = cv2.resize(rabbit.astype(np.uint8), _SIZE, interpolation=cv2.INTER_NEAREST)
    for name in ("first.png", "better.png"):
        write_index_mask(tmp_path / name, small)
    for name in ("work", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for number, block in enumerate(blocks(), 1):
        exec(compile(block, f"docs/scripting.md, block {number}", "exec"), names)
    said = capsys.readouterr().out
    assert "masks of frozenset({1}) on frozenset({0})" in said
    assert (folder / "clip.json").is_file()
    assert (folder / "elsewhere" / "clip.xmem").is_file()
    assert (folder / "work" / "clip.xmem").is_file()


def test_there_is_code_on_the_page() -> None:
    assert len(blocks()) >= 7
