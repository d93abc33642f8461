"""Mattes with an edge: feathered, choked, refined; and that exports write what is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from xmem_gui.annotator import Annotator, soft_matte
from xmem_gui.errors import OutputError
from xmem_gui.formats import AS_IT_IS, EXPORTERS, ExportRequest, MatteEdge
from xmem_gui.project import Rle

SIZE = (60, 80)
HALF = np.zeros(SIZE, np.float32)
HALF[:, :40] = 1


def disc(radius: float, size: tuple[int, int] = (90, 90)) -> np.ndarray:
    rows, columns = np.indices(size)
    inside = np.hypot(rows - size[0] // 2, columns - size[1] // 2) <= radius
    return inside.astype(np.float32)


def where_half(row: np.ndarray) -> float:
    """Return at which column a falling edge is one half, between the middles of pixels."""
    at = int(np.flatnonzero(row >= 0.5)[-1])
    return at + 0.5 + float((row[at] - 0.5) / (row[at] - row[at + 1]))


def test_as_it_is_nothing_is_done() -> None:
    soft = np.random.default_rng(0).random(SIZE).astype(np.float32)
    assert soft_matte(soft, None, AS_IT_IS) is soft
    assert not soft_matte(np.zeros(SIZE, np.float32), None, MatteEdge(5, -3, 4)).any()


@pytest.mark.parametrize("feather", [2.0, 5.0, 20.0])
def test_feather_is_how_wide_the_edge_is_and_leaves_it_where_it_was(feather: float) -> None:
    row = soft_matte(HALF, None, MatteEdge(feather=feather))[30]
    assert where_half(row) == pytest.approx(40, abs=0.1)
    steps = np.linspace(0, 80, 8001)
    values = np.interp(steps, np.arange(80) + 0.5, row)
    width = steps[values >= 0.1].max() - steps[values >= 0.9].max()
    assert width == pytest.approx(feather, abs=0.5)


def test_the_border_of_the_picture_is_no_edge() -> None:
    matte = soft_matte(HALF, None, MatteEdge(feather=12))
    assert (matte[0] == matte[30]).all()
    assert matte[30, 0] == pytest.approx(1, abs=1e-4)
    assert (soft_matte(HALF, None, MatteEdge(choke=3))[:, :37] == 1).all()


@pytest.mark.parametrize("choke", [-10.0, -2.5, -1.0, -0.25, 0.5, 1.0, 3.75, 12.0])
def test_choke_moves_the_edge_inwards_and_less_than_none_outwards(choke: float) -> None:
    row = soft_matte(HALF, None, MatteEdge(choke=choke))[30]
    assert row.sum() == pytest.approx(40 - choke, abs=1e-3)
    assert set(np.round(np.unique(row), 4)) <= {
        0.0,
        1.0,
        round(abs(choke) % 1, 4),
        round(1 - abs(choke) % 1, 4),
    }


@pytest.mark.parametrize("choke", [-12.0, -5.0, 5.0, 12.0])
def test_a_disc_stays_nearly_round(choke: float) -> None:
    matte = soft_matte(disc(25), None, MatteEdge(choke=choke))
    wanted = disc(25 - choke - 1.5), disc(25 - choke + 1.5)
    assert (matte >= wanted[0]).all()
    assert (matte <= wanted[1]).all()


def test_choke_keeps_a_soft_edge_soft() -> None:
    soft = soft_matte(HALF, None, MatteEdge(feather=8))
    choked = soft_matte(soft, None, MatteEdge(choke=4))
    assert np.allclose(choked[30, 20:60], soft[30, 24:64], atol=1e-6)


def test_refine_brings_the_edge_to_that_of_the_picture_and_is_soft_where_it_is_blurred() -> None:
    picture = np.full((*SIZE, 3), (20, 40, 160), np.uint8)
    picture[:, :43] = (200, 60, 30)
    refined = soft_matte(HALF, picture, MatteEdge(refine=6))
    assert where_half(refined[30]) == pytest.approx(43, abs=1.2)
    assert (refined[:, :33] == 1).all(), "only near the border"
    assert (refined[:, 47:] == 0).all()
    ramp = np.clip((np.arange(80) - 34) / 12, 0, 1)[None, :, None]
    blurred = (np.array((200, 60, 30)) * (1 - ramp) + np.array((20, 40, 160)) * ramp).repeat(60, 0)
    picture[:, 40:] = (20, 40, 160)
    sharp, soft = (
        soft_matte(HALF, one.astype(np.uint8), MatteEdge(refine=8))[30] for one in (picture, blurred)
    )
    partly = [((row > 0.05) & (row < 0.95)).sum() for row in (sharp, soft)]
    assert partly[0] <= 2
    assert partly[1] >= 6
    assert (np.diff(soft) <= 1e-4).all()
    assert (soft_matte(HALF, None, MatteEdge(refine=6)) == HALF).all(), "without a picture it stays"


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.floats(0, 20), st.floats(-8, 8), st.sampled_from([0.0, 0.5, 3.0, 9.0]),
    st.sampled_from(["blob", "noise", "full", "specks"]),
)  # fmt: skip
def test_it_is_a_matte_whatever_is_asked(
    seed: int, feather: float, choke: float, refine: float, kind: str
) -> None:
    rng = np.random.default_rng(seed)
    soft = {
        "blob": disc(12, SIZE), "noise": rng.random(SIZE).astype(np.float32),
        "full": np.ones(SIZE, np.float32), "specks": (rng.random(SIZE) < 0.01).astype(np.float32),
    }[kind]  # fmt: skip
    before = soft.copy()
    picture = rng.integers(0, 256, (*SIZE, 3), np.uint8)
    matte = soft_matte(soft, picture, MatteEdge(feather, choke, refine))
    assert matte.shape == SIZE
    assert matte.dtype == np.float32
    assert np.isfinite(matte).all()
    assert 0 <= matte.min() <= matte.max() <= 1
    assert (soft == before).all()
    if kind == "full":
        assert (matte > 0.999).all()


@pytest.mark.parametrize("given", [{"feather": -1}, {"feather": 65}, {"choke": 33}, {"refine": float("nan")}])
def test_what_no_edge_can_be_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(OutputError, match="pixels: choose"):
        MatteEdge(**given)


# Exports


@pytest.fixture
def annotator(tmp_path: Path):
    """Open two frames with a disc and a square; only the disc has probabilities."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for frame in range(2):
        picture = np.full((*SIZE, 3), (20, 40, 160), np.uint8)
        picture[10:50, 10:43] = (200, 60, 30)
        Image.fromarray(picture).save(folder / f"{frame:05d}.png")
    with Annotator.open(folder) as annotator:
        for name in ("disc", "square"):
            annotator.add_object(name)
        round_one = disc(12, SIZE) > 0
        annotator.set_mask(0, 1, round_one)
        square = np.zeros(SIZE, bool)
        square[20:40, 50:70] = True
        annotator.set_mask(0, 2, square)
        annotator.probabilities.begin(1 << 20)
        levels = np.where(round_one, 255, 40).astype(np.uint8)
        annotator.probabilities.put(0, 1, Rle.from_mask(round_one), levels)
        yield annotator


