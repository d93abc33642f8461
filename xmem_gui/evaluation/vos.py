"""Video object segmentation on a data set: run a method, keep its masks, score them, resume."""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Mapping
from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from xmem_gui.errors import MaskError, OutputError
from xmem_gui.evaluation.dataset import Sequence
from xmem_gui.evaluation.metrics import ObjectScores, SequenceMeter, SpanMeter
from xmem_gui.evaluation.protocols import LAYOUT, VosProtocol
from xmem_gui.evaluation.scores import (
    SequenceScores,
    SequenceTiming,
    VosScores,
    check_text,
    replace_text,
    write_scores,
)
from xmem_gui.evaluation.spreading import SequenceTell, Spread
from xmem_gui.formats.davis import INDEX_MASK, read_index_mask
from xmem_gui.outputs import Inputs, bears, two_alike
from xmem_gui.project.folder_lock import only_run

_log = logging.getLogger(__name__)
_NOTE = ".evaluation.json"
"""Says that the masks beside it are ours, and whether they are all there and what they were made with."""
_ANY_NUMBER = range(1, 256)
_Made = TypeVar("_Made")


class Segment(Protocol):
    """A method under test."""

    def __call__(
        self, sequence: Sequence, out_dir: Path, progress: Callable[[int], None], /
    ) -> SequenceTiming:
        """Follow the objects of `sequence.given_masks` and write an index mask for every saved frame.

        Parameters
        ----------
        sequence
            The sequence, with its pictures and the masks it begins with.
        out_dir
            Existing, empty folder for the masks of `sequence.saved_frames`, named as `sequence.mask_names`
            and of `sequence.size`; frames before the first given mask get empty ones.
        progress
            To be called with the number of frames finished so far.
        """


@dataclass(frozen=True)
class VosStep:
    """Where an evaluation has got to.

    Attributes
    ----------
    sequence
        Name of the sequence at hand.
    index, count
        Its 0-based place among all, and their number.
    stage
        ``segment`` (the method runs), ``kept`` (finished by an earlier run) or ``score``.
    frames, total
        Frames finished in this stage, of how many.
    """

    sequence: str
    index: int
    count: int
    stage: Literal["segment", "kept", "score"]
    frames: int
    total: int


VosProgress = Callable[[VosStep], None]


def evaluate_vos(
    root: Path,
    segment: Segment,
    *,
    out: Path,
    resume: bool,
    protocol: VosProtocol = LAYOUT,
    sequences: Collection[str] | None = None,
    settings: Mapping[str, object] | None = None,
    progress: VosProgress | None = None,
    spread: Spread | None = None,
) -> VosScores:
    """Run a method on a data set and score it as the data set's protocol says.

    The masks are kept in ``out/<sequence>``, the scores in ``out/scores.json`` and ``out/scores.csv``. A
    sequence is finished when all its masks are there and a note beside them says so; the note is written
    last. Where the true masks are a server's secret, sequences have no scores; `write_submission` packs the
    masks for it.

    Parameters
    ----------
    root
        Folder of the data set.
    segment
        The method; it may raise to stop, also `KeyboardInterrupt`: what is finished is kept.
    out
        Folder for the results; made if need be.
    resume
        Do not run finished sequences again, unless they were made with other `settings`, frames or given
        masks.
    protocol
        What is given and what counts; by default, the DAVIS layout scored as ``vos-benchmark`` does.
    sequences
        Names of those wanted; else the data set's official list, or all.
    settings
        Whatever changes the masks (model, sizes, ...), in JSON values.
    progress
        Is told of every frame.
    spread
        Gives sequences to other processes; the method has to be one that can be pickled, and the folders the
        same for all.

    Raises
    ------
    MediaError, MaskError
        If the data set cannot be read, or not be scored though no server does: each sequence needs three
        known masks, and an object in one between the first and the last. This is found before anything is
        run.
    OutputError
        If the results cannot be written, or `segment` left out a frame.
    """
    chosen = protocol.find(root, sequences)
    if not protocol.server:
        for sequence in chosen:
            _check_scorable(sequence)
    _check_places(root, out, chosen)
    with only_run(out):
        if spread is None:
            scores = _evaluate(
                chosen, segment, out, resume=resume, settings=settings or {}, progress=progress
            )
        else:
            work = partial(
                _elsewhere, segment=segment, out=out.absolute(), resume=resume, settings=settings or {}
            )
            scores = VosScores(spread_out(chosen, spread, work, progress))
        write_scores(out, scores)
        return scores


