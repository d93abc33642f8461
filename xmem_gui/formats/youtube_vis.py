"""YouTube-VIS's JSON: a video, and for every object a list of run-length masks, one a frame."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.finding import find_files, one_file
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.reading import member_of, one_line, read_json, read_text
from xmem_gui.formats.record import own_block, own_record
from xmem_gui.formats.scaling import stated_size
from xmem_gui.formats.segmentation import read_polygons, read_rle, says_nothing
from xmem_gui.formats.single_file import JsonPieces, SingleFileExporter, categories
from xmem_gui.formats.staging import Staging
from xmem_gui.formats.text_files import has_members


class YoutubeVisExporter(SingleFileExporter):
    """Writes one JSON file; an annotation's id is the object's. Masks that are empty or missing are null."""

    id = "youtube-vis"
    title = "YouTube-VIS (JSON, RLE)"
    extensions = (".json",)
    ending = ".json"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
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
                "category_id": category[info.label],
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


class YoutubeVisImporter(DocumentImporter):
    """Reads the objects of one video: the one of the video's name, or the only one."""

    id = "youtube-vis"
    title = "YouTube-VIS JSON"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, (".json",), _is_youtube_vis, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        path = one_file(path, (".json",), _is_youtube_vis, target.name)
        document = read_json(path)
        video = _video(member_of(document, "videos", list, f"'{path}'"), target)
        stated = stated_size(video.get("height"), video.get("width"), target, f"'{path}' is of")
        names = member_of(video, "file_names", list, "The video")
        own, notes = own_record(document, target, path)
        stems = [PurePosixPath(str(name).replace("\\", "/")).stem for name in names]
        counts = Counter(stems)
        alone = [stem for stem in stems if counts[stem] == 1]
        if not own.names and len(own.frames) == len(alone):
            # Written before names were put down: frames stand in the order of the images.
            own = replace(own, names=tuple(alone))
        matching = match_frames(alone, target, own)
        frames = [matching.frames.get(stem) for stem in stems]
        gathered = Gathered(target, steps, own.known)
        for stem, name in zip(stems, names, strict=True):
            if counts[stem] > 1:
                gathered.left.add("image", "another has its name", one_line(name, 60))
        items = member_of(document, "annotations", list, f"'{path}'")
        mine = [item for item in items if isinstance(item, dict) and item.get("video_id") == video.get("id")]
        if strange := _of_no_video(items, document["videos"]):
            gathered.left.add("annotation", "the file does not list its video", count=strange)
        if odd := sum(not isinstance(item, dict) for item in items):
            gathered.left.add("annotation", "it is not a JSON object", count=odd)
        table = _Tracks(frames, names, stated, _category_names(document))
        for place, item in enumerate(steps(mine)):
            with gathered.left.guard("annotation", f"annotation {one_line(item.get('id', place), 20)}"):
                table.take(place, item, gathered)
        gathered.absent_by(own, matching.frames)
        notes += matching.notes
        return gathered.plan(self, path, matching.frames.values(), notes, matching.question)


def _is_youtube_vis(path: Path) -> bool:
    found = read_text(path)
    return has_members(found, "videos", "file_names", "annotations")


class _Tracks:
    """Takes one annotation after the other: each is an object."""

    def __init__(
        self, frames: list[int | None], names: list[Any], stated: tuple[int, int], categories: dict[Any, str]
    ) -> None:
        self._frames, self._names, self._stated, self._categories = frames, names, stated, categories
        self._seen: set[int] = set()

    def take(self, place: int, item: dict[str, Any], gathered: Gathered) -> None:
        number = item.get("id")
        tracked = number if isinstance(number, int) and not isinstance(number, bool) else None
        category = item.get("category_id")
        name = self._categories.get(category, "") if isinstance(category, int | float | str) else ""
        key: Hashable | None = None
        if tracked is not None and tracked not in self._seen:
            self._seen.add(tracked)
            key = gathered.table.own(tracked, name)
        listed = member_of(item, "segmentations", list, "it")
        if len(listed) != len(self._frames):
            raise FormatError(f"it has {len(listed)} masks for {len(self._frames)} frames")
        if key is None:
            key = gathered.table.meet(("annotation", place), name)
        for frame, file_name, segmentation in zip(self._frames, self._names, listed, strict=True):
            if frame is None or says_nothing(segmentation):
                continue
            where = f"annotation {one_line(item.get('id', place), 20)}, {one_line(file_name, 40)}"
            with gathered.left.guard("mask", where):
                if isinstance(segmentation, dict):
                    gathered.put(frame, key, read_rle(segmentation, gathered), where)
                else:
                    rle = read_polygons(segmentation, gathered, self._stated, where)
                    gathered.put_shape(frame, key, rle, where, "mask")


def _category_names(document: dict[str, Any]) -> dict[Any, str]:
    listed = document.get("categories", [])
    return {
        item["id"]: one_line(item.get("name") or "")
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict) and isinstance(item.get("id"), int | float | str)
    }


def _of_no_video(annotations: list[Any], videos: list[Any]) -> int:
    """Count the annotations of a video that is not in the file."""
    ids = {
        one["id"] for one in videos if isinstance(one, dict) and isinstance(one.get("id"), int | float | str)
    }
    owners = (item.get("video_id") for item in annotations if isinstance(item, dict))
    return sum(not isinstance(owner, int | float | str) or owner not in ids for owner in owners)


def _video(videos: list[Any], target: ImportTarget) -> dict[str, Any]:
    videos = [v for v in videos if isinstance(v, dict) and isinstance(v.get("file_names"), list)]
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
    return found
