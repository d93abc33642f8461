"""Open a video, click an object, and save its mask as a picture.

    python examples/01_open_and_click.py [FOLDER]

A first click finds the object. If the answer takes in too much, a negative click says what does not belong.
"""

import sys
from pathlib import Path

from xmem_gui.annotator import Annotator
from xmem_gui.assets import asset
from xmem_gui.formats import ExportRequest, FrameSelection
from xmem_gui.interaction import Point, Prompts


def main(out: Path) -> None:
    """Click the rabbit on frame 0 and export that frame."""
    out.mkdir(parents=True, exist_ok=True)
    with Annotator.open(asset("sample/sample.mp4"), project=out / "click.xmem") as annotator:
        rabbit = annotator.add_object("rabbit")

        # Positions are x, y in pixels of the video.
        prompts = Prompts((Point(230, 120),))
        proposal = annotator.prompting.propose(0, rabbit.id, prompts)
        print(f"after one click: {proposal.mask.sum():,} pixels")

        # Nothing has changed yet. Add clicks until the proposal is right, then accept it.
        for x, y in ((95, 180), (80, 240), (140, 190)):  # the rocks and the cave are not the rabbit
            prompts = prompts.plus(Point(x, y, positive=False))
        proposal = annotator.prompting.propose(0, rabbit.id, prompts)
        annotator.prompting.accept(proposal)
        print(f"after four clicks: {proposal.mask.sum():,} pixels")

        first_frame = ExportRequest(frames=FrameSelection(explicit=(0,)))
        for path in annotator.export("binary-png", out / "masks", first_frame):
            print(f"wrote {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
