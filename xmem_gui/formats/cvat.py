"""CVAT's XML, "CVAT for video 1.1": masks in CVAT's own run lengths, or polygons.

CVAT keeps no tracks of masks: it reads one mask of a track, so every mask is a track of its own, and
`group_id` is the object. Polygons are real tracks, one for each object; parts and holes are joined by seams
(see `polygons`).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from xmem_gui.arrays import Points
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.polygons import join, keyhole, trace
from xmem_gui.formats.record import own_block
from xmem_gui.formats.rle import Rle, decode, row_runs
from xmem_gui.formats.single_file import SingleFileExporter, categories, dumps
from xmem_gui.formats.staging import Staging


class CvatExporter(SingleFileExporter):
    """Writes one XML file; frames have the video's own numbers. Empty masks are left out."""

    extensions = (".xml",)
    ending = ".xml"

    def __init__(self, *, polygons: bool) -> None:
        self.id = "cvat-polygons" if polygons else "cvat"
        self.title = f"CVAT for video (XML, {'polygons' if polygons else 'masks'})"
        self._polygons = polygons

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        if plan.request.naming.pattern is None:
            return ()
        return ("CVAT's files number frames as the video does; the name pattern is not used.",)

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        with stage.file(self.target(plan)).open("w", encoding="utf-8", newline="\n") as file:
            file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
            write_meta(file, plan, "interpolation")
            if self._polygons:
                _write_polygons(file, plan, tick)
            else:
                _write_masks(file, plan, tick)
            file.write("</annotations>\n")


def write_meta(file: IO[str], plan: ExportPlan, mode: str) -> None:
    """Write what CVAT says of a task, with what this program says of the export.

    ``mode`` is CVAT's word for tasks of videos (interpolation) or of pictures (annotation), whose frames have
    names.
    """
    height, width = plan.annotation.size
    for frame in plan.frames:  # the list of empty masks stands before them
        for _ in plan.masks(frame):
            pass
    own = own_block(plan, names=mode == "annotation")
    colours: dict[str, ObjectInfo] = {}
    for info in sorted(plan.objects, key=lambda info: info.id):
        colours.setdefault(info.label, info)
    labels = "".join(
        f"        <label><name>{_xml(name)}</name><color>#{bytes(colours[name].colour).hex()}</color>"
        "<type>any</type><attributes></attributes></label>\n"
        for name in categories(plan.objects)
    )
    file.write(
        "  <meta>\n    <task>\n"
        f"      <id>1</id>\n      <name>{_xml(plan.annotation.name)}</name>\n"
        f"      <size>{plan.annotation.frames}</size>\n      <mode>{mode}</mode>\n"
        "      <overlap>0</overlap>\n      <bugtracker></bugtracker>\n      <flipped>False</flipped>\n"
        f"      <start_frame>0</start_frame>\n      <stop_frame>{plan.annotation.frames - 1}</stop_frame>\n"
        f"      <frame_filter></frame_filter>\n      <labels>\n{labels}      </labels>\n"
        f"      <original_size><width>{width}</width><height>{height}</height></original_size>\n"
        f"    </task>\n    <xmem_gui>{_xml(dumps(own))}</xmem_gui>\n  </meta>\n"
    )


def _write_masks(file: IO[str], plan: ExportPlan, tick: Tick) -> None:
    track = 0
    for frame in plan.frames:
        for z, (info, rle) in enumerate(plan.masks(frame)):
            shape = mask_attributes(rle)
            if shape is None:
                continue
            file.write(_track(track, info))
            file.write(_element("mask", frame, False, shape, z))
            if frame + 1 < plan.annotation.frames:
                gone = 'rle="0, 1" left="0" top="0" width="1" height="1"'
                file.write(_element("mask", frame + 1, True, gone, z))
            file.write("  </track>\n")
            track += 1
        tick()


def _track(number: int, info: ObjectInfo) -> str:
    return f'  <track id="{number}" label={_attribute(info.label)} source="manual" group_id="{info.id}">\n'


def _element(kind: str, frame: int, outside: bool, shape: str, z: int) -> str:
    state = f'frame="{frame}" keyframe="1" outside="{int(outside)}" occluded="0"'
    return f'    <{kind} {state} {shape} z_order="{z}"></{kind}>\n'


def mask_attributes(rle: Rle) -> str | None:
    """Return a mask as the attributes of an element, or None for an empty one."""
    mask = decode(rle)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    runs = ", ".join(map(str, row_runs(mask[top:bottom, left:right])))
    return f'rle="{runs}" left="{left}" top="{top}" width="{right - left}" height="{bottom - top}"'


def _write_polygons(file: IO[str], plan: ExportPlan, tick: Tick) -> None:
    # CVAT wants a track whole, so that frames are gone through once for each object; only the first counts
    # progress.
    chosen = sorted(plan.objects, key=lambda info: info.id)
    order = {info.id: z for z, info in enumerate(plan.objects)}
    for track, info in enumerate(chosen):
        file.write(_track(track, info))
        for frame, points, outside in _polygon_states(plan, info.id, tick if track == 0 else tick.check):
            file.write(_element("polygon", frame, outside, f'points="{points}"', order[info.id]))
        file.write("  </track>\n")


def _polygon_states(
    plan: ExportPlan, object_id: int, after_each: Callable[[], None]
) -> Iterator[tuple[int, str, bool]]:
    """Yield (frame, points, whether it is gone) wherever an object is, and where it goes."""
    last: tuple[int, str] | None = None
    for frame in plan.frames:
        rle = plan.rle(frame, object_id)
        ring = None if rle is None else _ring(rle)
        if last is not None and (ring is None or frame > last[0] + 1):
            yield last[0] + 1, last[1], True
            last = None
        if ring is not None:
            points = _points(ring)
            last = (frame, points)
            yield frame, points, False
        after_each()
    if last is not None and last[0] + 1 < plan.annotation.frames:
        yield last[0] + 1, last[1], True


def _ring(rle: Rle) -> Points | None:
    parts = trace(decode(rle))
    return join([keyhole(part) for part in parts]) if parts else None


def _points(ring: Sequence[Sequence[float]] | Points) -> str:
    return ";".join(f"{x:.10g},{y:.10g}" for x, y in ring)


def _xml(value: str) -> str:
    return escape("".join(c if c.isprintable() else " " for c in value))


def _attribute(value: str) -> str:
    return quoteattr("".join(c if c.isprintable() else " " for c in value))
