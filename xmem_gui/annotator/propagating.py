"""The main job without a window: from a video and masks on some frames to masks on all."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from torch import Tensor

from xmem_gui.annotator.compute import EngineSettings, make_engine
from xmem_gui.annotator.given_masks import ObjectMasks, find_masks, read_masks
from xmem_gui.annotator.mask_folder import MaskFolder
from xmem_gui.annotator.passes import Directions, Pass, plan_passes
from xmem_gui.errors import XmemGuiError
from xmem_gui.model import find_model
from xmem_gui.propagation import Engine, FrameResult, propagate
from xmem_gui.video import CachedSource, FrameSource, open_source

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
    directions
        Which way to go from the masks.
    first, last
        The range, 0-based and both included; ``last`` None is the video's end.
    settings
        What computes.
    resume, overwrite
        Go on with an interrupted run; replace masks that stand in ``out``.
    repair
        Whether unexpected values in masks are repaired instead of refused.
    """

    video: Path
    masks: tuple[str, ...]
    out: Path
    directions: Directions = "forward"
    first: int = 0
    last: int | None = None
    settings: EngineSettings = field(default_factory=EngineSettings)
    resume: bool = False
    overwrite: bool = False
    repair: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a run is: ``done`` of ``total`` results, ``frame`` the latest."""

    done: int
    total: int
    frame: int


@dataclass(frozen=True)
class PropagateSummary:
    """What a run has done.

    Parameters
    ----------
    frames
        Results written by this run.
    seconds
        From the first frame to the last mask on disk, without start-up.
    objects
        Their names.
    out
        Where the masks are.
    cancelled
        Whether it was stopped before its end.
    warnings
        What a person should know, a sentence each.
    """

    frames: int
    seconds: float
    objects: tuple[int, ...]
    out: Path
    cancelled: bool
    warnings: tuple[str, ...]

    @property
    def frames_per_second(self) -> float:
        """Results per second."""
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
        What and where to.
    progress
        Called after each result.
    cancelled
        Asked before each frame; when it says True, all finished masks and the engine's state are kept, and
        the same request with ``resume`` goes on to identical masks.

    Raises
    ------
    XmemGuiError
        With one sentence of what is wrong with the video, the masks, the model or the folder.
    """
    with CachedSource(open_source(request.video)) as video:
        first, last = _checked_range(request, len(video))
        files = find_masks(request.masks, video, first=first)
        given = read_masks(files, video, repair=request.repair)
        passes = plan_passes(list(given), first, last, request.directions)
        engine = make_engine(request.settings)
        with MaskFolder(request.out, _fingerprint(request, files, passes)) as folder:
            state = folder.prepare(resume=request.resume, overwrite=request.overwrite)
            run = _Run(engine, video, given, passes, folder)
            return run.go(state, progress, cancelled)


class _Run:
    """The passes of one request, from any position on."""

    def __init__(
        self,
        engine: Engine,
        video: FrameSource,
        given: dict[int, ObjectMasks],
        passes: list[Pass],
        folder: MaskFolder,
    ) -> None:
        self._engine = engine
        self._video = video
        self._given = given
        self._passes = passes
        self._folder = folder

    def go(
        self,
        state: dict[str, Tensor] | None,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> PropagateSummary:
        engine, folder = self._engine, self._folder
        position = 0
        began = saved = time.perf_counter()
        if state is None:
            for frame, masks in self._given.items():
                engine.commit(frame, self._video.frame(frame), masks)
        else:
            position = folder.position_of(state)
            engine.restore(state)
        total = sum(len(run.frames) for run in self._passes)
        stopped, written, done = False, 0, position

        def stop() -> bool:
            nonlocal stopped
            stopped = stopped or cancelled()
            return stopped

        for result, is_result in self._steps(position, stop):
            done += 1
            if is_result:
                folder.write(self._video.frame_name(result.frame), result)
                written += 1
            progress(Progress(done, total, result.frame))
            if time.perf_counter() - saved > _SAVE_EVERY:
                folder.save(engine.state(), done)
                saved = time.perf_counter()
        if stopped:
            folder.save(engine.state(), done)
        else:
            folder.finish()
        objects = tuple(sorted({name for masks in self._given.values() for name in masks}))
        seconds = time.perf_counter() - began
        return PropagateSummary(written, seconds, objects, folder.folder, stopped, self._video.warnings)

    def _steps(self, position: int, stop: Callable[[], bool]) -> Iterator[tuple[FrameResult, bool]]:
        """Yield each step's result from a position on, and whether it is one of the run's results."""
        for run in self._passes:
            skipped = min(position, len(run.frames))
            position -= skipped
            if skipped == len(run.frames):
                continue
            if skipped == 0:
                self._engine.start()
            others = len(run.frames) - run.results
            frames = run.frames[skipped:]
            results = propagate(self._engine, self._video, frames, masks=self._given, cancelled=stop)
            for index, result in enumerate(results, start=skipped):
                yield result, index >= others
            if stop():
                return


def _checked_range(request: PropagateRequest, frames: int) -> tuple[int, int]:
    last = frames - 1 if request.last is None else request.last
    if not 0 <= request.first <= last < frames:
        raise XmemGuiError(
            f"The range {request.first}:{last} does not lie in {request.video.name}, which has the frames "
            f"0 to {frames - 1}."
        )
    return request.first, last


def _fingerprint(request: PropagateRequest, files: dict[int, Path], passes: list[Pass]) -> str:
    """Return a hash of all that decides the masks."""
    model = find_model(request.settings.model)
    facts = {
        "video": [str(request.video.resolve()), request.video.stat().st_mtime_ns],
        "masks": {frame: hashlib.sha256(path.read_bytes()).hexdigest() for frame, path in files.items()},
        "passes": [[run.frames.start, run.frames.stop, run.results] for run in passes],
        "model": [model.name, model.stat().st_size],
        "settings": asdict(request.settings),
        "repair": request.repair,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
