"""The Review dock: the frames that are worth the next minute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.docks.panel import Panel, row
from xmem_gui.gui.docks.picture_rows import PictureModel, PictureRow, make_picture_view
from xmem_gui.gui.docks.refresher import Refresher
from xmem_gui.gui.frames import Frames
from xmem_gui.gui.preferences import Preferences
from xmem_gui.gui.session import Session

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator, Suggestion

_MOST = 20
_UNLIKE = 0.5
"""Frames of at least this distance differ enough from the committed ones to say so."""


class ReviewDock(Panel):
    """Frames that most need a look, the most useful first.

    Parameters
    ----------
    session
        Whose project.
    frames
        Gives thumbnails.
    actions
        ``review.accept`` is bound here.
    preferences
        Say below which confidence a frame is one to review.
    """

    def __init__(
        self,
        session: Session,
        frames: Frames,
        actions: Actions,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        self.model = PictureModel()
        self.view = make_picture_view(self.model, frames, self.tr("Frames worth correcting next"))
        super().__init__(self.view, parent)
        self._session, self._actions, self._preferences = session, actions, preferences
        self._left = QLabel()
        self._left.setProperty("role", "muted")
        self._accept = QPushButton(self.tr("Accept"))
        self._accept.setToolTip(self.tr("The mask is right as it is: do not ask again."))
        self._fix = QPushButton(self.tr("Fix"))
        self._fix.setToolTip(self.tr("Go there with the click tool."))
        measure = QPushButton(self.tr("Measure"))
        measure.setToolTip(self.tr("See how good tracking would have been without your corrections."))
        measure.clicked.connect(actions["review.measure"].trigger)
        self.add_bar(row(self._left, None, measure, self._accept, self._fix))
        self._accept.clicked.connect(self.accept)
        self._fix.clicked.connect(self.fix)
        self.view.clicked.connect(self._go)
        self.view.activated.connect(self._go)
        self.view.selectionModel().selectionChanged.connect(self._enable)
        actions.bind("review.accept", self._accept_frame)
        preferences.changed.connect(self._on_preference)
        self._refresher = Refresher(session, self, self._refresh)
        self._refresh()

    def accept(self) -> None:
        """Say that the selected row's mask is right, and go to the next row."""
        one = self._selected()
        if one is None or not self._actions["review.accept"].isEnabled():
            return
        self._review(one.frame, None if one.object is None else [one.object])
        place = self.view.currentIndex().row()
        rest = [*self.model.rows[:place], *self.model.rows[place + 1 :]]
        # At once, without waiting for the next suggestions: the person goes on.
        self.model.set_rows(rest)
        if rest:
            index = self.model.index(min(place, len(rest) - 1))
            self.view.setCurrentIndex(index)
            self._go(index)

    def fix(self) -> None:
        """Go to the selected row's frame and object with the click tool."""
        if self._selected() is not None:
            self._go(self.view.currentIndex())
            self._actions["tool.click"].trigger()

    def _accept_frame(self) -> None:
        self._review(self._session.frame, None)

    def _review(self, frame: int, objects: list[int] | None) -> None:
        from xmem_gui.project import Review

        edit = Review(range(frame, frame + 1), objects)
        self._session.edit(lambda annotator: annotator.project.apply(edit))

    def _selected(self) -> PictureRow | None:
        index = self.view.currentIndex()
        return self.model.rows[index.row()] if index.isValid() else None

    def _go(self, index: QModelIndex) -> None:
        one = self.model.rows[index.row()]
        self._session.frame = one.frame
        if one.object is not None:
            self._session.selected = one.object

    # Following the document

    def _on_preference(self, name: str) -> None:
        if name == "low_confidence":
            self._refresher.soon()

    def _refresh(self) -> None:
        if self._session.annotator is None:
            self._show(0, ())
            return
        threshold = self._preferences.values.low_confidence

        def work(annotator: Annotator) -> tuple[int, list[Suggestion]]:
            return annotator.project.query.counts(threshold=threshold).low, annotator.suggestions(_MOST)

        self._session.ask(work, lambda found: self._show(*found), key="review")

    def _show(self, low: int, found: Sequence[Suggestion]) -> None:
        chosen = self._selected()
        self.model.set_rows([self._row(one) for one in found])
        places = [(one.frame, one.object) for one in self.model.rows]
        if chosen is not None and (chosen.frame, chosen.object) in places:
            self.view.setCurrentIndex(self.model.index(places.index((chosen.frame, chosen.object))))
        self._left.setText(self._words_left(low, len(found)))
        self._enable()
        if self._session.annotator is None:
            self.say(self.tr("Open a video to begin."))
        elif not found and not self._session.annotator.project.history:
            self.say(self.tr("After a propagation, the frames that most need a look are listed here."))
        else:
            self.say("" if found else self.tr("Nothing to look at."))

    def _words_left(self, low: int, found: int) -> str:
        if low:
            return self.tr("1 mask to look at") if low == 1 else self.tr("{:,} masks to look at").format(low)
        return self.tr("Worth a look") if found else ""

    def _row(self, one: Suggestion) -> PictureRow:
        item = next((known for known in self._session.objects if known.id == one.object), None)
        title = self.tr("frame {:,}").format(one.frame)
        return PictureRow(
            one.frame,
            title if item is None else f"{title}  {item.name}",
            self._why(one),
            () if item is None else (item.colour,),
            one.object,
            one.confidence,
            self._preferences.values.low_confidence,
        )

    def _why(self, one: Suggestion) -> str:
        unsure = one.confidence < self._preferences.values.low_confidence
        unlike = one.distance >= _UNLIKE
        if unsure and unlike:
            return self.tr("unsure, and unlike the key frames")
        if unlike:
            return self.tr("unlike the key frames")
        return self.tr("unsure") if unsure else self.tr("less sure than elsewhere")

    def _enable(self) -> None:
        chosen = self._selected() is not None
        self._accept.setEnabled(chosen and self._actions["review.accept"].isEnabled())
        self._fix.setEnabled(chosen)
