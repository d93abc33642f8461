"""Where imported objects go: a row each, with the object of the project, or a new one, to choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from xmem_gui.gui.theme import colours
from xmem_gui.gui.widgets.plain import Label, row_text
from xmem_gui.text import counted

if TYPE_CHECKING:
    from xmem_gui.formats import Destination, ImportPlan
    from xmem_gui.project import VideoObject

MOST_ROWS = 100
"""Objects that have a row; more go where the files say, or become new."""
_SWATCH = 12
_SHOWN_ROWS = 6


class Destinations(QScrollArea):
    """A row for each imported object. No two can go into one: whoever is displaced becomes new."""

    changed = Signal(object)
    """Where decided objects go, by their id in the plan: an object's id, or None for a new one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Where objects go"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.combos: dict[int, QComboBox] = {}
        self.chosen: dict[int, int | None] = {}
        self.hide()

    def show_plan(self, plan: ImportPlan, objects: Sequence[VideoObject], *, after: QWidget) -> None:
        """Show rows for a plan and the objects of the project; what was decided before is forgotten.

        `after` is what the keyboard comes from when it goes to the first row.
        """
        self.combos, self.chosen = {}, {}
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(4, 1)
        for row, one in enumerate(plan.destinations[:MOST_ROWS]):
            self._add_row(grid, row, one, len(plan.coverage.get(one.imported.id, ())), objects)
        if (more := len(plan.destinations) - MOST_ROWS) > 0:
            text = self.tr(
                "… and {:,} more objects. They go to the objects that the files name, or become new ones."
            ).format(more)
            grid.addWidget(_label(text, "muted"), MOST_ROWS, 0, 1, 5)
        self.setWidget(content)
        for combo in self.combos.values():
            self.setTabOrder(after, combo)
            after = combo
        self.refresh(plan)
        shown = min(len(self.combos), _SHOWN_ROWS)
        height = content.sizeHint().height() * shown // max(len(self.combos), 1)
        self.setMinimumHeight(height + 2)
        self.setMaximumHeight(height + 2 if shown == len(self.combos) else 2 * height)
        self.setVisible(bool(self.combos))

    def refresh(self, plan: ImportPlan) -> None:
        """Show where a plan sends its objects."""
        for one in plan.destinations[:MOST_ROWS]:
            combo = self.combos[one.imported.id]
            with QSignalBlocker(combo):
                combo.setItemText(
                    0, self.tr("New object {}").format(one.object_id) if one.new else self.tr("New object")
                )
                combo.setCurrentIndex(0 if one.new else combo.findData(one.object_id))

    def _add_row(
        self, grid: QGridLayout, row: int, one: Destination, masks: int, objects: Sequence[VideoObject]
    ) -> None:
        info = one.imported
        swatch = Label()
        swatch.setPixmap(_swatch(info.colour, self.devicePixelRatioF()))
        count = _label(counted(masks, "mask"), "muted")
        combo = QComboBox()
        combo.setAccessibleName(self.tr("Where {} goes").format(info.name))
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(22)
        combo.addItem(self.tr("New object"), None)
        for each in objects:
            combo.addItem(self.tr("{} (object {})").format(row_text(each.name), each.id), each.id)
        combo.activated.connect(lambda _, number=info.id: self._on_chosen(number))
        self.combos[info.id] = combo
        for column, widget in enumerate((swatch, _label(info.name), count, _label("→", "muted"), combo)):
            grid.addWidget(widget, row, column)

    def _on_chosen(self, number: int) -> None:
        where = self.combos[number].currentData()
        if where is not None:
            for other, combo in self.combos.items():
                if other != number and combo.currentData() == where:
                    self.chosen[other] = None
        self.chosen[number] = where
        self.changed.emit(dict(self.chosen))


def _label(text: str, role: str = "") -> QLabel:
    label = Label()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setProperty("role", role)
    return label


def _swatch(colour: tuple[int, int, int], ratio: float) -> QPixmap:
    side = round(_SWATCH * ratio)
    found = QPixmap(side, side)
    found.fill(Qt.GlobalColor.transparent)
    painter = QPainter(found)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # Dark objects are seen in the dark theme too, and bright ones in the light.
    painter.setPen(QPen(QColor(colours().muted), ratio))
    painter.setBrush(QColor(*colour))
    inset = ratio / 2
    painter.drawRoundedRect(QRectF(found.rect()).adjusted(inset, inset, -inset, -inset), 3 * ratio, 3 * ratio)
    painter.end()
    found.setDevicePixelRatio(ratio)
    return found
