"""The main job without a window: from a video and masks on some frames to masks on all."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from xmem_gui.annotator.compute import EngineSettings, make_engine
from xmem_gui.annotator.given_masks import find_masks, read_masks
from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.checkpoint import SnapshotError, engine_key, own_facts
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.engine_tracker import KEY_CACHE, EngineTracker
from xmem_gui.annotator.propagation.identity import RunIdentity
from xmem_gui.annotator.propagation.mask_folder import MaskFolder
from xmem_gui.annotator.propagation.plan import Plan, make_plan
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.annotator.propagation.run import Walk
from xmem_gui.errors import OutputError, XmemGuiError, in_words
from xmem_gui.model import find_model
from xmem_gui.outputs import Inputs, two_alike
from xmem_gui.project import Rle
from xmem_gui.propagation import Directions, FrameResult
from xmem_gui.video import CachedSource, DisplayRange, FrameSource, open_source

_SAVE_EVERY = 30.0
"""Seconds between two saved states: what a killed run computes again."""


@dataclass(frozen=True)
class PropagateRequest:
    """What to propagate.

    Parameters
    ----------
    video
        A video file or a folder of images.
    masks
        ``FILE``, ``FRAME=FILE`` or folders, as `find_masks` takes them.
    out
        Folder for the results, one palette PNG a frame, named as the frame.
    direction, first, last
        As in `Propagation`; it starts from the given masks.
    settings
        The network, its device, its picture size and the limits of its memory.
    first_number
        The number that the video's first frame has in names of masks; None to find out.
    resume, overwrite
        Go on with an interrupted run; replace masks that stand in ``out``.
    repair
        Whether unexpected values in masks are repaired instead of refused.
    display_range
        Which values of deep pictures are black and white; None to find it from them.
    """

    video: Path
    masks: tuple[str, ...]
    out: Path
    direction: Directions = "forward"
    first: int = 0
    last: int | None = None
    settings: EngineSettings = field(default_factory=EngineSettings)
    first_number: int | None = None
    resume: bool = False
    overwrite: bool = False
    repair: bool = False
    display_range: DisplayRange | None = None

    @property
    def propagation(self) -> Propagation:
        """What is to be tracked."""
        return Propagation(self.direction, first=self.first, last=self.last)


@dataclass(frozen=True)
class Progress:
    """How far a run is: ``done`` of ``total`` steps, ``frame`` the latest."""

    done: int
    total: int
    frame: int


@dataclass(frozen=True)
class PropagateSummary:
    """What a run has done.

    Parameters
    ----------
    frames
        Frames of which this run wrote masks.
    seconds
        From the first frame to the last mask on disk, without start-up.
    objects
        The names (values in the index masks) of the objects that were followed.
    out
        Folder that the masks were written to.
    cancelled
        Whether it was stopped before its end.
    already
        Whether nothing was left to do: a run to go on with had come to its end before.
    warnings
        What a person should know, a sentence each.
    """

    frames: int
    seconds: float
    objects: tuple[int, ...]
    out: Path
    cancelled: bool
    warnings: tuple[str, ...]
    already: bool = False

    @property
    def frames_per_second(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds if self.seconds else 0.0


def propagate_to_folder(
    request: PropagateRequest,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PropagateSummary:
    """Propagate masks through a video and write every frame's.

    Parameters
    ----------
    request
        The video, its masks, the range, and the folder for the results.
    progress
        Called with a `Progress` after each frame's masks are computed.
    cancelled
        Asked before each frame; when it says True, all finished masks and the engine's state are kept, and
        the same request with ``resume`` goes on to identical masks.

    Raises
    ------
    OutputError
        If the folder is, or lies among, what is read; if frames' names differ only in what a file system does
        not tell apart; if another run is writing there.
    XmemGuiError
        With one sentence of what is wrong with the video, the masks, the model or the folder. What is
        finished by then is kept, and can be gone on with.
    """
    with _opened(request) as video:
        plan, notes = _planned(request, video)
        names = _names_of(video, plan)
        identity = RunIdentity.of(video.path, plan.commits, plan.legs, _seen_by(request.settings, video))
        folder = MaskFolder(request.out, identity, len(video))
        if request.resume and folder.is_finished(names):
            folder.tidy()
            return PropagateSummary(
                0, 0.0, plan.objects, request.out,
                cancelled=False, warnings=(*notes, *video.warnings), already=True,
            )  # fmt: skip
        # Frames are looked at twice only by a leg that comes back over them.
        engine = make_engine(request.settings, key_cache=KEY_CACHE if len(plan.legs) > 1 else 0)
        with folder:
            run = _Run(request, EngineTracker(engine), video, plan, folder)
            summary = run.go(progress, cancelled)
            return replace(summary, warnings=(*notes, *summary.warnings))


def plan_to_folder(request: PropagateRequest) -> tuple[Plan, tuple[str, ...]]:
    """Say what `propagate_to_folder` would do; nothing is computed, made or changed.

    Returns
    -------
    tuple of Plan and tuple of str
        The plan, and what a person should know of the masks and the video, a sentence each.

    Raises
    ------
    OutputError, XmemGuiError
        As `propagate_to_folder`, for what can be told before it begins.
    """
    with _opened(request) as video:
        plan, notes = _planned(request, video)
        return plan, (*notes, *video.warnings)


def _opened(request: PropagateRequest) -> CachedSource:
    return CachedSource(open_source(request.video, display_range=request.display_range))


def _planned(request: PropagateRequest, video: FrameSource) -> tuple[Plan, tuple[str, ...]]:
    """Return the plan of a request, and what to tell of its masks."""
    found = find_masks(request.masks, video, first=request.first, first_number=request.first_number)
    given, told = read_masks(found, video, repair=request.repair)
    commits = Commits(
        {frame: {name: Rle.from_mask(mask) for name, mask in masks.items()} for frame, masks in given.items()}
    )
    plan = make_plan(request.propagation, Basis.of_masks(commits, len(video), request.video.name))
    _reads_of(request).check_into(request.out, [f"{name}.png" for name in _names_of(video, plan)])
    return plan, (*found.notes, *told)


class RunStoppedError(XmemGuiError):
    """Something failed in mid-run; what was finished is kept, and the run can go on."""


class _Run:
    """The legs of one request, into a folder, from where it stands."""

    def __init__(
        self,
        request: PropagateRequest,
        tracker: EngineTracker,
        video: FrameSource,
        plan: Plan,
        folder: MaskFolder,
    ) -> None:
        self._request, self._tracker, self._video = request, tracker, video
        self._commits, self._folder = plan.commits, folder
        self._notes: tuple[str, ...] = ()
        done = self._begin()
        self._walk = Walk(
            tracker,
            video,
            plan.commits,
            plan.legs,
            put=self._put,
            save=self._save,
            save_every=_SAVE_EVERY,
            done=done,
        )
        self._frames: set[int] = set()

    def go(self, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> PropagateSummary:
        began, walk = time.perf_counter(), self._walk
        try:
            with closing(walk.go(cancelled)) as results:
                for result in results:
                    progress(Progress(walk.done, walk.total, result.frame))
        except (XmemGuiError, OSError) as error:
            if not self._frames:
                raise
            why = in_words(error) if isinstance(error, OSError) else str(error)
            raise RunStoppedError(
                f"{why} The masks finished by then are in {self._folder.folder}: once that is fixed, the "
                "same command with --resume continues."
            ) from error
        return PropagateSummary(
            frames=len(self._frames),
            seconds=time.perf_counter() - began,
            objects=self._commits.objects,
            out=self._folder.folder,
            cancelled=walk.done < walk.total,
            warnings=(*self._notes, *self._video.warnings),
        )

    def _begin(self) -> int:
        """Make the folder and the memory ready; return how many steps are done."""
        request = self._request
        try:
            found = self._folder.prepare(resume=request.resume, overwrite=request.overwrite)
            if found is not None:
                state, done = found
                self._tracker.restore(state)
                return done
        except SnapshotError as error:
            # The masks are the same then: it only takes longer.
            self._notes = (f"{error} The run begins again.",)
        frames = list(self._commits) if request.settings.permanent else []
        self._tracker.remember(self._video, self._commits, frames)
        return 0

    def _put(self, result: FrameResult) -> None:
        self._folder.write(self._video.frame_name(result.frame), result)
        self._frames.add(result.frame)

    def _save(self) -> None:
        if self._walk.done < self._walk.total:
            self._folder.save(self._tracker.state(), self._walk.done)
        else:
            self._folder.finish()


def _names_of(video: FrameSource, plan: Plan) -> tuple[str, ...]:
    """Return the names of the frames that get a mask; two that would share a file are refused."""
    names = tuple(video.frame_name(frame) for frame in plan.frames)
    if alike := two_alike(names):
        which = " and ".join(f"'{name}'" for name in dict.fromkeys(alike))
        raise OutputError(
            f"Two frames of {video.name} are named {which}, so their masks would have one name: rename the "
            "pictures, or keep one kind of them in the folder."
        )
    return names


def _reads_of(request: PropagateRequest) -> Inputs:
    """Return what a run reads; a mask may be written as FRAME=FILE."""
    masks = [text for given in request.masks for text in (given, given.partition("=")[2]) if text]
    return Inputs([request.video, find_model(request.settings.model), *map(Path, masks)])


def _seen_by(settings: EngineSettings, video: FrameSource) -> str:
    """Return the engine's key, with how it sees deep pictures."""
    shown = video.display_range
    return engine_key(settings, own_facts(settings)) + ("" if shown is None else f" {shown}")
