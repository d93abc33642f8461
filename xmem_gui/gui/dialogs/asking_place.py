"""The question where a project shall be."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_place(parent: QWidget, video: Path, folder: Path | None = None) -> Path | None:
    """Ask for the place of a new project; None if the person changes their mind."""
    from xmem_gui.annotator import PROJECT_SUFFIX

    start = (folder or Path.home()) / f"{video.stem}{PROJECT_SUFFIX}"
    title = parent.tr("Where should the project be saved?")
    # A project that is there is never replaced, so the system need not ask about it.
    options = QFileDialog.Option.DontConfirmOverwrite
    name, _ = QFileDialog.getSaveFileName(
        parent, title, str(start), parent.tr("Projects") + f" (*{PROJECT_SUFFIX})", options=options
    )
    if not name:
        return None
    place = Path(name)
    return place if place.suffix else place.with_name(place.name + PROJECT_SUFFIX)
