"""Track objects in a folder of videos, one after the other; one that fails does not stop the rest.

    python examples/10_many_videos.py [FOLDER]

Each video NAME.mp4 has a mask of its first frame, NAME.png, beside it. Run the script again after a stop, and
it goes on where it was.
"""

import shutil
import sys
from pathlib import Path

from xmem_gui.annotator import PropagateRequest, propagate_to_folder
from xmem_gui.assets import asset
from xmem_gui.errors import XmemGuiError

LAST = 4


def main(out: Path) -> None:
    """Track every video of a folder, and say at the end what could not be done."""
    videos = a_folder_of_videos(out / "videos")
    failed = {}
    for video in sorted(videos.glob("*.mp4")):
        request = PropagateRequest(
            video=video,
            masks=(str(video.with_suffix(".png")),),
            out=out / "masks" / video.stem,
            last=LAST,
            resume=(out / "masks" / video.stem).exists(),
        )
        try:
            summary = propagate_to_folder(request)
        except XmemGuiError as error:  # one sentence: what is wrong, and what to do
            failed[video.name] = str(error)
        else:
            print(f"{video.name}: {summary.frames} frames, {summary.frames_per_second:.1f} frames/s")
    for name, why in failed.items():
        print(f"{name} failed: {why}")


def a_folder_of_videos(folder: Path) -> Path:
    """Copy the sample twice, and add a file that is no video."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("one", "two"):
        shutil.copy(asset("sample/sample.mp4"), folder / f"{name}.mp4")
        shutil.copy(asset("sample/sample.png"), folder / f"{name}.png")
    (folder / "broken.mp4").write_bytes(b"this is no video")
    return folder


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
