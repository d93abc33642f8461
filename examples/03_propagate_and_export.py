"""Give masks for one frame, track the objects through the clip, and export for other tools.

    python examples/03_propagate_and_export.py [FOLDER]

The masks you give are committed: tracking never changes them.
"""

import sys
from pathlib import Path

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.assets import asset
from xmem_gui.formats import ExportRequest, FrameSelection
from xmem_gui.formats.davis import read_index_mask

LAST = 9
"""The last frame to track; leave `last` out below to go to the end of the video."""


def main(out: Path) -> None:
    """Track the rabbit and the rocks, and export index PNGs and a COCO file."""
    out.mkdir(parents=True, exist_ok=True)
    with Annotator.open(asset("sample/sample.mp4"), project=out / "tracked.xmem") as annotator:
        # An index mask holds all objects of a frame: 0 is background, 1 the rabbit, 2 the rocks.
        index = read_index_mask(asset("sample/sample.png"))
        for number, name in ((1, "rabbit"), (2, "rocks")):
            thing = annotator.add_object(name)
            annotator.set_mask(0, thing.id, index == number)

        for result in annotator.run(Propagation("forward", last=LAST)):
            worst = min(result.confidence().values(), default=1.0)
            print(f"frame {result.frame}: confidence {worst:.2f}")

        tracked = ExportRequest(frames=FrameSelection(stop=LAST + 1))
        annotator.export("davis", out / "davis", tracked)
        annotator.export("coco", out / "sample.json", tracked)
        print(f"wrote {out / 'davis'} and {out / 'sample.json'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
