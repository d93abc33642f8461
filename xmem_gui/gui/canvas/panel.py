"""The canvas with its tools: what the window puts in its middle, and the strip of options for its top."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QVBoxLayout, QWidget

from xmem_gui.gui.canvas.before import BeforeView
from xmem_gui.gui.canvas.canvas_menu import CanvasMenu
from xmem_gui.gui.canvas.desk import Desk
from xmem_gui.gui.canvas.key_pointer import KeyPointer
from xmem_gui.gui.canvas.look import Mode
from xmem_gui.gui.canvas.loupe import Loupe
from xmem_gui.gui.canvas.mask_commands import MaskCommands
from xmem_gui.gui.canvas.object_zoom import ObjectZoom
from xmem_gui.gui.canvas.onion import OnionSkin
from xmem_gui.gui.canvas.options_strip import OptionsStrip
from xmem_gui.gui.canvas.prompter import Prompter
from xmem_gui.gui.canvas.repairs import Repairs
from xmem_gui.gui.canvas.tool_options import ToolOptionsRow
from xmem_gui.gui.canvas.tools import make_tools
from xmem_gui.gui.canvas.track_button import TrackButton
from xmem_gui.gui.canvas.view import CanvasView
from xmem_gui.gui.canvas.view_options import ViewOptionsRow
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.matte_choices import MatteChoices

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import Outcome

_PROMPTING = {"tool.click", "tool.scribble", "tool.box"}
_FIRST_TOOL = "tool.click"
_SAVED_AFTER = 800
"""Milliseconds without a change until view and brush are remembered."""


class CanvasPanel(QWidget):
    """The canvas, its tools, and the strip of their options.

    The strip, `options`, belongs above the canvas; the window puts it beside the menus.

    Parameters
    ----------
    context
        What all parts share; views, zoom, tools, prompts and repairs are bound to its actions, and its
        preferences keep view, opacity and brush.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._actions = actions = context.actions
        self._context, self._preferences = context, context.preferences
        self.desk = Desk(session, self)
        self.prompter = Prompter(self.desk, context.frames, self)
        self.view = CanvasView(context, self.desk, self.prompter, self)
        self.pointer = KeyPointer(self.view, actions)
        ObjectZoom(context, self.view)
        self.before = BeforeView(context, self.view)
        self.onion = OnionSkin(context, self.view)
        self.loupe = Loupe(context, self.view, self.desk)
        self.menu = CanvasMenu(context, self.view)
        self.tools = make_tools(self.desk, self.prompter)
        self._repairs = Repairs(self.desk, actions, self)
        self._mask_commands = MaskCommands(self.desk, actions, self)
        self._tool_row = ToolOptionsRow(self.desk, self.prompter, actions, self._preferences)
        self._view_row = ViewOptionsRow(actions)
        self._mode = Mode.OVERLAY
        self._hidden = False
        self._save = QTimer(self, singleShot=True, interval=_SAVED_AFTER)
        self._save.timeout.connect(self._remember)
        self._lay_out()
        self._bind()
        self._recall()
        self.view.place_changed.connect(self._show_zoom)
        session.closed.connect(self._show_zoom)
        self.view.entered.connect(self.accept)
        self.desk.options_changed.connect(self._save.start)
        self.setFocusProxy(self.view)

    def set_panning(self, panning: bool) -> None:
        """Have the left button move the picture, or the tool work again."""
        self.view.panning = panning

    def choose(self, name: str) -> None:
        """Take a tool in hand, by the id of its action."""
        self.view.tool = self.tools[name]
        self._tool_row.tool = name
        self.prompter.active = name in _PROMPTING
        if name not in _PROMPTING:
            self.prompter.settle()
        self._actions[name].setChecked(True)

    def accept(self) -> None:
        """Finish what the tool has begun; else put the prompts away and commit the mask."""
        tool, session = self.view.tool, self._session
        if tool is not None and tool.accept():
            return
        self.prompter.keep()
        selected, frame = session.selected, session.frame
        if selected is not None:
            session.edit(lambda annotator: _commit(annotator, frame, selected))

    def clear(self) -> None:
        """Give up what the tool has begun; else take back what the prompts have made."""
        if self.view.tool is None or not self.view.tool.cancel():
            self.prompter.discard()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the view's icon in the new palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            QTimer.singleShot(0, self, lambda: self._view_row.show_mode(self._mode))
            QTimer.singleShot(0, self, self._tool_row.offer.dress)

    # Inside

    def _lay_out(self) -> None:
        self.options = OptionsStrip(self._tool_row, self._view_row, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.options)
        column.addWidget(self.view, 1)
        self.track = TrackButton(self._context, self.view)

    def _bind(self) -> None:
        actions, view = self._actions, self.view
        for mode in Mode:
            actions.bind(f"view.{mode.value}", partial(self._show, mode))
        actions.bind("view.cycle", self._cycle)
        self.before.changed.connect(self._apply)
        actions.bind_toggle("view.hide", self._hide)
        actions.bind("view.opacity_up", lambda: self._set_opacity(view.look.opacity + 0.1))
        actions.bind("view.opacity_down", lambda: self._set_opacity(view.look.opacity - 0.1))
        actions.bind("view.fit", view.fit)
        actions.bind("view.actual", view.actual_size)
        actions.bind("view.zoom_in", lambda: view.zoom(2**0.5))
        actions.bind("view.zoom_out", lambda: view.zoom(0.5**0.5))
        for name in self.tools:
            actions.bind(name, partial(self.choose, name))
        actions.bind("prompts.accept", self.accept)
        actions.bind("prompts.clear", self.clear)
        actions.bind("prompts.again", self.prompter.again)
        actions.bind("brush.smaller", lambda: self._resize(1 / 1.15))
        actions.bind("brush.larger", lambda: self._resize(1.15))
        self._view_row.opacity_set.connect(self._set_opacity)
        self._view_row.backdrop_wanted.connect(self._set_backdrop)
        self._view_row.colour_wanted.connect(self._choose_backdrop)
        self._preferences.changed.connect(self._on_preference)

    def _recall(self) -> None:
        values = self._preferences.values
        self.desk.options = self.desk.options.with_radius(values.brush)
        self._on_preference("cutout")
        self._set_opacity(values.opacity)
        self._show(Mode(values.view))
        self.choose(_FIRST_TOOL)
        self._show_zoom()

    def _remember(self) -> None:
        self._preferences.set(
            view=self._mode.value, opacity=self.view.look.opacity, brush=self.desk.options.radius
        )

    def _on_preference(self, name: str) -> None:
        values = self._preferences.values
        if name in {"cutout", *MatteChoices.names()}:
            colour = QColor(values.cutout)
            backdrop = (colour.red(), colour.green(), colour.blue()) if values.cutout else None
            self.view.look = replace(self.view.look, backdrop=backdrop, edge=values.edge)
        elif name == "view" and values.view != self._mode.value:
            self._show(Mode(values.view))
        elif name == "opacity" and values.opacity != self.view.look.opacity:
            self._set_opacity(values.opacity)

    def _show(self, mode: Mode) -> None:
        self._mode = mode
        self._actions[f"view.{mode.value}"].setChecked(True)
        self._actions["view.hide"].setChecked(False)
        self._view_row.show_mode(mode)
        self._apply()

    def _cycle(self) -> None:
        modes = list(Mode)
        self._show(modes[(modes.index(self._mode) + 1) % len(modes)])

    def _hide(self, hidden: bool) -> None:
        self._hidden = hidden
        self._apply()

    def _apply(self) -> None:
        hidden = self._hidden or self.before.is_on
        self.view.look = replace(self.view.look, mode=Mode.IMAGE if hidden else self._mode)
        self._save.start()

    def _show_zoom(self) -> None:
        nothing = self._session.annotator is None
        self._view_row.show_zoom(None if nothing else self.view.place.scale)

    def _set_opacity(self, opacity: float) -> None:
        opacity = min(max(opacity, 0.0), 1.0)
        self.view.look = replace(self.view.look, opacity=opacity)
        self._view_row.show_opacity(opacity)
        self._save.start()

    def _choose_backdrop(self) -> None:
        before = QColor(*(self.view.look.backdrop or (0, 160, 80)))
        dialog = QColorDialog(before, self)
        dialog.setWindowTitle(self.tr("Colour behind cut-outs"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda colour: self._set_backdrop(colour.name()))
        dialog.open()

    def _set_backdrop(self, colour: str) -> None:
        self._preferences.set(cutout=colour)
        if self._mode not in {Mode.CUTOUT, Mode.MATTE}:
            self._show(Mode.CUTOUT)

    def _resize(self, factor: float) -> None:
        options = self.desk.options
        if self.view.tool is self.tools["tool.scribble"]:
            step = 0.5 if factor > 1 else -0.5
            self.desk.options = replace(options, scribble=min(max(options.scribble + step, 0.5), 32.0))
        else:
            self.desk.options = options.resized(factor)


def _commit(annotator: Annotator, frame: int, object_id: int) -> Outcome | None:
    """Commit a mask that is there and is not committed."""
    record = annotator.project.record(frame, object_id)
    if record is None or record.committed:
        return None
    return annotator.project.commit(frame, [object_id])
