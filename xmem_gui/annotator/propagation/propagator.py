"""Propagates for one project: one engine, driven by one thread at a time, and what may be asked meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from xmem_gui.annotator.compute import EngineSettings
from xmem_gui.annotator.memory_report import MemoryReport, make_report
from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.checkpoint import SnapshotError, forget_snapshot, snapshot_path
from xmem_gui.annotator.propagation.commits import CommittedMasks, state_mark
from xmem_gui.annotator.propagation.descriptors import Descriptors, descriptors_path
from xmem_gui.annotator.propagation.plan import Plan, check_current, make_plan
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.annotator.propagation.resumable import Resumable, find_resumable
from xmem_gui.annotator.propagation.suggestions import Suggestion, suggest
from xmem_gui.device import choose_device, enough_memory
from xmem_gui.errors import XmemGuiError
from xmem_gui.listeners import Listeners
from xmem_gui.project import Project
from xmem_gui.propagation import Frames

if TYPE_CHECKING:
    from xmem_gui.annotator.propagation.follower import Follower
    from xmem_gui.memory import TierFigures
    from xmem_gui.propagation import FrameResult


class Propagator:
    """What a project's commits are turned into.

    Parameters
    ----------
    project, video
        The open project, and its open video.
    settings
        What computes; the network is loaded when it is first needed.
    """

    def __init__(self, project: Project, video: Frames, settings: EngineSettings) -> None:
        self._project, self._video, self._settings = project, video, settings
        self._path = snapshot_path(project.path)
        self._follower: Follower | None = None
        self._masks = CommittedMasks(project)
        self._turn = threading.Lock()
        self._figures: Mapping[str, TierFigures] = {}
        self._descriptors = Descriptors(project.frames, descriptors_path(project.path))
        self.settings_changed: Listeners[EngineSettings] = Listeners("settings of an engine")
        self.memory_changed: Listeners[None] = Listeners("an engine's memory")

    @property
    def settings(self) -> EngineSettings:
        """What computes. Setting it lets go of the engine."""
        return self._settings

    @settings.setter
    def settings(self, settings: EngineSettings) -> None:
        with self._turn:
            if settings == self._settings:
                return
            self._settings, self._follower = settings, None
            self._figures = {}
        self.settings_changed.tell(settings)

    def plan(self, request: Propagation) -> Plan:
        """See `Annotator.plan`."""
        return make_plan(request, self._basis(request))

    def run(self, what: Plan | Propagation, *, cancelled: Callable[[], bool]) -> Iterator[FrameResult]:
        """See `Annotator.run`."""
        with self._tells_memory(), self._turn, self._enough_memory():
            plan = self._current(what)
            follower = self._engine()
            if plan.to_commit:
                assert plan.start is not None
                self._project.commit(plan.start, plan.to_commit)
            yield from self._watched(follower.run(plan, cancelled=cancelled))

    def resume(self, *, cancelled: Callable[[], bool]) -> Iterator[FrameResult]:
        """See `Annotator.resume`."""
        found = self.resumable()
        if found is None:
            raise XmemGuiError("No propagation was interrupted: there is nothing to go on with.")
        with self._tells_memory(), self._turn, self._enough_memory():
            follower, problem = self._engine(), found.problem
            if not problem:
                try:
                    plan = self._left(found)
                    yield from self._watched(follower.run(plan, cancelled=cancelled, resume=True))
                except SnapshotError as error:
                    problem = str(error)
            if problem:
                self._project.say(problem)
                plan = self._left(found)
                yield from self._watched(follower.run(plan, cancelled=cancelled))

    def resumable(self) -> Resumable | None:
        """See `Annotator.resumable`."""
        return find_resumable(self._path, self._settings, self._project, self._masks.now())

    def memory_report(self) -> MemoryReport:
        """See `Annotator.memory_report`."""
        follower, commits = self._follower, self._masks.now()
        if follower is None:
            return make_report({}, None, commits, {}, None)
        engine = follower.engine
        return make_report(self._figures, engine.memory.config, commits, follower.digests, engine.device)

    def clear_temporary(self) -> None:
        """See `Annotator.clear_temporary`."""
        if not self._turn.acquire(blocking=False):
            raise XmemGuiError("A propagation is going on: stop it before clearing its memory.")
        try:
            forget_snapshot(self._path)
            if self._follower is not None:
                self._follower.engine.start()
                self._figures = self._follower.engine.memory.figures()
        finally:
            self._turn.release()
        self.memory_changed.tell(None)

    def prepare(self) -> str:
        """Make the engine; return the name of its device."""
        with self._turn:
            return str(self._engine().engine.device)

    def suggestions(self, count: int) -> list[Suggestion]:
        """See `Annotator.suggestions`."""
        return suggest(self._project, self._descriptors, count)

    def _basis(self, request: Propagation) -> Basis:
        mark = state_mark(self._project)
        return Basis.of_project(self._project, self._masks.now(), mark, request.near)

    def _current(self, what: Plan | Propagation) -> Plan:
        """Return the plan of a request, or a plan that is not out of date."""
        if isinstance(what, Propagation):
            return self.plan(what)
        if what.mark != state_mark(self._project):
            check_current(what, self._basis(what.request))
        return what

    def _left(self, found: Resumable) -> Plan:
        """Return the plan of a run that did not come to its end."""
        plan = self.plan(found.work)
        return plan if found.parts is None else plan.only(*found.parts)

    def _enough_memory(self) -> AbstractContextManager[None]:
        return enough_memory(choose_device(self._settings.device), what="this propagation")

    @contextmanager
    def _tells_memory(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.memory_changed.tell(None)

    def _engine(self) -> Follower:
        from xmem_gui.annotator.propagation.follower import Follower

        if self._follower is None:
            self._follower = Follower(self._project, self._video, self._settings, self._path)
        return self._follower

    def _watched(self, results: Generator[FrameResult, None, None]) -> Iterator[FrameResult]:
        """Pass results on, noting what the memory holds and what frames look like."""
        assert self._follower is not None
        engine = self._follower.engine
        try:
            with closing(results):
                for result in results:
                    self._figures = engine.memory.figures()
                    self._descriptors.put(result)
                    yield result
        finally:
            self._figures = engine.memory.figures()
            self._descriptors.save()
