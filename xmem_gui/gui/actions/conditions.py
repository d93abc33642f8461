"""What actions need: each condition returns in a sentence why something cannot be done now, or ""."""

from __future__ import annotations

from xmem_gui.gui.state.session import Session

_BUSY = "Not available during a run. Press Esc to stop the run."


def is_open(session: Session) -> str:
    """Need a video."""
    return "" if session.annotator is not None else "Open a video first."


def editable(session: Session) -> str:
    """Need a document that may be changed."""
    if session.annotator is None:
        return is_open(session)
    return "This project is open read-only." if session.annotator.project.read_only else ""


def has_objects(session: Session) -> str:
    """Need an object, and a document that may be changed."""
    return editable(session) or ("" if session.objects else "Add an object first: press A.")


def has_selected(session: Session) -> str:
    """Need a selected object, and a document that may be changed."""
    return has_objects(session) or selected(session)


def selected(session: Session) -> str:
    """Need a selected object; the document may be one to look at only."""
    missing = "Select an object first." if session.objects else "Add an object first: press A."
    return is_open(session) or ("" if session.selected is not None else missing)


def is_seen(session: Session) -> str:
    """Need a selected object with a mask on this frame."""
    there = session.selected in session.presence.ids
    return selected(session) or ("" if there else "The object has no mask on this frame.")


def idle(session: Session) -> str:
    """Need a video and no long job."""
    return is_open(session) or (_BUSY if session.job is not None or session.starting else "")


def can_propagate(session: Session) -> str:
    """Need something to propagate, and no long job."""
    return has_objects(session) or idle(session)


def is_running(session: Session) -> str:
    """Need a long job that runs, or is about to."""
    return "" if session.job is not None or session.starting else "Nothing is running."


def has_several(session: Session) -> str:
    """Need two objects, and a document that may be changed."""
    return editable(session) or ("" if len(session.objects) > 1 else "This needs at least two objects.")


def can_reopen(session: Session) -> str:
    """Need a document that may be changed, and no long job."""
    return editable(session) or idle(session)


def can_undo(session: Session) -> str:
    """Need a step to undo, and no long job."""
    return idle(session) or ("" if session.next_undo is not None else "There is nothing to undo.")


def can_redo(session: Session) -> str:
    """Need an undone step, and no long job."""
    return idle(session) or ("" if session.next_redo is not None else "There is nothing to redo.")


def has_number(session: Session, number: int) -> str:
    """Need an object of a number."""
    there = any(one.id == number for one in session.objects)
    return is_open(session) or ("" if there else f"There is no object {number}.")


def has_marks(session: Session) -> str:
    """Need an in or an out point."""
    return "" if session.marks != (None, None) else "No in or out point is set."


def is_unlocked(session: Session) -> str:
    """Need a selected object that is not locked."""
    locked = any(one.locked for one in session.objects if one.id == session.selected)
    return has_selected(session) or ("This object is locked: unlock it first." if locked else "")


def is_unlocked_and_idle(session: Session) -> str:
    """Need a selected object that is not locked, and no long job."""
    return is_unlocked(session) or idle(session)


def can_track_chosen(session: Session) -> str:
    """Need objects chosen, one of them not locked, and no long job."""
    objects = [one for one in session.objects if one.id in session.chosen]
    if len(objects) < 2:
        return is_unlocked_and_idle(session)
    locked = all(one.locked for one in objects)
    return has_selected(session) or (
        "These objects are locked: unlock one first." if locked else idle(session)
    )


def can_paste(session: Session) -> str:
    """Need a copied mask as large as the video, and an object to paste it to."""
    if (missing := is_unlocked(session)) or session.annotator is None:
        return missing
    if session.copied is None:
        return "Copy a mask first: press Ctrl+C."
    return session.copied.misfit((session.annotator.video.height, session.annotator.video.width))


def has_range(session: Session) -> str:
    """Need an in or an out point, an object that is not locked, and no long job."""
    missing = "" if session.marks != (None, None) else "Set an in or out point first: press I or O."
    return is_unlocked(session) or missing or idle(session)
