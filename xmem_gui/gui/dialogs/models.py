"""The model manager: what there is, what is here, and which is used for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.dialogs.first_looks import FirstLooks
from xmem_gui.gui.dialogs.model_card import ModelCard
from xmem_gui.gui.dialogs.model_jobs import ModelJobs
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.panel import muted

if TYPE_CHECKING:
    from xmem_gui.model import ModelState

_PREFERENCE = {"vos": "model", "segmenter": "click_model"}
_KINDS = "*.pth *.pt *.safetensors"


class ModelsDialog(QDialog):
    """Cards of models, in two groups by what they do; a download goes on when it is closed.

    Parameters
    ----------
    preferences
        Keep which models are used.
    jobs
        Does the work, and outlives the dialog.
    looks
        Say how long a click model looks at a frame.
    clicks_first
        Whether those that turn clicks into masks come first.
    """

    def __init__(
        self,
        preferences: Preferences,
        jobs: ModelJobs,
        parent: QWidget | None = None,
        *,
        looks: FirstLooks | None = None,
        clicks_first: bool = False,
    ) -> None:
        super().__init__(parent)
        self._looks, self._first = looks or FirstLooks(), "segmenter" if clicks_first else "vos"
        self._preferences, self.jobs = preferences, jobs
        self.cards: dict[str, ModelCard] = {}
        self._states: dict[str, ModelState] = {}
        self.setWindowTitle(self.tr("Models"))
        self.resize(720, 600)
        self._own: dict[str, QLabel] = {}
        self._more = QTimer(self, singleShot=True, interval=0)
        self._more.timeout.connect(self._add_card)
        layout = roomy_column(self)
        self._area = self._make_cards()
        layout.addWidget(self._area, 1)
        for kind, text in (
            ("vos", self.tr("Track with another file…")),
            ("segmenter", self.tr("Click with another file…")),
        ):
            layout.addLayout(self._make_file_row(kind, text))
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(close)
        layout.addLayout(bottom)
        self.jobs.states.connect(self._on_states)
        self.jobs.progress.connect(self._on_progress)
        self.jobs.ended.connect(self._on_ended)
        self.jobs.checked.connect(self._on_checked)
        preferences.changed.connect(self._on_preference)
        self._show()

    def showEvent(self, event: object) -> None:  # noqa: ARG002
        """Look what is here each time it is shown."""
        self.jobs.look()

    def use(self, name: str) -> None:
        """Use a model for what it is made for."""
        self._preferences.set(**{_PREFERENCE[self._states[name].spec.kind]: name})

    def _make_cards(self) -> QScrollArea:
        content = QWidget()
        self._cards = QVBoxLayout(content)
        self._cards.setContentsMargins(0, 0, 8, 0)
        self._cards.setSpacing(0)
        self._looking = muted(self.tr("Looking…"))
        self._cards.addWidget(self._looking)
        self._cards.addStretch(1)
        area = QScrollArea()
        area.setAccessibleName(self.tr("Models"))
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(content)
        return area

    def _make_file_row(self, kind: str, text: str) -> QHBoxLayout:
        button, label = QPushButton(text), muted()
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self._browse(kind, text))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(button)
        row.addWidget(label, 1)
        self._own[kind] = label
        return row

    def _browse(self, kind: str, title: str) -> None:
        found, _ = QFileDialog.getOpenFileName(
            self, title.removesuffix("…"), self._preferences.values.folder, _KINDS
        )
        if found:
            self._say(kind, self.tr("Reading {}…").format(found))
            self.jobs.check(kind, found)

    def _on_checked(self, kind: str, path: str, problem: str) -> None:
        if problem:
            self._say(kind, self.tr("{} Nothing has changed.").format(problem), bad=True)
        else:
            self._preferences.set(**{_PREFERENCE[kind]: path})
            self._show()

    def _say(self, kind: str, text: str, *, bad: bool = False) -> None:
        label = self._own[kind]
        label.setProperty("role", "danger" if bad else "muted")
        label.style().polish(label)
        label.setText(text)

    def _do(self, what: str, name: str) -> None:
        self.cards[name].say("", bad=False)
        if what == "use":
            self.use(name)
        elif what == "cancel":
            self.jobs.cancel()
        else:
            {"download": self.jobs.download, "verify": self.jobs.verify, "delete": self.jobs.delete}[what](
                name
            )
        self._show()

    # Following the jobs

    def _on_states(self, states: tuple[ModelState, ...]) -> None:
        self._states = {one.spec.name: one for one in states}
        self._looking.hide()
        self._show()
        self._add_card()

    def _add_card(self) -> None:
        """Add the next card, and then the others: all of them in one go would hold up the window."""
        names = sorted(self._states, key=lambda name: self._states[name].spec.kind != self._first)
        name = next((one for one in names if one not in self.cards), None)
        if name is None:
            return
        if self.cards:
            line = QFrame()
            line.setFrameShape(QFrame.Shape.HLine)
            self._cards.insertWidget(self._cards.count() - 1, line)
        self.cards[name] = card = ModelCard(name)
        card.wanted.connect(self._do)
        self._cards.insertWidget(self._cards.count() - 1, card)
        self._show_card(name)
        self._more.start()

    def _on_progress(self, name: str, done: int, total: int | None) -> None:
        if name in self.cards:
            self.cards[name].show_progress(done, total)

    def _on_ended(self, name: str, text: str, bad: bool) -> None:
        while name in self._states and name not in self.cards:
            self._add_card()
        if name in self.cards:
            self.cards[name].say(text, bad=bad)
            if text:
                # When the sentence has its place.
                QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(self.cards[name]))

    def _on_preference(self, _: str) -> None:
        # No lambda: a slot of this object is let go of with it.
        self._show()

    @property
    def _used(self) -> dict[str, str]:
        """The model in use of each kind."""
        values = self._preferences.values
        return {"vos": values.model, "segmenter": values.click_model}

    def _show_card(self, name: str) -> None:
        state, card = self._states[name], self.cards[name]
        card.show_state(state, used=self._used[state.spec.kind] == name, running=self.jobs.running)
        card.show_look(self._looks.sentence(state.spec))

    def _show(self) -> None:
        used = self._used
        for name in self.cards:
            self._show_card(name)
        for kind in self._own:
            own = bool(self._states) and used[kind] not in self._states
            self._say(kind, self.tr("in use: {}").format(used[kind]) if own else "")
