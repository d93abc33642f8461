"""A simulated annotator: correct one frame, propagate, look again - and how fast that gets good."""

import logging
import random
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import numpy as np

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.arrays import Mask
from xmem_gui.errors import MaskError
from xmem_gui.evaluation.dataset import Sequence, find_sequences
from xmem_gui.evaluation.metrics import contour_accuracy, region_similarity
from xmem_gui.evaluation.spreading import SequenceTell, Spread, one_by_one
from xmem_gui.project import SetMasks, StepState

_log = logging.getLogger(__name__)

Policy = Literal["suggested", "oracle", "random", "even"]
POLICIES: tuple[Policy, ...] = ("suggested", "oracle", "random", "even")
WITHOUT = "without_permanent"
GOOD = 90.0
"""J&F at which a sequence counts as done."""


def chosen_policies(names: Collection[str] | None) -> tuple[Policy, ...]:
    """Return the policies of some names, all without.

    Raises
    ------
    ValueError
        If there is no such policy.
    """
    wanted = POLICIES if names is None else tuple(names)
    unknown = [name for name in wanted if name not in POLICIES]
    if unknown:
        raise ValueError(f"there is no policy '{unknown[0]}': choose among {', '.join(POLICIES)}")
    return tuple(policy for policy in POLICIES if policy in wanted)


@dataclass(frozen=True)
class CorrectedSequence:
    """What became of one sequence under one policy.

    Attributes
    ----------
    scores
        Mean J&F of each object, 0 to 100, after 0, 1, ... corrections; by object.
    frames
        The frames corrected, in order.
    """

    scores: Mapping[int, tuple[float, ...]]
    frames: tuple[int, ...]

    @property
    def curve(self) -> tuple[float, ...]:
        """Mean J&F of the objects after 0, 1, ... corrections."""
        return tuple(fmean(values) for values in zip(*self.scores.values(), strict=True))

    def corrections_to(self, score: float) -> int | None:
        """Return after how many corrections the curve reaches a score, or None."""
        return next((at for at, value in enumerate(self.curve) if value >= score), None)


@dataclass(frozen=True)
class InteractiveScores:
    """Sessions by policy and sequence; with the comparison, also ``without_permanent``."""

    sessions: Mapping[str, Mapping[str, CorrectedSequence]]

    @property
    def curve(self) -> dict[str, tuple[float, ...]]:
        """For each policy J&F, 0 to 100, after 0, 1, ... corrections, over all objects of all sequences."""
        return {
            policy: tuple(
                fmean(values)
                for values in zip(
                    *(scores for one in found.values() for scores in one.scores.values()), strict=True
                )
            )
            for policy, found in self.sessions.items()
        }

    def needed(self, policy: str) -> str:
        """Say how many corrections the sequences needed to reach J&F 90, and how many did not get there."""
        found = [one.corrections_to(GOOD) for one in self.sessions[policy].values()]
        there = [number for number in found if number is not None]
        mean = f"{fmean(there):.1f}" if there else "-"
        return mean if len(there) == len(found) else f"{mean} ({len(found) - len(there)} not)"

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "curve": {policy: list(values) for policy, values in self.curve.items()},
            "area": {policy: fmean(values) for policy, values in self.curve.items()},
            "corrections_to_90": {
                policy: {name: one.corrections_to(GOOD) for name, one in found.items()}
                for policy, found in self.sessions.items()
            },
            "sequences": {
                policy: {
                    name: {"curve": list(one.curve), "frames": list(one.frames)}
                    for name, one in found.items()
                }
                for policy, found in self.sessions.items()
            },
        }


@dataclass(frozen=True)
class InteractiveStep:
    """Where an evaluation has got to: so many ``corrections`` of a sequence made under a policy."""

    sequence: str
    policy: str
    corrections: int


