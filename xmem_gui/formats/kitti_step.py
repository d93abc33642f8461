"""Reading KITTI-STEP: colour PNGs whose red is a class and green times 256 plus blue an object of it."""

from pathlib import Path

import numpy as np
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats.davis import list_masks
from xmem_gui.formats.finding import find_folders, gather, has_png
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import ordered_name
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.label_pictures import split_labels, visible_in
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.reading import png_file_size
from xmem_gui.formats.scaling import check_size, scaled

_VOID = 255
_FOLDER = "panoptic_maps"
_MOST_SEGMENTS = 2048
_CLASSES = (
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation",
    "terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
)  # fmt: skip
"""Those of Cityscapes, by the numbers for training."""


class KittiStepImporter(DocumentImporter):
    """Reads ``panoptic_maps``: an object is one class and number; a class without numbers is one object."""

    id = "kitti-step"
    title = "KITTI-STEP"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folders = _find(path, target.name) or find_folders(path, has_png, target.name)
        if not folders:
            raise FormatError(f"'{path}' has no folder of PNG masks of KITTI-STEP.")
        files = gather(folders, list_masks)
        matching = match_frames(list(files), target)
        gathered = Gathered(target, steps)
        frames = []
        for frame, stem in steps(sorted((frame, stem) for stem, frame in matching.frames.items())):
            with gathered.left.guard("mask", files[stem].name):
                _take(files[stem], frame, gathered)
                frames.append(frame)
        return gathered.plan(self, path, frames, matching.notes, matching.question)


def _find(path: Path, name: str) -> list[Path]:
    def holds(folder: Path) -> bool:
        return _FOLDER in folder.parts and has_png(folder)

    return find_folders(path, holds, name)


def _take(path: Path, frame: int, gathered: Gathered) -> None:
    size = png_file_size(path)
    check_size(size, gathered.target, "it is of")
    gathered.budget.pixels(4 * size[0] * size[1])
    with Image.open(path, formats=("PNG",)) as image:
        if image.mode != "RGB":
            raise FormatError("it is not a colour picture of classes and numbers")
        colours = np.asarray(image).astype(np.int64)
    # Shifted by one, so that class 0 (road) is not taken for nothing.
    values = 65536 * (colours[..., 0] + 1) + 256 * colours[..., 1] + colours[..., 2]
    values[colours[..., 0] == _VOID] = 0
    if len(visible_in(values)) > _MOST_SEGMENTS:
        raise FormatError("it has too many objects")
    for value, rle in split_labels(values, gathered):
        kind, number = value // 65536 - 1, value % 65536
        name = _CLASSES[kind] if kind < len(_CLASSES) else f"class {kind}"
        key = gathered.table.meet(("step", kind, number), ordered_name(name, number))
        gathered.put_shape(frame, key, scaled(rle, gathered.target.size), path.name, "mask")
