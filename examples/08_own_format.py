"""Export in a format of your own: a CSV file with the box and area of every mask.

    python examples/08_own_format.py [FOLDER]

The base class chooses frames and objects, refuses to write over what is not its own, and lets the file
appear whole. To have the format in the window and in commands, put it into a plugin (docs/plugins.md).
"""

import csv
import sys
from pathlib import Path

import numpy as np

from xmem_gui.annotator import Annotator
from xmem_gui.assets import asset
from xmem_gui.formats import ExportPlan, ExportRequest
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.formats.exporting import Tick
from xmem_gui.formats.single_file import SingleFileExporter
from xmem_gui.formats.staging import Staging
from xmem_gui.outputs import mark


class BoxesExporter(SingleFileExporter):
    """Writes one line for each mask: frame, object, left, top, width, height, area."""

    id = "boxes"
    title = "Boxes (CSV)"
    extensions = (".csv",)
    ending = "-boxes.csv"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        with stage.file(self.target(plan)).open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow([f"# {mark(self.id)}"])  # by this the program knows its own file
            lines.writerow(["frame", "object", "left", "top", "width", "height", "area"])
            for frame in plan.frames:
                for info, rle in plan.masks(frame):
                    rows, columns = np.nonzero(rle.to_mask())
                    if rows.size:
                        box = columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1
                        lines.writerow([frame, info.name, *box, rle.area])
                tick()  # progress, and stopping when asked to


def main(out: Path) -> None:
    """Export the two objects of the sample's first frame."""
    out.mkdir(parents=True, exist_ok=True)
    with Annotator.open(asset("sample/sample.mp4"), project=out / "boxes.xmem") as annotator:
        index = read_index_mask(asset("sample/sample.png"))
        for number, name in ((1, "rabbit"), (2, "rocks")):
            annotator.set_mask(0, annotator.add_object(name).id, index == number)
        exporter = BoxesExporter()
        (written,) = exporter.write(exporter.plan(annotator.annotation, ExportRequest(), out / "boxes.csv"))
        print(written.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
