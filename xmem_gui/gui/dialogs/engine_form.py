"""The settings of network and memory, as the table of settings describes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QToolButton, QVBoxLayout, QWidget

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.place_field import PlaceField
from xmem_gui.gui.state.preferences import Values
from xmem_gui.gui.theme import SpinBox, icon
from xmem_gui.gui.widgets.alive import while_alive
from xmem_gui.gui.widgets.panel import muted, row
from xmem_gui.gui.widgets.plain import Label, row_text, tip, translated
from xmem_gui.settings import ComputeChoices, MemoryChoices, SettingRow, row_of

if TYPE_CHECKING:
    from xmem_gui.memory import MemoryConfig

_FIELD_WIDTH = 156
_ADDRESS_WIDTH = 236
_SIZES = (240, 360, 480, 600, 720, 0)


class EngineForm(QWidget):
    """Fields for model, device, size and memory; every change is kept at once.

    Parameters
    ----------
    context
        Its session is asked what suits the network; its preferences keep the values.
    folded
        Whether the memory's numbers are only seen when they are asked for.
    """

    def __init__(self, context: Context, parent: QWidget | None = None, *, folded: bool = False) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._preferences = preferences = context.preferences
        actions = context.actions
        self._here: dict[str, bool] = {}
        self._numbers: dict[str, SpinBox] = {}
        self._suited: MemoryConfig | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        self.place = PlaceField(preferences)
        self._add(row_of(Values, "compute_on"), self.place.box)
        self.place.box.setFixedWidth(_ADDRESS_WIDTH)
        self._layout.addWidget(self.place.problem)
        self._make_choices()
        self.missing = self._make_missing(actions)
        self._layout.insertWidget(3, self.missing)
        self._make_memory(folded=folded)
        preferences.changed.connect(self._on_change)
        session.opened.connect(self._ask)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask only now: torch is imported for it, and a video's first frame goes before."""
        super().showEvent(event)
        self._ask()

    def changeEvent(self, event: QEvent) -> None:
        """Look again which models are here when the person comes back, from the model manager say."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isVisible() and self.isActiveWindow():
            self._look()

    def _ask(self) -> None:
        """Ask what suits the network, to show it where nothing else was chosen, and which models are here."""
        if not self.isVisible():
            return
        self._look()
        model = self._preferences.values.model

        def work(_: object) -> MemoryConfig | None:
            from xmem_gui.annotator import memory_of
            from xmem_gui.errors import XmemGuiError

            try:
                return memory_of(model)
            except XmemGuiError:
                return None

        self._session.look(work, while_alive(self, self._set_suited), key=f"memory.suited.{id(self)}")

    def _look(self) -> None:
        model = self._preferences.values.model

        def work() -> dict[str, bool]:
            from xmem_gui.model import model_states

            here = {one.spec.name: one.path is not None for one in model_states() if one.spec.kind == "vos"}
            return {**here, model: here.get(model, Path(model).is_file())}

        self._session.looking.submit(work, while_alive(self, self._set_here), key=f"models.{id(self)}")

    # Making the fields

    def _make_choices(self) -> None:
        self._model, self._device, self._size = QComboBox(), QComboBox(), QComboBox()
        for name, text in (
            ("auto", self.tr("automatic")), ("cuda", "CUDA"), ("mps", "MPS"), ("cpu", "CPU"),
        ):  # fmt: skip
            self._device.addItem(text, name)
        for size in _SIZES:
            self._size.addItem(
                self.tr("{} pixels").format(size) if size else self.tr("the video's own"), size
            )
        for name, box in (("model", self._model), ("device", self._device), ("size", self._size)):
            self._add(row_of(ComputeChoices, name), box)
            box.activated.connect(partial(self._choose, name, box))

    def _make_missing(self, actions: Actions) -> QWidget:
        """Make the row that says that the model chosen is not here."""
        words = Label(self.tr("It is not on this machine."))
        words.setProperty("role", "warning")
        get = QPushButton(self.tr("Models…"))
        get.setToolTip(self.tr("Download it, or use another"))
        get.setAutoDefault(False)
        get.clicked.connect(actions["file.models"].trigger)
        inner = row(words, None, get)
        inner.setContentsMargins(0, 0, 0, 0)
        missing = QWidget()
        missing.setLayout(inner)
        missing.hide()
        return missing

    def _make_memory(self, *, folded: bool) -> None:
        """Make the numbers of the memory, under a button that shows them if they are folded away."""
        whole = self._layout
        memory = QWidget()
        self._layout = QVBoxLayout(memory)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(12)
        for name in MemoryChoices.names():
            self._numbers[name] = self._make_number(name)
        self.suited = QPushButton(self.tr("Use the settings that suit the model"))
        self.suited.clicked.connect(lambda: self._preferences.set(memory={}))
        self._layout.addWidget(self.suited)
        self._layout = whole
        if folded:
            self.advanced = QToolButton()
            self.advanced.setText(self.tr("Advanced: memory"))
            self.advanced.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.advanced.setArrowType(Qt.ArrowType.RightArrow)
            self.advanced.setCheckable(True)
            self.advanced.toggled.connect(memory.setVisible)
            self.advanced.toggled.connect(
                lambda on: self.advanced.setArrowType(
                    Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow
                )
            )
            whole.addWidget(self.advanced)
            memory.hide()
        whole.addWidget(memory)

    def _choose(self, name: str, box: QComboBox, _: int) -> None:
        self._preferences.set(**{name: box.currentData()})

    def _make_number(self, name: str) -> SpinBox:
        box, about = SpinBox(), row_of(MemoryChoices, name)
        box.setRange(int(about.least), int(about.most))
        box.setSingleStep(about.step)
        if about.unit:
            box.setSuffix(f" {translated(about.unit)}")
        box.setKeyboardTracking(False)
        box.setGroupSeparatorShown(True)
        box.valueChanged.connect(lambda value: self._change(name, value))
        self._add(about, box)
        return box

    def _add(self, about: SettingRow, field: QWidget) -> None:
        label, explanation = translated(about.label), translated(about.help)
        field.setAccessibleName(label)
        field.setAccessibleDescription(explanation)
        field.setFixedWidth(_FIELD_WIDTH)
        holder = QVBoxLayout()
        holder.setSpacing(2)
        title = Label(label)
        title.setBuddy(field)
        holder.addLayout(row(title, None, field))
        holder.addWidget(muted(explanation))
        self._layout.addLayout(holder)

    # Values

    def _change(self, name: str, value: int) -> None:
        memory = {**self._preferences.values.memory, name: value}
        if name == "max_working_frames":
            memory["min_working_frames"] = min(self._numbers["min_working_frames"].value(), value)
        elif name == "min_working_frames":
            memory["max_working_frames"] = max(self._numbers["max_working_frames"].value(), value)
        elif name in ("prototypes", "max_long_term_tokens"):
            other = {"prototypes": "max_long_term_tokens"}.get(name, "prototypes")
            pick: Callable[[int, int], int] = max if name == "prototypes" else min
            memory[other] = pick(self._numbers[other].value(), value)
        self._preferences.set(memory=memory)

    def _on_change(self, name: str) -> None:
        if name == "model":
            self._ask()
        if name in ("model", "device", "size", "memory"):
            self._show()

    def _set_here(self, here: dict[str, bool]) -> None:
        self._here = here
        self._show()

    def _set_suited(self, suited: MemoryConfig | None) -> None:
        self._suited = suited
        self._show()

    def _show(self) -> None:
        values = self._preferences.values
        self._show_models(values)
        self._device.setCurrentIndex(max(self._device.findData(values.device), 0))
        if self._size.findData(values.size) < 0:
            self._size.addItem(self.tr("{} pixels").format(values.size), values.size)
        self._size.setCurrentIndex(self._size.findData(values.size))
        suited = {} if self._suited is None else asdict(self._suited)
        for name, box in self._numbers.items():
            known = self._suited is not None or name in values.memory
            with QSignalBlocker(box):
                # The least stands for "not known yet" then.
                box.setSpecialValueText("" if known else "–")
                box.setValue(values.memory.get(name, suited.get(name, box.minimum())))
            box.setEnabled(known)
        self.suited.setEnabled(bool(values.memory))

    def _show_models(self, values: Values) -> None:
        for name in (*self._here, values.model):
            if self._model.findData(name) < 0:
                self._model.addItem(row_text(name), name)
            here, place = self._here.get(name, True), self._model.findData(name)
            self._model.setItemIcon(place, QIcon() if here else icon("download"))
            words = name if here else self.tr("{}, not on this machine").format(name)
            self._model.setItemData(place, tip(words), Qt.ItemDataRole.ToolTipRole)
            self._model.setItemData(place, words, Qt.ItemDataRole.AccessibleTextRole)
        self._model.setCurrentIndex(self._model.findData(values.model))
        self.missing.setVisible(not self._here.get(values.model, True))
