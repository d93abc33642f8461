"""What the parts of the window share."""

from __future__ import annotations

from dataclasses import dataclass

from xmem_gui.gui import theme
from xmem_gui.gui.actions import Actions
from xmem_gui.gui.actions.catalogue import CATALOGUE
from xmem_gui.gui.pictures.frames import Frames
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.recents import Recents
from xmem_gui.gui.state.session import Session


@dataclass(frozen=True)
class Context:
    """One window's session and what belongs to it; a part takes this where it needs more than one of them.

    Attributes
    ----------
    session
        What is open, where the person is in it, and the threads that work on it.
    actions
        Everything that can be done; a part binds those that it does.
    preferences
        What the person has chosen, kept between two starts.
    recents
        The videos and projects that were open before, the latest first.
    frames
        The pictures of the open video, made by a thread of its own.
    """

    session: Session
    actions: Actions
    preferences: Preferences
    recents: Recents
    frames: Frames


def make_context(preferences: Preferences) -> Context:
    """Return a new session with all actions there are, as a person's preferences say; nothing is open yet."""
    session = Session()
    actions = Actions(CATALOGUE, session, keys=preferences.keys, icon=theme.icon)
    actions.setParent(session)
    return Context(session, actions, preferences, Recents(session, preferences), Frames(session))
