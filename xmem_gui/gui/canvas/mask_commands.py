"""Masks of other frames and of before: copied, pasted, said to be absent, interpolated, restored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.canvas.desk import Desk
from xmem_gui.gui.state.values import CopiedMask, Offer

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.annotator.ranges import Ranged, RangeProgress
    from xmem_gui.gui.state.jobs import JobControl
    from xmem_gui.project import MaskRecord, Outcome

Work = Callable[["Annotator", "RangeProgress", Callable[[], bool]], "Ranged"]
"""From the annotator, what is told of progress and what is asked whether to stop, to what became of it."""


class MaskCommands(QObject):
    """Binds the actions; each is one undoable step, over many frames too, and says what it did.

    Parameters
    ----------
    desk
        The frame, object and document that the commands work on.
    actions
        The actions that the commands are bound to.
    """

    def __init__(self, desk: Desk, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._session = desk, desk.session
        self._before = actions["view.before"]
        actions.bind("mask.copy", self.copy)
        actions.bind("mask.paste", self.paste)
        actions.bind("mask.paste_range", self.paste_range)
        actions.bind("mask.absent", self.not_here)
        actions.bind("mask.absent_range", self.not_here_range)
        actions.bind("mask.restore", self.restore)
        actions.bind("mask.interpolate", self.interpolate)
        actions.bind("mask.interpolate_range", self.interpolate_range)

    def copy(self) -> None:
        """Keep the mask on this frame, to paste it."""
        session, frame = self._session, self._session.frame
        whose = next((one for one in session.objects if one.id == session.selected), None)
        if whose is None:
            return

        def keep(record: MaskRecord | None) -> None:
            if record is None or not record.area:
                text = self.tr("{0} has no mask on frame {1:,} to copy.")
            else:
                session.copied = CopiedMask(whose.name, frame, record.rle)
                text = self.tr("Copied the mask of {0} on frame {1:,}.")
            session.say(text.format(whose.name, frame))

        session.ask(lambda annotator: annotator.project.record(frame, whose.id), keep, key="copy mask")

    def paste(self) -> None:
        """Put the copied mask on this frame."""
        copied, frame = self._session.copied, self._session.frame
        if copied is not None:
            self._edit(
                lambda annotator, one: annotator.editing.set_mask(
                    frame, one, copied.rle.to_mask(), verb="Paste"
                )
            )

    def paste_range(self) -> None:
        """Put the copied mask on every frame from the in to the out point."""
        copied, one = self._session.copied, self._session.selected
        if copied is not None and one is not None and self._desk.target() is not None:
            self._paste(copied, one, self._range())

    def _paste(self, copied: CopiedMask, one: int, frames: range, *, replace: bool = False) -> None:
        def work(annotator: Annotator, progress: RangeProgress, cancelled: Callable[[], bool]) -> Ranged:
            return annotator.ranges.paste(
                frames, one, copied.rle.to_mask(), replace=replace, progress=progress, cancelled=cancelled
            )

        again = None if replace else partial(self._paste, copied, one, frames, replace=True)
        self._run(self.tr("Paste"), work, self.tr("Pasted on {}."), again)

    def restore(self) -> None:
        """Give this frame's masks back what they were before the last step that changed them."""
        session, frame = self._session, self._session.frame

        def done(outcome: Outcome | None) -> None:
            if outcome is None or outcome.step is None:
                session.say(self.tr("No earlier masks of frame {:,} are known.").format(frame))
            # What was is what is now; it would show what has just been given up.
            self._before.setChecked(False)

        session.edit(lambda annotator: annotator.editing.restore(frame), done)

    def not_here(self) -> None:
        """Say that the object is not on this frame."""
        frame = self._session.frame
        name = self._name()
        said = self.tr("{0} is marked as not visible on frame {1:,}.").format(name, frame)
        self._edit(lambda annotator, one: annotator.editing.not_here(frame, one), said)

    def not_here_range(self) -> None:
        """Say that the object is on no frame from the in to the out point."""
        one = self._session.selected
        if one is not None and self._desk.target() is not None:
            self._hide(one, self._name(), self._range())

    def _hide(self, one: int, name: str, frames: range, *, replace: bool = False) -> None:
        def work(annotator: Annotator, progress: RangeProgress, cancelled: Callable[[], bool]) -> Ranged:
            return annotator.ranges.not_here(
                frames, one, replace=replace, progress=progress, cancelled=cancelled
            )

        again = None if replace else partial(self._hide, one, name, frames, replace=True)
        said = self.tr("{0} is marked as not visible on {{}}.").format(_literal(name))
        self._run(self.tr("Not in these frames"), work, said, again)

    def interpolate(self) -> None:
        """Fill the frames between the key frames around this one."""
        frame = self._session.frame
        self._interpolate(lambda annotator, one: annotator.ranges.between_keys(frame, one))

    def interpolate_range(self) -> None:
        """Fill the frames between all key frames from the in point to the out point."""
        frames = self._range()
        self._interpolate(lambda *_: frames)

    # Inside

    def _interpolate(self, frames: Callable[[Annotator, int], range]) -> None:
        one = self._session.selected
        if one is None or self._desk.target() is None:
            return

        def work(annotator: Annotator, progress: RangeProgress, cancelled: Callable[[], bool]) -> Ranged:
            return annotator.ranges.interpolate(
                frames(annotator, one), one, progress=progress, cancelled=cancelled
            )

        self._run(self.tr("Interpolate"), work, self.tr("Interpolated {}."))

    def _name(self) -> str:
        return next((one.name for one in self._session.objects if one.id == self._session.selected), "")

    def _frames(self, count: int) -> str:
        return self.tr("1 frame") if count == 1 else self.tr("{:,} frames").format(count)

    def _range(self) -> range:
        first, last = self._session.span
        return range(first, last + 1)

    def _edit(self, work: Callable[[Annotator, int], Outcome], said: str = "") -> None:
        """Change the mask on this frame; say so if ``said`` does, or that nothing was to do."""
        target = None if self._session.selected is None else self._desk.target()
        if target is None:
            return

        def done(outcome: Outcome | None) -> None:
            if outcome is not None and outcome.step is None:
                self._session.say(self.tr("There is nothing to change on this frame."))
            elif said:
                self._session.say(said)

        self._desk.edit(target, work, done)

    def _run(self, label: str, work: Work, said: str, again: Callable[[], None] | None = None) -> None:
        """Change masks on many frames, and say what became of it.

        Parameters
        ----------
        label
            What the job is called while it runs.
        work
            Does the work, in the engine's thread.
        said
            What has been done, with a place for how many frames.
        again
            Does the same to what was kept, too, wherever the person is by then; None if that cannot be.
        """
        changed = self._session.annotator

        def job(annotator: Annotator, control: JobControl) -> Ranged:
            return work(annotator, control.progress, control.cancelled)

        def tell(done: Ranged) -> None:
            text, offers = said.format(self._frames(done.changed)), []
            if done.kept:
                kept = self.tr("Kept {} already committed or reviewed.").format(self._frames(done.kept))
                text = f"{text} {kept}"
                if again is not None and done.is_whole and self._session.annotator is changed:
                    offers.append(Offer(self.tr("Replace them too"), again))
            if not done.is_whole:
                text = f"{text} {self.tr('Then it was stopped.')}"
            self._session.say(text, "info", *offers)

        self._session.run(label, job, tell)


def _literal(text: str) -> str:
    """Return a text for a place in a format string."""
    return text.replace("{", "{{").replace("}", "}}")
