"""Propagates for one project: one engine, driven by one thread at a time, and what may be asked meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from xmem_gui.annotator.compute import EngineSettings
from xmem_gui.annotator.computer import Computer, ThisMachine
from xmem_gui.annotator.memory_report import MemoryReport, make_report
from xmem_gui.annotator.probabilities import KeptProbabilities
from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.checkpoint import SnapshotError, forget_snapshot, snapshot_path
from xmem_gui.annotator.propagation.commits import CommittedMasks, state_mark
from xmem_gui.annotator.propagation.descriptors import Descriptors, descriptors_path
from xmem_gui.annotator.propagation.plan import Plan, check_current, make_plan
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.annotator.propagation.resumable import Resumable, find_resumable
from xmem_gui.annotator.propagation.suggestions import Suggestion, suggest
from xmem_gui.errors import DeviceLostError, XmemGuiError
from xmem_gui.listeners import Listeners
from xmem_gui.project import Project
from xmem_gui.propagation import FrameReader

if TYPE_CHECKING:
    from xmem_gui.annotator.propagation.follower import Follower
    from xmem_gui.annotator.propagation.tracker import TrackedFrame, TrackerFacts


class Propagator:
    """What a project's commits are turned into.

    Parameters
    ----------
    project, video
        The open project, and its open video.
    settings
        What computes; the network is loaded when it is first needed.
    soft
        Where probabilities are kept for runs that ask for it.
    """

    def __init__(
        self, project: Project, video: FrameReader, settings: EngineSettings, soft: KeptProbabilities
    ) -> None:
        self._soft = soft
        self._project, self._video, self._settings = project, video, settings
        self._path = snapshot_path(project.path)
        self._computer: Computer = ThisMachine()
        self._follower: Follower | None = None
        self._masks = CommittedMasks(project)
        self._turn = threading.Lock()
        self._facts: TrackerFacts | None = None
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
            self._settings = settings
            self._let_go()
        self.settings_changed.tell(settings)

    @property
    def computer(self) -> Computer:
        """Where it computes. Setting it lets go of the engine."""
        return self._computer

    @computer.setter
    def computer(self, computer: Computer) -> None:
        with self._turn:
            if computer is self._computer:
                return
            self._computer = computer
            self._let_go()
        self.settings_changed.tell(self._settings)

    def plan(self, request: Propagation) -> Plan:
        """See `Annotator.plan`."""
        return make_plan(request, self._basis(request))

    def run(self, what: Plan | Propagation, *, cancelled: Callable[[], bool]) -> Iterator[TrackedFrame]:
        """See `Annotator.run`."""
        with self._tells_memory(), self._turn, self._guarded():
            plan = self._current(what)
            follower = self._engine()
            if plan.to_commit:
                assert plan.start is not None
                self._project.commit(plan.start, plan.to_commit)
            yield from self._watched(follower.run(plan, cancelled=cancelled))

    def resume(self, *, cancelled: Callable[[], bool]) -> Iterator[TrackedFrame]:
        """See `Annotator.resume`."""
        found = self.resumable()
        if found is None:
            raise XmemGuiError("No propagation was interrupted: there is nothing to continue.")
        with self._tells_memory(), self._turn, self._guarded():
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
        return find_resumable(self._path, self._settings, self._project, self._masks.now(), self._computer)

    def memory_report(self) -> MemoryReport:
        """See `Annotator.memory_report`."""
        follower, facts = self._follower, self._facts
        return make_report(facts, self._masks.now(), {} if follower is None else follower.digests)

    def clear_temporary(self) -> None:
        """See `Annotator.clear_temporary`."""
        if not self._turn.acquire(blocking=False):
            raise XmemGuiError("A propagation is going on: stop it before clearing its memory.")
        try:
            forget_snapshot(self._path)
            if self._follower is not None:
                self._follower.tracker.clear_temporary()
                self._facts = self._follower.tracker.facts
        finally:
            self._turn.release()
        self.memory_changed.tell(None)

    def prepare(self) -> str:
        """Make the engine; return the name of its device."""
        with self._turn:
            return self._engine().tracker.facts.device

    def close(self) -> None:
        """Let go of the engine: a network is large, and what refers to itself may stay long."""
        self._let_go()

    def suggestions(self, count: int) -> list[Suggestion]:
        """See `Annotator.suggestions`."""
        return suggest(self._project, self._descriptors, count)

    def _basis(self, request: Propagation) -> Basis:
        mark = state_mark(self._project)
        return Basis.of_project(self._project, self._masks.now(), mark, request.near, self._settings.size)

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

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Say in plain words what the device fails in; an engine on a device that is lost is let go."""
        try:
            with self._computer.guarded(self._settings.device):
                yield
        except DeviceLostError:
            self._let_go()
            raise

    def _let_go(self) -> None:
        self._follower = self._facts = None

    @contextmanager
    def _tells_memory(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.memory_changed.tell(None)

    def _engine(self) -> Follower:
        """Return the engine, made now if there is none, or if it is lost with the machine that had it."""
        from xmem_gui.annotator.propagation.follower import Follower

        if self._follower is not None and self._follower.tracker.is_lost:
            self._let_go()
        if self._follower is None:
            self._follower = Follower(
                self._project, self._video, self._settings, self._path, self._computer, self._soft
            )
            self._facts = self._follower.tracker.facts
        return self._follower

    def _watched(self, results: Generator[TrackedFrame, None, None]) -> Iterator[TrackedFrame]:
        """Pass results on, noting what the memory holds and what frames look like."""
        assert self._follower is not None
        tracker = self._follower.tracker
        try:
            with closing(results):
                for result in results:
                    self._facts = tracker.facts
                    self._descriptors.put(result)
                    yield result
        finally:
            self._descriptors.save()
            # Last, for it asks the device, which may be lost.
            self._facts = tracker.facts
