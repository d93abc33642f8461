"""The export dialog: a format, what it shall hold, what will be written, and the writing of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from xmem_gui.errors import sentence_of
from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.export_form import Asked, ExportForm
from xmem_gui.gui.dialogs.format_list import SOFT_FORMATS, FormatList
from xmem_gui.gui.dialogs.format_look import FormatLook
from xmem_gui.gui.dialogs.job_bar import JobBar
from xmem_gui.gui.dialogs.preset_row import PresetRow
from xmem_gui.gui.dialogs.summary import Summary
from xmem_gui.gui.state.export_presets import ExportPreset
from xmem_gui.gui.state.jobs import JobControl
from xmem_gui.gui.widgets.alive import while_alive
from xmem_gui.gui.widgets.dialog import roomy_column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from xmem_gui.annotator import Annotator
    from xmem_gui.formats import ExportPlan
    from xmem_gui.project import DocumentChange

_DEBOUNCE_MS = 200


@dataclass(frozen=True)
class Preview:
    """What an export will write.

    Attributes
    ----------
    frames, files, objects
        How many frames, files and objects the export has.
    names
        Names of the first few files that will be written.
    warnings, refusals
        Sentences; with a refusal nothing can be written.
    replaces
        Whether an export of ours stands there, which would be replaced.
    look
        A frame, and its masks as the format shows them: (H, W, 3) RGB.
    """

    frames: int = 0
    files: int = 0
    objects: int = 0
    names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    replaces: bool = False
    look: tuple[int, NDArray[np.uint8]] | None = None

    @classmethod
    def of(cls, plan: ExportPlan, *, replaces: bool = False) -> Preview:
        """Return a plan's preview."""
        from xmem_gui.formats.looks import look_of

        return cls(
            len(plan.frames), plan.files, len(plan.objects), plan.preview, plan.warnings, plan.refusals,
            replaces, look_of(plan),
        )  # fmt: skip


