"""Propagating from the window: what each action starts, what it tells, and what happens when it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from xmem_gui.errors import DeviceMemoryError, XmemGuiError
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.jobs import JobControl, JobState
from xmem_gui.gui.state.values import Offer, notice_of
from xmem_gui.gui.widgets.plain import plain_line

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.annotator.propagation.resumable import Resumable
    from xmem_gui.annotator.propagation.start import Start
    from xmem_gui.gui.dialogs.track_count import Way
    from xmem_gui.project import Outcome
    from xmem_gui.propagation import FrameResult

Directions = Literal["forward", "backward", "both"]

_SIZES = (720, 600, 480, 360, 240)
"""Internal sizes that are offered when the device's memory is too small."""


@dataclass(frozen=True)
class Plan:
    """What is to be propagated.

    Attributes
    ----------
    label
        What the person is told is going on.
    directions
        Which way to track: forward, backward or both.
    start
        Where to start from; None for the range's own.
    first, last
        The range, both included; None for the video's ends.
    objects
        Whose masks may change; None for all.
    resume
        Whether to go on with what was stopped instead of all that.
    """

    label: str
    directions: Directions = "forward"
    start: int | None = None
    first: int = 0
    last: int | None = None
    objects: tuple[int, ...] | None = None
    resume: bool = False


@dataclass(frozen=True)
class _Ended:
    """How a run ended.

    Attributes
    ----------
    done, total
        How many steps are done, and how many the run has in all.
    resumable
        Whether the rest can be done later.
    frames
        How many frames have been tracked.
    low
        Those of them with a mask of low confidence, in order.
    """

    done: int
    total: int
    resumable: bool
    frames: int
    low: tuple[int, ...]


