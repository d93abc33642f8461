"""What dialogs have in common: room around what they show, and the two buttons under a question."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

ROOM = 16
"""Pixels around what a dialog shows."""


def roomy_column(owner: QWidget, *, spacing: int = 12) -> QVBoxLayout:
    """Return the column in which all of a dialog stands, with room around it.

    Parameters
    ----------
    owner
        The dialog, or a page of it.
    spacing
        Pixels between one thing and the next.
    """
    column = QVBoxLayout(owner)
    column.setContentsMargins(ROOM, ROOM, ROOM, ROOM)
    column.setSpacing(spacing)
    return column


def question_buttons(dialog: QDialog, answer: str) -> tuple[QDialogButtonBox, QPushButton]:
    """Return Cancel beside the button that answers a question, which Enter presses too; and that button.

    Parameters
    ----------
    dialog
        It is accepted or rejected by them.
    answer
        What the button says that it does.
    """
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    go = buttons.addButton(answer, QDialogButtonBox.ButtonRole.AcceptRole)
    go.setDefault(True)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons, go
