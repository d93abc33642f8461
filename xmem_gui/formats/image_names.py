"""The images that a file lists by name, such as ``train/00012.jpg``: which are of this video."""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from xmem_gui.errors import FormatError
from xmem_gui.formats.finding import in_part
from xmem_gui.formats.left_out import LeftOut
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.reading import one_line
from xmem_gui.outputs import alike_key

NameKey = TypeVar("NameKey", bound=Hashable)
IMAGE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"})
"""What names of pictures end with, in lower case."""


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
        If there are several folders, and none is named as the video; if all images share names.
    """
    split = {key: folder_and_stem(name) for key, name in names.items()}
    folders = {folder for folder, _ in split.values()}
    if len(folders) > 1:
        named = folder_of_video(folders, video)
        if named is None:
            raise FormatError(f"The file has images of {len(folders)} videos, and none is named '{video}'.")
        split = {key: found for key, found in split.items() if found[0] == named}
    counts = Counter(stem for _, stem in split.values())
    for key, (_, stem) in split.items():
        if counts[stem] > 1:
            left.add("image", "another has its name", one_line(names[key], 60))
    if min(counts.values(), default=0) > 1:
        raise FormatError(f"No picture is known to be of the video. {' '.join(left.sentences()[:3])}")
    return {stem: key for key, (_, stem) in split.items() if counts[stem] == 1}


def of_one_video_if_alike(names: Mapping[NameKey, str], video: str, left: LeftOut) -> dict[str, NameKey]:
    """Return images by stem as `of_one_video` does, or all of them where no two have one name.

    One video's pictures may lie in several places: uploaded, and in a cloud.
    """
    stems = {key: folder_and_stem(name)[1] for key, name in names.items()}
    if len(set(stems.values())) == len(stems):
        return {stem: key for key, stem in stems.items()}
    return of_one_video(names, video, left)


def folder_of_video(folders: Collection[str], video: str) -> str | None:
    """Return the folder named as a video, or None; letters' case counts only where two differ by it."""
    for name in (video, safe_folder(video)):
        if name in folders:
            return name
    wanted = {alike_key(video), alike_key(safe_folder(video))}
    alike = [folder for folder in folders if alike_key(folder) in wanted]
    return alike[0] if len(alike) == 1 else None
