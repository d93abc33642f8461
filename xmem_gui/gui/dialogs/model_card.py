"""One model in the model manager: what it is, whether it is here, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label, tip
from xmem_gui.gui.widgets.sizes import in_bytes

if TYPE_CHECKING:
    from xmem_gui.model import ModelState

_STEPS = 1000


class ModelCard(QFrame):
    """A model's facts and buttons."""

    wanted = Signal(str, str)
    """What to do - ``download``, ``cancel``, ``verify``, ``delete``, ``use`` - and with which model."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._failed = name, False
        self.setObjectName("card")
        self.setAccessibleName(name)
        title, self._state = Label(name), muted(wrap=False)
        title.setProperty("role", "heading")
        self._what, self._facts, self.said = muted(), muted(), Label()
        self.look, self.needs = muted(), muted()
        self._facts.setTextFormat(Qt.TextFormat.RichText)
        self._facts.setOpenExternalLinks(True)
        self.said.setWordWrap(True)
        self.said.hide()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Download of {}").format(name))
        self.progress.hide()
        top = QHBoxLayout()
        top.addWidget(title)
        top.addStretch(1)
        top.addWidget(self._state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 8)
        layout.setSpacing(4)
        layout.addLayout(top)
        for widget in (self._what, self._facts, self.look, self.needs, self.progress, self.said):
            layout.addWidget(widget)
        layout.addLayout(self._make_buttons())
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_state(self, state: ModelState, *, used: bool, running: str) -> None:
        """Show what is here.

        Parameters
        ----------
        state
            What is known of the model's file on this machine.
        used
            Whether it is the one in use.
        running
            The model that something is being done with, or "".
        """
        spec, here = state.spec, state.path is not None
        kind = self.tr("tracks objects") if spec.kind == "vos" else self.tr("turns clicks into masks")
        plugin = spec.url is None and not spec.shipped
        unknown = self.tr("a plugin") if plugin else self.tr("size not published")
        size = in_bytes(state.total) if state.total else unknown
        source = spec.source
        link = f'<a href="{source}">{source}</a>' if source.startswith("http") else source
        self._what.setText(spec.title)
        self._facts.setText(f"{kind}  ·  {size}  ·  {spec.licence}  ·  {link}")
        self._facts.setToolTip(self.tr("What it does, size, licence, source"))
        self.needs.setText(spec.lack)
        self.needs.setVisible(bool(spec.lack))
        partly = self.tr("{} downloaded").format(in_bytes(state.bytes)) if state.bytes else ""
        status = (
            self.tr("comes with the program") if spec.shipped and here
            else self.tr("from a plugin") if plugin
            else self.tr("installed") if here
            else self.tr("missing: install the program again") if spec.shipped
            else partly or self.tr("not installed")
        )  # fmt: skip
        self._state.setText(self.tr("in use") + f"  ·  {status}" if used else status)
        self._state.setToolTip("" if state.path is None else tip(str(state.path)))
        mine, busy = running == self._name, bool(running)
        self.buttons["download"].setVisible(not here and spec.url is not None and not mine)
        again = self.tr("Retry") if self._failed else self.tr("Download")
        self.buttons["download"].setText(self.tr("Continue") if state.bytes else again)
        self.buttons["cancel"].setVisible(mine and not here)
        self.buttons["use"].setVisible(here)
        self.buttons["use"].setEnabled(not (used or spec.lack))
        self.buttons["verify"].setVisible(here and not plugin)
        self.buttons["delete"].setVisible(not (spec.shipped or plugin) and (here or bool(state.bytes)))
        self.buttons["delete"].setEnabled(not busy and not used)
        for name in ("download", "verify"):
            self.buttons[name].setEnabled(not busy)
        self.progress.setVisible(mine)
        if mine:
            self.show_progress(state.bytes, None if here else state.total)

    def show_look(self, text: str) -> None:
        """Say what to expect of its first look at a frame; "" says nothing."""
        self.look.setText(text)
        self.look.setVisible(bool(text))

    def show_progress(self, done: int, total: int | None) -> None:
        """Show how far a download is; without a total, that something goes on."""
        self.progress.setRange(0, _STEPS if total else 0)
        if total:
            self.progress.setValue(round(_STEPS * done / total))
            self._state.setText(self.tr("{} of {}").format(in_bytes(done), in_bytes(total)))

    def say(self, text: str, *, bad: bool) -> None:
        """Show a sentence under the facts; "" takes it away."""
        self.said.setProperty("role", "danger" if bad else "muted")
        self.said.style().polish(self.said)
        self.said.setText(text)
        self.said.setVisible(bool(text))
        self._failed = bad and bool(text)

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.buttons: dict[str, QPushButton] = {}
        for what, text in (
            ("use", self.tr("Use")), ("download", self.tr("Download")), ("cancel", self.tr("Cancel")),
            ("verify", self.tr("Verify")), ("delete", self.tr("Delete")),
        ):  # fmt: skip
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.setAccessibleName(f"{text} {self._name}")
            button.clicked.connect(lambda _=False, what=what: self.wanted.emit(what, self._name))
            button.hide()
            self.buttons[what] = button
            row.addWidget(button)
        row.addStretch(1)
        return row
