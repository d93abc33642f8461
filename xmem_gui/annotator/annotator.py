"""The application itself: one video, its project and the engine, behind one object."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from xmem_gui.annotator.absent_video import is_absent
from xmem_gui.annotator.compute import EngineSettings
from xmem_gui.annotator.exchange import Exchange
from xmem_gui.annotator.hearing import hear
from xmem_gui.annotator.mask_tools import Editing
from xmem_gui.annotator.memory_report import MemoryReport
from xmem_gui.annotator.opened import open_document
from xmem_gui.annotator.prompting import Prompting
from xmem_gui.annotator.propagation.plan import Plan
from xmem_gui.annotator.propagation.propagator import Propagator
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.annotator.propagation.resumable import Resumable
from xmem_gui.annotator.propagation.suggestions import Suggestion
from xmem_gui.annotator.ranges import RangeEditing
from xmem_gui.annotator.shown_range import set_range
from xmem_gui.arrays import Mask
from xmem_gui.outputs import Inputs
from xmem_gui.project import Notice, Origin, Outcome, Project, SetMasks, VideoObject
from xmem_gui.video import CachedSource, DisplayRange

if TYPE_CHECKING:
    from xmem_gui.annotator.computer import Computer
    from xmem_gui.annotator.propagation.tracker import TrackedFrame
    from xmem_gui.propagation import Directions


class Annotator(Exchange):
    """Open a video or a project, edit masks, propagate, undo, import and export.

    Make one with `open`, and `close` it (or use ``with``). Edits go to the project at once; each is one
    undoable step, a whole propagation too.

    Parameters
    ----------
    project
        The open document, which the annotator owns from now on and closes.
    video
        The project's video, with a cache of decoded frames.
    settings
        What computes; the network is loaded when it is first needed.

    Attributes
    ----------
    editing : Editing
        Brush, polygon, fills and the other tools without a network.
    ranges : RangeEditing
        Pastes, absence and interpolation over many frames.
    prompting : Prompting
        Turns clicks, scribbles and boxes into masks of the document.
    probabilities : KeptProbabilities
        As in `Exchange`, which has what exports and imports.
    is_kept : bool
        Whether the project is a file that stays; one that was made only to look goes when it is closed.
    settings_changed : Listeners of EngineSettings
        Told when something else computes from now on.
    memory_changed : Listeners of None
        Told when a run has ended and when memory was cleared: `memory_report` says something else then.
    """

    def __init__(self, project: Project, video: CachedSource, settings: EngineSettings) -> None:
        super().__init__(project, video)
        self.editing = Editing(project, video)
        self.ranges = RangeEditing(project, self.editing)
        self.prompting = Prompting(project, video, self.editing)
        self.propagator = Propagator(project, video.reader(), settings, self.probabilities)
        self.settings_changed = self.propagator.settings_changed
        self.memory_changed = self.propagator.memory_changed
        self._after = ExitStack()
        self.is_kept = True

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        project: Path | None = None,
        settings: EngineSettings | None = None,
        create: bool = True,
        look_only: bool = False,
        without_video: bool = False,
        hosts: Collection[str] = (),
    ) -> Annotator:
        """Open a project, or a video with the project that was made for it.

        Parameters
        ----------
        path
            A project (``.xmem``), a video file or a folder of images. A video that is asked for is the one
            that opens: the project of another one is left alone.
        project
            Where the video's project is or shall be made; beside the video by default.
        settings
            The network, its device, its picture size and the limits of its memory.
        create
            Whether to make a project for a video that has none.
        look_only
            Whether nothing is to be changed or made: a project opens read-only, a video without one with an
            empty project that is kept nowhere.
        without_video
            Whether a project opens without its video: its masks can be looked at and exported.
        hosts
            Other computers that may be asked for the video; a project can be anybody's.

        Raises
        ------
        MediaError, ProjectError
            If either cannot be opened, or there is no project and none is to be made.
        VideoNotFoundError
            If the project's video is not where it was, or is another one.
        ProjectPlaceError
            If the project cannot be made there; another place will do.
        """
        opened = open_document(
            Path(path), project, create=create, look_only=look_only, without_video=without_video, hosts=hosts
        )
        made = cls(opened.document, CachedSource(opened.source), settings or EngineSettings())
        made._after, made.is_kept = opened.after, opened.is_kept
        return made

    @property
    def settings(self) -> EngineSettings:
        """What computes. Setting it lets go of the engine."""
        return self.propagator.settings

    @settings.setter
    def settings(self, settings: EngineSettings) -> None:
        self.propagator.settings = settings

    def hear(self, listener: Callable[[Notice], object]) -> Callable[[], None]:
        """Have a function told of all that people should know of the project and the video; see `hearing`.

        Parameters
        ----------
        listener
            Called with each `Notice` once, those of before first, in the thread that found it out.

        Returns
        -------
        callable
            Ends it.
        """
        return hear(self.project, self.video, listener)

    @property
    def computer(self) -> Computer:
        """The machine that computes: this one, unless it is told another. Setting it lets go of networks."""
        return self.propagator.computer

    @computer.setter
    def computer(self, computer: Computer) -> None:
        self.propagator.computer = computer
        self.prompting.computer = computer

    def set_display_range(self, shown: DisplayRange | None) -> DisplayRange:
        """Have deep pictures shown, and read by networks, by another range from the next opening on.

        Parameters
        ----------
        shown
            The values that are black and white; None for the automatic range.

        Raises
        ------
        MediaError, ProjectError
            If the video has 8 bits a value, or the project is read-only.
        """
        return set_range(self.project, self.video, shown)

    def prepare(self) -> str:
        """Load the networks now instead of when they are first needed; return the device that computes.

        Raises
        ------
        XmemGuiError
            If one cannot be loaded.
        """
        device = self.propagator.prepare()
        self.prompting.load()
        return device

    def add_object(self, name: str = "", category: str = "") -> VideoObject:
        """Add an object, of a class if it is given; it is followed from the frames that get a mask of it."""
        return self.project.add_object(name, category=category)

    def set_mask(
        self, frame: int, object_id: int, mask: Mask, *, origin: Origin = Origin.DRAWN, commit: bool = True
    ) -> None:
        """Set an object's mask on a frame, (H, W) at the video's size, and commit it unless told not to.

        Raises
        ------
        MaskError, ProjectError
            If the mask does not fit, or the object is unknown or locked.
        """
        self.project.apply(SetMasks(frame, {object_id: mask}, origin, commit=commit))

    def commit(self, frame: int, objects: Sequence[int] | None = None) -> Outcome:
        """Promise that masks of a frame stay as they are; propagation reads them for ever."""
        return self.project.commit(frame, objects)

    def uncommit(self, frame: int, objects: Sequence[int] | None = None) -> Outcome:
        """Take the promise back."""
        return self.project.uncommit(frame, objects)

    def undo(self) -> Outcome:
        """Undo the newest step."""
        return self.project.undo()

    def redo(self) -> Outcome:
        """Redo the step undone last."""
        return self.project.redo()

    def plan(self, request: Propagation) -> Plan:
        """Say what tracking would do, without computing: `Plan.describe` has it in words.

        Raises
        ------
        XmemGuiError
            If there is nothing to track, with what to do about it; if the frame to start from is not
            committed, or the range does not lie in the video.
        """
        return self.propagator.plan(request)

    def run(
        self, what: Plan | Propagation, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[TrackedFrame]:
        """Do what a plan says; yields each result when it is in the project.

        All of it is one undoable step, which ends when the iterator does; masks that it commits first are
        another before it. A run that is cancelled, closed or fails keeps what is finished, and `resume` goes
        on with it.

        Parameters
        ----------
        what
            A plan, or a request, which is planned when the first result is asked for.
        cancelled
            Asked before each frame; when it says True the run stops and can be gone on with.

        Raises
        ------
        PlanOutOfDateError
            If the document has changed since, so that planning again would say something else; nothing is
            done then.
        XmemGuiError
            As `plan`.
        """
        return self.propagator.run(what, cancelled=cancelled)

    def propagate(
        self,
        directions: Directions = "forward",
        *,
        cancelled: Callable[[], bool] = lambda: False,
        **asked: Any,
    ) -> Iterator[TrackedFrame]:
        """Track as version 0.1 was asked to; use `run` with a `Propagation` instead.

        Parameters
        ----------
        directions
            Forward from where it starts, backward, or both ways, as the request's direction.
        cancelled
            Asked before each frame; when it says True the run stops and can be gone on with.
        **asked
            ``start``, ``first``, ``last``, ``until`` and ``objects`` of `Propagation`, and
            ``replace_reviewed``, which is its ``again``.
        """
        warnings.warn(
            "Use run(Propagation(...)) in place of propagate(...).", DeprecationWarning, stacklevel=2
        )
        again = bool(asked.pop("replace_reviewed", False))
        return self.run(Propagation(directions, again=again, **asked), cancelled=cancelled)

    def resumable(self) -> Resumable | None:
        """Return the propagation that did not come to its end, if there is one."""
        return self.propagator.resumable()

    def resume(self, *, cancelled: Callable[[], bool] = lambda: False) -> Iterator[TrackedFrame]:
        """Go on with it, to the masks that it would have made uninterrupted; yields as `run`.

        Where that is not possible any more - the commits, the model or the settings have changed, or the
        saved memory is damaged - it begins again, and ``project.notices`` says why.

        Raises
        ------
        XmemGuiError
            If there is none.
        """
        return self.propagator.resume(cancelled=cancelled)

    def memory_report(self) -> MemoryReport:
        """Return what the memory holds, tier by tier; cheap, and at any time."""
        return self.propagator.memory_report()

    def clear_temporary(self) -> None:
        """Forget sensory, working and long-term memory, the saved ones too; permanent memory stays.

        Raises
        ------
        XmemGuiError
            If a propagation is going on.
        """
        self.propagator.clear_temporary()

    def suggestions(self, count: int = 10) -> list[Suggestion]:
        """Return the frames that are worth the next corrections, the most useful first."""
        return self.propagator.suggestions(count)

    def save_as(self, place: Path) -> Path:
        """Copy the project to another place, with its history and the way to the video from there.

        What is open stays the old one: open the copy to go on there.

        Raises
        ------
        OutputError, ProjectError
            If there is a file already, or it cannot be written there.
        """
        Inputs(families=[self.project.path]).check(place)
        self.project.save_copy(place, video=None if is_absent(self.video) else self.video.path)
        return place

    def close(self, *, lose_unsaved: bool = False) -> None:
        """Bring everything to the disk and let go of files and networks.

        Parameters
        ----------
        lose_unsaved
            Whether to close too what cannot be saved.

        Raises
        ------
        ProjectError
            If the project cannot be written; unless ``lose_unsaved`` it then stays open and nothing is lost.
            ``project.save_copy`` and ``project.take_over`` are the ways out.
        """
        self.project.close(lose_unsaved=lose_unsaved)
        self.probabilities.close()
        self.video.close()
        self.propagator.close()
        self.prompting.close()
        self._after.close()

    def __enter__(self) -> Annotator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.project.__exit__(kind, error, trace)
        finally:
            self.probabilities.close()
            self.video.close()
            self._after.close()