class Propagation(QObject):
    """The slots of the Track menu.

    Parameters
    ----------
    context
        Its session runs the jobs; its actions call the slots; its preferences say below which confidence a
        mask needs a review.
    """

    review_wanted = Signal()
    """The person wants to see what is worth a look."""
    ended = Signal()
    """A run has come to its end."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.session)
        self._session = session = context.session
        self._context, self._preferences = context, context.preferences
        actions = context.actions
        self._from = 0
        self._only_selected = False
        self._follow = True
        self._preparing = self._running = self._following = self._left = False
        self._question: QMessageBox | None = None
        self._asking: QDialog | None = None
        actions.bind("propagate.forward", lambda: self.start("forward"))
        actions.bind("propagate.backward", lambda: self.start("backward"))
        actions.bind("propagate.both", lambda: self.start("both"))
        for way in get_args(Directions):
            actions.bind(f"propagate.one_{way}", partial(self.start_one, way))
        actions.bind("propagate.next_key", self.to_next_key)
        actions.bind("propagate.range", self.over_range)
        actions.bind("propagate.count", self._ask_count)
        actions.bind("propagate.resume", self.resume)
        actions.bind("propagate.cancel", session.cancel_job)
        actions.bind("propagate.clear_temporary", self._clear_temporary)
        actions["propagate.follow"].setChecked(True)
        actions.bind_toggle("propagate.follow", self._set_follow)
        actions.bind_toggle("propagate.only_selected", self._set_only_selected)
        session.job_changed.connect(self._on_job)
        session.frame_changed.connect(self._on_frame)
        # Queued: what computes is chosen by others who hear of the opening, and is part of the answer.
        session.opened.connect(self._on_opened, Qt.ConnectionType.QueuedConnection)
        session.closed.connect(self._on_closed)

    def start(self, directions: Directions) -> None:
        """Propagate from the current frame to the video's end, its beginning, or both."""
        self._start(directions, self._objects())

    def start_one(self, directions: Directions) -> None:
        """Propagate only the selected object; the others' masks stay as they are."""
        if self._session.selected is not None:
            self._start(directions, (self._session.selected,))

    def _start(self, directions: Directions, objects: tuple[int, ...] | None) -> None:
        labels = {
            "forward": self.tr("Forward"), "backward": self.tr("Backward"), "both": self.tr("Both ways"),
        }  # fmt: skip
        plan = Plan(labels[directions], directions, objects=objects)
        self._prepare(plan, lambda _, start: replace(plan, start=start.frame))

    def to_next_key(self) -> None:
        """Propagate from the current frame to the next key frame, which is followed back from there too."""
        plan = Plan(self.tr("To the next key frame"), objects=self._objects())

        def aim(annotator: Annotator, start: Start) -> Plan:
            from xmem_gui.project import What

            there = annotator.project.query.next(What.KEY, start.frame, plan.objects)
            if there is None:
                return replace(plan, start=start.frame)
            return replace(plan, directions="both", start=start.frame, first=start.frame, last=there)

        self._prepare(plan, aim)

    def over_range(self) -> None:
        """Propagate over the in and out points, every stretch between two key frames from both its ends."""
        first, last = self._session.span
        plan = Plan(self.tr("Over the range"), "both", None, first, last, self._objects())

        def aim(_: Annotator, start: Start) -> Plan:
            return replace(plan, start=start.frame) if first <= start.frame <= last else plan

        self._prepare(plan, aim)

    def over_count(self, count: int, way: Way) -> None:
        """Propagate to so many frames beyond the current one."""
        from xmem_gui.gui.dialogs.track_count import frames_from

        session = self._session
        first, last = frames_from(session.frame, count, way, session.frames)
        label = self.tr("Forward") if way == "forward" else self.tr("Backward")
        plan = Plan(label, way, None, first, last, self._objects())

        def aim(_: Annotator, start: Start) -> Plan:
            # Where it starts may lie on the other side of the current frame, at the nearest key frame.
            begin = min(first, start.frame), max(last, start.frame)
            return replace(plan, start=start.frame, first=begin[0], last=begin[1])

        self._prepare(plan, aim)

    def resume(self) -> None:
        """Go on with the propagation that was stopped."""
        self._run(Plan(self.tr("Going on"), resume=True))

    # Before a run

    def _ask_count(self) -> None:
        from xmem_gui.gui.dialogs.track_count import TrackCountDialog

        # Kept, for without a window behind it nothing else would keep it.
        self._asking = dialog = TrackCountDialog(self._context, QApplication.activeWindow())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self.over_count)
        dialog.open()

    def _objects(self) -> tuple[int, ...] | None:
        selected = self._session.selected
        return (selected,) if self._only_selected and selected is not None else None

    def _prepare(self, plan: Plan, aim: Callable[[Annotator, Start], Plan]) -> None:
        """Find where to start, commit what a person made there, and run.

        Parameters
        ----------
        plan
            The run that the person has asked for.
        aim
            Makes it definite; called in the documents' thread.
        """
        session, frame = self._session, self._session.frame
        annotator = session.annotator
        if self._preparing or session.job is not None or annotator is None:
            return
        self._preparing = True

        def look() -> tuple[Start, Plan]:
            from xmem_gui.annotator.propagation.start import find_start

            start = find_start(annotator.project, frame, plan.directions, objects=plan.objects)
            return start, aim(annotator, start)

        def found(answer: tuple[Start, Plan]) -> None:
            self._preparing = False
            start, ready = answer
            if session.annotator is not annotator:
                return
            if start.to_commit:
                self._commit(start, ready)
            else:
                self._run(ready)

        # What a click has asked for is answered by the engine and put into the document first.
        session.engine.submit(
            lambda: None,
            lambda _: session.documents.submit(look, found, failed=self._not_started),
        )

    def _not_started(self, error: Exception) -> None:
        self._preparing = False
        notice = notice_of(error)
        if isinstance(error, XmemGuiError):
            # Nothing went wrong: something is still to be done first.
            notice = replace(notice, level="info", details="")
        self._session.notice.emit(notice)

    def _commit(self, start: Start, plan: Plan) -> None:
        names = {one.id: one.name for one in self._session.objects}

        def committed(outcome: Outcome | None) -> None:
            if outcome is not None and outcome.step is not None:
                text = self.tr("Frame {frame} is committed now ({names}), and followed from there.")
                whom = ", ".join(names.get(one, "") for one in start.to_commit)
                self._session.say(text.format(frame=start.frame, names=whom))
            self._run(plan)

        self._session.edit(lambda annotator: annotator.commit(start.frame, start.to_commit), committed)

    # A run

    def _run(self, plan: Plan) -> None:
        loading, threshold = self.tr("Loading the model"), self._preferences.values.low_confidence
        self._from = self._session.frame

        def work(annotator: Annotator, control: JobControl) -> _Ended:
            control.label(loading)
            return _follow(annotator, control, plan, threshold)

        self._running = self._session.run(
            plan.label, work, self._on_ended, failed=lambda error: self._on_failed(error, plan)
        )
        self._left = False

    def _on_ended(self, ended: _Ended) -> None:
        self._running = False
        if ended.done < ended.total:
            self._session.say(self._stopped(ended.done, ended.total, resumable=ended.resumable))
            return
        self.ended.emit()
        offers = []
        if ended.low:
            offers.append(Offer(self.tr("Review"), lambda: self._review(ended.low[0])))
        if self._session.frame != self._from:
            back = self._from
            label = self.tr("Back to frame {:,}").format(back)
            offers.append(Offer(label, lambda: setattr(self._session, "frame", back)))
        self._session.say(self._tracked(ended.frames, len(ended.low)), "info", *offers)

    def _tracked(self, frames: int, low: int) -> str:
        text = self.tr("1 frame tracked") if frames == 1 else self.tr("{:,} frames tracked").format(frames)
        worth = self.tr("1 worth a look") if low == 1 else self.tr("{:,} worth a look").format(low)
        return f"{text}, {worth}." if low else f"{text}."

    def _review(self, frame: int) -> None:
        self._session.frame = frame
        self.review_wanted.emit()

    def _stopped(self, done: int, total: int, *, resumable: bool) -> str:
        text = self.tr("Stopped after {done} of {total} frames; they are kept.")
        if resumable:
            text += " " + self.tr("Track > Go on where it stopped does the rest.")
        return text.format(done=f"{done:,}", total=f"{total:,}")

    def _on_opened(self) -> None:
        annotator = self._session.annotator
        if annotator is None:
            return

        def tell(found: Resumable | None) -> None:
            if found is not None and not found.problem and self._session.annotator is annotator:
                # Its memory is saved now and then, so more frames may be there than it goes on after.
                text = self.tr(
                    "A run did not come to its end. Track > Go on where it stopped tracks {0:,} frames."
                )
                self._session.say(text.format(found.total - found.done), "warning")

        # In the engine's thread, for torch takes seconds to come.
        self._session.engine.submit(annotator.resumable, tell)

    def _on_failed(self, error: Exception, plan: Plan) -> None:
        self._running = False
        if isinstance(error, DeviceMemoryError) and (smaller := self._smaller_size()):
            self._offer(smaller, str(error), plan)
        else:
            self._session.notice.emit(notice_of(error))

    def _smaller_size(self) -> int | None:
        annotator = self._session.annotator
        if annotator is None:
            return None
        now = annotator.settings.size or min(annotator.video.width, annotator.video.height)
        return next((size for size in _SIZES if size < now), None)

    def _offer(self, size: int, problem: str, plan: Plan) -> None:
        # Kept, for without a window behind it nothing else would keep it.
        self._question = box = QMessageBox(QApplication.activeWindow())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Not enough memory"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(plain_line(problem))
        question = self.tr("Go on with a smaller internal size, {size} pixels? What is finished stays.")
        box.setInformativeText(question.format(size=size))
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No)
        box.button(QMessageBox.StandardButton.Yes).setText(self.tr("Go on with {size}").format(size=size))
        box.button(QMessageBox.StandardButton.No).setText(self.tr("Stop"))
        box.accepted.connect(lambda: self._shrink(size, plan))
        box.finished.connect(box.deleteLater)
        box.open()

    def _shrink(self, size: int, plan: Plan) -> None:
        annotator = self._session.annotator
        if annotator is not None:
            self._session.configure(lambda: replace(annotator.settings, size=size))
            self._run(plan)

    def _clear_temporary(self) -> None:
        def work(annotator: Annotator) -> None:
            annotator.clear_temporary()

        self._session.ask(work, lambda _: self._session.say(self.tr("Temporary memory is cleared.")))

    # Following

    def _set_follow(self, on: bool) -> None:
        self._follow, self._left = on, False

    def _set_only_selected(self, on: bool) -> None:
        self._only_selected = on

    def _on_job(self, state: JobState | None) -> None:
        if not self._running or state is None or state.frame is None:
            return
        if self._follow and not self._left:
            self._following = True
            self._session.frame = state.frame
            self._following = False

    def _on_frame(self, _: int) -> None:
        # Whoever goes elsewhere during a run wants to look at something.
        self._left = self._left or not self._following

    def _on_closed(self) -> None:
        self._preparing = self._running = False