def _check_places(root: Path, out: Path, sequences: list[Sequence]) -> None:
    """Refuse to put masks among, or over, what is read; two sequences into one folder; scores over a text."""
    folders = {image.parent for one in sequences for image in one.images}
    given = {path.parent for one in sequences for path in one.truths.values()}
    reads = Inputs(trees=[*folders, *given, root / "JPEGImages", root / "Annotations"])
    reads.check(*(out / one.name for one in sequences), into=True)
    if alike := two_alike(one.name for one in sequences):
        raise OutputError(
            f"The sequences '{alike[0]}' and '{alike[1]}' would share a folder: do one at a time."
        )
    check_text(out / "scores.json", "j_and_f")


def _evaluate(
    chosen: list[Sequence],
    segment: Segment,
    out: Path,
    *,
    resume: bool,
    settings: Mapping[str, object],
    progress: VosProgress | None,
) -> VosScores:
    results: dict[str, SequenceScores] = {}
    for index, sequence in enumerate(chosen):
        tell = _teller(progress, sequence.name, index, len(chosen))
        timing = _ensure_masks(sequence, segment, out / sequence.name, resume, settings, tell)
        results[sequence.name] = _score(sequence, out / sequence.name, timing, tell)
        _log.info("%s: J&F %.1f", sequence.name, results[sequence.name].j_and_f)
    return VosScores(sequences=results)


def spread_out(
    sequences: Ordered[Sequence], spread: Spread, work: Callable[..., _Made], progress: VosProgress | None
) -> dict[str, _Made]:
    """Do some work on every sequence in other processes; return what it made, by the sequences' names.

    Parameters
    ----------
    sequences
        The sequences, each of another name.
    spread
        Gives them to other processes.
    work
        What is done with each, as `Spread` has it.
    progress
        Is told of every frame.
    """
    places = {sequence.name: index for index, sequence in enumerate(sequences)}

    def told(name: str, frames: int, total: int) -> None:
        if progress is not None:
            progress(VosStep(name, places[name], len(sequences), "segment", frames, total))

    return dict(spread(work, {sequence.name: sequence for sequence in sequences}, told))


def _elsewhere(
    sequence: Sequence,
    tell: SequenceTell,
    *,
    segment: Segment,
    out: Path,
    resume: bool,
    settings: Mapping[str, object],
) -> SequenceScores:
    """Run the method on a sequence in a process of its own, and score it."""

    def step(_stage: Literal["segment", "kept", "score"], frames: int, total: int) -> None:
        tell(frames, total)

    timing = _ensure_masks(sequence, segment, out / sequence.name, resume, settings, step)
    return _score(sequence, out / sequence.name, timing, step)


def score_sequence(sequence: Sequence, predictions: Path) -> SequenceScores:
    """Score a folder of masks named as the frames of a sequence.

    Raises
    ------
    MaskError
        If a mask is missing, cannot be read or has another size than the frames.
    """
    _check_scorable(sequence)
    return _score(sequence, predictions, None, _teller(None, sequence.name, 0, 1))


def segment_and_score(
    sequence: Sequence,
    segment: Segment,
    folder: Path,
    *,
    settings: Mapping[str, object] | None = None,
    progress: VosProgress | None = None,
) -> SequenceScores:
    """Run a method on one sequence, unless that is done already, and score it; as `evaluate_vos` otherwise.

    Parameters
    ----------
    sequence, segment, settings, progress
        The same as in `evaluate_vos`.
    folder
        Folder that this sequence's masks are written to.
    """
    tell = _teller(progress, f"{folder.parent.name}: {sequence.name}", 0, 1)
    timing = _ensure_masks(sequence, segment, folder, True, settings or {}, tell)
    return _score(sequence, folder, timing, tell)


_Tell = Callable[[Literal["segment", "kept", "score"], int, int], None]


