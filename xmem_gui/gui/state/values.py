"""What the session tells its views, as values: messages, offers, troubles."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from xmem_gui.errors import CheckpointError, XmemGuiError, sentence_of

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import Location, Rle, VideoObject
    from xmem_gui.project.trouble import SaveTrouble


def in_order(objects: Sequence[VideoObject]) -> list[VideoObject]:
    """Return objects as the list and the lanes show them: the topmost first."""
    return sorted(objects, key=lambda one: (-one.priority, -one.id))


@dataclass(frozen=True)
class CopiedMask:
    """A mask to paste.

    Attributes
    ----------
    name
        Name of the object that the mask was copied from.
    frame
        The 0-based frame that the mask was copied from.
    rle
        Its pixels, (H, W) of the video it is from.
    """

    name: str
    frame: int
    rle: Rle

    def misfit(self, size: tuple[int, int]) -> str:
        """Return why it cannot be pasted into a video of a size (H, W), in a sentence; empty if it can."""
        if (self.rle.height, self.rle.width) == size:
            return ""
        return "The copied mask is from a video of another size. Copy a mask from this video."


class CloseAgain(Protocol):
    """Closes what could not be closed before."""

    def __call__(self, *, lose_unsaved: bool) -> None:
        """Close; ``lose_unsaved`` says whether to close too what cannot be saved."""
        ...


@dataclass(frozen=True)
class Offer:
    """Something that can be done about a notice.

    Attributes
    ----------
    label
        The words on a button.
    do
        Called in the window's thread when the button is pressed.
    lasting
        Whether it is still of use when the project is closed.
    """

    label: str
    do: Callable[[], object]
    lasting: bool = False


@dataclass(frozen=True)
class Unsaved:
    """A project that cannot be saved where it is: a person has to say what to do.

    Attributes
    ----------
    annotator
        The open annotator, whose project cannot be saved.
    text
        What is wrong and what can be done, in sentences.
    trouble
        The kind of trouble, which decides what is offered.
    closing
        Whether it is being closed.
    close
        Closes it as it was to be closed, with what is to follow; asks again if that fails.
    """

    annotator: Annotator
    text: str
    trouble: SaveTrouble
    closing: bool
    close: CloseAgain

    @property
    def path(self) -> Path:
        """The project file."""
        return self.annotator.project.path

    def after(self, error: Exception) -> Unsaved:
        """Return the same after a way out has failed too."""
        trouble = self.annotator.project.pending.trouble or self.trouble
        return replace(self, text=str(error), trouble=trouble)


RUN = "run"
"""Key of messages that tell how a run has ended."""


@dataclass(frozen=True)
class Message:
    """A sentence for the person.

    Attributes
    ----------
    text
        What happened, and what can be done.
    level
        How serious it is: information, warning or error.
    details
        What a maintainer would want to know of a problem.
    offers
        Buttons; a notice with some stays longer.
    action
        The id of an action that helps; it becomes one more button.
    step
        Number of the step that it tells of: once that is undone, it is of no use.
    key
        By which it can be withdrawn once it is no longer so; "" for never.
    """

    text: str
    level: Literal["info", "warning", "error"] = "info"
    details: str = ""
    offers: tuple[Offer, ...] = ()
    action: str = ""
    step: int | None = None
    key: str = ""


def notice_of(error: Exception) -> Message:
    """Return what a person is told of an exception: our own say it themselves."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, XmemGuiError):
        action = "file.models" if isinstance(error, CheckpointError) else ""
        return Message(str(error), "error", details, action=action)
    said = sentence_of(error)
    if not said:
        said = f"Something went wrong inside the program: {str(error) or type(error).__name__}."
    return Message(f"{said} Saved work is not lost.", "error", details)


@dataclass(frozen=True)
class Trouble:
    """Something that could not be opened, but can be with the person's help.

    Attributes
    ----------
    opened
        What was to be opened.
    project
        Path of the project file that the trouble is about.
    text
        What is wrong, in a sentence.
    location
        What is known of its video: `Moved`, `Changed`, `Missing` or `Remote`; None if it is all right.
    given
        The project that was named with what was to be opened; None if there was none.
    needs_place
        Whether the project cannot be made where it was to be; otherwise, without a location, it is damaged.
    """

    opened: Path
    project: Path
    text: str
    location: Location | None = None
    given: Path | None = None
    needs_place: bool = False


def trouble_of(error: Exception, opened: Path, project: Path | None) -> Trouble | None:
    """Return what a dialog can help with, of an error of `Annotator.open`; None if it is another error."""
    from xmem_gui.annotator import VideoNotFoundError
    from xmem_gui.project import DamagedProjectError, ProjectPlaceError

    if isinstance(error, VideoNotFoundError):
        return Trouble(opened, error.project, str(error), error.location, given=project)
    if isinstance(error, DamagedProjectError):
        return Trouble(opened, error.path or project or opened, str(error), given=project)
    if isinstance(error, ProjectPlaceError):
        return Trouble(opened, error.place, str(error), given=project, needs_place=True)
    return None