def _follow(annotator: Annotator, control: JobControl, plan: Plan, threshold: float) -> _Ended:
    """Do a plan in the engine's thread."""
    done, total, results = _begin(annotator, control, plan)
    first, frames = True, set[int]()
    for result in results:
        frames.add(result.frame)
        if first:
            control.label(plan.label)
            first = False
        done += 1
        control.progress(done, total, result.frame)
        control.give_way()
    stopped = done < total and annotator.resumable() is not None
    low = annotator.project.query.low_frames(plan.objects, threshold=threshold)
    return _Ended(done, total, stopped, len(frames), tuple(frame for frame in low if frame in frames))


def _begin(annotator: Annotator, control: JobControl, plan: Plan) -> tuple[int, int, Iterator[FrameResult]]:
    if plan.resume:
        found = annotator.resumable()
        done, total = (0, 0) if found is None else (0 if found.problem else found.done, found.total)
        return done, total, annotator.resume(cancelled=control.cancelled)
    total = annotator.count_steps(
        plan.directions, start=plan.start, first=plan.first, last=plan.last, objects=plan.objects
    )
    results = annotator.propagate(
        plan.directions, start=plan.start, first=plan.first, last=plan.last, objects=plan.objects,
        cancelled=control.cancelled,
    )  # fmt: skip
    return 0, total, results
