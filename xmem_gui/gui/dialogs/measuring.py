"""How good tracking would have been without corrections: asked of the engine, shown as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.state.jobs import JobControl
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.widgets.plain import Label, row_text

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.evaluation.own import OwnScores


def measure(session: Session, window: QWidget) -> None:
    """Measure in the engine's thread and show the scores; a job that is running comes first."""

    def work(annotator: Annotator, control: JobControl) -> OwnScores:
        from xmem_gui.evaluation.own import measure_own

        return measure_own(annotator, progress=control.progress, cancelled=control.cancelled)

    def show(scores: OwnScores) -> None:
        dialog = MeasureDialog(scores, window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    if not session.run(session.tr("Measuring tracking"), work, show):
        session.say(session.tr("Measure again when the run has ended."))


class MeasureDialog(QDialog):
    """Scores of each object on its committed frames.

    Parameters
    ----------
    scores
        The scores of each object, and the time that tracking took.
    """

    def __init__(self, scores: OwnScores, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Quality of tracking"))
        self.resize(460, 340)
        explained = Label(
            self.tr(
                "Each object was tracked from its first committed mask only, and compared with your "
                "other committed masks. J measures the overlap, F how well the outline fits; 100 is "
                "perfect."
            )
        )
        explained.setWordWrap(True)
        self.table = _table(scores, [self.tr("Object"), self.tr("Frames"), "J", "F", "J&F"], self.tr("All"))
        self.table.setAccessibleName(self.windowTitle())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(explained)
        layout.addWidget(self.table, 1)
        if scores.left_out:
            left = Label(
                self.tr("Left out, with fewer than two committed masks: {}").format(
                    ", ".join(scores.left_out)
                )
            )
            left.setTextFormat(Qt.TextFormat.PlainText)
            left.setProperty("role", "muted")
            left.setWordWrap(True)
            layout.addWidget(left)
        layout.addWidget(buttons)


def _table(scores: OwnScores, headings: list[str], together: str) -> QTableWidget:
    rows = [
        [scores.names[name], f"{one.frames:,}", *_figures(one.j, one.f, one.j_and_f)]
        for name, one in scores.objects.items()
    ]
    if len(rows) > 1:
        rows.append([together, "", *_figures(scores.means.j, scores.means.f, scores.means.j_and_f)])
    table = QTableWidget(len(rows), len(headings))
    table.setHorizontalHeaderLabels(headings)
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setShowGrid(False)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            item = QTableWidgetItem(row_text(text))
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, item)
    return table


def _figures(*values: float) -> list[str]:
    return [f"{value:.1f}" for value in values]
