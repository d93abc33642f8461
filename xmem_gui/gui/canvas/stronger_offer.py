"""Offers a stronger click model where a first mask had to be corrected: quietly, and until it is answered."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.actions import Actions
from xmem_gui.gui.canvas.prompter import Prompter
from xmem_gui.gui.state.preferences import Preferences

_CORRECTIONS = 2
_OWN = {"compact", "compact-click"}
"""What the click model that comes with the program is called."""


class StrongerOffer(QWidget):
    """A button that opens the list of click models, and one that puts the offer away for good.

    It stands among the options of the tool, so it takes neither the focus nor room from the picture.

    Parameters
    ----------
    prompter
        Says how often a mask of its own making had to be corrected.
    actions
        One of them opens the list.
    preferences
        Say which click model is used, and keep that the offer was put away.
    """

    wanted_changed = Signal()
    """It is to be seen now, or no longer."""

    def __init__(self, prompter: Prompter, actions: Actions, preferences: Preferences) -> None:
        super().__init__()
        self._prompter, self._preferences = prompter, preferences
        self._wanted = False
        self._texts = self.tr("Use a stronger click model…"), self.tr("Stronger click model…")
        self.take = QToolButton()
        self.take.setText(self._texts[0])
        self.take.setToolTip(
            self.tr("Other models need fewer clicks, but look longer at each frame. See what there is")
        )
        self.take.clicked.connect(self._put_away)
        self.take.clicked.connect(actions["prompts.models"].trigger)
        self.dismiss = QToolButton()
        self.dismiss.setToolTip(self.tr("Do not offer this again"))
        self.dismiss.setAccessibleName(self.tr("Do not offer a stronger click model again"))
        self.dismiss.clicked.connect(self._put_away)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.take)
        row.addWidget(self.dismiss)
        self.dress()
        prompter.changed.connect(self._look)
        preferences.changed.connect(self._on_preference)

    @property
    def wanted(self) -> bool:
        """Whether it is to be seen, while a tool that prompts is in hand."""
        return self._wanted

    def shorten(self, short: bool) -> None:
        """Say it in fewer words, or in all."""
        self.take.setText(self._texts[short])

    def dress(self) -> None:
        """Draw the icon in the theme's colours."""
        self.dismiss.setIcon(theme.icon("close"))

    def _look(self) -> None:
        if not self._wanted and self._may and self._prompter.corrections >= _CORRECTIONS:
            self._set_wanted(True)

    @property
    def _may(self) -> bool:
        values = self._preferences.values
        return values.click_model in _OWN and not values.stronger_offered

    def _put_away(self) -> None:
        self._preferences.set(stronger_offered=True)

    def _on_preference(self, name: str) -> None:
        if name in {"click_model", "stronger_offered"} and not self._may:
            self._set_wanted(False)

    def _set_wanted(self, wanted: bool) -> None:
        if wanted != self._wanted:
            self._wanted = wanted
            self.wanted_changed.emit()
