"""The import dialog: files of masks, what is in them, what they would replace, and the reading of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from xmem_gui.arrays import Picture
from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.destinations import Destinations
from xmem_gui.gui.dialogs.import_options import ImportOptions
from xmem_gui.gui.dialogs.job_bar import JobBar
from xmem_gui.gui.dialogs.numbering_choice import NumberingChoice
from xmem_gui.gui.dialogs.plugin_rows import rows_to_read
from xmem_gui.gui.dialogs.summary import Summary
from xmem_gui.gui.state.jobs import JobControl
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.text import counted

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator, Receiving
    from xmem_gui.formats import ImportPlan

IMPORT_FORMATS = (
    ("index-png", "Index PNG (DAVIS, YouTube-VOS, MOSE, LVOS)"),
    ("binary-png", "One PNG per object (SA-V)"),
    ("mots-png", "MOTS, PNG"),
    ("mots-txt", "MOTS, text"),
    ("npz", "NumPy arrays"),
    ("panoptic", "COCO panoptic, VIPSeg"),
    ("kitti-step", "KITTI-STEP"),
    ("sav-json", "SA-V, JSON"),
    ("coco", "COCO"),
    ("youtube-vis", "YouTube-VIS"),
    ("yolo-seg", "YOLO segmentation"),
    ("labelme", "LabelMe"),
    ("cvat", "CVAT"),
    ("label-studio", "Label Studio"),
    ("darwin", "V7 Darwin"),
    ("supervisely", "Supervisely"),
    ("ctc", "Cell Tracking Challenge"),
    ("label-tiff", "Label stack (TIFF)"),
    ("voc", "Pascal VOC, CVAT's segmentation masks"),
    ("exr", "OpenEXR mattes"),
)
"""Every format that can be read, in English."""


@dataclass(frozen=True)
class FoundFormat:
    """What is in the files, and where it goes.

    Attributes
    ----------
    plan
        The import, planned and not yet done.
    receiving
        The project as it was then.
    pictures
        What each answer to the plan's question would do, by first number: (H, W, 3) RGB.
    """

    plan: ImportPlan
    receiving: Receiving
    pictures: Mapping[int, Picture]


class ImportDialog(QDialog):
    """Choose files, see what is in them, take them in as one step that can be undone.

    Parameters
    ----------
    context
        Its session takes the masks; its preferences say where file dialogs begin.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._preferences = context.preferences
        self.setWindowTitle(self.tr("Import masks"))
        self.resize(680, 560)
        self.found: FoundFormat | None = None
        self.summary = Summary()
        self.bar = JobBar(session, self.tr("Import"))
        self.repair = QCheckBox(self.tr("Make these repairs"))
        self.repair.hide()
        self.numbering = NumberingChoice()
        self._first: int | None = None
        self.destinations = Destinations()
        layout = roomy_column(self, spacing=16)
        layout.addLayout(self._make_form())
        layout.addWidget(self.numbering)
        layout.addWidget(self.destinations)
        layout.addWidget(self.summary, 1)
        layout.addWidget(self.repair)
        layout.addWidget(self.bar)
        self.numbering.answered.connect(self._answer)
        self.destinations.changed.connect(self._send)
        self.repair.toggled.connect(self._enable)
        self.bar.go.connect(self.import_)
        self.bar.closed.connect(self.reject)
        session.closed.connect(self.reject)
        self._invite()

    def look(self) -> None:
        """Find out what is in the files chosen."""
        path, format_id = Path(self.path.text().strip()).expanduser(), self.format.currentData()
        (scale, outline, by_class), first = self.options.said(), self._first
        self.found = None
        self.destinations.hide()
        self.destinations.setEnabled(True)
        self.repair.hide()
        self.repair.setChecked(False)
        self._enable()
        if not self.path.text().strip():
            self._invite()
            return

        def work(annotator: Annotator, control: JobControl) -> FoundFormat:
            from xmem_gui.annotator import Receiving, numbering_previews

            plan = annotator.plan_import(
                path, format_id, first_number=first, scale=scale, outline=outline, by_class=by_class,
                progress=control.progress, cancelled=control.cancelled,
            )  # fmt: skip
            return FoundFormat(
                plan, Receiving.of(annotator.project), numbering_previews(annotator.video, plan)
            )

        self.summary.show_facts(self.tr("Looking…"))
        self.bar.run(work, self._show)

    def import_(self) -> None:
        """Take in what was found."""
        found, repair = self.found, self.repair.isChecked()
        if found is None:
            return

        def work(annotator: Annotator, control: JobControl) -> int:
            return annotator.import_masks(
                found.plan, repair=repair, progress=control.progress, cancelled=control.cancelled
            )

        def say(count: int) -> str:
            if not count:
                return self.tr("All of these masks are already in the project. Nothing was changed.")
            return self.tr("Imported {}; one undo takes them back.").format(counted(count, "mask"))

        self.bar.run(work, lambda count: self._on_done(say(count)), say)

    def _make_form(self) -> QFormLayout:
        self.path, self.format, self.options = QLineEdit(), QComboBox(), ImportOptions()
        self.path.setAccessibleName(self.tr("File or folder"))
        self.path.setPlaceholderText(self.tr("a file or a folder of masks"))
        self.path.editingFinished.connect(self._on_path)
        self._looked: object = ("", None, self.options.said())
        file, folder = QPushButton(self.tr("File…")), QPushButton(self.tr("Folder…"))
        for button in (file, folder):
            button.setAutoDefault(False)
        file.clicked.connect(self._browse_file)
        folder.clicked.connect(self._browse_folder)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.path, 1)
        row.addWidget(file)
        row.addWidget(folder)
        self.format.setAccessibleName(self.tr("Format"))
        self.format.addItem(self.tr("Detect automatically"), None)
        for format_id, name in (*IMPORT_FORMATS, *rows_to_read()):
            self.format.addItem(self.tr(name), format_id)
        self.format.currentIndexChanged.connect(self._on_path)
        self.options.changed.connect(self._on_path)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(self.tr("From"), row)
        form.addRow(self.tr("Format"), self.format)
        form.addRow(self.options)
        return form

    def _on_path(self) -> None:
        asked = self.path.text().strip(), self.format.currentData(), self.options.said()
        if asked != self._looked:
            self._looked = asked
            self._first = None
            self.numbering.clear()
            self.look()

    def _answer(self, first: int) -> None:
        """Look again, with the number that the person has said of the first frame."""
        self._first = first
        self.look()

    def _browse_file(self) -> None:
        start = self.path.text() or self._preferences.values.folder
        found, _ = QFileDialog.getOpenFileName(self, self.tr("Import masks from a file"), start)
        self._take(found)

    def _browse_folder(self) -> None:
        start = self.path.text() or self._preferences.values.folder
        self._take(QFileDialog.getExistingDirectory(self, self.tr("Import masks from a folder"), start))

    def _take(self, found: str) -> None:
        if found:
            self.path.setText(found)
            self._on_path()

    def _invite(self) -> None:
        text = self.tr(
            "Choose a file or a folder. Its format is detected, and nothing changes until you confirm."
        )
        self.summary.show_facts("", [text])

    def _show(self, found: FoundFormat) -> None:
        self.found = found
        question = found.plan.question
        if question is not None:
            self.numbering.ask(question, found.pictures, after=self.options.by_class)
        else:
            self.destinations.show_plan(found.plan, found.receiving.objects, after=self.numbering.last)
        self._summarise(found.plan)
        self.repair.setVisible(bool(found.plan.repairs))
        self._enable()

    def _send(self, chosen: dict[int, int | None]) -> None:
        """Send objects where the person says."""
        if self.found is not None:
            from xmem_gui.annotator import with_destinations

            plan = with_destinations(self.found.receiving, self.found.plan, chosen)
            self.found = replace(self.found, plan=plan)
            self.destinations.refresh(plan)
            self._summarise(plan)

    def _summarise(self, plan: ImportPlan) -> None:
        name = dict((*IMPORT_FORMATS, *rows_to_read())).get(plan.format_id, plan.format_id)
        facts = [
            self.tr("Format: {}").format(self.tr(name)),
            self.tr("Frames: {:,} of {:,}").format(len(plan.frames), len(plan.target.frame_names)),
        ]
        total = self.tr("{} of {}").format(counted(plan.masks, "mask"), counted(len(plan.objects), "object"))
        repairs = [one.sentence for one in plan.repairs]
        self.summary.show_facts(total, facts, False, [*repairs, *plan.notes])

    def _enable(self) -> None:
        plan = None if self.found is None else self.found.plan
        decided = plan is not None and plan.question is None and (not plan.repairs or self.repair.isChecked())
        self.bar.set_ready(plan is not None and decided and bool(plan.masks))

    def _on_done(self, text: str) -> None:
        self.bar.show_done(text, folder=False)
        self.found = None
        self.destinations.setEnabled(False)
        self._enable()
