import json
from pathlib import Path

import official_layouts as layouts
import pytest
from tiny_network import SETTINGS, use_tiny_network
from typer.testing import CliRunner

from xmem_gui.cli.evaluate import app
from xmem_gui.errors import MediaError
from xmem_gui.evaluation import paper
from xmem_gui.evaluation.paper import ROWS, evaluate_paper, find_data


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_tiny_network(monkeypatch)
    monkeypatch.setattr(paper, "SCALES", (32, 40))
    monkeypatch.setattr(paper, "memory_of", lambda *_, **__: SETTINGS.memory)
    return tmp_path / "data"


def test_the_table_is_the_published_one() -> None:
    assert len(ROWS) == 27
    assert len({(row.protocol, row.training, row.way) for row in ROWS}) == 27
    found = {(row.protocol, row.training, row.way): row.published for row in ROWS}
    assert found["davis-2017", "standard", "plain"] == 86.2
    assert found["davis-2017-test-dev", "bl30k", "600p"] == 82.5
    assert found["youtube-vos-2018", "bl30k", "averaged"] == 86.9


def test_every_row_with_data_is_computed_and_the_rest_named(root: Path, tmp_path: Path) -> None:
    layouts.davis(root / "DAVIS/2017/trainval")
    layouts.davis_test(root / "DAVIS/2017/test-dev")
    layouts.youtube(root / "YouTube", complete=False)
    layouts.mose(root / "MOSE")
    results = evaluate_paper(root, SETTINGS, out=tmp_path / "out", training="standard")
    assert [(one.row.protocol, one.row.way) for one in results.rows] == [
        ("davis-2017", "plain"), ("davis-2017", "averaged"),
        ("davis-2017-test-dev", "plain"), ("davis-2017-test-dev", "averaged"),
        ("youtube-vos-2019", "plain"), ("youtube-vos-2019", "averaged"), ("mose", "plain"),
    ]  # fmt: skip
    assert [protocol.id for protocol in results.missing] == ["davis-2016", "youtube-vos-2018"]
    davis, test = results.rows[0], results.rows[2]
    assert davis.ours == davis.scores.j_and_f
    assert davis.submission is None
    assert test.submission == tmp_path / "out/davis-2017-test-dev-plain.zip"
    assert test.submission.is_file()
    assert davis.speed.frames == 2 * layouts.FRAMES
    json.dumps(results.as_dict(), allow_nan=False)


def test_an_interrupted_run_goes_on_to_the_same_scores(root: Path, tmp_path: Path) -> None:
    layouts.davis(root / "DAVIS/2017/trainval")

    def stop(at: object) -> None:
        nonlocal steps
        steps += 1
        if steps == 12:
            raise KeyboardInterrupt

    options = {"training": "standard", "ways": ("averaged",)}
    whole = evaluate_paper(root, SETTINGS, out=tmp_path / "whole", **options)  # type: ignore[arg-type]
    steps = 0
    with pytest.raises(KeyboardInterrupt):
        evaluate_paper(root, SETTINGS, out=tmp_path / "cut", progress=stop, **options)  # type: ignore[arg-type]
    again = evaluate_paper(root, SETTINGS, out=tmp_path / "cut", **options)  # type: ignore[arg-type]
    assert again.rows[0].scores.j == whole.rows[0].scores.j
    assert again.rows[0].scores.f == whole.rows[0].scores.f


def test_one_data_set_may_be_the_root(root: Path) -> None:
    layouts.davis(root)
    assert find_data(root) == {"davis-2017": root}
    assert find_data(root, "davis-2016") == {"davis-2016": root}
    with pytest.raises(MediaError, match="layout of no known data set"):
        find_data(root.parent)


def test_by_command(root: Path, tmp_path: Path) -> None:
    layouts.davis(root)
    out = tmp_path / "out"
    command = [
        "paper", str(root), "--out", str(out), "--protocol", "davis-2016", "--way", "plain",
        "--model", str(root / "ImageSets/2017/val.txt"),
    ]  # fmt: skip
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    rows = json.loads((out / "paper.json").read_text())["rows"]
    assert [(row["protocol"], row["published"]) for row in rows] == [("davis-2016", 91.5)]
    assert 0 <= rows[0]["ours"] <= 100
    assert (out / "paper.png").stat().st_size > 1000
