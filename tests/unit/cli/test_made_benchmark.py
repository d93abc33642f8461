import json
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from xmem_gui.cli.main import app


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", "made", *map(str, arguments)])


def test_made_clips_are_drawn_followed_and_scored(tmp_path: Path):
    done = run(tmp_path, "--difficulty", "tiny", "--clips", 1, "--size", 64, "--device", "cpu", "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts == json.loads((tmp_path / "predictions/made.json").read_text())
    assert list(facts["difficulties"]) == ["tiny"]
    assert 0 <= facts["j_and_f"] <= 100
    for kind in ("clips/JPEGImages/480p/tiny-0", "clips/Annotations/480p/tiny-0", "predictions/tiny-0"):
        assert len(list((tmp_path / kind).glob("*.*g"))) == 60


def test_an_unknown_difficulty_is_refused_before_anything_is_made(tmp_path: Path):
    done = run(tmp_path / "out", "--difficulty", "rain")
    assert done.exit_code == 2
    assert "occlusion" in done.output
    assert not (tmp_path / "out").exists()
