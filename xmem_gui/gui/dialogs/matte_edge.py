"""The edge of soft mattes, chosen beside the picture: what changes here is seen at once."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.context import Context
from xmem_gui.gui.state.matte_choices import BACKDROPS, MatteChoices
from xmem_gui.gui.theme import DoubleSpinBox
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.plain import Label, translated
from xmem_gui.gui.widgets.setting_box import pixel_box
from xmem_gui.settings import row_of

_STEPS = 10
"""Steps of a slider to a pixel."""
_BOX = 96


class MatteEdgeDialog(QDialog):
    """Feather, choke, refine, and what is behind; every change counts at once and is kept.

    Parameters
    ----------
    context
        Its preferences keep the choices; its action shows the soft matte.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = context.preferences
        self.setWindowTitle(self.tr("Edge of the soft matte"))
        self.setMinimumWidth(440)
        form = QFormLayout()
        form.setVerticalSpacing(12)
        self.boxes = {name: self._add(form, name) for name in MatteChoices.names()}
        self.behind = QComboBox()
        self.behind.setAccessibleName(self.tr("Behind it"))
        for label, colour in BACKDROPS:
            self.behind.addItem(translated(label), colour)
        self._show_backdrop()
        self.behind.activated.connect(lambda _: self._preferences.set(cutout=self.behind.currentData()))
        form.addRow(self.tr("&Behind it"), self.behind)
        note = Label(self.tr("Exports of soft masks, mattes and cut-outs begin with the same edge."))
        note.setProperty("role", "muted")
        note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.reset = buttons.addButton(self.tr("&Hard edge"), QDialogButtonBox.ButtonRole.ResetRole)
        self.reset.setToolTip(self.tr("Set feather, choke and refine to 0."))
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(self._reset)
        buttons.rejected.connect(self.reject)
        column = roomy_column(self)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(buttons)
        self._preferences.changed.connect(self._on_preference)
        context.actions["view.matte"].trigger()

    # Inside

    def _add(self, form: QFormLayout, name: str) -> DoubleSpinBox:
        about = row_of(MatteChoices, name)
        label, sentence = translated(about.label), translated(about.help)
        box, slider = pixel_box(MatteChoices, name), QSlider(Qt.Orientation.Horizontal)
        box.setFixedWidth(_BOX)
        slider.setRange(round(_STEPS * about.least), round(_STEPS * about.most))
        slider.setSingleStep(_STEPS // 2)
        slider.setPageStep(2 * _STEPS)
        slider.setAccessibleName(label)

        def show(value: float) -> None:
            with QSignalBlocker(slider):
                slider.setValue(round(_STEPS * value))
            self._preferences.set(**{name: round(value, 1)})

        box.setValue(getattr(self._preferences.values, name))
        slider.setValue(round(_STEPS * box.value()))
        box.valueChanged.connect(show)
        slider.valueChanged.connect(lambda value: box.setValue(value / _STEPS))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(slider, 1)
        row.addWidget(box)
        help_label = Label(sentence)
        help_label.setProperty("role", "muted")
        help_label.setWordWrap(True)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(help_label)
        form.addRow(label, column)
        return box

    def _reset(self) -> None:
        for box in self.boxes.values():
            box.setValue(0)

    def _on_preference(self, name: str) -> None:
        if name in self.boxes:
            self.boxes[name].setValue(getattr(self._preferences.values, name))
        elif name == "cutout":
            self._show_backdrop()

    def _show_backdrop(self) -> None:
        """Show what is behind; a colour that is not in the list is none of its rows."""
        self.behind.setCurrentIndex(self.behind.findData(self._preferences.values.cutout))
