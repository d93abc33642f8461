"""Where an open video's networks compute: on this machine, or on a GPU elsewhere, as the settings say."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from xmem_gui.cluster.remote_address import Address, danger_of
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.values import Offer, notice_of
from xmem_gui.gui.widgets.plain import plain_line

if TYPE_CHECKING:
    from xmem_gui.annotator.computer import Computer
    from xmem_gui.cluster.remote import RemoteComputer

_GOODBYE = 3.0
"""Seconds that the end of the program waits for the other machine; it finds out by itself after that."""


class ComputePlace(QObject):
    """Keeps what is open to the machine that the person has chosen, and lets go of it at the end.

    Parameters
    ----------
    context
        Its session has what is open; its preferences say where to compute.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.session)
        self._session = session = context.session
        self._preferences = preferences = context.preferences
        self._remote: RemoteComputer | None = None
        self._question: QMessageBox | None = None
        session.opened.connect(self._apply)
        session.ending.connect(self._let_go)
        preferences.changed.connect(lambda name: self._apply() if name == "compute_on" else None)

    def _apply(self) -> None:
        annotator, address = self._session.annotator, self._preferences.values.compute_on
        if annotator is None:
            return
        if address and address not in self._preferences.values.trusted:
            danger = danger_of(Address.parse(address))
            if danger:
                self._warn(address, danger)
                return

        def work() -> None:
            computer = annotator.computer = self._computer(address)
            # What is wrong with a connection is said when it is made, not when a click is waiting for it.
            if computer is self._remote:
                self._remote.link()

        self._session.engine.submit(work, failed=self._not_connected, key="compute place")

    def _computer(self, address: str) -> Computer:
        """Return the machine of an address, the same as long as the address is; in the engine's thread."""
        from xmem_gui.annotator.computer import ThisMachine

        if self._remote is not None and self._remote.address != address:
            self._let_go()
        if not address:
            return ThisMachine()
        if self._remote is None:
            from xmem_gui.cluster.remote import RemoteComputer

            self._remote = RemoteComputer(address)
        return self._remote

    def _not_connected(self, error: Exception) -> None:
        notice = notice_of(error)
        here = Offer(self.tr("Compute on this machine"), lambda: self._preferences.set(compute_on=""))
        again = Offer(self.tr("Connect again"), self._apply)
        self._session.say(notice.text, "error", again, here)

    def _warn(self, address: str, danger: str) -> None:
        """Ask before an address is connected to that others may reach too."""
        # Kept, for without a window behind it nothing else would keep it.
        self._question = box = QMessageBox(QApplication.activeWindow())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Others may reach this address"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(plain_line(danger))
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No)
        box.button(QMessageBox.StandardButton.Yes).setText(self.tr("Connect anyway"))
        box.button(QMessageBox.StandardButton.No).setText(self.tr("Compute on this machine"))
        box.setDefaultButton(QMessageBox.StandardButton.No)
        box.accepted.connect(lambda: self._trust(address))
        box.rejected.connect(lambda: self._preferences.set(compute_on=""))
        box.finished.connect(box.deleteLater)
        box.open()

    def _trust(self, address: str) -> None:
        self._preferences.set(trusted=[*self._preferences.values.trusted, address])
        self._apply()

    def _let_go(self) -> None:
        """End what computes elsewhere, without waiting longer than a moment."""
        remote, self._remote = self._remote, None
        if remote is not None:
            thread = threading.Thread(target=remote.close, name="let go of a GPU", daemon=True)
            thread.start()
            thread.join(_GOODBYE)
