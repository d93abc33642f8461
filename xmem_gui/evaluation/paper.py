"""XMem's published table (ECCV 2022): its rows, what each needs, and ours beside it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from xmem_gui.annotator import EngineSettings, memory_of
from xmem_gui.errors import MediaError
from xmem_gui.evaluation.protocols import PROTOCOLS, VosProtocol, find_protocol
from xmem_gui.evaluation.scores import VosScores
from xmem_gui.evaluation.segmenting import Speed, make_segment
from xmem_gui.evaluation.submission import write_submission
from xmem_gui.evaluation.vos import VosProgress, evaluate_vos

Training = Literal["davis-only", "no-static", "standard", "bl30k"]
"""What the weights have seen: DAVIS; DAVIS and YouTube-VOS; still pictures before; BL30K between."""
PaperWay = Literal["plain", "averaged", "600p"]
"""How frames are looked at: at 480 pixels; at several sizes and mirrored, averaged; at 600 pixels."""

SCALES = (480, 600, 720)
AVERAGED_EVERY = 3
"""Averaged runs remember every third frame, as XMem's documentation of its multi-scale rows says."""


@dataclass(frozen=True)
class PaperRow:
    """One published figure: J&F, for YouTube-VOS the overall score."""

    protocol: str
    training: Training
    way: PaperWay
    published: float


def _rows() -> Iterator[PaperRow]:
    table: dict[str, dict[tuple[Training, PaperWay], float]] = {
        "davis-2016": {
            ("davis-only", "plain"): 87.8, ("no-static", "plain"): 90.8, ("standard", "plain"): 91.5,
            ("bl30k", "plain"): 92.0, ("standard", "averaged"): 92.7,
        },
        "davis-2017": {
            ("davis-only", "plain"): 76.7, ("no-static", "plain"): 84.5, ("standard", "plain"): 86.2,
            ("bl30k", "plain"): 87.7, ("standard", "averaged"): 88.2, ("bl30k", "averaged"): 89.5,
        },
        "davis-2017-test-dev": {
            ("no-static", "plain"): 79.8, ("standard", "plain"): 81.0, ("bl30k", "plain"): 81.2,
            ("standard", "averaged"): 83.1, ("bl30k", "averaged"): 83.7, ("bl30k", "600p"): 82.5,
        },
        "youtube-vos-2018": {
            ("no-static", "plain"): 84.4, ("standard", "plain"): 85.7, ("bl30k", "plain"): 86.1,
            ("standard", "averaged"): 86.7, ("bl30k", "averaged"): 86.9,
        },
        # XMem's results page has 85.5 for the standard weights on YouTube-VOS 2019.
        "youtube-vos-2019": {
            ("standard", "plain"): 85.5, ("bl30k", "plain"): 85.8, ("standard", "averaged"): 86.4,
            ("bl30k", "averaged"): 86.8,
        },
        "mose": {("standard", "plain"): 57.6},
    }  # fmt: skip
    for protocol, columns in table.items():
        for (training, way), published in columns.items():
            yield PaperRow(protocol, training, way, published)


ROWS = tuple(_rows())
_PLACES = {
    "davis-2016": ("DAVIS/2016",),
    "davis-2017": ("DAVIS/2017/trainval", "DAVIS/2017"),
    "davis-2017-test-dev": ("DAVIS/2017/test-dev",),
    "youtube-vos-2018": ("YouTube2018", "YouTubeVOS2018"),
    "youtube-vos-2019": ("YouTube", "YouTube2019", "YouTubeVOS2019"),
    "mose": ("MOSE",),
}
"""Where XMem's own scripts expect the data sets."""


@dataclass(frozen=True)
class RowResult:
    """Ours for one row.

    Attributes
    ----------
    row
        The row of the published table, with its figure.
    scores
        Ours; without scores where a server keeps the true masks.
    submission
        The zip for that server, or None.
    speed
        How fast, network and memory alone.
    """

    row: PaperRow
    scores: VosScores
    submission: Path | None
    speed: Speed

    @property
    def ours(self) -> float:
        """Our figure, comparable to the published one; ``nan`` if it is not scored here."""
        return self.scores.overall