def evaluate_interactive(
    root: Path,
    settings: EngineSettings,
    *,
    corrections: int = 10,
    policies: Collection[Policy] = POLICIES,
    without_permanent: bool = False,
    sequences: Collection[str] | None = None,
    progress: Callable[[InteractiveStep], None] = lambda _: None,
    spread: Spread = one_by_one,
) -> InteractiveScores:
    """Simulate an annotator on a dataset in the DAVIS layout.

    The first known mask is committed and propagated; then, again and again, one frame is corrected with
    its known masks and everything is propagated anew from all committed frames, both ways.

    Parameters
    ----------
    root
        Folder of the dataset; see `find_sequences`.
    settings
        The network, its device, its picture size and the limits of its memory.
    corrections
        How many, for each sequence and policy.
    policies
        Who chooses the frame: our own suggestion, the truly worst frame (``oracle``), chance, or halving
        (the middle, then the quarters, and so on).
    without_permanent
        Whether to repeat the suggested corrections without permanent memory.
    sequences
        Names of those wanted; else the dataset's validation list, or all.
    progress
        Is told of every round.
    spread
        Gives sequences to other processes.

    Raises
    ------
    XmemGuiError
        If the dataset cannot be read or the model cannot be loaded.
    """
    asked = _Asked(settings, corrections, tuple(policies), without_permanent)
    chosen = {sequence.name: sequence for sequence in find_sequences(root, sequences)}

    def told(name: str, done: int, _total: int) -> None:
        progress(InteractiveStep(name, *asked.at(done)))

    found: dict[str, dict[str, CorrectedSequence]] = {policy: {} for policy in asked.names}
    for name, sessions in spread(partial(_sessions_of, asked=asked), chosen, told):
        for policy, session in sessions.items():
            found[policy][name] = session
        _log.info("%s is done", name)
    return InteractiveScores(found)


@dataclass(frozen=True)
class _Asked:
    """What is to be done with each sequence."""

    settings: EngineSettings
    corrections: int
    policies: tuple[Policy, ...]
    without_permanent: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.policies, *[WITHOUT] * self.without_permanent)

    def done(self, policy: str, at: int) -> int:
        """Return how many rounds of a sequence are done, all policies together."""
        return self.names.index(policy) * (self.corrections + 1) + at

    def at(self, done: int) -> tuple[str, int]:
        """Return the policy, and which of its rounds, from that number."""
        policy, at = divmod(done, self.corrections + 1)
        return self.names[policy], at


def _sessions_of(sequence: Sequence, tell: SequenceTell, *, asked: _Asked) -> dict[str, CorrectedSequence]:
    """Return what became of a sequence under each policy."""
    total = len(asked.names) * (asked.corrections + 1)

    def at(policy: str, number: int) -> None:
        tell(asked.done(policy, number), total)

    with tempfile.TemporaryDirectory() as name:
        folder, corrections = Path(name), asked.corrections
        found: dict[str, CorrectedSequence] = dict(
            _sessions(sequence, folder, asked.settings, asked.policies, corrections, at)
        )
        if asked.without_permanent:
            again = found["suggested"].frames
            found[WITHOUT] = _session_without(sequence, folder, asked.settings, again, corrections, at)
    return found


FrameScores = Mapping[int, Mapping[int, float]]
"""J&F of each object, 0 to 100, by frame."""
_Tell = Callable[[str, int], None]


