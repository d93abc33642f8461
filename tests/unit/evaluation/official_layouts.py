"""Small data sets in the layouts that the official ones have, all made of the same two moving squares."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from xmem_gui.formats.davis import write_index_mask
from xmem_gui.formats.rle import encode

SIZE = (40, 64)
FRAMES = 7


def squares(frame: int, *, second: bool = True) -> np.ndarray:
    """Return an index mask of two squares that move right, (40, 64)."""
    mask = np.zeros(SIZE, np.uint8)
    mask[5:15, 4 + 3 * frame : 14 + 3 * frame] = 1
    if second:
        mask[22:32, 10 + 2 * frame : 20 + 2 * frame] = 2
    return mask


def pictures(folder: Path, names: list[str], *, scale: int = 1) -> None:
    folder.mkdir(parents=True)
    for frame, name in enumerate(names):
        grey = np.full((SIZE[0] * scale, SIZE[1] * scale, 3), 30 * frame, np.uint8)
        Image.fromarray(grey).save(folder / f"{name}.jpg")


def masks(folder: Path, by_name: Mapping[str, np.ndarray], *, scale: int = 1) -> None:
    folder.mkdir(parents=True)
    for name, mask in by_name.items():
        write_index_mask(folder / f"{name}.png", np.kron(mask, np.ones((scale, scale), np.uint8)))


def numbered(digits: int = 5, step: int = 1) -> list[str]:
    return [f"{frame * step:0{digits}d}" for frame in range(FRAMES)]


def davis(root: Path, *, large: bool = False) -> Path:
    for level, scale in [("480p", 1), *([("Full-Resolution", 2)] if large else [])]:
        for name in ("bear", "camel", "unlisted"):
            pictures(root / "JPEGImages" / level / name, numbered(), scale=scale)
            known = {stem: squares(frame) for frame, stem in enumerate(numbered())}
            masks(root / "Annotations" / level / name, known, scale=scale)
    for year, lines in {
        "2017": "bear\ncamel\n",
        "2016": "".join(
            f"/JPEGImages/480p/bear/{stem}.jpg /Annotations/480p/bear/{stem}.png\n" for stem in numbered()
        ),
    }.items():
        (root / "ImageSets" / year).mkdir(parents=True)
        (root / "ImageSets" / year / "val.txt").write_text(lines)
    return root


def davis_test(root: Path) -> Path:
    pictures(root / "JPEGImages/480p/cat", numbered())
    masks(root / "Annotations/480p/cat", {"00000": squares(0)})
    (root / "ImageSets/2017").mkdir(parents=True)
    (root / "ImageSets/2017/test-dev.txt").write_text("cat\n")
    return root


def youtube(root: Path, *, complete: bool) -> Path:
    """Frames are 00000 to 00006, of which every second one is listed; object 2 appears in 00002."""
    pictures(root / "all_frames/valid_all_frames/JPEGImages/video", numbered())
    pictures(root / "valid/JPEGImages/video", numbered()[::2])
    known = {
        stem: squares(frame, second=frame >= 2) for frame, stem in enumerate(numbered()) if frame % 2 == 0
    }
    if not complete:
        later = np.where(known["00002"] == 2, known["00002"], 0).astype(np.uint8)
        known = {"00000": known["00000"], "00002": later}
    masks(root / "valid/Annotations/video", known)
    (root / "valid/meta.json").write_text(
        json.dumps({"videos": {"video": {"objects": {
            "1": {"category": "fox", "frames": ["00000", "00002", "00004", "00006"]},
            "2": {"category": "toilet", "frames": ["00002", "00004"]},
        }}}})
    )  # fmt: skip
    (root / "train").mkdir()
    (root / "train/meta.json").write_text(
        json.dumps({"videos": {"a": {"objects": {"1": {"category": "fox", "frames": ["00000"]}}}}})
    )
    return root


def lvos(root: Path) -> Path:
    """Pictures are numbered by fives, as LVOS at 6 frames a second; object 2 is there from the second on."""
    stems = [f"{1 + 5 * frame:08d}" for frame in range(FRAMES)]
    pictures(root / "valid/JPEGImages/long", stems)
    masks(
        root / "valid/Annotations/long",
        {stem: squares(frame, second=frame >= 1) for frame, stem in enumerate(stems)},
    )
    (root / "valid/valid_meta.json").write_text(
        json.dumps({"videos": {"long": {"objects": {
            "1": {"frame_range": {"start": "1", "end": "31", "frame_nums": "6"}},
            "2": {"frame_range": {"start": "6", "end": "26", "frame_nums": "4"}},
        }}}})
    )  # fmt: skip
    (root / "valid/unseen_videos.txt").write_text("long\n")
    return root


def mose(root: Path) -> Path:
    pictures(root / "valid/JPEGImages/crowd", numbered())
    masks(root / "valid/Annotations/crowd", {"00000": squares(0)})
    return root


def sav(root: Path) -> Path:
    """Pictures at 24 frames a second, masks at every second of them; the objects 000 and 001 overlap."""
    pictures(root / "JPEGImages_24fps/sav_000001", numbered())
    for number in range(2):
        folder = root / "Annotations_6fps/sav_000001" / f"{number:03d}"
        folder.mkdir(parents=True)
        for frame, stem in enumerate(numbered()):
            if frame % 2 == 0:
                mask = np.zeros(SIZE, np.uint8)
                mask[10 : 20 + 4 * number, 4 + frame : 20 + frame] = 255
                Image.fromarray(mask).save(folder / f"{stem}.png")
    (root / "sav_val.txt").write_text("sav_000001\n")
    return root


def burst(root: Path) -> Path:
    pictures(root / "frames/val/HACS/dive", numbered())
    files = [f"{stem}.jpg" for stem in numbered()]
    codes = [
        {"7": {"rle": encode(squares(frame) == 1).to_coco()["counts"]}} if frame == 0 else {}
        for frame in range(0, FRAMES, 3)
    ]
    (root / "val").mkdir(parents=True)
    (root / "val/first_frame_annotations.json").write_text(
        json.dumps({"split": "val", "sequences": [{
            "id": 1, "seq_name": "dive", "dataset": "HACS", "width": SIZE[1], "height": SIZE[0], "fps": 30,
            "all_image_paths": files, "annotated_image_paths": files[::3], "segmentations": codes,
            "track_category_ids": {"7": 3},
        }]})
    )  # fmt: skip
    return root
