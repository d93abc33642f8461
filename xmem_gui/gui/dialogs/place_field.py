"""The field that says where to compute: on this machine, or at an address."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from xmem_gui.cluster.connection import HOW_TO_GET, has_ray
from xmem_gui.cluster.remote_address import Address
from xmem_gui.errors import ClusterError
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.widgets.plain import Label


class PlaceField(QWidget):
    """A list that can be written in; what is no address is said below it, and changes nothing.

    Parameters
    ----------
    preferences
        ``compute_on`` of them is changed.
    """

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.addItem(self.tr("This machine"), "")
        self.problem = Label()
        self.problem.setProperty("role", "warning")
        self.problem.setWordWrap(True)
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(self.problem)
        edit = self.box.lineEdit()
        assert edit is not None
        edit.setPlaceholderText("ray://127.0.0.1:10001")
        edit.editingFinished.connect(self._take)
        self.box.activated.connect(lambda _: self._take())
        preferences.changed.connect(lambda name: self._show() if name == "compute_on" else None)
        self._show()

    def _take(self) -> None:
        text = self.box.currentText().strip()
        if text in ("", self.box.itemText(0)):
            self._say("")
            self._preferences.set(compute_on="")
            return
        try:
            address = str(Address.parse(text))
        except ClusterError as error:
            self._say(str(error))
            return
        if not has_ray():
            self._say(self.tr("A GPU elsewhere needs Ray, which is not installed: {0}.").format(HOW_TO_GET))
            return
        self._say("")
        self._preferences.set(compute_on=address)

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _show(self) -> None:
        address = self._preferences.values.compute_on
        with QSignalBlocker(self.box):
            if address and self.box.findData(address) < 0:
                self.box.addItem(address, address)
            self.box.setCurrentIndex(self.box.findData(address))
