"""Results packed as a data set's server wants them."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from xmem_gui.errors import MaskError, OutputError
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.protocols import BurstSequence, VosProtocol
from xmem_gui.files import replacing
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.formats.palette import DAVIS_PALETTE
from xmem_gui.formats.rle import encode
from xmem_gui.outputs import check_replaceable, mark

_SUBMISSION = "submission"
_ANY_NUMBER = range(1, 256)
_DATE = (1980, 1, 1, 0, 0, 0)
"""The same masks give the same zip."""


def write_submission(
    protocol: VosProtocol, sequences: Iterable[Sequence], predictions: Path, path: Path
) -> int:
    """Write a zip for a data set's server, whole or not at all; return how many files are in it.

    Parameters
    ----------
    protocol
        Whose layout it has: palette PNGs ``SEQUENCE/FRAME.png`` (DAVIS, MOSE), the same below
        ``Annotations/`` (YouTube-VOS, LVOS), binary ones ``SEQUENCE/OBJECT/FRAME.png`` (SA-V) or
        ``predictions.json`` (BURST).
    sequences
        What was segmented: all of the official list, or the server refuses it.
    predictions
        Folder with a folder of masks for each sequence.
    path
        The zip; one that is there is replaced.

    Raises
    ------
    MaskError
        If a mask is missing, has another size than its frame, or is damaged.
    OutputError
        If the zip cannot be written.
    """
    check_submission(path)
    count = 0
    try:
        with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in _files(protocol, list(sequences), predictions):
                archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
                count += 1
            archive.comment = mark(_SUBMISSION).encode()
    except OSError as error:
        raise OutputError(f"'{path}' cannot be written: {error.strerror or error}.") from error
    return count


def check_submission(path: Path) -> None:
    """Refuse to write a zip over something that is no submission of this program's.

    Raises
    ------
    OutputError
        If something else is there.
    """
    check_replaceable(path, (_SUBMISSION,), overwrite=True)


def _files(
    protocol: VosProtocol, sequences: list[Sequence], predictions: Path
) -> Iterator[tuple[str, bytes]]:
    if protocol.archive == "burst":
        entries = [_burst_entry(one, predictions) for one in sequences if isinstance(one, BurstSequence)]
        yield "predictions.json", json.dumps({"sequences": entries}).encode()
        return
    for sequence in sequences:
        for frame in sequence.saved_frames:
            mask, name = _mask(sequence, predictions, frame), sequence.mask_names[frame]
            if protocol.archive == "objects":
                for number in sorted(sequence.spans or {}):
                    yield f"{sequence.name}/{number - 1:03d}/{name}", _png(np.uint8(255) * (mask == number))
            else:
                above = "Annotations/" if protocol.archive == "annotations" else ""
                yield f"{above}{sequence.name}/{name}", _png(mask, palette=True)


def _mask(sequence: Sequence, predictions: Path, frame: int) -> np.ndarray:
    path = predictions / sequence.name / sequence.mask_names[frame]
    if not path.is_file():
        raise MaskError(f"The mask '{path}' is missing: segment the whole data set first.")
    return read_index_mask(path, size=sequence.size, objects=_ANY_NUMBER)


def _png(mask: np.ndarray, *, palette: bool = False) -> bytes:
    image = Image.fromarray(mask.astype(np.uint8))
    if palette:
        image.putpalette(DAVIS_PALETTE)
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def _burst_entry(sequence: BurstSequence, predictions: Path) -> dict[str, object]:
    """Return the official entry of a sequence with the masks that were found; given ones stay."""
    given = sequence.given_masks()
    segmentations = []
    for frame in sequence.annotated:
        found: dict[str, object] = {}
        mask = _mask(sequence, predictions, frame)
        for track in sorted({int(value) for value in np.unique(mask)} - {0} | set(given.get(frame, {}))):
            own = given.get(frame, {}).get(track, mask == track)
            found[str(track)] = {"rle": encode(own).to_coco()["counts"]}
        segmentations.append(found)
    return {**sequence.entry, "segmentations": segmentations}
