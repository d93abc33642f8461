"""The choice which frame the numbers in names mean, with a picture of what each answer does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.arrays import Picture
from xmem_gui.gui.pictures.pixels import image_of
from xmem_gui.gui.theme import SpinBox
from xmem_gui.gui.widgets.plain import Label, menu_text
from xmem_gui.text import short

if TYPE_CHECKING:
    from xmem_gui.formats import NumberingQuestion
    from xmem_gui.formats.numbering import Answer

_PICTURE = (200, 130)
"""Width and height that a picture has room for."""
_NAME = 28


class NumberingChoice(QWidget):
    """Asks a `NumberingQuestion`; nothing is chosen beforehand."""

    answered = Signal(int)
    """The number that the video's first frame has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Numbering"))
        self.sentence = Label()
        self.sentence.setProperty("role", "heading")
        self.sentence.setWordWrap(True)
        self.buttons = QButtonGroup(self)
        self.other = QRadioButton(self.tr("&Other: numbers start at"))
        self.number = SpinBox()
        self.number.setAccessibleName(self.tr("Number of the first frame"))
        self._answers = QGridLayout()
        self._answers.setHorizontalSpacing(16)
        self._answers.setVerticalSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.other)
        row.addWidget(self.number)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.sentence)
        layout.addLayout(self._answers)
        layout.addLayout(row)
        self._shown: list[QWidget] = []
        self._firsts: dict[QAbstractButton, int] = {}
        self._said: int | None = None
        self.buttons.buttonToggled.connect(self._on_toggled)
        self.number.valueChanged.connect(lambda _: self.other.setChecked(True))
        self.number.editingFinished.connect(lambda: self._on_toggled(self.other, self.other.isChecked()))
        self.hide()

    def ask(self, question: NumberingQuestion, pictures: Mapping[int, Picture], *, after: QWidget) -> None:
        """Show a question.

        Parameters
        ----------
        question
            The question that the file names leave open.
        pictures
            What each answer would do, by first number: (H, W, 3) RGB.
        after
            What the keyboard comes from when it goes to the first answer.
        """
        self.clear()
        self.sentence.setText(question.sentence)
        for column, answer in enumerate(question.answers):
            self._add(column, answer, pictures.get(answer.first_number))
        self._answers.setColumnStretch(len(question.answers), 1)
        self.buttons.addButton(self.other)
        with QSignalBlocker(self.number):
            self.number.setRange(question.lowest, question.highest)
            self.number.setValue(question.answers[0].first_number)
        for widget in (*self._firsts, self.other, self.number):
            self.setTabOrder(after, widget)
            after = widget
        self.show()

    @property
    def last(self) -> QWidget:
        """What the keyboard leaves last."""
        return self.number

    def _add(self, column: int, answer: Answer, pixels: Picture | None) -> None:
        name = short(answer.name, _NAME)
        button = QRadioButton(menu_text(self.tr("'{0}' is frame {1:,}").format(name, answer.frame)))
        said = self.tr("Numbers start at {:,}.").format(answer.first_number)
        if answer.left_out:
            said += "\n" + self.tr("{:,} of {:,} files lie outside the video.").format(
                answer.left_out, answer.frames + answer.left_out
            )
        button.setAccessibleDescription(said)
        explained, picture = Label(said), Label()
        explained.setProperty("role", "muted")
        picture.setAccessibleName(self.tr("The mask on frame {:,}").format(answer.frame))
        if pixels is not None:
            picture.setPixmap(_pixmap(pixels, self.devicePixelRatioF()))
        for row, widget in enumerate((picture, button, explained)):
            self._answers.addWidget(widget, row, column)
            self._shown.append(widget)
        self._firsts[button] = answer.first_number
        self.buttons.addButton(button)

    def clear(self) -> None:
        """Ask nothing."""
        self.hide()
        for button in self.buttons.buttons():
            self.buttons.removeButton(button)
        for widget in self._shown:
            self._answers.removeWidget(widget)
            widget.deleteLater()
        self._shown, self._firsts, self._said = [], {}, None
        # A button alone in no group can be let go of.
        self.other.setAutoExclusive(False)
        self.other.setChecked(False)
        self.other.setAutoExclusive(True)

    def _on_toggled(self, button: QAbstractButton, checked: bool) -> None:
        first = self._firsts.get(button, self.number.value())
        if checked and first != self._said:
            self._said = first
            self.answered.emit(first)


def _pixmap(pixels: Picture, ratio: float) -> QPixmap:
    """Return a picture as large as there is room for, sharp on the screen it is on."""
    found = QPixmap.fromImage(image_of(pixels)).scaled(
        round(_PICTURE[0] * ratio),
        round(_PICTURE[1] * ratio),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    found.setDevicePixelRatio(ratio)
    return found
