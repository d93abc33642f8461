"""Import and export: one module a format, two functions in front of them.

`export` writes an `Annotation` in a format, whole or not at all; `plan_export` says beforehand what it will
write. `open_import` says what an import will do; the plan it returns gives the masks.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from xmem_gui.errors import FormatError, OutputError, in_words, why_no_file
from xmem_gui.formats.annotation import Annotation, MemoryAnnotation, ObjectInfo, palette_colour
from xmem_gui.formats.archives import is_archive, refuse_other_archives, unpack_archive
from xmem_gui.formats.exporting import Exporter, ExportPlan, ExportRequest, FrameSelection
from xmem_gui.formats.importing import (
    Destination,
    ImportedMask,
    Importer,
    ImportPlan,
    ImportTarget,
    Repair,
    Unexpected,
    into_memory,
)
from xmem_gui.formats.matte_edge import AS_IT_IS, MatteEdge
from xmem_gui.formats.naming import Naming
from xmem_gui.formats.numbering import NumberingQuestion
from xmem_gui.formats.overlay_look import OverlayLook
from xmem_gui.formats.plugin import FormatPlugin
from xmem_gui.formats.registry import EXPORTERS, IMPORTERS, PLUGINS, READ_BY, guess_importer
from xmem_gui.formats.request import QUALITIES

__all__ = [
    "AS_IT_IS",
    "EXPORTERS",
    "IMPORTERS",
    "PLUGINS",
    "QUALITIES",
    "READ_BY",
    "Annotation",
    "Destination",
    "ExportPlan",
    "ExportRequest",
    "Exporter",
    "FormatPlugin",
    "FrameSelection",
    "ImportPlan",
    "ImportTarget",
    "ImportedMask",
    "Importer",
    "MatteEdge",
    "MemoryAnnotation",
    "Naming",
    "NumberingQuestion",
    "ObjectInfo",
    "OverlayLook",
    "Repair",
    "Unexpected",
    "export",
    "into_memory",
    "open_import",
    "palette_colour",
    "plan_export",
]

_EVERYTHING = ExportRequest()


def plan_export(
    annotation: Annotation, format_id: str, destination: Path | str, request: ExportRequest = _EVERYTHING
) -> ExportPlan:
    """Say what an export would write: files, names, conflicts, warnings, and why it would be refused.

    Raises
    ------
    OutputError
        If there is no such format, object or frame, or names cannot be made.
    """
    exporter, place = _exporter(format_id), Path(destination)
    with _in_words(place), PLUGINS.blamed(format_id, OutputError):
        return exporter.plan(annotation, request, place)


def export(
    annotation: Annotation,
    format_id: str,
    destination: Path | str,
    request: ExportRequest = _EVERYTHING,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Path, ...]:
    """Write an annotation in a format, whole or not at all.

    Parameters
    ----------
    annotation
        The objects and masks to write.
    format_id
        Id of the format: a key of `EXPORTERS`.
    destination
        Folder to write into; for formats of one file, that file or a folder for it.
    request
        Frames, objects, names; everything by default.
    progress
        Called with (frames done, frames in all).
    cancelled
        Asked after each frame whether to stop.

    Returns
    -------
    tuple of Path
        The files and folders that have appeared.

    Raises
    ------
    OutputError
        If the plan is refused (something stands there, too many objects), or writing fails; nothing is left.
    Cancelled
        If `cancelled` returned true; nothing is left.
    """
    exporter, place = _exporter(format_id), Path(destination)
    with _in_words(place), PLUGINS.blamed(format_id, OutputError):
        plan = exporter.plan(annotation, request, place)
        return exporter.write(plan, progress=progress, cancelled=cancelled)


def open_import(
    path: Path | str,
    format_id: str | None = None,
    *,
    size: tuple[int, int],
    frame_names: Sequence[str],
    name: str = "",
    named: bool | None = None,
    first_number: int | None = None,
    scale: bool = False,
    outline: bool | None = None,
    by_class: bool = False,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportPlan:
    """Look into files of masks, and say what importing them would do; nothing is changed.

    Parameters
    ----------
    path
        File, folder, or zip file of them.
    format_id
        A key of `IMPORTERS` or `READ_BY`; None to find out.
    size
        (height, width) of the video in pixels; all masks must have it.
    frame_names
        The video's frames by name, without an ending.
    name
        The video's name, to find it among several.
    named
        Whether the frames' names are their own, as those of pictures in a folder are; None takes them so
        unless they are 00000, 00001, 00002, ...
    first_number
        The number that the first frame has in names of files; None to find out, or to ask (see
        `ImportPlan.question`).
    scale
        Whether masks of another size are scaled to the video's; else they are left out.
    outline
        Whether the pixels under a polygon's outline belong to the object; None for what the format's tools
        do (they do in YOLO's labels and LabelMe's files).
    by_class
        Whether what a file tells apart only by its order, within a class, is one object.
    progress, cancelled
        As for `export`, counting what is looked at.

    Returns
    -------
    ImportPlan
        Its `describe()` is for people; its `read()` yields the masks.

    Raises
    ------
    FormatError, MaskError
        If the files are not what their format says, or do not fit the video.
    Cancelled
        If `cancelled` returned true.
    """
    path = Path(path)
    _need_readable(path)
    names = tuple(frame_names)
    if named is None:
        named = any(name != f"{frame:05d}" for frame, name in enumerate(names))
    height, width = int(size[0]), int(size[1])
    target = ImportTarget((height, width), names, name, named, first_number, scale, outline, by_class)
    refuse_other_archives(path)
    if is_archive(path):
        return _inspected_archive(path, format_id, target, progress, cancelled)
    return _inspected(_importer(path, format_id), path, target, progress, cancelled)


def _need_readable(path: Path) -> None:
    """Refuse what is neither a file nor a folder, such as a pipe; what is not there is for the importer."""
    try:
        if path.exists() and (why := why_no_file(path, folder=True)):
            raise FormatError(why)
    except (OSError, ValueError) as error:
        raise FormatError(in_words(error, path)) from error


def _inspected_archive(
    path: Path,
    format_id: str | None,
    target: ImportTarget,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> ImportPlan:
    """Look into what is packed; the files stay unpacked for as long as the plan may read them."""
    place = unpack_archive(path, cancelled)
    try:
        importer = _importer(place.folder, format_id)
        plan = _inspected(importer, place.folder, target, progress, cancelled)
    except FormatError as error:
        raise FormatError(place.renamed(str(error), path)) from error
    warnings = tuple(place.renamed(sentence, path) for sentence in plan.warnings)
    return replace(plan, path=path, warnings=warnings, keeps=place)


def _inspected(
    importer: Importer,
    path: Path,
    target: ImportTarget,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> ImportPlan:
    with PLUGINS.blamed(importer.id, FormatError):
        return importer.inspect(path, target, progress=progress, cancelled=cancelled)


def _importer(path: Path, format_id: str | None) -> Importer:
    if format_id is None:
        return guess_importer(path)
    found = READ_BY.get(format_id, format_id)
    if found not in IMPORTERS:
        raise FormatError(f"There is no format '{format_id}' to import; there are {', '.join(IMPORTERS)}.")
    return IMPORTERS[found]


@contextmanager
def _in_words(destination: Path) -> Iterator[None]:
    """Say in words what the system refuses of a destination: names too long, folders not to be read."""
    try:
        yield
    except (OSError, UnicodeError) as error:
        raise OutputError(in_words(error, destination)) from error
    except ValueError as error:
        if "null" not in str(error):
            raise
        raise OutputError(in_words(error, destination)) from error


def _exporter(format_id: str) -> Exporter:
    if format_id not in EXPORTERS:
        raise OutputError(f"There is no format '{format_id}' to export; there are {', '.join(EXPORTERS)}.")
    return EXPORTERS[format_id]