def _teller(progress: VosProgress | None, name: str, index: int, count: int) -> _Tell:
    def tell(stage: Literal["segment", "kept", "score"], frames: int, total: int) -> None:
        if progress is not None:
            progress(VosStep(name, index, count, stage, frames, total))

    return tell


def _check_scorable(sequence: Sequence) -> None:
    if not sequence.scorable:
        raise MaskError(
            f"The sequence '{sequence.name}' cannot be scored: of its {len(sequence.truths)} known masks "
            "none between the first and the last holds an object."
        )


def _ensure_masks(
    sequence: Sequence,
    segment: Segment,
    folder: Path,
    resume: bool,
    settings: Mapping[str, object],
    tell: _Tell,
) -> SequenceTiming:
    fingerprint = _fingerprint(sequence, settings)
    total = len(sequence.images)
    if resume:
        kept = _finished(sequence, folder, fingerprint)
        if kept is not None:
            tell("kept", total, total)
            return kept
    _clear(folder)
    tell("segment", 0, total)
    timing = segment(sequence, folder, lambda frames: tell("segment", frames, total))
    missing = _missing(sequence, folder)
    if missing:
        raise OutputError(
            f"The mask '{folder / missing[0]}' was not written; {len(missing)} of {total} are missing."
        )
    note = {"fingerprint": fingerprint, "frames": timing.frames, "seconds": timing.seconds}
    replace_text(folder / _NOTE, json.dumps(note) + "\n")
    return timing


def _finished(sequence: Sequence, folder: Path, fingerprint: str) -> SequenceTiming | None:
    try:
        note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
        timing = SequenceTiming(frames=int(note["frames"]), seconds=float(note["seconds"]))
        same = note["fingerprint"] == fingerprint
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return timing if same and not _missing(sequence, folder) else None


def _missing(sequence: Sequence, folder: Path) -> list[str]:
    names = sequence.mask_names
    return [names[frame] for frame in sequence.saved_frames if not (folder / names[frame]).is_file()]


def _clear(folder: Path) -> None:
    """Make a folder for masks, without those of an earlier run; masks of other origin are not touched."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        masks = list(folder.glob("*.png"))
        if any(not bears(path, (INDEX_MASK,)) for path in masks):
            raise OutputError(
                f"The folder '{folder}' holds pictures that are not this program's masks; "
                "choose another output folder."
            )
        replace_text(folder / _NOTE, "{}\n")
        for path in masks:
            path.unlink()
    except OSError as error:
        raise OutputError(f"The folder '{folder}' cannot be written: {error.strerror or error}.") from error


def _fingerprint(sequence: Sequence, settings: Mapping[str, object]) -> str:
    """Return a digest of all that the masks depend on: settings, frames, and the masks that are given."""
    digest = hashlib.sha256(json.dumps(dict(settings), sort_keys=True, default=str).encode())
    for image in (*sequence.images, *(sequence.large.images if sequence.large else ())):
        digest.update(f"{image.name}:{image.stat().st_size}\n".encode())
    for frame, masks in sequence.given_masks().items():
        for number, mask in masks.items():
            digest.update(f"{frame}:{number}\n".encode() + mask.tobytes())
    return digest.hexdigest()


def _score(sequence: Sequence, folder: Path, timing: SequenceTiming | None, tell: _Tell) -> SequenceScores:
    objects = _scores_of(sequence, folder, tell) if sequence.scorable else {}
    return SequenceScores(objects=objects, timing=timing, groups=sequence.groups)


def _scores_of(sequence: Sequence, folder: Path, tell: _Tell) -> dict[int, ObjectScores]:
    frames, names = sequence.scored_frames, sequence.mask_names
    by_rule, by_span = SequenceMeter(), SpanMeter(sequence.spans or {})
    for done, frame in enumerate(frames, start=1):
        prediction = read_index_mask(folder / names[frame], size=sequence.size, objects=_ANY_NUMBER)
        if sequence.spans is None:
            by_rule.add(prediction, sequence.truth(frame))
        else:
            by_span.add(frame, prediction, sequence.truth_masks(frame))
        tell("score", done, len(frames))
    return by_rule.scores() if sequence.spans is None else by_span.scores()
