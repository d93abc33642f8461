"""A format of text lines: frame, object and COCO's run lengths, with tabs between.

The first line is the mark by which the program knows its own files, so that ``--overwrite`` replaces only
those. Object names are in lines that begin with ``object``.
"""

from pathlib import Path

from xmem_gui.errors import FormatError
from xmem_gui.formats import FormatPlugin, ImportPlan, ImportTarget
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.importing import Steps
from xmem_gui.formats.rle import from_coco
from xmem_gui.formats.scaling import check_size, scaled
from xmem_gui.formats.single_file import SingleFileExporter
from xmem_gui.formats.staging import Staging
from xmem_gui.outputs import mark

ID = "toy-lines"
_FIRST = f"# {mark(ID)}"


class LinesExporter(SingleFileExporter):
    """Writes one file; the base class chooses frames and objects, and lets the file appear whole."""

    id = ID
    title = "Toy lines (.lines)"
    extensions = (".lines",)
    ending = ".lines"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        with stage.file(self.target(plan)).open("w", encoding="utf-8") as file:
            height, width = plan.annotation.size
            file.write(f"{_FIRST}\nsize\t{height}\t{width}\n")
            for info in plan.objects:
                file.write(f"object\t{info.id}\t{' '.join(info.name.split())}\n")
            for frame in plan.frames:
                for info, rle in plan.masks(frame):
                    file.write(f"{frame}\t{info.id}\t{rle.counts.decode('ascii')}\n")
                tick()


class LinesImporter(DocumentImporter):
    """Reads such a file; a line that cannot be read is left out, counted and named."""

    id = ID
    title = "Toy lines"

    def _recognises(self, path: Path) -> bool:
        if path.suffix != ".lines":
            return False
        with path.open("rb") as file:
            return file.read(len(_FIRST)) == _FIRST.encode()

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        gathered = Gathered(target, steps)
        size, names, frames = target.size, dict[int, str](), []
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(steps(lines), 1):
            with gathered.left.guard("line", f"line {number}"):
                match line.split("\t"):
                    case ["size", height, width]:
                        size = int(height), int(width)
                        check_size(size, target, "The masks are")
                    case ["object", object_id, name]:
                        names[int(object_id)] = name
                    case [frame, object_id, counts]:
                        rle = scaled(from_coco({"size": list(size), "counts": counts}), target.size)
                        key = gathered.table.meet(
                            ("object", int(object_id)), names.get(int(object_id), ""), int(object_id)
                        )
                        if not 0 <= int(frame) < len(target.frame_names):
                            raise FormatError("its frame is not in the video")
                        gathered.put(int(frame), key, rle, f"line {number}")
                        frames.append(int(frame))
                    case _ if not line.startswith("#"):
                        raise FormatError("it is neither a size, an object nor a mask")
        return gathered.plan(self, path, frames)


LINES = FormatPlugin(
    sentence="One line of text for each mask.",
    exporter=LinesExporter(),
    importer=LinesImporter(),
    one_file=True,
)
