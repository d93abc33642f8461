"""Prompting without a network, for tests of the window."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from xmem_gui.annotator import Prompting


class DiscPrompting(Prompting):
    """Answers clicks with discs around them."""

    problem: Exception | None = None
    hovered = 0

    def __init__(self, annotator: Any) -> None:
        super().__init__(annotator.project, annotator.video, annotator.editing)
        self.prepared: set[int] = set()
        self.whole: list[bool] = []

    def prepare(self, frame: int) -> None:
        self.prepared.add(frame)

    def is_prepared(self, frame: int) -> bool:
        return frame in self.prepared

    def propose(self, frame: int, object_id: int, prompts: Any, *, whole: bool = False, **_: Any) -> Any:
        if self.problem is not None:
            raise self.problem
        self.whole.append(whole)
        return SimpleNamespace(frame=frame, object_id=object_id, mask=self._mask(prompts))

    def would(self, frame: int, object_id: int | None, prompts: Any) -> Any:
        self.hovered += 1
        return self._mask(prompts)

    def _mask(self, prompts: Any) -> Any:
        rows, columns = np.mgrid[:48, :64] + 0.5
        found = np.zeros((48, 64), np.bool_)
        for point in prompts.points:
            disc = (rows - point.y) ** 2 + (columns - point.x) ** 2 < 25
            found = found | disc if point.positive else found & ~disc
        return found
