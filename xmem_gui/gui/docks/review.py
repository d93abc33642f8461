"""The Review dock: the stretches of frames that need a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from xmem_gui.arrays import Mask
from xmem_gui.gui.context import Context
from xmem_gui.gui.docks.picture_rows import PictureModel, PictureRow, make_picture_view
from xmem_gui.gui.docks.refresher import Refresher
from xmem_gui.gui.widgets.panel import Panel, row, tool_button
from xmem_gui.gui.widgets.plain import Label
from xmem_gui.gui.widgets.sizes import in_percent

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.annotator.propagation.suggestions import DoubtfulSpan

    _Found = tuple[DoubtfulSpan, QImage | None]

_MOST = 100
_HIGH = 72
"""Pixels of a mask's small picture: a thumbnail on a screen of double density."""


class ReviewDock(Panel):
    """Stretches in which an object's masks are in doubt, the worst first.

    The list stands still while the pointer is on it.

    Parameters
    ----------
    context
        Its session has the project, its frames the thumbnails; its action ``review.accept`` is bound here;
        its preferences say below which confidence a mask needs a review.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        self._session = session = context.session
        self._actions = actions = context.actions
        self._preferences = preferences = context.preferences
        frames = context.frames
        self.model = PictureModel()
        self.view = make_picture_view(self.model, frames, self.tr("Stretches to review, least sure first"))
        super().__init__(self.view, parent)
        self._left = Label()
        self._left.setProperty("role", "muted")
        self._spans: dict[tuple[int, int | None], DoubtfulSpan] = {}
        self._waiting: tuple[int | None, Sequence[_Found]] | None = None
        self._accept = QPushButton(self.tr("Good"))
        self._accept.setToolTip(self.tr("These masks are correct. Do not list them again."))
        self._fix = QPushButton(self.tr("Fix"))
        self._fix.setToolTip(self.tr("Go to the frame with the lowest confidence and take the click tool."))
        # What there is no room for is cut off: the column keeps its width.
        self._left.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        measure = tool_button(actions["review.measure"])
        bar = row(self._left, measure, self._accept, self._fix)
        bar.setStretch(0, 1)
        self.add_bar(bar)
        self.only_with_content(self._left, measure, self._accept, self._fix)
        self._accept.clicked.connect(self.accept)
        self._fix.clicked.connect(self.fix)
        self.view.clicked.connect(self._go)
        self.view.activated.connect(self._go)
        self.view.selectionModel().selectionChanged.connect(self._enable)
        self.view.viewport().installEventFilter(self)
        actions.bind("review.accept", self._accept_frame)
        preferences.changed.connect(self._on_preference)
        self._refresher = Refresher(session, self, self._refresh)
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show what has changed meanwhile when the pointer leaves the list."""
        if event.type() == QEvent.Type.Leave and self._waiting is not None:
            self._show(*self._waiting)
        return super().eventFilter(watched, event)

    def accept(self) -> None:
        """Say that the selected stretch is right, and go to the next."""
        one = self._selected()
        if one is None or not self._actions["review.accept"].isEnabled():
            return
        self._review(self._spans[one.frame, one.object].frames, None if one.object is None else [one.object])
        place = self.view.currentIndex().row()
        rest = [*self.model.rows[:place], *self.model.rows[place + 1 :]]
        # At once, without waiting for the document: the person goes on.
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
        frame = self._session.frame
        self._review(range(frame, frame + 1), None)

    def _review(self, frames: range, objects: list[int] | None) -> None:
        from xmem_gui.project import Review

        edit = Review(frames, objects)
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
            self._show(None, ())
            return
        threshold = self._preferences.values.low_confidence

        def work(annotator: Annotator) -> tuple[int | None, list[_Found]]:
            from xmem_gui.annotator.propagation.suggestions import doubtful_spans

            spans = doubtful_spans(annotator.project, threshold, most=_MOST)
            counts = annotator.project.query.counts(threshold=threshold)
            # What a person has made needs no review: before tracking there is nothing that could.
            return counts.low if counts.known > counts.committed else None, [
                (span, _small(annotator.project.mask(span.worst, span.object))) for span in spans
            ]

        def show(found: tuple[int | None, list[_Found]]) -> None:
            if self.view.underMouse() and self.model.rows:
                self._waiting = found
            else:
                self._show(*found)

        self._session.look(work, show, key="review")

    def _show(self, low: int | None, found: Sequence[_Found]) -> None:
        self._waiting = None
        chosen = self._selected()
        self._spans = {(span.worst, span.object): span for span, _ in found}
        self.model.set_rows([self._row(span, mask) for span, mask in found])
        places = [(one.frame, one.object) for one in self.model.rows]
        if chosen is not None and (chosen.frame, chosen.object) in places:
            self.view.setCurrentIndex(self.model.index(places.index((chosen.frame, chosen.object))))
        self._left.setText(self._words_left(low))
        self._left.setToolTip(self._left.text())
        self._enable()
        if self._session.annotator is None:
            self.say(self.tr("Open a video to begin."))
        elif low is None:
            self.say(self.tr("After tracking, masks that need a look are listed here."))
        else:
            self.say("" if found else self._words_none(low))

    def _words_none(self, left: int) -> str:
        low = self._preferences.values.low_confidence
        if left:
            return self.tr("Only locked objects have masks to review. Unlock them to list these.")
        text = self.tr("Nothing to look at: every mask has a confidence of {} or more, or is checked.")
        return text.format(in_percent(low))

    def _words_left(self, low: int | None) -> str:
        if not low:
            return ""
        return self.tr("1 to review") if low == 1 else self.tr("{:,} to review").format(low)

    def _row(self, span: DoubtfulSpan, mask: QImage | None) -> PictureRow:
        item = next((known for known in self._session.objects if known.id == span.object), None)
        first, last = span.frames[0], span.frames[-1]
        frames = f"{first:,}" if first == last else f"{first:,}–{last:,}"
        return PictureRow(
            span.worst,
            frames if item is None else f"{frames}  {item.name}",
            self.tr("unsure") if first == last else self.tr("least sure at {:,}").format(span.worst),
            () if item is None else (item.colour,),
            span.object,
            span.confidence,
            self._preferences.values.low_confidence,
            mask,
        )

    def _enable(self) -> None:
        chosen = self._selected() is not None
        self._accept.setEnabled(chosen and self._actions["review.accept"].isEnabled())
        self._fix.setEnabled(chosen)


def _small(mask: Mask | None) -> QImage | None:
    """Return a mask as a small picture of its coverage, as high as a thumbnail."""
    import numpy as np

    if mask is None or not mask.any():
        return None
    grey = np.ascontiguousarray(mask, np.uint8) * np.uint8(255)
    whole = QImage(grey.data, grey.shape[1], grey.shape[0], grey.strides[0], QImage.Format.Format_Alpha8)
    return whole.scaledToHeight(_HIGH, Qt.TransformationMode.SmoothTransformation)
