"""Exports by one click: a preset's format and options, beside the video, under a name that nothing has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from xmem_gui.errors import OutputError
from xmem_gui.gui.context import Context
from xmem_gui.gui.state.export_presets import ExportPreset, presets_of
from xmem_gui.gui.state.jobs import JobControl
from xmem_gui.gui.state.values import Offer

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.dialogs.export_form import Asked

_MOST_NAMES = 1000


class PresetExport(QObject):
    """Exports by presets, without the dialog.

    Parameters
    ----------
    context
        Its session has the masks; its preferences have the presets.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.session)
        self._session, self._preferences = context.session, context.preferences

    @property
    def names(self) -> list[str]:
        """What the presets are called."""
        return [one.name for one in presets_of(self._preferences.values.export_presets)]

    def export(self, name: str) -> None:
        """Write what the preset of a name says; a notice tells where, or why not."""
        presets = presets_of(self._preferences.values.export_presets)
        preset = next((one for one in presets if one.name == name), None)
        if preset is None:
            return
        session = self._session
        span = session.span if session.marks != (None, None) else None

        def work(annotator: Annotator, control: JobControl) -> tuple[Path, ...]:
            asked = _free(annotator, preset, span)
            return annotator.export(
                asked.format_id, asked.destination, asked.request(),
                progress=control.progress, cancelled=control.cancelled,
            )  # fmt: skip

        if not session.run(self.tr("Export: {}").format(name), work, self._done):
            session.say(self.tr("Another job is running. Wait for it to finish, or stop it."), "warning")
            return
        self._preferences.set(export_format=preset.format_id, export_preset=preset.name)

    def _done(self, written: tuple[Path, ...]) -> None:
        place = written[0].parent if len(written) > 1 else written[0]
        folder = place if place.is_dir() else place.parent
        url = QUrl.fromLocalFile(str(folder))
        offer = Offer(self.tr("Open folder"), lambda: QDesktopServices.openUrl(url), lasting=True)
        self._session.say(self.tr("Exported to {}").format(place), "info", offer)


def _free(annotator: Annotator, preset: ExportPreset, span: tuple[int, int] | None) -> Asked:
    """Return what a preset asks for at the first place where nothing stands.

    Raises
    ------
    OutputError
        If something stands at a thousand places.
    """
    for place in _places(annotator.video.path, preset.format_id):
        asked = asked_of(preset, place, span)
        plan = annotator.plan_export(asked.format_id, asked.destination, asked.request())
        if not plan.conflicts:
            return asked
    raise OutputError(f"Exports stand at all places beside {annotator.video.path}: use the dialog (Ctrl+E).")


def _places(video: Path, format_id: str) -> Iterator[Path]:
    from xmem_gui.gui.dialogs.format_list import EXPORT_FORMATS
    from xmem_gui.gui.dialogs.plugin_rows import rows_to_write

    added = next((one for one in rows_to_write() if one.id == format_id), None)
    found = EXPORT_FORMATS.get(format_id) or added
    if found is None:
        raise OutputError(f"The preset's format '{format_id}' is not here: save the preset anew.")
    folder = video.parent / f"{video.stem}-masks"
    first = folder / f"{video.stem}{found.ending}" if found.one_file else folder
    yield first
    for number in range(2, _MOST_NAMES):
        yield first.with_name(f"{first.stem}-{number}{first.suffix}")


def asked_of(preset: ExportPreset, place: Path, span: tuple[int, int] | None) -> Asked:
    """Return what a preset asks for at a place: of the in-to-out range, both included, if there is one."""
    from xmem_gui.gui.dialogs.export_form import Asked

    ranged = span is not None and preset.which == "all"
    first, last = span if span is not None and ranged else (0, None)
    return Asked(
        preset.format_id, place, "range" if ranged else preset.which, first, last, preset.every,
        pattern=preset.pattern, start=preset.start, images=preset.images, own_colours=preset.own_colours,
        overlay=preset.overlay, matte=preset.matte,
    )  # fmt: skip
