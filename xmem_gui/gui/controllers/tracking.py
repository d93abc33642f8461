"""Tracking from the window: what each action asks for, what it tells, and what happens when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from xmem_gui.errors import ClusterError, ConnectionLostError, DeviceMemoryError, XmemGuiError
from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.track_job import Ended, Wanted, do_tracking
from xmem_gui.gui.state.jobs import JobControl, JobState
from xmem_gui.gui.state.values import RUN, Message, Offer, notice_of
from xmem_gui.gui.widgets.plain import plain_line
from xmem_gui.propagation import Directions

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator, Plan, Resumable
    from xmem_gui.gui.dialogs.track_count import Way

_SIZES = (720, 600, 480, 360, 240)
"""Internal sizes that are offered when the device's memory is too small."""


class Tracking(QObject):
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
        self._only_selected = self._keep_soft = False
        self._follow = True
        self._asked: object = None
        """Stands for the run that is being planned; another, or none, if it was given up."""
        self._running = self._following = self._left = self._moved = False
        self._question: QMessageBox | None = None
        self._asking: QDialog | None = None
        for way in get_args(Directions):
            actions.bind(f"propagate.{way}", partial(self.start, way))
            actions.bind(f"propagate.one_{way}", partial(self.start_one, way))
        actions.bind("propagate.next_key", self.to_next_key)
        actions.bind("propagate.range", self.over_range)
        actions.bind("propagate.count", self._ask_count)
        actions.bind("propagate.resume", self.resume)
        actions.bind("propagate.cancel", self.stop)
        actions.bind("propagate.clear_temporary", self._clear_temporary)
        actions["propagate.follow"].setChecked(True)
        actions.bind_toggle("propagate.follow", self._set_follow)
        actions.bind_toggle("propagate.only_selected", self._set_only_selected)
        actions.bind_toggle("propagate.keep_soft", self._set_keep_soft)
        session.chosen_changed.connect(self._name_chosen)
        session.object_selected.connect(self._name_chosen)
        session.job_changed.connect(self._on_job)
        session.frame_changed.connect(self._on_frame)
        # Queued: what computes is chosen by others who hear of the opening, and is part of the answer.
        session.opened.connect(self._on_opened, Qt.ConnectionType.QueuedConnection)
        session.closed.connect(self._on_closed)

    def start(self, direction: Directions) -> None:
        """Track from the current frame to the video's end, its beginning, or both."""
        self._start(direction, self._objects())

    def start_one(self, direction: Directions) -> None:
        """Track only the objects chosen in the list, or the selected one; the others' masks stay."""
        if objects := self._session.chosen:
            self._start(direction, objects)

    def _start(self, direction: Directions, objects: tuple[int, ...] | None) -> None:
        labels = {
            "forward": self.tr("Tracking forward"), "backward": self.tr("Tracking backward"),
            "both": self.tr("Tracking both ways"),
        }  # fmt: skip
        self._prepare(labels[direction], direction=direction, objects=objects)

    def to_next_key(self) -> None:
        """Track from the current frame to the next committed frame, and back from there."""
        self._prepare(self.tr("Tracking to the next key frame"), until="gap", objects=self._objects())

    def over_range(self) -> None:
        """Track over the in and out points, every stretch between two committed frames from both its ends."""
        first, last = self._session.span
        self._prepare(
            self.tr("Tracking over the range"),
            direction="both",
            first=first,
            last=last,
            objects=self._objects(),
        )

    def over_count(self, count: int, way: Way) -> None:
        """Track so many frames beyond the current one."""
        label = self.tr("Tracking forward") if way == "forward" else self.tr("Tracking backward")
        self._prepare(label, direction=way, count=count, objects=self._objects())

    def resume(self) -> None:
        """Go on with the run that was stopped."""
        self._run(Wanted(self.tr("Tracking the rest"), None, anew=self.tr("Tracking again")))

    def stop(self) -> None:
        """Stop the job that runs, or give up the run that is being planned."""
        if self._session.starting:
            self._asked, self._session.starting = None, False
        self._session.cancel_job()

    def explain(self, direction: Directions, then: Callable[[str], None]) -> None:
        """Tell in words what tracking from the current frame would do, or why it cannot.

        Parameters
        ----------
        direction
            Which way to track: forward, backward or both.
        then
            Called with the sentences once they are there, in the window's thread.
        """
        frame, objects, budget = self._session.frame, self._objects(), self._budget

        def words(annotator: Annotator) -> str:
            from xmem_gui.annotator import Propagation

            request = Propagation(direction, near=frame, objects=objects, soft_budget=budget)
            try:
                return annotator.plan(request).describe()
            except XmemGuiError as error:
                return str(error)

        self._session.ask(words, then, key="tracking in words")

    # Before a run

    @property
    def _budget(self) -> int:
        """Bytes that probabilities may take; 0 to keep none."""
        from xmem_gui.annotator.probabilities import SOFT_BUDGET

        return SOFT_BUDGET if self._keep_soft else 0

    def _ask_count(self) -> None:
        from xmem_gui.gui.dialogs.track_count import TrackCountDialog

        # Kept, for without a window behind it nothing else would keep it.
        self._asking = dialog = TrackCountDialog(self._context, QApplication.activeWindow())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self.over_count)
        dialog.open()

    def _name_chosen(self) -> None:
        """Have the menus say how many objects are tracked where several are chosen."""
        actions, count = self._context.actions, len(self._session.chosen)
        several = {
            "propagate.one_forward": self.tr("Track only these {} objects &forward"),
            "propagate.one_backward": self.tr("Track only these {} objects &backward"),
            "propagate.one_both": self.tr("Track only these {} objects b&oth ways"),
            "propagate.only_selected": self.tr("Only the {} &selected objects"),
        }
        for name, text in several.items():
            actions[name].setText(text.format(count) if count > 1 else actions.specs[name].label)

    def _objects(self) -> tuple[int, ...] | None:
        return (self._session.chosen or None) if self._only_selected else None

    def _prepare(self, label: str, **request: Any) -> None:
        """Plan what is asked for near the current frame, and run it."""
        session, frame, budget = self._session, self._session.frame, self._budget
        annotator = session.annotator
        if session.starting or session.job is not None or annotator is None:
            return
        self._asked = asked = object()
        session.starting = True

        def plan() -> Plan:
            from xmem_gui.annotator import Propagation

            return annotator.plan(Propagation(near=frame, soft_budget=budget, **request))

        def found(plan: Plan) -> None:
            if self._asked is asked:
                self._asked, session.starting = None, False
                self._run(Wanted(label, plan))
                self._tell_committed(plan)

        def refused(error: Exception) -> None:
            if self._asked is asked:
                self._asked, session.starting = None, False
                self._not_started(error)

        # What a click has asked for is answered, and put into the document, first.
        session.clicks.submit(
            lambda: None,
            lambda _: session.documents.submit(plan, found, failed=refused),
        )

    def _not_started(self, error: Exception) -> None:
        notice = notice_of(error)
        if isinstance(error, XmemGuiError):
            # Nothing went wrong: something is still to be done first.
            notice = replace(notice, level="info", details="")
        self._session.notice.emit(notice)

    def _tell_committed(self, plan: Plan) -> None:
        if plan.to_commit:
            text = self.tr("Frame {frame:,} ({names}) is now committed and tracked from there.")
            names = ", ".join(plan.names.get(one, "") for one in plan.to_commit)
            self._session.say(text.format(frame=plan.start, names=names))

    # A run

    def _run(self, wanted: Wanted) -> None:
        loading, threshold = self.tr("Loading the model"), self._preferences.values.low_confidence
        self._from = self._session.frame
        tracked = self._session.annotator

        def work(annotator: Annotator, control: JobControl) -> Ended:
            control.label(loading)
            return do_tracking(annotator, control, wanted, threshold)

        self._running = self._session.run(
            wanted.label,
            work,
            lambda ended: self._on_ended(ended, tracked),
            failed=lambda error: self._on_failed(error, wanted),
        )
        self._left = self._moved = False

    def _on_ended(self, ended: Ended, tracked: Annotator | None) -> None:
        self._running = False
        if tracked is not self._session.annotator:
            # Closed meanwhile; what can be done about the rest is said when it is opened again.
            name = "" if tracked is None else tracked.project.path.stem
            self._session.say(f"{name}: {self._stopped(ended)}" if name else self._stopped(ended))
            return
        if ended.done < ended.total:
            offers = [self._going_on] if ended.resumable else []
            self._tell(self._stopped(ended), "info", *offers)
            return
        self.ended.emit()
        offers = []
        if ended.low:
            offers.append(Offer(self.tr("Review"), lambda: self._review(ended.low[0])))
        if self._session.frame != self._from:
            back = self._from
            label = self.tr("Back to frame {:,}").format(back)
            offers.append(Offer(label, lambda: setattr(self._session, "frame", back)))
        text = self._tracked(ended.frames, len(ended.low))
        if ended.soft:
            size = ended.soft / 1e6
            text += " " + self.tr("Soft edges take {:,.1f} MB.").format(size)
        self._tell(text, "info", *offers)

    def _stopped(self, ended: Ended) -> str:
        if not ended.done:
            return self.tr("Stopped before the first frame was tracked.")
        return self.tr("Stopped after {0:,} of {1:,} frames; they are kept.").format(ended.done, ended.total)

    def _tracked(self, frames: int, low: int) -> str:
        text = self.tr("1 frame tracked") if frames == 1 else self.tr("{:,} frames tracked").format(frames)
        worth = self.tr("1 worth a look") if low == 1 else self.tr("{:,} worth a look").format(low)
        return f"{text}, {worth}." if low else f"{text}."

    def _review(self, frame: int) -> None:
        self._session.frame = frame
        self.review_wanted.emit()

    @property
    def _going_on(self) -> Offer:
        return Offer(self.tr("Continue"), self.resume)

    def _tell(self, text: str, level: Literal["info", "warning"], *offers: Offer) -> None:
        """Say how a run has ended; of no use once the next begins."""
        self._session.notice.emit(Message(text, level, offers=offers, key=RUN))

    def _on_opened(self) -> None:
        annotator = self._session.annotator
        if annotator is None:
            return

        def tell(found: Resumable | None) -> None:
            if found is not None and not found.problem and self._session.annotator is annotator:
                # Its memory is saved now and then, so more frames may be there than it goes on after.
                left = found.total - found.done
                text = self.tr("A run was not finished: {0:,} frames are left.").format(left)
                text = self.tr("A run was not finished: 1 frame is left.") if left == 1 else text
                self._tell(text, "warning", self._going_on)

        # In the engine's thread, for torch takes seconds to come.
        self._session.engine.submit(annotator.resumable, tell)

    def _on_failed(self, error: Exception, wanted: Wanted) -> None:
        self._running = False
        if isinstance(error, DeviceMemoryError) and (smaller := self._smaller_size()):
            self._offer(smaller, str(error), wanted)
        elif isinstance(error, ClusterError):
            self._on_lost(error, wanted)
        else:
            self._session.notice.emit(notice_of(error))

    def _on_lost(self, error: ClusterError, wanted: Wanted) -> None:
        """Connect again and go on: at once if the run has come further, else when the person says so."""
        before = wanted.again
        instead = before.instead if before.what is None else before.what
        again = Wanted(wanted.label, None, instead)
        if isinstance(error, ConnectionLostError) and self._moved:
            self._session.say(self.tr("{0} Connecting again…").format(error), "warning")
            self._run(again)
        else:
            offer = Offer(self.tr("Connect again and go on"), lambda: self._run(again))
            self._session.say(str(error), "error", offer)

    def _smaller_size(self) -> int | None:
        annotator = self._session.annotator
        if annotator is None:
            return None
        now = annotator.settings.size or min(annotator.video.width, annotator.video.height)
        return next((size for size in _SIZES if size < now), None)

    def _offer(self, size: int, problem: str, wanted: Wanted) -> None:
        # Kept, for without a window behind it nothing else would keep it.
        self._question = box = QMessageBox(QApplication.activeWindow())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Not enough memory"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(plain_line(problem))
        question = self.tr(
            "Continue with a smaller internal size of {size} pixels? Finished frames are kept."
        )
        box.setInformativeText(question.format(size=size))
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No)
        box.button(QMessageBox.StandardButton.Yes).setText(self.tr("Continue with {size}").format(size=size))
        box.button(QMessageBox.StandardButton.No).setText(self.tr("Stop"))
        box.accepted.connect(lambda: self._shrink(size, wanted))
        box.finished.connect(box.deleteLater)
        box.open()

    def _shrink(self, size: int, wanted: Wanted) -> None:
        annotator = self._session.annotator
        if annotator is not None:
            self._session.configure(lambda: replace(annotator.settings, size=size))
            # Seen in the settings, and where it can be taken back.
            self._preferences.set(size=size)
            self._run(wanted.again)

    def _clear_temporary(self) -> None:
        def work(annotator: Annotator) -> None:
            annotator.clear_temporary()

        self._session.ask(work, lambda _: self._session.say(self.tr("Temporary memory is cleared.")))

    # Following

    def _set_follow(self, on: bool) -> None:
        self._follow, self._left = on, False

    def _set_only_selected(self, on: bool) -> None:
        self._only_selected = on

    def _set_keep_soft(self, on: bool) -> None:
        self._keep_soft = on
        if on:
            self.explain("forward", self._tell_cost)

    def _tell_cost(self, plan: str) -> None:
        """Say what soft edges will take, where there is something to track."""
        line = plan.splitlines()[-1]
        if self._keep_soft and line.startswith("Soft edges"):
            self._session.say(line)

    def _on_job(self, state: JobState | None) -> None:
        if not self._running or state is None or state.frame is None:
            return
        self._moved = True
        if self._follow and not self._left:
            self._following = True
            self._session.frame = state.frame
            self._following = False

    def _on_frame(self, _: int) -> None:
        # Whoever goes elsewhere during a run wants to look at something.
        self._left = self._left or not self._following

    def _on_closed(self) -> None:
        self._asked, self._session.starting = None, False
        self._running = False
