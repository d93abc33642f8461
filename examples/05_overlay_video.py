"""Track an object and write two videos: coloured masks over the picture, and a black and white matte.

python examples/05_overlay_video.py [FOLDER]
"""

import sys
from pathlib import Path

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.assets import asset
from xmem_gui.errors import OutputError
from xmem_gui.formats import ExportRequest, FrameSelection
from xmem_gui.formats.davis import read_index_mask

LAST = 7


def main(out: Path) -> None:
    """Write an overlay to show and a lossless matte to composite with."""
    out.mkdir(parents=True, exist_ok=True)
    with Annotator.open(asset("sample/sample.mp4"), project=out / "overlay.xmem") as annotator:
        rabbit = annotator.add_object("rabbit")
        annotator.set_mask(0, rabbit.id, read_index_mask(asset("sample/sample.png")) == 1)
        for _ in annotator.run(Propagation(last=LAST)):
            pass  # each result is in the project before the loop sees it

        request = ExportRequest(frames=FrameSelection(stop=LAST + 1), objects=(rabbit.id,), overwrite=True)
        for format_id, name in (("overlay", "overlay.mp4"), ("matte", "matte.mkv")):
            # The plan says what would be written, and why it would be refused.
            plan = annotator.plan_export(format_id, out / name, request)
            if plan.refusals:
                raise OutputError(plan.refusals[0])
            annotator.export(format_id, out / name, request)
            print(f"{format_id}: {plan.files} file, {len(plan.frames)} frames, in {out / name}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
