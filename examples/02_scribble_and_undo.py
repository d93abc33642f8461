"""Scribble over an object, tidy the mask with the tools, and undo a step.

    python examples/02_scribble_and_undo.py [FOLDER]

Every edit is one step that can be undone, also after the project was closed and opened again.
"""

import sys
from pathlib import Path

from xmem_gui.annotator import Annotator
from xmem_gui.assets import asset
from xmem_gui.interaction import Prompts, Stroke


def main(out: Path) -> None:
    """Scribble over the rabbit, erase a stripe, and take that back."""
    out.mkdir(parents=True, exist_ok=True)
    place = out / "scribble.xmem"
    with Annotator.open(asset("sample/sample.mp4"), project=place) as annotator:
        rabbit = annotator.add_object("rabbit")
        scribble = Stroke([(230, 80), (225, 160), (215, 260)], radius=6)
        proposal = annotator.prompting.propose(0, rabbit.id, Prompts().plus(scribble))
        annotator.prompting.accept(proposal)
        annotator.editing.fill_holes(0, rabbit.id)
        annotator.editing.remove_islands(0, rabbit.id, min_area=200)
        print(f"scribbled: {area(annotator, rabbit.id):,} pixels")

        annotator.editing.brush(0, rabbit.id, [(180, 180), (260, 180)], radius=8, erase=True)
        print(f"a stripe erased: {area(annotator, rabbit.id):,} pixels")

    with Annotator.open(place) as annotator:
        annotator.undo()
        print(f"undone, after reopening: {area(annotator, rabbit.id):,} pixels")


def area(annotator: Annotator, object_id: int) -> int:
    """Return how many pixels of frame 0 belong to the object."""
    mask = annotator.project.mask(0, object_id)
    return 0 if mask is None else int(mask.sum())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
