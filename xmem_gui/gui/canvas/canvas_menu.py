"""The menu of the canvas: what is done with an object and a frame, where the pointer is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QMenu

from xmem_gui.gui.actions.object_menu import add_parts
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.values import in_order
from xmem_gui.gui.widgets.colour_menu import swatch
from xmem_gui.gui.widgets.plain import menu_text

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.view import CanvasView

_PARTS = (
    ("view.object", "view.fit", "view.hide"),
    ("view.before", "mask.restore"),
    ("mask.copy", "mask.paste", "mask.paste_range", "mask.copy_previous", "mask.copy_next"),
    ("mask.interpolate", "mask.absent", "mask.clear"),
    ("frame.commit", "frame.uncommit"),
    ("propagate.one_forward", "propagate.one_backward"),
)
_VIEWS = tuple(f"view.{name}" for name in ("overlay", "outline", "mask", "cutout", "matte", "faded", "image"))


class CanvasMenu(QObject):
    """Opens when the canvas asks for it; the object under the mouse is selected first.

    Parameters
    ----------
    context
        Its session has the objects and the frame; its actions stand in the menu.
    view
        The canvas that the menu belongs to.
    """

    def __init__(self, context: Context, view: CanvasView) -> None:
        super().__init__(view)
        self._session, self._actions = context.session, context.actions
        self._view = view
        self._open = False
        view.menu_wanted.connect(self._show)

    def make(self) -> QMenu:
        """Return the menu for the selected object on the current frame."""
        session, menu = self._session, QMenu(self._view)
        chosen = next((one for one in session.objects if one.id == session.selected), None)
        objects = QMenu(self.tr("&Objects"), menu)
        for one in in_order(session.objects):
            item = objects.addAction(swatch(one.colour), menu_text(one.name))
            item.setCheckable(True)
            item.setChecked(one is chosen)
            item.triggered.connect(partial(session.pick, one.id))
        objects.addSeparator()
        objects.addAction(self._actions["object.add"])
        if chosen is not None:
            name = menu.addAction(swatch(chosen.colour), menu_text(chosen.name))
            name.setEnabled(False)
        add_parts(menu, self._actions, _PARTS)
        menu.addSeparator()
        menu.addMenu(objects)
        views = menu.addMenu(self.tr("Masks &as"))
        add_parts(views, self._actions, (_VIEWS,))
        return menu

    def _show(self, at: QPointF, under: int | None) -> None:
        if self._open:
            # Some systems send the key and the wish for a menu.
            return
        if under is not None:
            self._session.pick(under)
        menu = self.make()
        self._open = True
        menu.aboutToHide.connect(self._on_hidden)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._view.mapToGlobal(at).toPoint())

    def _on_hidden(self) -> None:
        self._open = False
