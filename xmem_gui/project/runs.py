"""A run: one undoable step that is written while results come in, such as a propagation or an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType

from xmem_gui.arrays import Colour
from xmem_gui.errors import ProjectError
from xmem_gui.project import door
from xmem_gui.project.edits import (
    Edit,
    MaskData,
    confidences,
    frame_number,
    masks_by_object,
    names,
    new_record,
    said,
)
from xmem_gui.project.history import History, Outcome, Rules
from xmem_gui.project.object_edits import AddObject
from xmem_gui.project.rows import MASK, Key
from xmem_gui.project.store import Store
from xmem_gui.project.values import Origin, StepInfo, VideoObject


class Run:
    """An open step. Use it as a context manager, or `close` it.

    Whatever ends it, what was put stays and is one undoable step; only `discard` takes it back. If the
    program is killed meanwhile, the step is closed when the project is opened again.

    Parameters
    ----------
    history : History
        The history that the run's step goes to.
    store : Store
        The document's contents.
    origin : Origin
        Of the masks put: `Origin.PROPAGATED` keeps what is committed, reviewed or locked.
    label : str
        What the history calls it; empty for a verb with the objects and frames put so far.
    replace_reviewed : bool
        Whether propagated masks may replace reviewed ones.
    kind : str
        One word for the sort of step; empty for ``propagate`` or ``import``, as the origin says.
    """

    def __init__(
        self, history: History, store: Store, *, origin: Origin, label: str, replace_reviewed: bool, kind: str
    ) -> None:
        origin, label, kind = door.member(Origin, origin), door.text(label, "label"), door.text(kind, "kind")
        replace_reviewed = door.flag(replace_reviewed)
        self._history, self._store, self._origin, self._label = history, store, origin, label
        self._rules = Rules(automatic=origin is Origin.PROPAGATED, replace_reviewed=replace_reviewed)
        tracked = origin is Origin.PROPAGATED
        self._verb = "Track" if tracked else "Import"
        kind = kind or ("propagate" if tracked else "import")
        self._step = history.begin_run(kind, label or self._verb)
        self._objects: dict[int, None] = {}
        self._frames: tuple[int, int] | None = None
        self._open = True

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def step(self) -> StepInfo:
        """The step as it is now."""
        return self._step

    def put(
        self, frame: int, masks: Mapping[int, MaskData], *, confidence: float | Mapping[int, float] = 1.0
    ) -> Outcome:
        """Set the masks of one frame; it returns without waiting for the disk.

        Parameters
        ----------
        frame : int
            The 0-based frame number.
        masks : mapping of int to bool array (H, W) or Rle
            The mask of each object; an empty one says that the object is not seen.
        confidence : float or mapping of int to float
            0 to 1.

        Returns
        -------
        Outcome
            Its ``kept`` names the masks that stay as they were.

        Raises
        ------
        ProjectError, MaskError
            If the run has ended, or a mask does not fit; then nothing of this frame is set.
        """
        frame, sure = frame_number(frame), confidences(confidence)
        changes = [
            (
                Key(MASK, one, frame),
                new_record(mask, self._origin, sure.get(one, 1.0) if isinstance(sure, dict) else sure),
            )
            for one, mask in masks_by_object(masks).items()
        ]
        with self._store.lock:
            self._need_open()
            outcome = self._history.write(self._step, changes, self._rules)
            assert outcome.step is not None
            self._step = outcome.step
            if outcome.changed:
                self._objects.update(dict.fromkeys(key.object for key in outcome.changed))
                low, high = self._frames or (frame, frame)
                self._frames = min(low, frame), max(high, frame)
                self._relabel()
        return outcome

    def apply(self, edit: Edit) -> Outcome:
        """Make an edit part of this run (an import that adds objects, say).

        Raises
        ------
        ProjectError
            If the run has ended, or the edit is not possible.
        """
        with self._store.lock:
            self._need_open()
            outcome = self._history.write(self._step, list(edit.plan(self._store)), edit.rules)
            assert outcome.step is not None
            self._step = outcome.step
            return outcome

    def add_object(self, name: str = "", colour: Colour | None = None, category: str = "") -> VideoObject:
        """Add an object as part of this run."""
        with self._store.lock:
            outcome = self.apply(AddObject(name, colour, category))
            return self._store.objects[outcome.changed[0].object]

    def close(self) -> StepInfo | None:
        """End the run; return its step, or None if it changed nothing."""
        if not self._open:
            return None
        self._open = False
        return self._history.end_run()

    def discard(self) -> None:
        """End the run and take back what it put."""
        if self._open:
            self._open = False
            self._history.end_run(discard=True)

    def _need_open(self) -> None:
        if not self._open:
            raise ProjectError(f"{self._verb}: this run has ended already.")

    def _relabel(self) -> None:
        if self._label or self._frames is None:
            return
        low, high = self._frames
        label = said(self._verb, names(self._store, self._objects), range(low, high + 1))
        if label != self._step.label:
            self._step = replace(self._step, label=label)
            self._store.put_step(self._step)
