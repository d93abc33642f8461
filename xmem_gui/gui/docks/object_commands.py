"""What can be done with objects, as edits of the session's project; every one can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Message, Offer

if TYPE_CHECKING:
    from xmem_gui.arrays import Colour
    from xmem_gui.project import Edit, Outcome, VideoObject


class ObjectCommands:
    """Edits of the objects of a session.

    Parameters
    ----------
    session
        Whose project; where nothing is open nothing happens.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self) -> None:
        """Add an object, and select it."""
        from xmem_gui.project import AddObject

        def select(outcome: Outcome | None) -> None:
            if outcome is not None and outcome.objects:
                # The views know it when the change has been told.
                self._select_when_known(outcome.objects[0])

        self._apply(AddObject(), select)

    def rename(self, object_id: int, name: str) -> None:
        """Give an object another name."""
        from xmem_gui.project import ChangeObject

        self._apply(ChangeObject(object_id, name=name))

    def classify(self, objects: Sequence[int], category: str) -> None:
        """Say what kind of thing objects are; "" for nothing."""
        from xmem_gui.project import ClassifyObjects

        category = " ".join(category.split())
        if any(one.category != category for one in self._of(objects)):
            self._apply(ClassifyObjects(tuple(objects), category))

    def recolour(self, object_id: int, colour: Colour) -> None:
        """Give an object another colour."""
        from xmem_gui.project import ChangeObject

        self._apply(ChangeObject(object_id, colour=colour))

    def toggle_visible(self, objects: Sequence[int]) -> None:
        """Hide objects if all of them are shown; else show them all."""
        from xmem_gui.project import SwitchObjects

        if found := self._of(objects):
            shown = all(one.visible for one in found)
            self._apply(SwitchObjects(tuple(one.id for one in found), visible=not shown))

    def toggle_locked(self, objects: Sequence[int]) -> None:
        """Let objects' masks be changed if all of them are locked; else keep them all as they are."""
        from xmem_gui.project import SwitchObjects

        if found := self._of(objects):
            locked = all(one.locked for one in found)
            self._apply(SwitchObjects(tuple(one.id for one in found), locked=not locked))

    def toggle_solo(self, object_id: int) -> None:
        """Show only this object, or all again."""
        self._session.solo = None if self._session.solo == object_id else object_id

    def reorder(self, order: Sequence[int]) -> None:
        """Set which object is seen where masks overlap: the topmost first."""
        from xmem_gui.project import ReorderObjects

        self._apply(ReorderObjects(tuple(order)))

    def move(self, object_id: int, order: Sequence[int], step: int) -> None:
        """Move an object in the order by so many places; -1 is up."""
        place = order.index(object_id)
        to = max(0, min(place + step, len(order) - 1))
        if to != place:
            rest = [one for one in order if one != object_id]
            self.reorder([*rest[:to], object_id, *rest[to:]])

    def delete(self, objects: Sequence[int]) -> None:
        """Delete objects with all their masks."""
        from xmem_gui.project import DeleteObjects

        names = [one.name for one in self._session.objects if one.id in objects]
        if not names:
            return

        def say(outcome: Outcome | None) -> None:
            if outcome is None or outcome.step is None:
                return
            whom = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
            masks = len(outcome.frames)
            text = "Deleted {}, with masks on {:,} frames." if masks > 1 else "Deleted {}."
            said = QCoreApplication.translate("objects", text).format(whom, masks)
            undo = Offer(
                QCoreApplication.translate("objects", "Undo"), partial(self._undo_delete, outcome.step.id)
            )
            self._session.notice.emit(Message(said, offers=(undo,), step=outcome.step.id))

        self._apply(DeleteObjects(tuple(objects)), say)

    def _undo_delete(self, step: int) -> None:
        """Undo the newest step, if it is still this deletion."""
        newest = self._session.next_undo
        if newest is not None and newest.id == step:
            self._session.edit(lambda annotator: annotator.undo())
        else:
            text = "Something else has changed since. Undo step by step instead."
            self._session.say(QCoreApplication.translate("objects", text))

    def delete_range(self, objects: Sequence[int]) -> None:
        """Delete objects' masks from the in point to the out point."""
        from xmem_gui.project import ClearMasks

        if self._session.marks == (None, None):
            text = "Set an in point or an out point first: masks are deleted between them."
            self._session.say(QCoreApplication.translate("objects", text))
            return
        first, last = self._session.span
        self._apply(ClearMasks(tuple(objects), range(first, last + 1)))

    def merge(self, sources: Sequence[int], into: int) -> None:
        """Add objects' masks to another's; they go."""
        from xmem_gui.project import MergeObjects

        self._apply(MergeObjects(tuple(sources), into))

    def split(self, object_id: int) -> None:
        """Give an object's masks from the current frame on to a new one, and select that."""
        from xmem_gui.project import SplitObject

        def select(outcome: Outcome | None) -> None:
            if outcome is not None and outcome.objects:
                self._select_when_known(max(outcome.objects))

        self._apply(SplitObject(object_id, range(self._session.frame, self._session.frames)), select)

    def swap(self, first: int, second: int) -> None:
        """Swap two objects' masks from the current frame on."""
        from xmem_gui.project import SwapObjects

        self._apply(SwapObjects(first, second, range(self._session.frame, self._session.frames)))

    def select_number(self, number: int) -> None:
        """Select the object of a number."""
        if any(one.id == number for one in self._session.objects):
            self._session.selected = number

    def select_next(self, order: Sequence[int], step: int) -> None:
        """Select the next object down the list (or up, with -1), around its ends."""
        if order:
            place = order.index(self._session.selected) if self._session.selected in order else -step
            self._session.selected = order[(place + step) % len(order)]

    def _apply(self, edit: Edit, then: Callable[[Outcome | None], None] | None = None) -> None:
        self._session.edit(lambda annotator: annotator.project.apply(edit), then)

    def _of(self, objects: Sequence[int]) -> list[VideoObject]:
        return [one for one in self._session.objects if one.id in objects]

    def _select_when_known(self, object_id: int) -> None:
        session = self._session

        def told(_: object) -> None:
            if any(one.id == object_id for one in session.objects):
                session.document_changed.disconnect(told)
                session.selected = object_id

        session.document_changed.connect(told)