class _Desk:
    """One sequence on the annotator's desk."""

    def __init__(self, annotator: Annotator, sequence: Sequence) -> None:
        self._annotator, self._sequence = annotator, sequence
        given = sequence.given_masks()
        names = sorted({name for masks in given.values() for name in masks})
        if not names:
            raise MaskError(f"The sequence '{sequence.name}' has no object in its masks.")
        self._ids = {name: annotator.add_object(str(name)).id for name in names}
        for frame, masks in given.items():
            self._set(frame, masks)
        self.corrected: list[int] = sorted(given)
        self._start = len(self.corrected)

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self._sequence.images)

    @property
    def open_frames(self) -> list[int]:
        """Frames with a known mask that have not been corrected."""
        return [frame for frame in self._sequence.truths if frame not in self.corrected]

    def suggested(self) -> list[int]:
        """Frames that the program suggests, the most useful first."""
        return [one.frame for one in self._annotator.suggestions(self.frames)]

    def correct(self, frame: int) -> None:
        """Set and commit the known masks of a frame."""
        truth = self._sequence.truth(frame)
        self._set(frame, {name: truth == name for name in self._ids})
        self.corrected.append(frame)

    def propagate(self) -> None:
        """Propagate everything that is committed."""
        for _ in self._annotator.run(Propagation("both")):
            pass

    def done(self) -> int:
        """Return how many steps there are to undo."""
        return sum(step.state is StepState.DONE for step in self._annotator.project.history)

    def go_back(self, base: int) -> None:
        """Undo corrections and what came of them until ``base`` steps are left."""
        while self.done() > base:
            self._annotator.undo()
        del self.corrected[self._start :]

    def scores(self) -> FrameScores:
        """Score every frame that has a known mask."""
        return {frame: self._score(frame) for frame in self._sequence.truths}

    def session(
        self,
        choose: Callable[[FrameScores], int | None],
        corrections: int,
        base: FrameScores,
        tell: Callable[[int], None],
    ) -> CorrectedSequence:
        """Make corrections one after the other, from the state with the scores ``base``."""
        rounds, at = [base], base
        tell(0)
        for number in range(1, corrections + 1):
            frame = choose(at)
            if frame is not None:
                self.correct(frame)
                self.propagate()
                at = self.scores()
            rounds.append(at)
            tell(number)
        counted = self._sequence.scored_frames or tuple(self._sequence.truths)
        scores = {
            name: tuple(fmean(found[frame][name] for frame in counted) for found in rounds)
            for name in self._ids
        }
        return CorrectedSequence(scores, tuple(self.corrected[self._start :]))

    def _set(self, frame: int, masks: Mapping[int, Mask]) -> None:
        of_project = {self._ids[name]: mask for name, mask in masks.items()}
        self._annotator.project.apply(SetMasks(frame, of_project, commit=True))

    def _score(self, frame: int) -> dict[int, float]:
        truth, found = self._sequence.truth(frame), {}
        for name, number in self._ids.items():
            mask = self._annotator.project.mask(frame, number)
            ours = np.zeros(truth.shape, np.bool_) if mask is None else mask
            theirs = truth == name
            found[name] = 50 * (region_similarity(ours, theirs) + contour_accuracy(ours, theirs))
        return found


def _chooser(policy: Policy, desk: _Desk) -> Callable[[FrameScores], int | None]:
    """Return what names the next frame to correct, or None if there is none."""
    dice = random.Random(0)

    def suggested(_: FrameScores) -> int | None:
        wanted = set(desk.open_frames)
        return next((frame for frame in desk.suggested() if frame in wanted), None)

    def worst(scores: FrameScores) -> int | None:
        return min(desk.open_frames, key=lambda frame: fmean(scores[frame].values()), default=None)

    def any_frame(_: FrameScores) -> int | None:
        return dice.choice(desk.open_frames) if desk.open_frames else None

    def halving(_: FrameScores) -> int | None:
        place = _van_der_corput(len(desk.corrected)) * (desk.frames - 1)
        return min(desk.open_frames, key=lambda frame: abs(frame - place), default=None)

    choosers: dict[Policy, Callable[[FrameScores], int | None]] = {
        "suggested": suggested,
        "oracle": worst,
        "random": any_frame,
        "even": halving,
    }
    return choosers[policy]


def _van_der_corput(number: int) -> float:
    """Return 1/2, 1/4, 3/4, 1/8, 5/8, ... for 1, 2, 3, 4, 5, ..."""
    place, step = 0.0, 0.5
    while number:
        place += step * (number & 1)
        number, step = number >> 1, step / 2
    return place


def _sessions(
    sequence: Sequence,
    folder: Path,
    settings: EngineSettings,
    policies: Collection[Policy],
    corrections: int,
    tell: _Tell,
) -> Iterator[tuple[Policy, CorrectedSequence]]:
    with _open(sequence, folder / "with.xmem", settings) as annotator:
        desk = _Desk(annotator, sequence)
        desk.propagate()
        base, steps = desk.scores(), desk.done()
        for policy in policies:
            yield policy, desk.session(_chooser(policy, desk), corrections, base, partial(tell, policy))
            desk.go_back(steps)


def _session_without(
    sequence: Sequence,
    folder: Path,
    settings: EngineSettings,
    frames: tuple[int, ...],
    corrections: int,
    tell: _Tell,
) -> CorrectedSequence:
    with _open(sequence, folder / "without.xmem", replace(settings, permanent=False)) as annotator:
        desk = _Desk(annotator, sequence)
        desk.propagate()
        again = iter(frames)
        return desk.session(lambda _: next(again, None), corrections, desk.scores(), partial(tell, WITHOUT))


def _open(sequence: Sequence, place: Path, settings: EngineSettings) -> Annotator:
    return Annotator.open(sequence.images[0].parent, project=place, settings=settings)
