"""Which objects are seen on the current frame, known without waiting for the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.state.session import Session
    from xmem_gui.project import DocumentChange


class Presence(QObject):
    """What actions ask of the current frame before they are done.

    It follows a change a moment later: what is done with it looks at the document again.

    Parameters
    ----------
    session
        The session whose current frame is followed.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._ids = frozenset[int]()
        session.opened.connect(self._ask)
        session.closed.connect(lambda: self._set(frozenset()))
        session.frame_changed.connect(lambda _: self._ask())
        session.document_changed.connect(self._on_change)

    @property
    def ids(self) -> frozenset[int]:
        """The objects with a pixel on the current frame, hidden ones too."""
        return self._ids

    def _on_change(self, change: DocumentChange) -> None:
        if change.of_objects or change.touches(self._session.frame):
            self._ask()

    def _ask(self) -> None:
        frame = self._session.frame

        def look(annotator: Annotator) -> frozenset[int]:
            states = annotator.project.query.states(frame)
            return frozenset(one for one, state in states.items() if state.present)

        self._session.ask(look, self._set, key="presence")

    def _set(self, ids: frozenset[int]) -> None:
        if ids != self._ids:
            self._ids = ids
            self.changed.emit()
