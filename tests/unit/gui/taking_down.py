"""The end of windows in tests: what is only closed stays, with its network, its video and its pictures."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from shiboken6 import isValid


def take_down(*objects: QObject) -> None:
    """Delete objects of Qt now; their connections go too, and what those kept alive."""
    # What threads have handed back already is told first.
    QCoreApplication.sendPostedEvents()
    for one in objects:
        if isValid(one):
            one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
