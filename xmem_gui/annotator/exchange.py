"""Masks of an open project to and from other tools' formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xmem_gui import formats
from xmem_gui.annotator.document import DocumentAnnotation
from xmem_gui.annotator.imports import ObjectMap, Receiving, import_into, plan_import, with_destinations
from xmem_gui.annotator.probabilities import KeptProbabilities
from xmem_gui.errors import FormatError
from xmem_gui.formats import ExportPlan, ExportRequest, ImportPlan
from xmem_gui.project import Project
from xmem_gui.video import CachedSource


class Exchange:
    """Export and import, each said in a plan before it is done; what `Annotator` is built on.

    Parameters
    ----------
    project
        The open document that masks are exported from and imported into.
    video
        The project's video, with a cache of decoded frames.

    Attributes
    ----------
    probabilities : KeptProbabilities
        What makes the edges of exported mattes soft, of runs that were asked to keep it.
    """

    def __init__(self, project: Project, video: CachedSource) -> None:
        self.project = project
        self.video = video
        self.probabilities = KeptProbabilities.of_project(project)

    @property
    def annotation(self) -> DocumentAnnotation:
        """Everything made so far, as exporters read it."""
        return DocumentAnnotation(self.project, self.video, self.probabilities)

    def plan_export(
        self, format_id: str, destination: Path, request: ExportRequest | None = None
    ) -> ExportPlan:
        """Say what an export would write; see `formats.plan_export`."""
        request = request or ExportRequest()
        annotation = self.annotation.with_edge(request.edge)
        return formats.plan_export(annotation, format_id, destination, request)

    def export(
        self,
        format_id: str,
        destination: Path,
        request: ExportRequest | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[Path, ...]:
        """Write masks in a format, whole or not at all; see `formats.export`."""
        request = request or ExportRequest()
        with self.video.reader() as frames:
            return formats.export(
                DocumentAnnotation(self.project, frames, self.probabilities, request.edge),
                format_id, destination, request, progress=progress, cancelled=cancelled,
            )  # fmt: skip

    def plan_import(
        self,
        path: Path,
        format_id: str | None = None,
        *,
        first_number: int | None = None,
        scale: bool = False,
        outline: bool | None = None,
        by_class: bool = False,
        objects: ObjectMap | None = None,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> ImportPlan:
        """Say what importing a file or folder of masks would do; nothing is changed.

        Parameters
        ----------
        path, format_id
            The file or folder, and its format; None to find out.
        first_number
            The number that the first frame has in names of files; None to find out, or to ask by the plan's
            `question`.
        scale
            Whether masks of another size are scaled to the video's.
        outline, by_class
            How polygons and classes are read, as in `formats.open_import`.
        objects
            Where imported objects go, by their id in the plan; see `send_objects`.
        progress, cancelled
            Called with (done, total), and asked whether to stop, as in `export`.
        """
        plan = plan_import(
            self.video, path, format_id,
            first_number=first_number, scale=scale, outline=outline, by_class=by_class,
            progress=progress, cancelled=cancelled,
        )  # fmt: skip
        return self.send_objects(plan, objects)

    def send_objects(self, plan: ImportPlan, objects: ObjectMap | None = None) -> ImportPlan:
        """Return the plan with these destinations: an object of the project by its id, or None for a new one.

        Objects that are not named go to the one that the file says they are, else become new.

        Raises
        ------
        FormatError
            If there is no such object, or two would go into one.
        """
        return with_destinations(Receiving.of(self.project), plan, objects)

    def import_masks(
        self,
        plan: ImportPlan,
        *,
        repair: bool = False,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> int:
        """Do what a plan says, as one undoable step; return how many masks were not there already.

        Raises
        ------
        FormatError
            If the plan has a question, or repairs and ``repair`` is not set, a file is damaged, or there is
            no mask in it; nothing is changed.
        Cancelled
            If ``cancelled`` said so; nothing is changed.
        """
        masks = plan.read(unexpected="repair" if repair else "refuse", progress=progress, cancelled=cancelled)
        with formats.PLUGINS.blamed(plan.format_id, FormatError):
            return import_into(self.project, plan, masks)
