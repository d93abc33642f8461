import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from xmem_gui.cli.main import app
from xmem_gui.errors import CheckpointError, OutputError
from xmem_gui.formats.davis import read_index_mask


class Square:
    """A segmenter that finds a square around the last positive point, or the box."""

    name = "square"
    nbytes = 0

    def prepare(self, image):
        self.size = image.shape[:2]
        return self

    def predict(self, prompts, previous_mask=None):
        said = prompts.clipped(self.size)
        found = np.zeros(self.size, np.float32)
        for point in said.points:
            x, y = int(point.x), int(point.y)
            found[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = point.positive
        if said.box is not None:
            found[int(said.box.y0) : int(said.box.y1), int(said.box.x0) : int(said.box.x1)] = 1
        return found


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("xmem_gui.interaction.segmenters.make_segmenter", lambda model, device: Square())
    Image.fromarray(np.zeros((30, 40, 4), np.uint8)).save(tmp_path / "image.png")
    return tmp_path / "image.png"


def segment(image: Path, *arguments: str):
    out = image.parent / "mask.png"
    return CliRunner().invoke(app, ["segment", str(image), "--out", str(out), *arguments]), out


def test_clicks_become_a_palette_png(image: Path):
    done, out = segment(image, "--point", "10,10", "--point", "20.5,10", "--negative", "12,10", "--json")
    assert done.exit_code == 0, done.output
    mask = read_index_mask(out)
    assert set(np.unique(mask)) == {0, 1}
    assert mask[10, 8] == 1
    assert mask[10, 11] == 0
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts == {
        "out": str(out), "width": 40, "height": 30, "area": int(mask.sum()), "model": "compact",
    }  # fmt: skip


def test_a_box_alone(image: Path):
    done, out = segment(image, "--box", "12,9,4,3")
    assert done.exit_code == 0, done.output
    assert int(read_index_mask(out).sum()) == 48


def test_what_lies_outside_is_told_and_says_nothing(image: Path):
    done, out = segment(image, "--point", "20,15")
    alone = read_index_mask(out)
    done, out = segment(image, "--point", "20,15", "--point", "-5,10", "--overwrite")
    assert done.exit_code == 0
    assert "lies outside image.png, which has 40 x 30 pixels" in done.output
    assert (read_index_mask(out) == alone).all()


@pytest.mark.parametrize("where", [["--point", "-5,10"], ["--box", "50,5,60,9", "--negative", "3,3"]])
def test_where_all_lies_outside_nothing_is_made(where: list[str], image: Path):
    done, out = segment(image, *where)
    assert done.exit_code == 1
    assert "lies outside image.png, which has 40 x 30 pixels" in str(done.exception)
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give a point or a box"),
        (["--negative", "1,1"], "give a point or a box"),
        (["--point", "1"], "'1' is not 2 numbers"),
        (["--point", "1,nan"], "'1,nan' is not 2 numbers"),
        (["--box", "1,2,3"], "'1,2,3' is not 4 numbers"),
    ],
)
def test_wrong_usage_ends_with_two(image: Path, arguments: list[str], words: str):
    done, out = segment(image, *arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.output.replace("│", " ").split())
    assert not out.exists()


def test_a_mask_is_not_overwritten_unasked(image: Path):
    _, out = segment(image, "--point", "10,10")
    before = out.read_bytes()
    done, _ = segment(image, "--point", "30,20")
    assert isinstance(done.exception, OutputError)
    assert out.read_bytes() == before
    done, _ = segment(image, "--point", "30,20", "--overwrite")
    assert done.exit_code == 0
    assert out.read_bytes() != before


def test_a_model_that_is_not_there_is_named(tmp_path: Path):
    Image.fromarray(np.zeros((3, 4), np.uint8)).save(tmp_path / "grey.png")
    done, out = segment(tmp_path / "grey.png", "--point", "1,1", "--model", "betamax")
    assert isinstance(done.exception, CheckpointError)
    assert "'betamax' is neither a file nor the name of a model" in str(done.exception)
    assert not out.exists()
