"""How the picture is shown - view, opacity, zoom - in a row of small controls."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QToolButton, QWidget

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.canvas.look import Mode
from xmem_gui.gui.state.matte_choices import BACKDROPS
from xmem_gui.gui.widgets.plain import Label, translated

_ICON = QSize(16, 16)


class ViewOptionsRow(QWidget):
    """View, opacity, zoom and fit.

    Parameters
    ----------
    actions
        The views, zoom and fit.
    """

    opacity_set = Signal(float)
    """0 to 1."""
    backdrop_wanted = Signal(str)
    """What shall be behind cut-outs and mattes, as ``#rrggbb``; "" for a checkerboard."""
    colour_wanted = Signal()
    """Another colour is to be chosen for that."""
    width_changed = Signal()
    """Another view has a name of another length."""
    STEPS = range(4)
    """How narrow it can be: with all, without the word for opacity, without its slider, with icons only."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._shown, self._step = Mode.OVERLAY, 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._mode = QToolButton(self)
        self._mode.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._mode.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._mode.setIconSize(_ICON)
        self._mode.setAccessibleName(self.tr("View"))
        self._mode.setToolTip(self.tr("How masks are drawn"))
        self._mode.setMenu(self._menu())
        row.addWidget(self._mode)
        self._edge = QToolButton(self)
        self._edge.setText(self.tr("Edge…"))
        self._edge.setAccessibleName(actions.specs["view.matte_edge"].plain)
        self._edge.setToolTip(actions["view.matte_edge"].toolTip())
        self._edge.clicked.connect(actions["view.matte_edge"].trigger)
        self._edge.hide()
        row.addWidget(self._edge)
        self._caption = caption = Label(self.tr("Opacity"), self)
        caption.setProperty("role", "muted")
        row.addWidget(caption)
        self._opacity = QSlider(Qt.Orientation.Horizontal, self)
        self._opacity.setRange(0, 100)
        self._opacity.setFixedWidth(96)
        self._opacity.setAccessibleName(self.tr("Opacity of the masks"))
        self._opacity.valueChanged.connect(self._on_opacity)
        caption.setBuddy(self._opacity)
        row.addWidget(self._opacity)
        self._zoom = QToolButton(self)
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setAccessibleName(self.tr("Zoom"))
        self._zoom.setToolTip(self.tr("Zoom"))
        self._zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance("6400 %") + 16)
        zoom = QMenu(self._zoom)
        for name in ("view.fit", "view.actual", "view.zoom_in", "view.zoom_out"):
            zoom.addAction(actions[name])
        self._zoom.setMenu(zoom)
        row.addWidget(self._zoom)
        fit = QToolButton(self)
        fit.setDefaultAction(actions["view.fit"])
        fit.setIconSize(_ICON)
        fit.setAccessibleName(actions.specs["view.fit"].plain)
        row.addWidget(fit)

    def _menu(self) -> QMenu:
        menu = QMenu(self._mode)
        for mode in Mode:
            menu.addAction(self._actions[f"view.{mode.value}"])
        menu.addSeparator()
        menu.addAction(self._actions["view.hide"])
        menu.addAction(self._actions["view.before"])
        menu.addSeparator()
        for name in ("view.onion", "view.onion_keys", "view.loupe"):
            menu.addAction(self._actions[name])
        menu.addSeparator()
        menu.addAction(self._actions["view.matte_edge"])
        behind = menu.addMenu(self.tr("Behind cut-outs"))
        for label, colour in BACKDROPS:
            behind.addAction(translated(label), partial(self.backdrop_wanted.emit, colour))
        behind.addAction(self.tr("Colour…"), self.colour_wanted.emit)
        return menu

    def show_mode(self, mode: Mode) -> None:
        """Show which view is chosen."""
        name = f"view.{mode.value}"
        self._mode.setText(self._actions.specs[name].plain)
        self._mode.setIcon(self._actions[name].icon())
        self._shown = mode
        self._show_parts()
        self.width_changed.emit()

    def narrow(self, step: int) -> None:
        """Take less room; what is left out can be done by the menu View, and by keys."""
        self._step = step
        self._show_parts()

    def _show_parts(self) -> None:
        matte, step = self._shown is Mode.MATTE, self._step
        self._edge.setVisible(matte)
        # It has no opacity, and where the edge is there is no room for both.
        self._caption.setVisible(not matte and step < 1)
        self._opacity.setVisible(not matte and step < 2)
        style = (
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if step < 3 else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        self._mode.setToolButtonStyle(style)

    def show_opacity(self, opacity: float) -> None:
        """Show how opaque masks are."""
        self._opacity.setValue(round(opacity * 100))

    def show_zoom(self, scale: float | None) -> None:
        """Show how large the picture is; 1 is 100 %, None is no picture."""
        if scale is None:
            self._zoom.setText("–")
            return
        percent = scale * 100
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    def _on_opacity(self, percent: int) -> None:
        self._opacity.setToolTip(f"{percent} %")
        self.opacity_set.emit(percent / 100)
