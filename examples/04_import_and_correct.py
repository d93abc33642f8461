"""Import masks that another tool made, correct one frame, and track again from there.

    python examples/04_import_and_correct.py [FOLDER]

A corrected frame is committed, so it stays as it is. What is tracked again ends at the next committed frame.
"""

import sys
from pathlib import Path

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.assets import asset
from xmem_gui.formats import MemoryAnnotation, ObjectInfo, export
from xmem_gui.formats.davis import read_index_mask


def main(out: Path) -> None:
    """Import the rabbit's masks of two frames, correct frame 4, and track what lies between."""
    out.mkdir(parents=True, exist_ok=True)
    masks = from_another_tool(out / "theirs")
    with Annotator.open(asset("sample/sample.mp4"), project=out / "corrected.xmem") as annotator:
        # Look at the plan before anything is changed: what comes in, what is left out, and why.
        plan = annotator.plan_import(masks)
        print(plan.describe())
        annotator.import_masks(plan)

        (rabbit,) = annotator.project.objects
        annotator.commit(0, [rabbit.id])
        annotator.editing.grow(4, rabbit.id, radius=1)  # the correction: it was cut too tightly
        annotator.commit(4, [rabbit.id])
        run = annotator.run(Propagation("both", start=0, last=4, until="next_key_frame", objects=[rabbit.id]))
        print("tracked again:", [result.frame for result in run])


def from_another_tool(folder: Path) -> Path:
    """Write masks of frames 0 and 4 as another tool would: index PNGs in a folder."""
    mask = read_index_mask(asset("sample/sample.png")) == 1
    names = [f"{frame:05d}" for frame in range(88)]
    theirs = MemoryAnnotation(mask.shape, names, objects=[ObjectInfo(1, "rabbit", (200, 0, 0))])
    for frame in (0, 4):
        theirs.set(frame, 1, mask)
    (written, *_) = export(theirs, "index-png", folder)
    return written


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
