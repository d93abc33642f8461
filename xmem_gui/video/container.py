"""Opening a video file with PyAV, and saying plainly why it cannot be opened."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from xmem_gui.errors import MediaError

_NOT_VIDEOS = ("tty", "image2")
_ATTACHED_PICTURE = 0x400
"""FFmpeg's AV_DISPOSITION_ATTACHED_PIC: the cover of a song."""
_LISTS = (b"#EXTM3U", b"ffconcat", b"<MPD", b"<SmoothStreamingMedia", b"[playlist]", b"[InternetShortcut]")
"""How files begin that name others to be played: HLS, FFmpeg's concat, DASH, Smooth Streaming, PLS."""
_LOOK_IN = 1024
_OF_OTHER_FILES = frozenset({
    "avisynth", "concat", "concatf", "dash", "hls", "image2", "image2pipe", "imf", "lavfi", "rtp", "rtsp",
    "sap", "sdp", "smoothstreaming", "vapoursynth", "vobsub", "webm_dash_manifest",
})  # fmt: skip
"""Kinds of files that make FFmpeg open other files, or the network, or run scripts."""


def import_av() -> Any:
    """Return the ``av`` module, which only reading and writing video files needs."""
    try:
        import av
        import av.error
    except ImportError as error:
        raise MediaError(
            "Video files need the package 'av' (PyAV), which is not installed: run `pip install av`, "
            "or use a folder of images."
        ) from error
    return av


def url_of(path: Path) -> str:
    """Return a path in the words in which FFmpeg takes it for a file, whatever its name is.

    A colon in a name would make what stands before it a protocol.
    """
    return f"file:{path}"


def check_file(path: Path) -> None:
    """Raise MediaError unless ``path`` is a file with something in it."""
    if not path.exists():
        raise MediaError(f"{path} does not exist: check the path.")
    if not path.is_file():
        raise MediaError(f"{path} is not a file: give a video file or a folder of images.")
    if path.stat().st_size == 0:
        raise MediaError(f"{path.name} is empty (0 bytes): copy or record it again.")
    _refuse_lists(path)


def _refuse_lists(path: Path) -> None:
    """Refuse files that FFmpeg would follow to other files."""
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK_IN)
    except PermissionError as error:
        raise MediaError(f"{path.name} may not be read: check its permissions.") from error
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(_LISTS) or (text.startswith(b"<?xml") and b"<MPD" in text):
        raise MediaError(f"{path.name} is a list of other files, not a video: open the video itself.")


def open_stream(path: Path) -> tuple[Any, Any]:
    """Open a video file for reading.

    Returns
    -------
    tuple
        (``av.container.InputContainer``, its first real video stream); the caller closes the container.

    Raises
    ------
    MediaError
        The file is missing, empty, not a video, or has sound only.
    """
    av = import_av()
    check_file(path)
    try:
        # For the container alone: PyAV before 18 crashes on options of streams that are found late.
        container = av.open(url_of(path), container_options=_of_one_file(), **_for_titles())
    except PermissionError as error:
        raise MediaError(f"{path.name} may not be read: check its permissions.") from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{path.name} cannot be opened as a video: it is of another kind, or so damaged that "
            "its table of contents is missing."
        ) from error
    try:
        return container, _video_stream(path, container)
    except BaseException:
        container.close()
        raise


@lru_cache(maxsize=1)
def _of_one_file() -> dict[str, str]:
    """Return the options by which FFmpeg reads the file that it is given, and no other."""
    av = import_av()
    kinds = sorted(one for one in av.formats_available if not _OF_OTHER_FILES.intersection(one.split(",")))
    return {"protocol_whitelist": "file", "format_whitelist": ",".join(kinds)}


@lru_cache(maxsize=1)
def _for_titles() -> dict[str, str]:
    """Return what lets titles that are no text pass: PyAV 19 takes them as they are, and no option for it."""
    release = int(import_av().__version__.partition(".")[0])
    return {"metadata_errors": "replace"} if release < 19 else {}


def _video_stream(path: Path, container: Any) -> Any:
    formats = container.format.name
    if formats in _NOT_VIDEOS or formats.endswith("_pipe"):
        raise MediaError(f"{path.name} is not a video: give a video file or a folder of images.")
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if not container.streams.video and not container.streams.audio:
        raise MediaError(
            f"{path.name} cannot be opened as a video: it is so damaged that no picture or sound is found."
        )
    if not streams:
        raise MediaError(f"{path.name} has no pictures (sound only): choose a file with a video track.")
    if streams[0].codec_context is None:
        # FFmpeg reads a codec's name beyond the end of a file that is cut within its table: anything.
        raise MediaError(
            f"{path.name} uses a video codec this program cannot decode, or is damaged: "
            "convert it to H.264, or copy it again."
        )
    return streams[0]


def _is_cover(stream: Any) -> bool:
    disposition = getattr(stream, "disposition", 0)
    # A number, or in some versions of PyAV a flag that is none.
    return bool(int(getattr(disposition, "value", disposition)) & _ATTACHED_PICTURE)
