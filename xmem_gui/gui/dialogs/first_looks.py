"""What to expect of click models on this machine: how long each looks at a frame for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from xmem_gui.annotator import FirstLook
    from xmem_gui.gui.state.session import Session
    from xmem_gui.model import ModelSpec


@dataclass(frozen=True)
class FirstLooks:
    """What is known of it.

    Attributes
    ----------
    seen
        What the model in use has taken here; None if it has not looked at a frame yet.
    """

    seen: FirstLook | None = None

    @classmethod
    def of(cls, session: Session) -> FirstLooks:
        """Return what is known from the clicks of an open session."""
        return cls(None if session.annotator is None else session.annotator.prompting.first_look)

    def sentence(self, spec: ModelSpec) -> str:
        """Return what to expect of a model, from what was measured only; "" if nothing was."""
        seen = self.seen
        if seen is not None and spec.name == _registered(seen.model):
            return _tr("First look at a frame: {0} here, as measured.").format(_plainly(seen.seconds))
        if spec.look is None:
            return ""
        if spec.look == 1:
            return _tr("The quickest to look at a frame.")
        expected = None if seen is None else _scaled(seen, spec)
        if expected is not None:
            return _tr(
                "First look at a frame: up to {0} on this processor, reckoned from the model in use."
            ).format(_plainly(expected))
        return _tr(
            "First look at a frame: up to {0:.0f} times as long as the compact click model's, on a processor."
        ).format(spec.look)


def _registered(model: str) -> str:
    return "compact-click" if model == "compact" else model


def _scaled(seen: FirstLook, spec: ModelSpec) -> float | None:
    """Return the seconds that another model would take on the same processor; None if that is not known.

    That is for float32, in which the compact click model computes everywhere; the others are quicker on some.
    """
    if seen.device != "cpu" or _registered(seen.model) != "compact-click" or spec.look is None:
        return None
    return seen.seconds * spec.look


def _plainly(seconds: float) -> str:
    """Return a time as one would say it."""
    if seconds < 0.1:
        return _tr("less than 0.1 s")
    if seconds < 2:
        return _tr("{0:.1f} s").format(seconds)
    if seconds < 90:
        return _tr("{0:.0f} s").format(seconds)
    return _tr("{0:.0f} minutes").format(seconds / 60)


def _tr(text: str) -> str:
    return QCoreApplication.translate("FirstLooks", text)
