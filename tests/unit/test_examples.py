"""Every script in examples/ does what it says, on the sample."""

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
LEFT = {
    "01_open_and_click": ["click.xmem", "masks/sample.objects.json"],
    "02_scribble_and_undo": ["scribble.xmem"],
    "03_propagate_and_export": ["davis/Annotations/480p/sample/00009.png", "sample.json"],
    "04_import_and_correct": ["corrected.xmem"],
    "05_overlay_video": ["overlay.mp4", "matte.mkv"],
    "06_compare_settings": ["fine.xmem", "coarse.xmem"],
    "07_own_segmenter": [],
    "08_own_format": ["boxes.csv"],
    "09_listen": ["listened.xmem"],
    "10_many_videos": ["masks/one/00004.png", "masks/two/00004.png"],
}
"""What each script leaves in its folder."""
SAID = {
    "01_open_and_click": "after four clicks",
    "02_scribble_and_undo": "undone, after reopening",
    "03_propagate_and_export": "frame 9: confidence",
    "04_import_and_correct": "tracked again: [0, 1, 2, 3, 4",
    "05_overlay_video": "matte: 1 file, 8 frames",
    "06_compare_settings": "frame 4: J 0.9",
    "07_own_segmenter": "by GrabCutImage",
    "08_own_format": "0,rabbit,100,18,253,284,32786",
    "09_listen": "heard: masks, history; frames [0], objects [1]",
    "10_many_videos": "broken.mp4 failed: ",
}
"""A part of what each script prints."""
MOST_LINES = 60


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_runs(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(script), str(tmp_path / "out")])
    runpy.run_path(str(script), run_name="__main__")
    assert SAID[script.stem] in capsys.readouterr().out
    assert [name for name in LEFT[script.stem] if not (tmp_path / "out" / name).is_file()] == []


def test_there_are_ten_and_each_is_short() -> None:
    assert {script.stem for script in SCRIPTS} == set(LEFT) == set(SAID)
    assert len(SCRIPTS) == 10
    lines = {script.name: len(script.read_text(encoding="utf8").splitlines()) for script in SCRIPTS}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
