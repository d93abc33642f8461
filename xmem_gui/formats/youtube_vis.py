"""YouTube-VIS's JSON: a video, and for every object a list of run-length masks, one a frame."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.coco import read_segmentation
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.identity import ObjectTable
from xmem_gui.formats.importing import BaseImporter, ImportedMask, ImportPlan, ImportTarget, Steps, Unexpected
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.reading import member, read_bytes, read_json, text, whole
from xmem_gui.formats.sidecar import own_block, own_record
from xmem_gui.formats.single_file import JsonPieces, SingleFileExporter, categories
from xmem_gui.formats.staging import Stage


class YoutubeVisExporter(SingleFileExporter):
    """Writes one JSON file; an annotation's id is the object's. Masks that are empty or missing are null."""

    id = "youtube-vis"
    title = "YouTube-VIS (JSON, RLE)"
    extensions = (".json",)
    ending = ".json"

    def _produce(self, plan: ExportPlan, stage: Stage, tick: Tick) -> None:
        height, width = plan.annotation.size
        folder = safe_folder(plan.annotation.name)
        category = categories(plan.objects)
        tracks: dict[int, list[dict[str, Any] | None]] = {info.id: [] for info in plan.objects}
        boxes: dict[int, list[list[int] | None]] = {info.id: [] for info in plan.objects}
        areas: dict[int, list[int | None]] = {info.id: [] for info in plan.objects}
        for frame in plan.frames:
            masks = {info.id: rle for info, rle in plan.masks(frame)}
            for number in tracks:
                rle = masks.get(number)
                pixels = 0 if rle is None else rle.area
                tracks[number].append(rle.to_coco() if rle is not None and pixels else None)
                boxes[number].append(list(rle.bounds) if rle is not None and pixels else None)
                areas[number].append(pixels or None)
            tick()
        video = {
            "id": 1,
            "width": width,
            "height": height,
            "length": len(plan.frames),
            "file_names": [f"{folder}/{name}.jpg" for name in plan.names],
        }
        annotations = (
            {
                "id": info.id,
                "video_id": 1,
                "category_id": category[info.name],
                "iscrowd": 0,
                "width": width,
                "height": height,
                "length": len(plan.frames),
                "segmentations": tracks.pop(info.id),
                "bboxes": boxes.pop(info.id),
                "areas": areas.pop(info.id),
            }
            for info in sorted(plan.objects, key=lambda info: info.id)
        )
        with stage.file(self.target(plan)).open("w", encoding="utf-8") as file:
            out = JsonPieces(file)
            out.member("info", {"description": plan.annotation.name, "version": "1.0"})
            out.member("licenses", [])
            out.items(
                "categories", ({"id": n, "name": name, "supercategory": ""} for name, n in category.items())
            )
            out.member("videos", [video])
            out.items("annotations", annotations)
            out.member("xmem_gui", own_block(plan))
            out.close()


@dataclass(frozen=True)
class _Source:
    masks: tuple[tuple[int, int, Any], ...]


class YoutubeVisImporter(BaseImporter):
    """Reads the objects of one video: the one of the video's name, or the only one."""

    id = "youtube-vis"
    title = "YouTube-VIS JSON"

    def _recognises(self, path: Path) -> bool:
        if path.suffix.lower() != ".json" or not path.is_file():
            return False
        data = read_bytes(path)
        return b'"videos"' in data and b'"file_names"' in data and b'"annotations"' in data

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        document = read_json(path)
        video = _video(member(document, "videos", list, f"'{path}'"), target)
        names = member(video, "file_names", list, "The video")
        own, warnings = own_record(document, target, path)
        stems = [PurePosixPath(str(name).replace("\\", "/")).stem for name in names]
        if len(set(stems)) != len(stems):
            raise FormatError("The file has two images of one name.")
        if not own.names and len(own.frames) == len(stems):
            # Written before names were put down: frames stand in the order of the images.
            own = replace(own, names=tuple(stems))
        matching = match_frames(stems, target, own)
        warnings += matching.notes
        frames = [matching.frames.get(stem) for stem in stems]
        table = ObjectTable(own.objects)
        categories_by_id = {
            item["id"]: text(item.get("name", ""))
            for item in document.get("categories", [])
            if isinstance(item, dict) and isinstance(item.get("id"), int)
        }
        found: list[tuple[int, int, Any]] = []
        seen: set[int] = set()
        for item in member(document, "annotations", list, f"'{path}'"):
            if member(item, "video_id", (int, float), "An annotation") != video.get("id"):
                continue
            tracked = whole(member(item, "id", (int, float), "An annotation"), "An annotation's number")
            if tracked in seen:
                raise FormatError(f"'{path}' has two annotations of the number {tracked}.")
            seen.add(tracked)
            name = categories_by_id.get(item.get("category_id"), "")
            known = tracked in own.objects
            number = table.numbered(tracked, name) if known else table.keyed(tracked, name)
            listed = member(item, "segmentations", list, "An annotation")
            if len(listed) != len(frames):
                raise FormatError(
                    f"An annotation in '{path}' has {len(listed)} masks for {len(frames)} frames."
                )
            pairs = zip(frames, listed, strict=True)
            found += [(f, number, s) for f, s in pairs if f is not None and s is not None]
        for _, _, segmentation in steps(found):
            read_segmentation(segmentation, target.size)
        return ImportPlan(
            self.id,
            path,
            target,
            objects=table.objects(),
            frames=tuple(sorted(f for f in frames if f is not None)),
            masks=len(found),
            warnings=tuple(warnings),
            question=matching.question,
            importer=self,
            source=_Source(tuple(sorted(found, key=lambda item: item[:2]))),
        )

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        del unexpected  # there is nothing to repair
        source: _Source = plan.source
        for frame, number, segmentation in steps(source.masks):
            yield ImportedMask(frame, number, read_segmentation(segmentation, plan.target.size))


def _video(videos: list[Any], target: ImportTarget) -> dict[str, Any]:
    if not all(isinstance(video, dict) and isinstance(video.get("file_names"), list) for video in videos):
        raise FormatError("A video has no list of 'file_names'.")
    if len(videos) > 1:
        wanted = safe_folder(target.name)
        videos = [
            video
            for video in videos
            if video["file_names"] and str(video["file_names"][0]).replace("\\", "/").split("/")[0] == wanted
        ]
    if len(videos) != 1:
        raise FormatError(f"The file has not exactly one video for '{target.name}'.")
    found: dict[str, Any] = videos[0]
    size = (found.get("height", target.size[0]), found.get("width", target.size[1]))
    if size != tuple(target.size):
        raise FormatError(
            f"The masks are of {text(size[1])} x {text(size[0])} pixels, but the video has "
            f"{target.size[1]} x {target.size[0]}; masks must have the size of the video."
        )
    return found