@dataclass(frozen=True)
class PaperResults:
    """All rows for which there is data, and which data sets are not there."""

    rows: tuple[RowResult, ...]
    missing: tuple[VosProtocol, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "rows": [
                {
                    **asdict(one.row),
                    "ours": None if one.ours != one.ours else one.ours,
                    "submission": None if one.submission is None else str(one.submission),
                    "speed": {**asdict(one.speed), "frames_per_second": one.speed.frames_per_second},
                    "scores": one.scores.as_dict(),
                }
                for one in self.rows
            ],
            "missing": {protocol.id: protocol.source for protocol in self.missing},
        }


def find_data(root: Path, protocol: str | None = None) -> dict[str, Path]:
    """Return the folders of the table's data sets below a folder, or that folder itself.

    Parameters
    ----------
    root
        A folder with the data sets where XMem's scripts have them, or one data set.
    protocol
        What ``root`` is, if it is one data set that does not say so itself.

    Raises
    ------
    MediaError
        If nothing is found.
    """
    if protocol is not None:
        return {find_protocol(root, protocol).id: root}
    found = {
        name: root / place
        for name, places in _PLACES.items()
        for place in reversed(places)
        if PROTOCOLS[name].recognises(root / place) or (name == "davis-2016" and _has_frames(root / place))
    }
    if not found:
        own = find_protocol(root)
        if own.id not in _PLACES:
            raise MediaError(
                f"'{root}' holds none of the paper's data sets where they are expected "
                f"({', '.join(places[0] for places in _PLACES.values())}); or say --protocol, if it is one."
            )
        found = {own.id: root}
    return found


def evaluate_paper(
    root: Path,
    settings: EngineSettings,
    *,
    out: Path,
    training: Training,
    protocol: str | None = None,
    ways: tuple[PaperWay, ...] = ("plain", "averaged", "600p"),
    matters: dict[str, object] | None = None,
    progress: VosProgress | None = None,
) -> PaperResults:
    """Run every row of the table for which there is data.

    Parameters
    ----------
    root, protocol
        Where data sets are looked for, and which protocol is wanted, as in `find_data`.
    settings
        The model and the device. Given masks enter working memory, as in the paper.
    out
        Folder for masks, scores and submissions; finished sequences in it are not run again.
    training
        What the model has seen: which column of the table it belongs to.
    ways
        Which rows of the table to compute; all by default.
    matters
        Whatever else changes the masks, in JSON values.
    progress
        Is told of every frame.

    Raises
    ------
    MediaError, MaskError, OutputError
        As `evaluate_vos`.
    """
    data = find_data(root, protocol)
    results = [
        _run(row, data[row.protocol], settings, out, matters or {}, progress)
        for row in ROWS
        if row.protocol in data and row.training == training and row.way in ways
    ]
    missing = () if protocol else tuple(PROTOCOLS[name] for name in _PLACES if name not in data)
    return PaperResults(tuple(results), missing)


def _run(
    row: PaperRow, root: Path, settings: EngineSettings, out: Path, matters: dict[str, object],
    progress: VosProgress | None,
) -> RowResult:  # fmt: skip
    protocol = PROTOCOLS[row.protocol]
    own = replace(settings, size=600 if row.way == "600p" else 480, permanent=False)
    if row.way == "averaged":
        own = replace(own, memory=memory_of(settings.model, memory_every=AVERAGED_EVERY))
    averaged = row.way == "averaged"
    segment = make_segment(own, scales=SCALES if averaged else (), flip=averaged, only_network=True)
    folder = out / f"{row.protocol}-{row.way}"
    scores = evaluate_vos(
        root, segment, out=folder, resume=True, protocol=protocol, progress=progress,
        settings={**matters, **asdict(own), "scales": SCALES if averaged else (), "protocol": protocol.id},
    )  # fmt: skip
    zipped = None
    if protocol.server and not scores.scored:
        zipped = out / f"{row.protocol}-{row.way}.zip"
        write_submission(protocol, protocol.find(root, None), folder, zipped)
    return RowResult(row, scores, zipped, segment.benchmark(scores))


def _has_frames(root: Path) -> bool:
    return (root / "JPEGImages").is_dir() and (root / "Annotations").is_dir()
