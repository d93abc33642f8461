from pathlib import Path

from tiny_network import box, open_tiny

from xmem_gui.annotator.propagation.suggestions import doubtful_spans
from xmem_gui.project import ChangeObject, Review


def test_low_masks_are_gathered_in_spans_the_worst_first(tmp_path: Path) -> None:
    with open_tiny(tmp_path / "clip.xmem") as annotator:
        project = annotator.project
        rabbit, rock = (annotator.add_object(name).id for name in ("rabbit", "rock"))
        annotator.set_mask(0, rabbit, box(1))
        with project.run() as run:
            for frame, sure in ((1, 0.5), (2, 0.9), (3, 0.4), (4, 0.95), (5, 0.99), (6, 0.9)):
                run.put(frame, {rabbit: box(1), rock: box(2)}, confidence={rabbit: sure, rock: 0.9})
            run.put(6, {rock: box(2)}, confidence=0.2)
        spans = doubtful_spans(project, 0.7)
        assert [(one.object, one.frames, one.worst) for one in spans] == [
            (rock, range(6, 7), 6), (rabbit, range(1, 4), 3),
        ]  # fmt: skip
        assert [round(one.confidence, 2) for one in spans] == [0.2, 0.4]
        assert doubtful_spans(project, 0.7, most=1) == spans[:1]
        project.apply(Review(spans[1].frames, [rabbit]))
        assert doubtful_spans(project, 0.7) == spans[:1]
        project.apply(ChangeObject(rock, locked=True))
        assert doubtful_spans(project, 0.7) == []
        assert doubtful_spans(project, 0.0) == []
