"""What a document tells a person in a sentence, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Gravity = Literal["info", "warning", "error"]
"""``info``: good to know. ``warning``: something is not as it should be. ``error``: work is in danger."""


class Remedy(Enum):
    """What can be done about a notice, where the sentence alone does not do it.

    Attributes
    ----------
    NONE
        Nothing, or what the sentence says.
    SAVE_ELSEWHERE
        The project cannot be written in its place: `Project.save_copy`, `Project.take_over`, or
        `Project.close` with ``lose_unsaved``.
    OPEN_COPY
        The project is read-only: `Project.save_copy`, and open the copy.
    """

    NONE = "none"
    SAVE_ELSEWHERE = "save elsewhere"
    OPEN_COPY = "open a copy"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for a person.

    Attributes
    ----------
    text : str
        What happened and what to do, in plain sentences.
    gravity : str
        ``info``, ``warning`` or ``error``.
    remedy : Remedy
        What a program can offer to do about it.
    """

    text: str
    gravity: Gravity = "warning"
    remedy: Remedy = Remedy.NONE

    def __str__(self) -> str:
        return self.text
