"""The batch: many clips tracked one after the other, without opening them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from xmem_gui.gui.dialogs.batch_runner import BatchRunner
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.panel import muted, row
from xmem_gui.gui.widgets.plain import plain_line, row_text

if TYPE_CHECKING:
    from xmem_gui.cluster.batch_report import JobStatus

_CLIP, _STATE, _PROGRESS, _NOTE = range(4)


class BatchDialog(QDialog):
    """The list of clips with the state of each; a batch goes on when it is closed.

    Parameters
    ----------
    preferences
        Keep the folder that was used last.
    runner
        Has the clips and does the work; it outlives the dialog.
    open_path
        Opens a project or a video in the window.
    """

    def __init__(
        self,
        preferences: Preferences,
        runner: BatchRunner,
        open_path: Callable[[Path], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._runner, self._open_path = preferences, runner, open_path
        self.setWindowTitle(self.tr("Batch"))
        self.resize(760, 520)
        self.table = self._make_table()
        self.out = QLineEdit(runner.out)
        self.out.setPlaceholderText(self.tr("Folder for the results"))
        self.out.setAccessibleName(self.out.placeholderText())
        self.formats = self._make_formats()
        self.said = muted()
        self.everything = QProgressBar()
        self.everything.setAccessibleName(self.tr("Clips finished"))
        self.everything.setTextVisible(False)
        self.finished_clips = muted(wrap=False)
        self._make_buttons()
        layout = roomy_column(self, spacing=8)
        explained = self.tr(
            "Tracks each clip both ways from the masks or the project beside it. Your videos, masks and "
            "projects are not changed: results go to a folder of their own."
        )
        layout.addWidget(muted(explained))
        layout.addLayout(row(self.add_folder, self.add_table, self.remove, None, self.look))
        layout.addWidget(self.table, 1)
        self.empty = muted(
            self.tr("No clips yet. Add a folder of videos, or a table (CSV or JSON Lines) with a row a clip.")
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.empty, 1)
        place = row(self.out, self.browse, self.formats)
        place.setStretch(0, 1)
        layout.addLayout(place)
        layout.addWidget(self.said)
        bottom = row(self.everything, self.finished_clips, None, self.start, self.cancel, self.close_button)
        bottom.setStretch(0, 1)
        layout.addLayout(bottom)
        runner.listed.connect(self._fill)
        runner.changed.connect(self._show)
        runner.said.connect(self._say)
        runner.running.connect(self._update)
        self.out.textChanged.connect(self._update)
        self.table.itemSelectionChanged.connect(self._update)
        self._fill()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 4)
        table.setHorizontalHeaderLabels(
            [self.tr("Clip"), self.tr("State"), self.tr("Progress"), self.tr("Note")]
        )
        table.setAccessibleName(self.tr("Clips"))
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.horizontalHeader().setSectionResizeMode(_NOTE, QHeaderView.ResizeMode.Stretch)
        table.itemDoubleClicked.connect(lambda _: self._look())
        return table

    def _make_formats(self) -> QComboBox:
        from xmem_gui.formats import EXPORTERS

        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(22)
        box.setAccessibleName(self.tr("What to write"))
        box.addItem(self.tr("Projects only"), "")
        for name, exporter in EXPORTERS.items():
            box.addItem(self.tr("Projects and {}").format(exporter.title), name)
        return box

    def _make_buttons(self) -> None:
        self.add_folder = self._button(self.tr("Add a folder…"), self._add_folder)
        self.add_table = self._button(self.tr("Add a table…"), self._add_table)
        self.remove = self._button(self.tr("Remove"), lambda: self._runner.remove(self.chosen()))
        self.look = self._button(self.tr("Open"), self._look)
        self.look.setToolTip(self.tr("Open the selected clip's result in the window."))
        self.browse = self._button(self.tr("Choose…"), self._browse)
        self.start = self._button(self.tr("Start"), self._start)
        self.cancel = self._button(self.tr("Stop"), self._runner.cancel)
        self.close_button = self._button(self.tr("Close"), self.close)

    def _button(self, text: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: slot())
        return button

    def chosen(self) -> list[str]:
        """Return the names of the selected clips."""
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        return [self._name_at(at) for at in rows]

    def _add_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("A folder of videos"), self._folder())
        if folder:
            self._add(Path(folder))

    def _add_table(self) -> None:
        kinds = self.tr("Tables") + " (*.csv *.jsonl)"
        file, _ = QFileDialog.getOpenFileName(self, self.tr("A table of clips"), self._folder(), kinds)
        if file:
            self._add(Path(file))

    def _add(self, source: Path) -> None:
        self._say(self.tr("Reading…"), False)
        if not self.out.text():
            parent = source if source.is_dir() else source.parent
            self.out.setText(str(parent.with_name(f"{parent.name}-results")))
        self._runner.add(source)

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for the results"), self._folder())
        if folder:
            self.out.setText(folder)

    def _folder(self) -> str:
        return self._preferences.values.folder

    def _start(self) -> None:
        chosen = self.formats.currentData()
        self._say("", False)
        self._runner.start(self.out.text().strip(), (chosen,) if chosen else ())

    def _look(self) -> None:
        place = next(iter(map(self._runner.place_of, self.chosen())), None)
        if place is not None:
            self.close()
            self._open_path(place)

    def _fill(self) -> None:
        """List all clips anew."""
        self.table.setRowCount(0)
        for name, status in self._runner.states.items():
            at = self.table.rowCount()
            self.table.insertRow(at)
            item = QTableWidgetItem(row_text(name))
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.table.setItem(at, _CLIP, item)
            self._show(status)
        self._update()

    def _show(self, status: JobStatus) -> None:
        """Show how a clip stands."""
        at = next((at for at in range(self.table.rowCount()) if self._name_at(at) == status.name), None)
        if at is None:
            return
        progress = f"{status.done:,} / {status.total:,}" if status.total else ""
        cells = {_STATE: self._state_text(status), _PROGRESS: progress, _NOTE: self._note(status)}
        for column, text in cells.items():
            item = QTableWidgetItem(row_text(text))
            item.setToolTip(plain_line(text) if column == _NOTE else "")
            self.table.setItem(at, column, item)
        self._count()

    def _name_at(self, at: int) -> str:
        item = self.table.item(at, _CLIP)
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def _state_text(self, status: JobStatus) -> str:
        if status.needs_a_look and status.facts is not None:
            return self.tr("worth a look")
        return {
            "waiting": self.tr("waiting"),
            "running": self.tr("tracking"),
            "done": self.tr("done"),
            "kept": self.tr("done before"),
            "failed": self.tr("failed"),
            "stopped": self.tr("stopped"),
        }[status.state.value]

    def _note(self, status: JobStatus) -> str:
        if status.said or status.facts is None or not status.facts.doubtful:
            return status.said
        return self.tr("Masks in doubt, least sure at frame {}").format(status.facts.worst)

    def _count(self) -> None:
        from xmem_gui.cluster.batch_report import ENDED

        states = self._runner.states.values()
        ended = sum(one.state in ENDED for one in states)
        self.everything.setMaximum(max(1, len(states)))
        self.everything.setValue(ended)
        self.finished_clips.setText(self.tr("{:,} of {:,} clips").format(ended, len(states)))
        for widget in (self.everything, self.finished_clips):
            widget.setVisible(bool(states))

    def _say(self, text: str, _bad: bool) -> None:
        self.said.setText(plain_line(text))
        self.said.setVisible(bool(text))

    def _update(self, _: object = None) -> None:
        busy = self._runner.is_running
        for button in (self.add_folder, self.add_table, self.browse, self.out, self.formats):
            button.setEnabled(not busy)
        there = bool(self.table.rowCount())
        self.empty.setVisible(not there)
        for widget in (self.table, self.remove, self.look):
            widget.setVisible(there)
        self.remove.setEnabled(not busy and bool(self.chosen()))
        self.look.setEnabled(bool(self.chosen()))
        self.start.setEnabled(not busy and bool(self._runner.jobs) and bool(self.out.text().strip()))
        self.cancel.setEnabled(busy)
        self._count()
