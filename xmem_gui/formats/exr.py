"""Mattes as OpenEXR: a file a frame, in which every object is a layer by its name, of half floats.

Needs the package OpenEXR, which the extra ``vfx`` brings. Values are those of the probabilities, or 0 and 1;
they are packed by ZIP, which loses nothing.
"""

import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import OutputError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.rle import Rle, decode
from xmem_gui.formats.sidecar import SIDECAR, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.soft import soft_warnings
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.outputs import mark

_LONGEST = 20
"""Letters of a layer's name: old readers end names of channels at 31, and a number and ".A" may follow."""
_MOST_BYTES = 2**31
LAYERS = "xmem_gui_layers"
"""The attribute of our files that has the object's number of each layer, as JSON."""
NEEDED = "OpenEXR files need the package OpenEXR, which is not installed: run `pip install 'xmem-gui[vfx]'`."


class ExrExporter(BaseExporter):
    """Writes SEQUENCE-exr/FRAME.exr with the channel LAYER.A of each object, in all frames the same ones."""

    id = "exr"
    title = "mattes (OpenEXR, a layer an object)"
    extensions = (".exr",)
    writes = (SIDECAR,)
    takes_images = False
    has_edge = True

    def _layout(self, plan: ExportPlan) -> Layout:
        folder = _folder(plan)
        height, width = plan.annotation.size
        refusals = []
        if importlib.util.find_spec("OpenEXR") is None:
            refusals.append(NEEDED)
        if 2 * height * width * len(plan.objects) > _MOST_BYTES:
            refusals.append(
                f"A frame with {len(plan.objects)} layers of {width} x {height} pixels is too much for one "
                "file; choose fewer objects."
            )
        renamed = [
            f"The layer of '{info.name}' is named '{name}'."
            for info, name in zip(plan.objects, layer_names(plan.objects), strict=True)
            if name != info.name
        ]
        sidecar = plan.destination / sidecar_name(folder)
        return Layout(
            (plan.destination / folder, sidecar),
            len(plan.frames) + 1,
            tuple(f"{folder}/{name}.exr" for name in plan.names[:5]),
            (*renamed[:3], *soft_warnings(plan)),
            tuple(refusals),
            shared=shared_sidecar(sidecar),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        place = plan.destination / _folder(plan)
        folder = stage.folder(place)
        layers = dict(zip((info.id for info in plan.objects), layer_names(plan.objects), strict=True))
        height, width = plan.annotation.size

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [
                    (info.id, rle, plan.annotation.probability(frame, info.id))
                    for info, rle in plan.masks(frame)
                ]
                yield partial(one, folder / f"{name}.exr", masks)

        def one(path: Path, masks: list[tuple[int, Rle, NDArray[np.float32] | None]]) -> None:
            nothing = np.zeros((height, width), dtype=np.float16)
            found = dict.fromkeys(layers, nothing)
            for number, rle, soft in masks:
                found[number] = _values(rle, soft)
            _write(path, {f"{layers[number]}.A": values for number, values in found.items()}, listed)

        listed = json.dumps({layer: number for number, layer in layers.items()})
        run_jobs(jobs(), tick)
        sidecar = plan.destination / sidecar_name(place.name)
        write_sidecar(stage.file(sidecar), plan, place, final=sidecar)


def layer_names(objects: Sequence[ObjectInfo]) -> tuple[str, ...]:
    """Return a name for the layer of each object, in letters that compositors take.

    Where names are the same, or nothing is left of one, the object's number follows.
    """
    plain = [re.sub(r"[^A-Za-z0-9_]+", "_", info.name).strip("_")[:_LONGEST] for info in objects]
    plain = [f"_{name}" if name[:1].isdigit() else name for name in plain]
    folded = [name.casefold() for name in plain]
    names = [
        name if name and folded.count(name.casefold()) == 1 else f"{name or 'object'}_{info.id}"
        for name, info in zip(plain, objects, strict=True)
    ]
    used: set[str] = set()
    for place in range(len(names)):
        while names[place].casefold() in used:
            names[place] += "_"
        used.add(names[place].casefold())
    return tuple(names)


def _folder(plan: ExportPlan) -> str:
    return safe_folder(f"{plan.annotation.name}-exr")


def _values(rle: Rle, soft: NDArray[np.float32] | None) -> NDArray[np.float16]:
    if soft is None:
        return decode(rle).astype(np.float16)
    return np.nan_to_num(np.clip(soft, 0.0, 1.0)).astype(np.float16)


def _write(path: Path, channels: dict[str, NDArray[np.float16]], layers: str) -> None:
    try:
        import OpenEXR
    except ImportError as error:
        raise OutputError(NEEDED) from error
    header: dict[str, Any] = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "xmem_gui": mark(ExrExporter.id),
        LAYERS: layers,
    }
    try:
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
    except (RuntimeError, ValueError) as error:
        raise OutputError(f"'{path.name}' cannot be written as OpenEXR: {error}.") from error
