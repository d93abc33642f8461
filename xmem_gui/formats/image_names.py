"""The images that a file lists by name, such as ``train/00012.jpg``: which are of this video."""

from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from xmem_gui.errors import FormatError
from xmem_gui.formats.finding import in_part
from xmem_gui.formats.left_out import LeftOut
from xmem_gui.formats.reading import one_line

NameKey = TypeVar("NameKey", bound=Hashable)


def folder_and_stem(name: str) -> tuple[str, str]:
    """Return the folder of an image's name and the name without an ending.

    A data set's parts go right through a video, and are no folder; other folders are other videos.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    return "" if in_part(path.parent.name) else path.parent.name, path.stem


def of_one_video(names: Mapping[NameKey, str], video: str, left: LeftOut) -> dict[str, NameKey]:
    """Return the images of a video by stem; of two with one name neither is known to be the frame's.

    Parameters
    ----------
    names
        By what the file calls each.
    video
        The video's name, by which its folder is found if there are several.
    left
        Is told of images of one name.

    Raises
    ------
    FormatError
        If there are several folders, and none is named as the video.
    """
    split = {key: folder_and_stem(name) for key, name in names.items()}
    folders = {folder for folder, _ in split.values()}
    if len(folders) > 1:
        if video not in folders:
            raise FormatError(f"The file has images of {len(folders)} videos, and none is named '{video}'.")
        split = {key: found for key, found in split.items() if found[0] == video}
    counts = Counter(stem for _, stem in split.values())
    for key, (_, stem) in split.items():
        if counts[stem] > 1:
            left.add("image", "another has its name", one_line(names[key], 60))
    return {stem: key for key, (_, stem) in split.items() if counts[stem] == 1}
