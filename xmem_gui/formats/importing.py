"""Importers: what each can, and what all have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from xmem_gui.errors import Cancelled, FormatError
from xmem_gui.formats.annotation import MemoryAnnotation
from xmem_gui.formats.import_plan import (
    Destination,
    ImportedMask,
    ImportPlan,
    ImportTarget,
    Repair,
    Unexpected,
)
from xmem_gui.formats.reading import guarded
from xmem_gui.formats.reporting import IsCancelled, OnProgress

__all__ = [
    "BaseImporter",
    "Destination",
    "ImportPlan",
    "ImportTarget",
    "ImportedMask",
    "Importer",
    "Repair",
    "Steps",
    "Unexpected",
    "into_memory",
]


class Importer(Protocol):
    """One format that masks can be read from."""

    @property
    def id(self) -> str:
        """What the format is called in commands."""
        ...

    @property
    def title(self) -> str:
        """What it is called for people."""
        ...

    def recognises(self, path: Path) -> bool:
        """Tell, from names and first bytes only, whether this looks like the format."""
        ...

    def inspect(
        self,
        path: Path,
        target: ImportTarget,
        *,
        progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> ImportPlan:
        """Say what would be read."""
        ...

    def read(
        self,
        plan: ImportPlan,
        *,
        unexpected: Unexpected = "refuse",
        progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Iterator[ImportedMask]:
        """Read it."""
        ...


class Steps:
    """Goes through a sequence: reports progress, and raises `Cancelled` when asked to stop."""

    def __init__(self, progress: OnProgress | None, cancelled: IsCancelled | None) -> None:
        self._progress = progress
        self._cancelled = cancelled

    def __call__(self, items: Sequence[Any]) -> Iterator[Any]:
        """Yield the items."""
        for done, item in enumerate(items):
            self.check()
            yield item
            if self._progress is not None:
                self._progress(done + 1, len(items))

    def check(self) -> None:
        """Raise if the person wants to stop."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("The import was cancelled; nothing was changed.")


class BaseImporter(ABC):
    """What every importer has in common: whatever a file does, the caller sees an `XmemGuiError`."""

    id: str
    title: str

    def recognises(self, path: Path) -> bool:
        """Tell whether this looks like the format."""
        try:
            return self._recognises(path)
        except Exception:  # of whatever kind: a file that spoils the look at it is none of this format
            return False

    def inspect(
        self,
        path: Path,
        target: ImportTarget,
        *,
        progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> ImportPlan:
        """Say what would be read."""
        with guarded(path, self.title):
            plan = self._inspect(Path(path), target, Steps(progress, cancelled))
        if not plan.masks and plan.left_out:
            raise FormatError(f"Nothing in '{path}' can be imported. {' '.join(plan.left_out[:3])}")
        return plan

    def read(
        self,
        plan: ImportPlan,
        *,
        unexpected: Unexpected = "refuse",
        progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Iterator[ImportedMask]:
        """Yield a plan's masks."""
        if plan.repairs and unexpected == "refuse":
            raise FormatError(f"{plan.repairs[0].sentence} Say whether to repair it, or correct the files.")
        steps = Steps(progress, cancelled)
        return self._guarded_read(plan, unexpected, steps)

    def _guarded_read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        with guarded(plan.path, self.title):
            yield from self._read(plan, unexpected, steps)

    @abstractmethod
    def _recognises(self, path: Path) -> bool: ...

    @abstractmethod
    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan: ...

    @abstractmethod
    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]: ...


def into_memory(plan: ImportPlan, masks: Iterable[ImportedMask]) -> MemoryAnnotation:
    """Gather imported masks in an annotation in memory."""
    objects = (*plan.objects, *plan.kept_objects)
    found = MemoryAnnotation(
        plan.target.size, plan.target.frame_names, objects=objects, name=plan.target.name or "video"
    )
    for mask in masks:
        found.set(mask.frame, mask.object_id, mask.rle, origin="imported")
    return found
