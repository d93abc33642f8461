"""Which class objects have: a field that knows the classes in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QDialog, QWidget

from xmem_gui.gui.widgets.dialog import question_buttons, roomy_column
from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label, plain_line

if TYPE_CHECKING:
    from xmem_gui.project import VideoObject

_LONGEST = 200


class ClassDialog(QDialog):
    """Asks for the class of one object or of several; the classes in use are offered.

    Parameters
    ----------
    objects
        Those whose class it is.
    everyone
        All objects of the project: their classes are offered.
    """

    wanted = Signal(str)
    """The class they shall have; "" for none."""

    def __init__(
        self, objects: Sequence[VideoObject], everyone: Sequence[VideoObject], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        from xmem_gui.project import classes_in_use

        self.setWindowTitle(self.tr("Class"))
        one = plain_line(objects[0].name)
        several = self.tr("{} objects").format(len(objects))
        whose = Label(self.tr("What kind of thing: {}").format(one if len(objects) == 1 else several))
        whose.setWordWrap(True)
        known = classes_in_use(everyone)
        self.names = QComboBox()
        self.names.setEditable(True)
        self.names.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.names.addItems(list(known))
        self.names.setAccessibleName(self.tr("Class"))
        completer = QCompleter(list(known), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.names.setCompleter(completer)
        field = self.names.lineEdit()
        assert field is not None
        self.field = field
        field.setMaxLength(_LONGEST)
        field.setPlaceholderText(self.tr("such as person; empty for none"))
        now = {one.category for one in objects}
        field.setText(now.pop() if len(now) == 1 else "")
        field.selectAll()
        buttons, self.go = question_buttons(self, self.tr("Set class"))
        column = roomy_column(self)
        column.addWidget(whose)
        column.addWidget(self.names)
        column.addWidget(
            muted(self.tr("Exports with categories write the class, and the name of objects without one."))
        )
        column.addWidget(buttons)
        self.setMinimumWidth(340)
        field.setFocus()

    def accept(self) -> None:
        """Ask for the class that is in the field."""
        super().accept()
        self.wanted.emit(self.field.text())
