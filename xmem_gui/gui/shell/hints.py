"""Three short hints above the sample, at the first use only; each gives way when it has been followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.controllers.tracking import Tracking
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    from xmem_gui.project import DocumentChange


class Hints(QFrame):
    """One hint after another in a bar that takes its own room: it covers nothing.

    Parameters
    ----------
    preferences
        Where it is kept that they have been shown.
    beside
        Has the focus when they are over.
    """

    def __init__(self, preferences: Preferences, beside: QWidget) -> None:
        super().__init__()
        self._preferences, self._beside = preferences, beside
        self._texts = (
            self.tr("Click the rabbit. More clicks refine it: left adds, right removes."),
            self.tr("Press F to track it from this frame to the end, and watch."),
            self.tr("Spot a mistake? Click to fix it and press F again. Your fix is kept."),
        )
        self._step = 0
        self.setObjectName("hint")
        self.setAccessibleName(self.tr("Hint"))
        self._count, self._text = muted(wrap=False), Label(wordWrap=True)
        skip, self._next = QPushButton(self.tr("Skip")), QPushButton()
        skip.setFlat(True)
        skip.clicked.connect(self._end)
        self._next.clicked.connect(self._go_on)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self._count)
        row.addWidget(self._text, 1)
        row.addWidget(skip)
        row.addWidget(self._next)
        self.hide()

    def follow(self, session: Session, tracking: Tracking) -> None:
        """Go on by themselves as the person clicks, tracks, and tracks again."""

        def clicked(change: DocumentChange) -> None:
            annotator = session.annotator
            if annotator is not None and session.job is None and change.touches(session.frame):
                self._done(0 if annotator.project.query.masks_on(session.frame) else None)

        def tracked() -> None:
            self._done(self._step if self._step > 0 else None)

        session.document_changed.connect(clicked)
        tracking.ended.connect(tracked)

    def begin_once(self) -> None:
        """Show them, unless they have been shown before."""
        if not self._preferences.values.hints_shown:
            self.begin()

    @property
    def text(self) -> str:
        """The hint that is shown."""
        return self._text.text()

    def begin(self) -> None:
        """Show them from the first on."""
        self.dress()
        self._preferences.set(hints_shown=True)
        self._step = 0
        self._show_step()

    def dress(self) -> None:
        """Put on the theme's colours."""
        tokens = theme.colours()
        self.setStyleSheet(
            f"#hint {{ background: {tokens.raised}; border-left: 3px solid {tokens.accent};"
            f" border-bottom: 1px solid {tokens.border}; }}"
        )

    def _done(self, step: int | None) -> None:
        if self.isVisible() and self._step == step:
            self._go_on()

    def _go_on(self) -> None:
        self._step += 1
        if self._step < len(self._texts):
            self._show_step()
        else:
            self._end()

    def _show_step(self) -> None:
        last = self._step == len(self._texts) - 1
        self._text.setText(self._texts[self._step])
        self._count.setText(f"{self._step + 1} / {len(self._texts)}")
        self._next.setText(self.tr("Done") if last else self.tr("Next"))
        self.show()

    def _end(self) -> None:
        self.hide()
        self._beside.setFocus()
