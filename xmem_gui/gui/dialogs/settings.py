"""The settings, each with a sentence on what it does; every change counts at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.engine_form import EngineForm
from xmem_gui.gui.state.preferences import Values
from xmem_gui.gui.theme import SpinBox
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.plain import Label, translated
from xmem_gui.settings import row_of

_FIELD = 220


class SettingsDialog(QDialog):
    """A dialog in two tabs; every change counts at once and is kept for the next start.

    Parameters
    ----------
    context
        Gives the preferences, which the dialog changes.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions, self._preferences = context.actions, context.preferences
        self.setWindowTitle(self.tr("Settings"))
        self.resize(520, 560)
        tabs = QTabWidget()
        tabs.addTab(self._general(), self.tr("General"))
        tabs.addTab(_scrolled(EngineForm(context)), self.tr("Network and memory"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = roomy_column(self)
        column.addWidget(tabs, 1)
        column.addWidget(buttons)

    def _general(self) -> QWidget:
        values, page = self._preferences.values, QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        theme = QComboBox()
        for choice in ("system", "light", "dark", "contrast"):
            theme.addItem(self._actions.specs[f"theme.{choice}"].plain, choice)
        theme.setCurrentIndex(theme.findData(values.theme))
        theme.activated.connect(lambda _: self._preferences.set(theme=theme.currentData()))
        # In per cent, as confidence is everywhere in the window.
        low, about = SpinBox(), row_of(Values, "low_confidence")
        low.setRange(round(100 * about.least), round(100 * about.most))
        low.setSingleStep(5)
        low.setSuffix(self.tr(" %"))
        low.setValue(round(100 * values.low_confidence))
        low.valueChanged.connect(lambda value: self._preferences.set(low_confidence=value / 100))
        end = QComboBox()
        for choice, label in (
            ("nothing", self.tr("Do nothing")),
            ("flash", self.tr("Flash in the task bar")),
            ("sound", self.tr("Flash, with a sound")),
        ):
            end.addItem(label, choice)
        end.setCurrentIndex(end.findData(values.at_end))
        end.activated.connect(lambda _: self._preferences.set(at_end=end.currentData()))
        for name, field in (("theme", theme), ("low_confidence", low), ("at_end", end)):
            about = row_of(Values, name)
            label, tip = translated(about.label), translated(about.help)
            field.setFixedWidth(_FIELD)
            field.setAccessibleName(label)
            field.setAccessibleDescription(tip)
            form.addRow(f"&{label}", field)
            form.addRow("", _muted(tip))
        keys = QPushButton(self.tr("Keyboard shortcuts…"))
        keys.setAutoDefault(False)
        keys.clicked.connect(self._actions["edit.shortcuts"].trigger)
        form.addRow("", keys)
        return page


def _muted(text: str) -> QLabel:
    label = Label(text)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    label.setMinimumWidth(260)
    return label


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(16, 16, 16, 16)
    column.addWidget(widget)
    column.addStretch(1)
    area.setWidget(inner)
    return area
