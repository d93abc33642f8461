"""Where the person is in what is open: the frame, the object, the range, and what was copied."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from xmem_gui.gui.state.values import CopiedMask


class Standpoint(QObject):
    """The current frame, object and range; all views share it, and none of it is kept with the project."""

    frame_changed = Signal(int)
    object_selected = Signal(object)
    """An object's id, or None."""
    picked = Signal(int)
    """The id of the object that a person has pointed at, and meant alone."""
    chosen_changed = Signal()
    """Other objects are meant together."""
    solo_changed = Signal(object)
    """The id of the object that is shown alone, or None."""
    range_changed = Signal()
    copied_changed = Signal()
    """Another mask has been copied."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frame = 0
        self._object: int | None = None
        self._lost: int | None = None
        """The object that was selected and has gone; it is selected again when it comes back."""
        self._chosen: tuple[int, ...] = ()
        self._solo: int | None = None
        self._range: tuple[int | None, int | None] = (None, None)
        self._copied: CopiedMask | None = None

    @property
    def frames(self) -> int:
        """How many frames the video has; 0 if nothing is open."""
        return 0

    @property
    def frame(self) -> int:
        """The current frame."""
        return self._frame

    @frame.setter
    def frame(self, frame: int) -> None:
        frame = max(0, min(frame, self.frames - 1))
        if frame != self._frame:
            self._frame = frame
            self.frame_changed.emit(frame)

    @property
    def selected(self) -> int | None:
        """The selected object's id."""
        return self._object

    @selected.setter
    def selected(self, object_id: int | None) -> None:
        if object_id is not None:
            self._lost = None
        if object_id != self._object:
            self._object = object_id
            self.object_selected.emit(object_id)

    @property
    def chosen(self) -> tuple[int, ...]:
        """Ids of the objects that are meant together: those chosen in the list, or the selected one alone."""
        if self._object in self._chosen:
            return self._chosen
        return () if self._object is None else (self._object,)

    @chosen.setter
    def chosen(self, objects: tuple[int, ...]) -> None:
        if objects != self._chosen:
            self._chosen = objects
            self.chosen_changed.emit()

    def pick(self, object_id: int) -> None:
        """Select an object alone, as a click on it outside the list of objects does."""
        self.selected = object_id
        self.picked.emit(object_id)

    @property
    def solo(self) -> int | None:
        """The id of the object that is shown alone, or None."""
        return self._solo

    @solo.setter
    def solo(self, object_id: int | None) -> None:
        if object_id != self._solo:
            self._solo = object_id
            self.solo_changed.emit(object_id)

    @property
    def span(self) -> tuple[int, int]:
        """The in and out points, both included; the whole video where they are not set."""
        first, last = self._range
        return first or 0, self.frames - 1 if last is None else last

    @property
    def marks(self) -> tuple[int | None, int | None]:
        """The in and out points as set; None where not."""
        return self._range

    @marks.setter
    def marks(self, marks: tuple[int | None, int | None]) -> None:
        first, last = marks
        if first is not None and last is not None and first > last:
            # The mark set last wins; the other goes.
            first, last = (None, last) if first == self._range[0] else (first, None)
        if (first, last) != self._range:
            self._range = first, last
            self.range_changed.emit()

    @property
    def copied(self) -> CopiedMask | None:
        """The mask to paste; it stays when another project is opened."""
        return self._copied

    @copied.setter
    def copied(self, copied: CopiedMask | None) -> None:
        self._copied = copied
        self.copied_changed.emit()

    def _leave(self) -> None:
        """Go back to the beginning, telling nobody but of the object shown alone."""
        self._frame, self._object, self._chosen, self._range = 0, None, (), (None, None)
        self._lost = None
        self.solo = None

    def _drop_unknown(self, known: set[int]) -> None:
        """Select, and show alone, no object that is there no longer; select one again that is back."""
        if self.selected not in known:
            self._lost = self._lost if self.selected is None else self.selected
            self.selected = self._lost if self._lost in known else None
        self.chosen = tuple(one for one in self._chosen if one in known)
        self.solo = self.solo if self.solo in known else None
