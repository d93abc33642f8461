"""Sentences for the person, shown in a corner without stopping anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui import theme
from xmem_gui.gui.context import Context
from xmem_gui.gui.shell.diagnostics import report
from xmem_gui.gui.state.jobs import JobState
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import RUN, Message, Offer
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    from xmem_gui.project import DocumentChange

_MOST = 4
_SHOWN_MS = {"info": 6_000, "warning": 15_000, "error": 30_000}
"""How long by level."""
_OFFERED_MS = 20_000
"""How long at least where something is offered."""
_WIDTH = 420
_ABOVE = 56
"""Pixels below them: the canvas has its options there."""


class Notices(QWidget):
    """The notices that are shown now, the newest at the bottom, in a corner of another widget.

    Parameters
    ----------
    context
        Its session has the notices; its actions are those that a notice may name.
    over
        The widget that the notices lie over.
    """

    def __init__(self, context: Context, over: QWidget) -> None:
        super().__init__(over)
        self._session = session = context.session
        self._actions = context.actions
        self._over = over
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setAccessibleName(self.tr("Notices"))
        session.notice.connect(self.show_notice)
        session.closed.connect(self._on_closed)
        session.document_changed.connect(self._on_document)
        session.job_changed.connect(self._on_job)
        over.installEventFilter(self)
        self.hide()

    def show_notice(self, notice: Message) -> None:
        """Show one; the same sentence is not shown twice at a time."""
        shown = self._shown()
        if any(one.notice.text == notice.text for one in shown):
            return
        for old in shown[: max(0, len(shown) + 1 - _MOST)]:
            old.dismiss()
        if notice.action:
            helps = self._actions[notice.action]
            offer = Offer(self._actions.specs[notice.action].plain, helps.trigger, lasting=True)
            notice = replace(notice, offers=(*notice.offers, offer), action="")
        card = _Card(notice, self._session, self)
        card.destroyed.connect(self._fit)
        self._column.addWidget(card)
        self.show()
        self.raise_()
        self._fit()
        card.fade_after(max(_SHOWN_MS[notice.level], _OFFERED_MS if notice.offers else 0))

    def withdraw(self, key: str) -> None:
        """Show the notices of a key no longer."""
        for card in self._shown():
            if card.notice.key == key:
                card.dismiss()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self._fit()
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            QTimer.singleShot(0, self, self._dress)

    def _on_closed(self) -> None:
        """Offer nothing more that would be done to another project."""
        for card in self._shown():
            if any(not offer.lasting for offer in card.notice.offers):
                card.dismiss()

    def _on_job(self, state: JobState | None) -> None:
        """Tell no more how a run has ended when the next begins."""
        if state is not None:
            self.withdraw(RUN)

    def _on_document(self, change: DocumentChange) -> None:
        """Tell no more of what has been undone."""
        newest = self._session.next_undo
        for card in self._shown() if change.of_history else ():
            step = card.notice.step
            if step is not None and (newest is None or newest.id < step):
                card.dismiss()

    def _dress(self) -> None:
        for card in self._shown():
            card.dress()

    def _shown(self) -> list[_Card]:
        return [card for card in self.findChildren(_Card) if not card.dismissed]

    def _fit(self) -> None:
        shown = self._shown()
        self.setVisible(bool(shown))
        width = min(_WIDTH, self._over.width() - 32)
        height = sum(card.heightForWidth(width) for card in shown) + 8 * max(0, len(shown) - 1)
        place = self._over.rect()
        self.setGeometry(place.right() - width - 16, place.bottom() - height - _ABOVE, width, height)


class _Card(QFrame):
    """One notice with what can be done about it."""

    def __init__(self, notice: Message, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice, self.dismissed, self._session = notice, False, session
        self.setObjectName("notice")
        self._mark = mark = Label()
        text = Label(notice.text)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._shut = shut = QToolButton()
        shut.setAccessibleName(self.tr("Close the notice"))
        shut.clicked.connect(self.dismiss)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (mark, text, shut):
            row.addWidget(widget, 1 if widget is text else 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 8, 10)
        column.addLayout(row)
        self._copy = self._copy_button() if notice.details else None
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self._copy, *(self._offer_button(offer) for offer in notice.offers)):
            if button is not None:
                buttons.addWidget(button)
        if buttons.count() > 1:
            column.addLayout(buttons)
        self.setAccessibleName(notice.text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self.dress()

    def fade_after(self, milliseconds: int) -> None:
        """Go away by itself after a time in which the pointer is not over it."""
        self._timer.start(milliseconds)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is over it."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Begin to wait anew."""
        super().leaveEvent(event)
        self._timer.start()

    def dress(self) -> None:
        """Put on the theme's colours."""
        colours, level = theme.colours(), self.notice.level
        colour = {"info": colours.accent, "warning": colours.warning, "error": colours.danger}[level]
        self.setStyleSheet(
            f"#notice {{ background: {colours.raised}; border: 1px solid {colours.border};"
            f" border-left: 3px solid {colour}; border-radius: 6px; }}"
        )
        self._mark.setPixmap(theme.pixmap(level, 18, colour=colour, scale=self.devicePixelRatioF()))
        self._shut.setIcon(theme.icon("close"))
        if self._copy is not None:
            self._copy.setIcon(theme.icon("copy"))

    def dismiss(self) -> None:
        """Go away."""
        self.dismissed = True
        self.hide()
        self.deleteLater()

    def _offer_button(self, offer: Offer) -> QPushButton:
        button = QPushButton(offer.label)

        def act() -> None:
            self.dismiss()
            offer.do()

        button.clicked.connect(act)
        return button

    def _copy_button(self) -> QPushButton:
        button = QPushButton(self.tr("Copy diagnostics"))
        button.setFlat(True)

        def copy() -> None:
            QGuiApplication.clipboard().setText(report(self._session, self.notice.details))
            button.setText(self.tr("Copied"))

        button.clicked.connect(copy)
        return button