class ExportDialog(QDialog):
    """Choose what to write, see it, write it.

    Parameters
    ----------
    context
        Its session has the masks; its preferences remember the format.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._preferences = context.preferences
        self.setWindowTitle(self.tr("Export masks"))
        self.resize(880, 600)
        self.formats, self.form, self.summary = FormatList(), ExportForm(), Summary()
        self.look, self.presets = FormatLook(), PresetRow(context.preferences)
        self.form.add_first(self.tr("Preset"), self.presets)
        self.bar = JobBar(session, self.tr("Export"))
        self._rename = QPushButton(self.tr("Use a new name"))
        self._rename.hide()
        self._rename.clicked.connect(self._use_new_name)
        self.bar.add_button(self._rename)
        self.formats.setFixedWidth(300)
        right = QVBoxLayout()
        right.setSpacing(16)
        right.addWidget(self.form)
        beside = QHBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(self.summary, 1)
        beside.addWidget(self.look)
        right.addLayout(beside, 1)
        columns = QHBoxLayout()
        columns.setSpacing(16)
        columns.addWidget(self.formats)
        columns.addLayout(right, 1)
        layout = roomy_column(self, spacing=16)
        layout.addLayout(columns, 1)
        layout.addWidget(self.bar)
        self._timer = QTimer(self, singleShot=True, interval=_DEBOUNCE_MS)
        self._timer.timeout.connect(self._ask)
        self.formats.chosen.connect(self._on_format)
        self.form.changed.connect(self._on_form)
        self.presets.chosen.connect(self._use)
        self.presets.wanted.connect(self._keep)
        self.bar.go.connect(self.export)
        self.bar.closed.connect(self.reject)
        self.bar.opened.connect(self._open_folder)
        session.closed.connect(self.reject)
        session.document_changed.connect(self._on_document)
        self._written: tuple[Path, ...] = ()
        self._replaces = False
        self._fill()

    def export(self) -> None:
        """Write what the preview says."""
        asked = replace(self.form.asked(), overwrite=self._replaces or self.form.asked().overwrite)
        self._preferences.set(export_format=asked.format_id, export_preset=self._preset_name())
        if self.formats.format.edge:
            # What is exported is what the soft matte shows from now on.
            self._preferences.set(**vars(asked.matte))

        def work(annotator: Annotator, control: JobControl) -> tuple[Path, ...]:
            return annotator.export(
                asked.format_id, asked.destination, asked.request(),
                progress=control.progress, cancelled=control.cancelled,
            )  # fmt: skip

        done = self.tr("Exported to {}")
        self.bar.run(work, self._on_done, lambda written: done.format(_place(written)))

    def _fill(self) -> None:
        session, annotator = self._session, self._session.annotator
        if annotator is not None:
            video, span = annotator.video.path, session.span if session.marks != (None, None) else None
            self.form.set_video(video.parent / f"{video.stem}-masks", video.stem, session.frames, span)
        self.form.set_objects(session.objects)
        self.form.edge.choices = self._preferences.values
        self.formats.choose(self._preferences.values.export_format)
        last = self._preferences.values.export_preset
        if preset := next((one for one in self.presets.presets if one.name == last), None):
            self.presets.show_name(preset.name)
            self._use(preset)
        self._ask_soft(first=True)

    def _ask_soft(self, *, first: bool = False) -> None:
        """Offer soft masks if there are any; at first, choose them if they were last."""

        def tell(there: bool) -> None:
            # A chosen edge makes every mask soft.
            there = there or any(self._preferences.values.edge)
            self.formats.offer_soft(there)
            if first and there and self._preferences.values.export_format in SOFT_FORMATS:
                self.formats.choose(self._preferences.values.export_format)

        show = while_alive(self, tell)
        self._session.ask(
            lambda annotator: annotator.probabilities.has_any(annotator.project), show, key="export.soft"
        )

    def _on_document(self, change: DocumentChange) -> None:
        if change.of_objects:
            self.form.set_objects(self._session.objects)
        self._ask_soft()
        self._timer.start()

    def _use(self, preset: ExportPreset) -> None:
        self.formats.choose(preset.format_id)
        self.form.use(preset)
        if self.formats.format.id != preset.format_id:
            text = self.tr("The format of '{}' is not offered here; choose another.")
            self.bar.show_done(text.format(preset.name), folder=False)

    def _keep(self, name: str) -> None:
        self.presets.keep(replace(self.form.preset, name=name))

    def _preset_name(self) -> str:
        """Return the name of the preset that is exactly what is chosen; "" if none is."""
        now = self.form.preset
        same = (one for one in self.presets.presets if one == replace(now, name=one.name))
        return next((one.name for one in same), "")

    def _on_form(self) -> None:
        if self.form.is_ready:
            self.presets.follow(self.form.preset)
        # What came of the last export stays until something else is asked for.
        self.bar.forget()
        self._timer.start()

    def _on_format(self) -> None:
        self.form.set_format(self.formats.format)

    def _ask(self) -> None:
        asked = self.form.asked()
        self.summary.wait()
        self.bar.set_ready(False)
        show = while_alive(self, self._show)
        self._session.look(lambda annotator: _preview(annotator, asked), show, key="export.plan")

    def _show(self, preview: Preview) -> None:
        total = self.tr("{:,} files").format(preview.files) if preview.files != 1 else self.tr("1 file")
        frames = self.tr("{:,} frames").format(preview.frames) if preview.frames != 1 else self.tr("1 frame")
        objects = self.tr("{:,} objects").format(preview.objects)
        objects = self.tr("1 object") if preview.objects == 1 else objects
        self.summary.show_facts(
            f"{total}  ·  {frames}  ·  {objects}" if preview.frames else "",
            preview.names, preview.files > len(preview.names), preview.warnings, preview.refusals,
        )  # fmt: skip
        self.look.show_look(preview.look)
        self._replaces = preview.replaces
        self._rename.setVisible(preview.replaces)
        self.bar.set_ready(not preview.refusals, self.tr("Replace") if preview.replaces else "")

    def _use_new_name(self) -> None:
        """Put the next name that nothing has in the place of the one that is taken."""
        path = self.form.asked().destination
        names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
        self.form.destination.setText(str(next(one for one in names if not one.exists())))

    def _on_done(self, written: tuple[Path, ...]) -> None:
        self._written = written
        self._rename.hide()
        self.bar.show_done(self.tr("Exported to {}").format(_place(written)))

    def _open_folder(self) -> None:
        if self._written:
            path = self._written[0]
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))


def _place(written: tuple[Path, ...]) -> Path:
    return written[0].parent if len(written) > 1 else written[0]


def _preview(annotator: Annotator, asked: Asked) -> Preview:
    def plan(overwrite: bool) -> ExportPlan:
        request = replace(asked, overwrite=overwrite).request()
        return annotator.plan_export(asked.format_id, asked.destination, request)

    try:
        found = plan(asked.overwrite)
        if found.refusals and not asked.overwrite and not (instead := plan(True)).refusals:
            return Preview.of(instead, replaces=True)
        return Preview.of(found)
    except Exception as error:
        if not (sentence := sentence_of(error)):
            raise
        return Preview(refusals=(sentence,))
