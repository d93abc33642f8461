import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import official_layouts as layouts
import pytest
from PIL import Image
from tiny_network import SETTINGS, use_tiny_network
from typer.testing import CliRunner

from xmem_gui.annotator import make_engine
from xmem_gui.cli.evaluate import app
from xmem_gui.errors import MediaError
from xmem_gui.evaluation.codecs import ENCODERS, encoded
from xmem_gui.evaluation.compression import evaluate_compression
from xmem_gui.evaluation.protocols import LAYOUT
from xmem_gui.evaluation.rate_curves import bd_rate
from xmem_gui.evaluation.segmenting import Upright
from xmem_gui.video import ImageFolder


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two clips of seven frames of 63 x 41 pixels, with noise that costs bits."""
    use_tiny_network(monkeypatch)
    rng = np.random.default_rng(3)
    root = tmp_path / "data"
    for name in ("a", "b"):
        (root / "JPEGImages" / name).mkdir(parents=True)
        for frame in range(layouts.FRAMES):
            image = rng.integers(90, 160, (41, 63, 3), np.uint8)
            Image.fromarray(image).save(root / "JPEGImages" / name / f"{frame:05d}.png")
        known = {f"{n:05d}": np.pad(layouts.squares(n), ((0, 1), (0, 0)))[:, :63] for n in range(7)}
        layouts.masks(root / "Annotations" / name, known)
    return root


@pytest.mark.parametrize("name", ENCODERS)
def test_a_clip_comes_back_in_its_size_with_the_bits_of_its_packets(data: Path, name: str) -> None:
    clip = ImageFolder(data / "JPEGImages/a")
    bits = []
    for quality in ENCODERS[name].qualities[:1] + ENCODERS[name].qualities[-1:]:
        with encoded(clip, ENCODERS[name], quality, Fraction(24)) as found:
            assert len(found.frames) == layouts.FRAMES
            image = found.frames.frame(6)
            assert image.shape == (41, 63, 3)
            error = np.abs(image.astype(int) - clip.frame(6).astype(int)).mean()
            assert error < 30
            assert 0 < found.bits < 8 * found.frames.path.stat().st_size
            bits.append(found.bits)
        assert not found.frames.path.exists()
    assert bits[0] > bits[1]


def scores(data: Path, out: Path, **options: object):
    views = [Upright(make_engine(SETTINGS))]
    return evaluate_compression(
        data,
        views,
        protocol=LAYOUT,
        out=out,
        encoders={"x264": (20, 45)},
        **options,  # type: ignore[arg-type]
    )


def test_curves_are_scored_against_true_masks(data: Path, tmp_path: Path) -> None:
    found = scores(data, tmp_path / "out")
    assert found.reference == "true masks"
    fine, coarse = found.curves["x264"]
    assert (fine.quality, coarse.quality) == (20, 45)
    assert fine.bits_per_pixel > coarse.bits_per_pixel > 0
    pixels, seconds = 2 * 7 * 41 * 63, 2 * 7 / 24
    assert fine.kbit_per_second == pytest.approx(fine.bits_per_pixel * pixels / seconds / 1000)
    assert set(fine.sequences) == {"a", "b"}
    assert "x264" in found.encoders["x264"]
    json.dumps(found.as_dict(), allow_nan=False)


def test_without_true_masks_what_was_tracked_on_the_original_counts(data: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        for path in sorted((data / "Annotations" / name).iterdir())[1:]:
            path.unlink()
    # The same frames again, by way of a folder: then nothing differs.
    found = scores(data, tmp_path / "out", decoded={"same": data / "JPEGImages"})
    assert found.reference == "tracked on the original"
    assert found.original == 100
    (same,) = found.curves["same"]
    assert (same.j, same.f) == (100, 100)
    assert found.curves["x264"][1].j < 100
    assert np.isnan(same.bits_per_pixel)


def test_frames_decoded_elsewhere_say_their_bytes(data: Path, tmp_path: Path) -> None:
    (data / "JPEGImages/bytes.json").write_text('{"a": 1000, "b": 500}')
    found = scores(data, tmp_path / "out", decoded={"same": data / "JPEGImages"})
    (same,) = found.curves["same"]
    assert same.bits_per_pixel == pytest.approx(1500 * 8 / (2 * 7 * 41 * 63))
    assert same.j_and_f == pytest.approx(found.original)


def test_frames_decoded_elsewhere_must_be_as_many(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "JPEGImages/b", tmp_path / "other/a")
    for kind in ("JPEGImages", "Annotations"):
        (data / kind / "a/00006.png").unlink()
    with pytest.raises(MediaError, match="has 7 pictures"):
        scores(data, tmp_path / "out", decoded={"other": tmp_path / "other"})


def test_a_clean_first_frame_is_the_original(data: Path, tmp_path: Path) -> None:
    clean = scores(data, tmp_path / "clean", first="clean")
    both = scores(data, tmp_path / "both")
    assert clean.first == "clean"
    assert clean.curves["x264"][1].j != both.curves["x264"][1].j


def test_bd_rate_of_known_curves() -> None:
    anchor = [(0.01, 60.0), (0.02, 70.0), (0.04, 78.0), (0.08, 84.0)]
    half = [(rate / 2, quality) for rate, quality in anchor]
    assert bd_rate(anchor, half) == pytest.approx(-50)
    assert bd_rate(half, anchor) == pytest.approx(100)
    # What costs more and gives less is left out; here one point.
    noisy = [*half[:2], (0.015, 69.0), *half[2:]]
    assert bd_rate(anchor, noisy) == pytest.approx(-50)
    assert bd_rate(anchor, half[:2]) is None
    assert bd_rate(anchor, [(rate, quality + 40) for rate, quality in anchor]) is None


def test_by_command(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        "compression", str(data), "--out", str(out), "--codec", "x264=45", "--sequence", "a",
        "--model", str(data / "JPEGImages/a/00000.png"),
        "--plot", str(tmp_path / "curve.png"), "--json",
    ]  # fmt: skip
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    written = json.loads((out / "compression.json").read_text())
    assert written["curves"]["x264"][0]["quality"] == 45
    assert (tmp_path / "curve.png").stat().st_size > 1000
    for wrong in (["--codec", "h266"], ["--codec", "x264=a"], ["--rate", "0"], ["--decoded", "x"]):
        assert CliRunner().invoke(app, ["compression", str(data), *wrong]).exit_code == 2
