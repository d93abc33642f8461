"""What the tool in hand is set to, in a row of small controls."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.canvas.desk import Desk
from xmem_gui.gui.canvas.options import LARGEST, SMALLEST
from xmem_gui.gui.canvas.prompter import Prompter
from xmem_gui.gui.canvas.stronger_offer import StrongerOffer
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.theme import DoubleSpinBox, SpinBox
from xmem_gui.gui.widgets.plain import Label

_ICON = QSize(16, 16)
_TICKS = 200
_GAP = 4
_SIGNED = {"tool.click", "tool.scribble", "tool.polygon", "tool.lasso", "tool.fill"}
_SIZED = {"tool.brush", "tool.eraser"}
_PROMPTS = {"tool.click", "tool.scribble", "tool.box"}


class ToolOptionsRow(QWidget):
    """Shows the controls that the tool in hand has a use for.

    Parameters
    ----------
    desk
        The desk that holds the tools' options.
    prompter
        Whose prompts can be accepted and cleared.
    actions
        Provides the buttons to accept, to clear and to repair.
    preferences
        Say whether a stronger click model may be offered.
    """

    least_changed = Signal()
    """It needs another width."""

    def __init__(
        self,
        desk: Desk,
        prompter: Prompter,
        actions: Actions,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk, self._prompter, self._actions = desk, prompter, actions
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        self._tool, self._least = "", 0
        self._parts: list[tuple[QWidget, Callable[[], bool]]] = []
        self._extras: list[QWidget] = []
        # What there is no room for is left out; the canvas' width does not hang on the tool.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._add_sign(row)
        self._add_size(row)
        self._add_scribble(row)
        self._add_tolerance(row)
        self._add_prompts(row)
        self.offer = StrongerOffer(prompter, actions, preferences)
        self.offer.wanted_changed.connect(self._show_parts)
        self._part(row, self.offer, lambda: self._tool in _PROMPTS and self.offer.wanted)
        self._add_repairs(row)
        row.addStretch(1)
        desk.options_changed.connect(self._show_options)
        prompter.changed.connect(self._show_parts)
        self._show_options()
        self._show_parts()

    @property
    def tool(self) -> str:
        """The id of the tool in hand, "" for none."""
        return self._tool

    @tool.setter
    def tool(self, tool: str) -> None:
        self._tool = tool
        self._show_parts()

    @property
    def least(self) -> int:
        """Pixels without which something is cut off that is nowhere else."""
        return self._least

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._show_parts()

    # Parts

    def _part(self, row: QHBoxLayout, widget: QWidget, when: Callable[[], bool]) -> None:
        row.addWidget(widget)
        self._parts.append((widget, when))

    def _add_sign(self, row: QHBoxLayout) -> None:
        box = QWidget(self)
        inner = QHBoxLayout(box)
        inner.setContentsMargins(0, 0, 4, 0)
        inner.setSpacing(2)
        group = QButtonGroup(box)
        self._signs: list[QToolButton] = []
        for sign, tip in (("+", self.tr("Add")), ("−", self.tr("Remove"))):
            button = QToolButton(box)
            button.setText(sign)
            button.setCheckable(True)
            button.setToolTip(self.tr("{0} (Alt or the right button does the other)").format(tip))
            button.setAccessibleName(tip)
            button.setFixedSize(26, 26)
            group.addButton(button)
            inner.addWidget(button)
            self._signs.append(button)
        self._signs[1].toggled.connect(lambda on: self._set(subtract=on))
        self._part(row, box, lambda: self._tool in _SIGNED)

    def _add_size(self, row: QHBoxLayout) -> None:
        self._part(row, self._caption(self.tr("Size")), lambda: self._tool in _SIZED)
        self._size = QSlider(Qt.Orientation.Horizontal, self)
        self._size.setRange(0, _TICKS)
        self._size.setFixedWidth(110)
        self._size.setAccessibleName(self.tr("Brush size"))
        self._size.setToolTip(self.tr("Brush size: [ and ], Shift and drag, or Ctrl and the wheel"))
        self._size.valueChanged.connect(lambda tick: self._set_radius(_radius(tick)))
        self._part(row, self._size, lambda: self._tool in _SIZED)
        self._diameter = DoubleSpinBox(self)
        self._diameter.setRange(2 * SMALLEST, 2 * LARGEST)
        self._diameter.setDecimals(0)
        self._diameter.setSuffix(self.tr(" px"))
        self._diameter.setAccessibleName(self.tr("Brush diameter in pixels"))
        self._diameter.setFixedWidth(88)
        self._diameter.setKeyboardTracking(False)
        self._diameter.valueChanged.connect(lambda pixels: self._set_radius(pixels / 2))
        self._part(row, self._diameter, lambda: self._tool in _SIZED)

    def _add_scribble(self, row: QHBoxLayout) -> None:
        self._part(row, self._caption(self.tr("Width")), lambda: self._tool == "tool.scribble")
        self._width = SpinBox(self)
        self._width.setRange(1, 64)
        self._width.setSuffix(self.tr(" px"))
        self._width.setFixedWidth(80)
        self._width.setAccessibleName(self.tr("Width of a scribble in pixels"))
        self._width.valueChanged.connect(lambda width: self._set(scribble=width / 2))
        self._part(row, self._width, lambda: self._tool == "tool.scribble")

    def _add_tolerance(self, row: QHBoxLayout) -> None:
        self._part(row, self._caption(self.tr("Tolerance")), lambda: self._tool == "tool.fill")
        self._tolerance = SpinBox(self)
        self._tolerance.setRange(0, 255)
        self._tolerance.setFixedWidth(64)
        self._tolerance.setAccessibleName(self.tr("Tolerance of the flood"))
        self._tolerance.valueChanged.connect(lambda value: self._set(tolerance=value))
        self._part(row, self._tolerance, lambda: self._tool == "tool.fill")

    def _add_prompts(self, row: QHBoxLayout) -> None:
        self._said = self._caption("")
        self._part(row, self._said, lambda: bool(self._said.text()) and self._tool in _PROMPTS)
        for name in ("prompts.accept", "prompts.clear"):
            button = self._action_button(name)
            self._part(row, button, lambda: self._tool in _PROMPTS and self._prompter.prompts is not None)

    def _add_repairs(self, row: QHBoxLayout) -> None:
        for name in ("mask.snap", "mask.smooth"):
            self._extras.append(self._action_button(name))
            self._part(row, self._extras[-1], lambda: True)
        more = QToolButton(self)
        more.setText(self.tr("Repair"))
        more.setAccessibleName(self.tr("Repair the mask"))
        more.setToolTip(self.tr("Change the whole mask of the selected object"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        for name in (
            "fill_holes",
            "remove_islands",
            "largest",
            "",
            "grow",
            "shrink",
            "smooth",
            "snap",
            "",
            "copy_previous",
            "copy_next",
            "",
            "clear",
        ):
            if name:
                menu.addAction(self._actions[f"mask.{name}"])
            else:
                menu.addSeparator()
        more.setMenu(menu)
        self._part(row, more, lambda: True)
        self._amount = DoubleSpinBox(self)
        self._amount.setRange(1, 64)
        self._amount.setDecimals(0)
        self._amount.setSuffix(self.tr(" px"))
        self._amount.setFixedWidth(76)
        self._amount.setAccessibleName(self.tr("Distance to grow, shrink, smooth and snap by"))
        self._amount.setToolTip(
            self.tr("Distance to grow, shrink and smooth by. Snapping looks for edges twice as far")
        )
        self._amount.valueChanged.connect(lambda pixels: self._set(amount=pixels))
        self._part(row, self._amount, lambda: True)
        self._extras += [more, self._amount]

    def _action_button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._actions[name])
        button.setIconSize(_ICON)
        button.setAccessibleName(self._actions.specs[name].plain)
        return button

    def _caption(self, text: str) -> QLabel:
        label = Label(text, self)
        label.setProperty("role", "muted")
        return label

    # Values

    def _set(self, **values: float | bool) -> None:
        self._desk.options = replace(self._desk.options, **values)  # type: ignore[arg-type]

    def _set_radius(self, radius: float) -> None:
        self._desk.options = self._desk.options.with_radius(radius)

    def _show_options(self) -> None:
        options = self._desk.options
        fields = (self._size, self._diameter, self._width, self._tolerance, self._amount, *self._signs)
        blockers = [QSignalBlocker(one) for one in fields]
        self._size.setValue(_tick(options.radius))
        self._diameter.setValue(2 * options.radius)
        self._width.setValue(max(round(2 * options.scribble), 1))
        self._tolerance.setValue(options.tolerance)
        self._amount.setValue(options.amount)
        for button, subtract in zip(self._signs, (False, True), strict=True):
            button.setChecked(options.subtract == subtract)
        for one in blockers:
            one.unblock()

    def _show_parts(self) -> None:
        self._said.setText(self._summary())
        self.offer.shorten(False)
        wanted = [widget for widget, when in self._parts if when()]
        for widget in wanted:
            # Else one that was never shown says how wide it is without the theme's margins.
            for one in (widget, *widget.findChildren(QWidget)):
                one.ensurePolished()
        spared = {*self._extras, self._said, self.offer}
        least = sum(_width(widget) + _GAP for widget in wanted if widget not in spared)
        if least != self._least:
            self._least = least
            self.least_changed.emit()
        # Those left out first are in the menu Mask as well; how many prompts there are is seen.
        for extra in (*self._extras[:2], *reversed(self._extras[2:]), self._said):
            if self._fits(wanted):
                break
            if extra in wanted:
                wanted.remove(extra)
        self.offer.shorten(not self._fits(wanted))
        if not self._fits(wanted) and self.offer in wanted:
            wanted.remove(self.offer)
        for widget, _ in self._parts:
            widget.setVisible(widget in wanted)

    def _fits(self, widgets: list[QWidget]) -> bool:
        return sum(_width(widget) + _GAP for widget in widgets) <= self.width()

    def _summary(self) -> str:
        if self._prompter.is_busy:
            running = self._desk.session.job is not None
            return self.tr("After this frame…") if running else self.tr("Finding the mask…")
        prompts = self._prompter.prompts
        if prompts is None:
            return ""
        count = prompts.count
        return self.tr("1 prompt") if count == 1 else self.tr("{} prompts").format(count)


def _width(widget: QWidget) -> int:
    """Return how wide a part will be: as it wants to be, or as it is fixed."""
    return max(min(widget.sizeHint().width(), widget.maximumWidth()), widget.minimumWidth())


def _radius(tick: int) -> float:
    """Return the radius of a slider's tick: each step is the same factor."""
    return SMALLEST * math.exp(tick / _TICKS * math.log(LARGEST / SMALLEST))


def _tick(radius: float) -> int:
    return round(math.log(radius / SMALLEST) / math.log(LARGEST / SMALLEST) * _TICKS)
