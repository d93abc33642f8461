"""YouTube-VOS and LVOS: a meta.json says which objects there are, of which category, and in which frames."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xmem_gui.errors import MediaError
from xmem_gui.evaluation.dataset import Sequence, check_name, listed_names, sequence_of
from xmem_gui.evaluation.protocols.base import VosProtocol, chosen

_LVOS_STEP = 5
"""LVOS knows a mask of every fifth frame."""


@dataclass(frozen=True)
class _Split:
    """Where one split's files are."""

    masks: Path
    pictures: Path
    meta: Path


def _videos(path: Path) -> dict[str, dict[str, Any]]:
    """Return the objects of each video, by the object's number as text."""
    try:
        videos = json.loads(path.read_text(encoding="utf-8"))["videos"]
        found = {name: dict(video["objects"]) for name, video in videos.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MediaError(f"'{path}' cannot be read: it should name videos and their objects.") from error
    for name, objects in found.items():
        check_name(name)
        if not all(number.isdecimal() and isinstance(one, dict) for number, one in objects.items()):
            raise MediaError(f"'{path}' numbers an object of '{name}' by something else than a whole number.")
    return found


def _frames_of(name: str, sequence: Sequence, listed: Collection[Any], meta: Path) -> tuple[int, ...]:
    at = {image.stem: frame for frame, image in enumerate(sequence.images)}
    lost = [frame for frame in listed if frame not in at]
    if lost:
        raise MediaError(
            f"'{meta}' names the frame '{lost[0]}' of '{name}', which is not among its pictures."
        )
    return tuple(sorted(at[frame] for frame in listed))


# YouTube-VOS


def _youtube_split(root: Path) -> _Split | None:
    for split in (root / "valid", root):
        if (split / "meta.json").is_file() and (split / "Annotations").is_dir():
            every = split.parent / "all_frames" / f"{split.name}_all_frames" / "JPEGImages"
            pictures = every if every.is_dir() else split / "JPEGImages"
            return _Split(split / "Annotations", pictures, split / "meta.json")
    return None


def _find_youtube(root: Path, names: Collection[str] | None) -> list[Sequence]:
    split = _youtube_split(root)
    if split is None:
        raise MediaError(f"'{root}' is not in the layout of YouTube-VOS: there is no valid/meta.json in it.")
    videos, seen = _videos(split.meta), _seen_categories(split.meta.parent.parent)
    return [_youtube(name, videos[name], split, seen) for name in chosen(videos.keys(), names, root)]


def _youtube(name: str, objects: Mapping[str, Any], split: _Split, seen: frozenset[str]) -> Sequence:
    plain = sequence_of(name, split.pictures / name, split.masks / name)
    try:
        spans = {
            int(number): _frames_of(name, plain, one["frames"], split.meta) for number, one in objects.items()
        }
        categories = {int(number): str(one.get("category", "")) for number, one in objects.items()}
    except (KeyError, TypeError) as error:
        raise MediaError(
            f"'{split.meta}' does not say in which frames the objects of '{name}' are."
        ) from error
    return replace(
        plain,
        saved=tuple(sorted({frame for span in spans.values() for frame in span})),
        # An object counts from the frame after the one in which it is given.
        spans={number: span[1:] for number, span in spans.items()},
        groups={number: "seen" if name in seen else "unseen" for number, name in categories.items()}
        if seen
        else {},
    )


def _seen_categories(root: Path) -> frozenset[str]:
    """Return the categories of the training set, by its meta.json; empty where it is not there."""
    meta = root / "train" / "meta.json"
    if not meta.is_file():
        return frozenset()
    return frozenset(
        str(one.get("category", "")) for objects in _videos(meta).values() for one in objects.values()
    )


# LVOS


def _lvos_split(root: Path) -> _Split | None:
    for split in (root / "valid", root, root / "test"):
        for meta in (split / "valid_meta.json", split / "test_meta.json"):
            if meta.is_file() and (split / "Annotations").is_dir():
                return _Split(split / "Annotations", split / "JPEGImages", meta)
    return None


def _find_lvos(root: Path, names: Collection[str] | None) -> list[Sequence]:
    split = _lvos_split(root)
    if split is None:
        raise MediaError(f"'{root}' is not in the layout of LVOS: there is no valid/valid_meta.json in it.")
    videos = _videos(split.meta)
    unseen = listed_names(split.meta.parent / "unseen_videos.txt") or listed_names(root / "unseen_videos.txt")
    return [_lvos(name, videos[name], split, unseen) for name in chosen(videos.keys(), names, root)]


def _lvos(name: str, objects: Mapping[str, Any], split: _Split, unseen: list[str] | None) -> Sequence:
    plain = sequence_of(name, split.pictures / name, split.masks / name)
    spans = {}
    for number, one in objects.items():
        try:
            span = one["frame_range"]
            numbers = range(int(span["start"]), int(span["end"]), _LVOS_STEP)
        except (KeyError, TypeError, ValueError) as error:
            raise MediaError(f"'{split.meta}' has no proper 'frame_range' of '{name}'.") from error
        spans[int(number)] = _frames_of(name, plain, [f"{frame:08d}" for frame in numbers], split.meta)
    group = "" if unseen is None else "unseen" if name in unseen else "seen"
    return replace(
        plain,
        saved=tuple(sorted({frame for span in spans.values() for frame in span} | set(plain.truths))),
        spans=spans,
        groups=dict.fromkeys(spans, group) if group else {},
    )


YOUTUBE_2018 = VosProtocol(
    "youtube-vos-2018",
    "YouTube-VOS 2018 val",
    _find_youtube,
    lambda root: _youtube_split(root) is not None and "2018" in root.resolve().name,
    archive="annotations",
    server="the YouTube-VOS 2018 competition on CodaLab",
    source="youtube-vos.org, 2018: valid, all_frames/valid_all_frames and train/meta.json",
)
YOUTUBE_2019 = VosProtocol(
    "youtube-vos-2019",
    "YouTube-VOS 2019 val",
    _find_youtube,
    lambda root: _youtube_split(root) is not None,
    archive="annotations",
    server="the YouTube-VOS 2019 competition on CodaLab",
    source="youtube-vos.org, 2019: valid, all_frames/valid_all_frames and train/meta.json",
)
LVOS = VosProtocol(
    "lvos",
    "LVOS val",
    _find_lvos,
    lambda root: _lvos_split(root) is not None,
    archive="annotations",
    server="the LVOS competition on CodaLab (test)",
    source="lingyihongfd.github.io/lvos.github.io; put unseen_videos.txt of lvos-evaluation beside it",
)
