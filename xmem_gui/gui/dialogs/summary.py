"""What a dialog is about to do: a line of figures, names of files, warnings, what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from xmem_gui.gui.widgets.plain import Label


class Summary(QScrollArea):
    """Sentences under a heading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What will be done"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        content = QWidget()
        self._layout = QVBoxLayout(content)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._total = self._label("heading")
        self._names = self._label("muted")
        self._refusals, self._warnings = self._label("danger"), self._label("warning")
        self._layout.addStretch(1)
        self.setWidget(content)

    @property
    def text(self) -> str:
        """All that is said, a sentence a line."""
        labels = (self._total, self._names, self._refusals, self._warnings)
        return "\n".join(label.text() for label in labels if not label.isHidden())

    def wait(self) -> None:
        """Say that it is being worked out; what was said before stays until then."""
        if not self._total.text():
            self._say(self._total, self.tr("Looking…"))

    def show_facts(
        self,
        total: str,
        names: Sequence[str] = (),
        more: bool = False,
        warnings: Sequence[str] = (),
        refusals: Sequence[str] = (),
    ) -> None:
        """Show what will be done.

        Parameters
        ----------
        total
            The main figures, in one short line.
        names, more
            The first few files, and whether there are more.
        warnings, refusals
            What to know, and why it cannot be done.
        """
        self._say(self._total, total)
        self._say(self._names, "\n".join([*names, *(["…"] if more and names else [])]))
        self._say(self._refusals, "\n".join(refusals))
        self._say(self._warnings, "\n".join(warnings))

    def _label(self, role: str) -> QLabel:
        label = Label()
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.hide()
        self._layout.addWidget(label)
        return label

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))
