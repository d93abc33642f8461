"""Sequences spread over other processes: as pickled values here, and with the same numbers."""

from dataclasses import replace
from pathlib import Path

import pytest
from cluster_hand import HerePool
from tiny_network import SETTINGS, use_tiny_network

from xmem_gui.annotator import make_engine
from xmem_gui.cluster.spreading import SpreadOver
from xmem_gui.errors import ClusterError
from xmem_gui.evaluation import evaluate_clicks, evaluate_vos, make_segment
from xmem_gui.evaluation.compression import evaluate_compression
from xmem_gui.evaluation.elsewhere import SegmentElsewhere, SegmenterElsewhere, ViewElsewhere
from xmem_gui.evaluation.interactive import InteractiveStep, evaluate_interactive
from xmem_gui.evaluation.protocols import LAYOUT
from xmem_gui.evaluation.segmenting import Upright
from xmem_gui.evaluation.vos import VosStep


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, add_sequence, moving_squares, root: Path) -> Path:
    use_tiny_network(monkeypatch)
    add_sequence("one", moving_squares(5))
    add_sequence("two", moving_squares(4))
    return root


def test_vos(data: Path, tmp_path: Path) -> None:
    steps: list[VosStep] = []
    there = evaluate_vos(
        data, SegmentElsewhere(SETTINGS), out=tmp_path / "there", resume=True,
        spread=SpreadOver(HerePool({"two": 1})), progress=steps.append,
    )  # fmt: skip
    here = evaluate_vos(data, make_segment(SETTINGS), out=tmp_path / "here", resume=True)
    assert [one.objects for one in there.sequences.values()] == [
        one.objects for one in here.sequences.values()
    ]
    assert list(there.sequences) == ["one", "two"]
    assert VosStep("two", 1, 2, "segment", 4, 4) in steps
    text = [path.read_text() for path in (tmp_path / "here/scores.csv", tmp_path / "there/scores.csv")]
    assert [len(one.splitlines()) for one in text] == [8, 8]


def test_interactive(data: Path) -> None:
    here, there = list[InteractiveStep](), list[InteractiveStep]()
    asked = {"corrections": 2, "policies": ["suggested", "even"], "without_permanent": True}
    found = evaluate_interactive(data, SETTINGS, **asked, progress=here.append)
    spread = evaluate_interactive(
        data, SETTINGS, **asked, progress=there.append, spread=SpreadOver(HerePool())
    )
    assert spread == found
    assert there == here


def test_compression(data: Path, tmp_path: Path) -> None:
    options = {"protocol": LAYOUT, "encoders": {"x264": (20, 45)}}
    here = evaluate_compression(data, [Upright(make_engine(SETTINGS))], out=tmp_path / "here", **options)
    there = evaluate_compression(
        data, [ViewElsewhere(SETTINGS)], out=tmp_path / "there", spread=SpreadOver(HerePool()), **options
    )
    assert there.as_dict() == here.as_dict()


def test_clicks(data: Path) -> None:
    model = SegmenterElsewhere("compact", "cpu")
    here = evaluate_clicks(data, model, every=4)
    assert evaluate_clicks(data, model, every=4, spread=SpreadOver(HerePool())) == here


def test_what_cannot_be_done_is_said_with_its_sequence(data: Path, tmp_path: Path) -> None:
    broken = SegmentElsewhere(replace(SETTINGS, device="nowhere"))
    with pytest.raises(ClusterError, match=r"^one: There is no device 'nowhere'"):
        evaluate_vos(data, broken, out=tmp_path / "out", resume=True, spread=SpreadOver(HerePool()))
    with pytest.raises(ClusterError, match=r"^two: It is gone\.$"):
        evaluate_vos(
            data, SegmentElsewhere(SETTINGS), out=tmp_path / "out", resume=True,
            spread=SpreadOver(HerePool({"two": 9})),
        )  # fmt: skip
