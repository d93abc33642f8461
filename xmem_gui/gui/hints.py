"""Three short hints over the sample, at the first use only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.preferences import Preferences

_WIDTH = 380


class Hints(QFrame):
    """One hint after another in a corner of the canvas.

    Parameters
    ----------
    preferences
        Where it is kept that they have been shown.
    over
        What they lie over.
    """

    def __init__(self, preferences: Preferences, over: QWidget) -> None:
        super().__init__(over)
        self._preferences, self._over = preferences, over
        self._texts = (
            self.tr("Click the rabbit. More clicks refine it: left adds, right takes away."),
            self.tr("Press F: it is followed from this frame to the end, while you watch."),
            self.tr("A frame is wrong? Click there what is missing, and press F again: it stays right."),
        )
        self._step = 0
        self.setObjectName("hint")
        self.setAccessibleName(self.tr("Hint"))
        self._count, self._text = QLabel(), QLabel(wordWrap=True)
        self._count.setProperty("role", "muted")
        skip, self._next = QPushButton(self.tr("Skip")), QPushButton()
        skip.setFlat(True)
        skip.clicked.connect(self._end)
        self._next.clicked.connect(self._go_on)
        row = QHBoxLayout()
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(skip)
        row.addWidget(self._next)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._text)
        column.addLayout(row)
        over.installEventFilter(self)
        self.hide()

    def begin_once(self) -> None:
        """Show them, unless they have been shown before."""
        if not self._preferences.values.hints_shown:
            self.begin()

    def begin(self) -> None:
        """Show them from the first on."""
        tokens = theme.colours()
        self.setStyleSheet(
            f"#hint {{ background: {tokens.raised}; border: 1px solid {tokens.accent}; border-radius: 8px; }}"
        )
        self._preferences.set(hints_shown=True)
        self._step = 0
        self._show_step()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize and watched is self._over and self.isVisible():
            self._fit()
        return False

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
        self.raise_()
        self._fit()

    def _fit(self) -> None:
        width = min(_WIDTH, self._over.width() - 32)
        layout = self.layout()
        height = layout.heightForWidth(width) if layout is not None else self.sizeHint().height()
        self.setGeometry(self._over.width() - width - 16, 16, width, max(height, 96))

    def _end(self) -> None:
        self.hide()
        self._over.setFocus(Qt.FocusReason.OtherFocusReason)