EDGE = MatteEdge(feather=4, choke=1.5, refine=5)


def test_what_is_shown_is_what_is_exported(annotator: Annotator, tmp_path: Path) -> None:
    request = ExportRequest(edge=EDGE)
    matte = annotator.annotation.with_edge(EDGE).matte(0, [1, 2])
    annotator.export("matte-png", tmp_path / "out", request)
    written = np.asarray(Image.open(tmp_path / "out" / "clip-matte" / "00000.png"))
    assert (written == np.rint(matte * 255)).all()
    assert len(np.unique(written)) > 20
    annotator.export("soft-16", tmp_path / "out", request)
    for one in (1, 2):
        alone = annotator.annotation.with_edge(EDGE).matte(0, [one])
        path = tmp_path / "out" / "clip-soft-16" / f"{one:03d}" / "00000.png"
        assert (np.asarray(Image.open(path)) == np.rint(alone * np.float32(65535))).all()
    annotator.export("cutout", tmp_path / "out", request)
    alpha = np.asarray(Image.open(tmp_path / "out" / "clip-cutout" / "002" / "00000.png"))[..., 3]
    assert (alpha == np.rint(annotator.annotation.with_edge(EDGE).matte(0, [2]) * 255)).all()


def test_without_an_edge_it_is_as_before(annotator: Annotator, tmp_path: Path) -> None:
    matte = annotator.annotation.matte(0, [1, 2])
    assert matte[30, 60] == 1
    assert matte[5, 5] == pytest.approx(40 / 255)
    plan = annotator.plan_export("matte-png", tmp_path / "out")
    assert "1 mask has hard edges, of 2: those were made or changed by a person." in plan.warnings
    with_edge = annotator.plan_export("matte-png", tmp_path / "out", ExportRequest(edge=EDGE))
    assert not any("hard edges" in one for one in with_edge.warnings)
    assert not annotator.plan_export("soft-8", tmp_path / "out", ExportRequest(edge=EDGE)).refusals


def test_an_object_without_a_mask_adds_nothing(annotator: Annotator) -> None:
    assert not annotator.annotation.with_edge(EDGE).matte(1, [1, 2, 7]).any()


def test_formats_of_hard_masks_say_that_they_have_no_use_for_it(annotator: Annotator, tmp_path: Path) -> None:
    for format_id, exporter in EXPORTERS.items():
        if not hasattr(exporter, "has_edge"):
            continue
        said = " ".join(annotator.plan_export(format_id, tmp_path / "out", ExportRequest(edge=EDGE)).warnings)
        assert ("hard masks only" in said) is not exporter.has_edge, format_id
    plain = annotator.plan_export("davis", tmp_path / "out")
    assert not any("hard masks only" in one for one in plain.warnings)
