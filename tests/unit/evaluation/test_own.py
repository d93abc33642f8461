import json
from pathlib import Path

import official_layouts as layouts
import pytest
from tiny_network import box, masks_of, open_tiny, use_tiny_network
from typer.testing import CliRunner

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.cli.evaluate import app
from xmem_gui.errors import Cancelled, MaskError
from xmem_gui.evaluation.own import measure_own


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    use_tiny_network(monkeypatch)
    with open_tiny(tmp_path / "clip.xmem") as opened:
        # A clip that was never on a disk needs no reader of its own.
        opened.video.twin = lambda: opened.video  # type: ignore[method-assign]
        yield opened


def test_committed_frames_are_scored_as_if_they_had_not_been_corrected(annotator: Annotator) -> None:
    rabbit, rocks, cloud = (annotator.add_object(name).id for name in ("rabbit", "rocks", "cloud"))
    annotator.set_mask(1, rabbit, box(1))
    annotator.set_mask(4, rabbit, box(2))
    annotator.set_mask(2, rocks, box(3))
    annotator.set_mask(5, rocks, box(3))
    annotator.set_mask(3, rocks, box(4), commit=False)
    annotator.set_mask(0, cloud, box(5))
    before = masks_of(annotator)
    told: list[tuple[int, int]] = []
    scores = measure_own(annotator, progress=lambda done, total: told.append((done, total)))
    assert set(scores.objects) == {rabbit, rocks}
    assert scores.names == {rabbit: "rabbit", rocks: "rocks"}
    assert scores.left_out == ("cloud",)
    assert [scores.objects[rabbit].frames, scores.objects[rocks].frames] == [1, 1]
    assert 0 <= scores.means.j_and_f <= 100
    assert told[-1] == (6, 6)
    assert masks_of(annotator) == before


def test_what_a_person_did_not_change_scores_100(annotator: Annotator) -> None:
    one = annotator.add_object("one").id
    annotator.set_mask(0, one, box(1))
    tracked = {result.frame: result.masks()[one] for result in annotator.run(Propagation("forward", start=0))}
    annotator.set_mask(6, one, tracked[6])
    scores = measure_own(annotator)
    assert (scores.objects[one].j, scores.objects[one].f) == (100, 100)


def test_there_must_be_two_committed_masks(annotator: Annotator) -> None:
    annotator.set_mask(0, annotator.add_object("one").id, box(1))
    with pytest.raises(MaskError, match="two frames or more"):
        measure_own(annotator)


def test_it_can_be_cancelled(annotator: Annotator) -> None:
    one = annotator.add_object("one").id
    for frame in (0, 6):
        annotator.set_mask(frame, one, box(frame + 1))
    with pytest.raises(Cancelled):
        measure_own(annotator, cancelled=lambda: True)


def test_by_command(tmp_path: Path) -> None:
    """On a real folder of pictures, with the network that ships."""
    pictures = tmp_path / "clip"
    layouts.pictures(pictures, layouts.numbered())
    with Annotator.open(pictures) as opened:
        name = opened.add_object("square [1]").id
        for frame in (0, 3, 6):
            opened.set_mask(frame, name, layouts.squares(frame) == 1)
        project = opened.project.path
    result = CliRunner().invoke(app, ["vos", str(project), "--json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["objects"][str(name)]["name"] == "square [1]"
    assert facts["objects"][str(name)]["frames"] == 2
    assert 0 <= facts["j_and_f"] <= 100
