"""A run's log: JSON lines with the averages of the last steps and the exponential averages of all."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import time
from dataclasses import dataclass
from typing import Any, Generic

from xmem_gui.files import write_whole
from xmem_gui.own_files import open_own
from xmem_gui.training.measures import StepMeasures
from xmem_gui.training.runs import RunConfig, StageT

LOG = "log.jsonl"
SMOOTHING = 0.99
"""How much of the exponential averages a step keeps."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepResult:
    """What a step measured, the gradient's norm before clipping, and the learning rate."""

    measures: StepMeasures
    gradient: float
    rate: float


class RunLog(Generic[StageT]):
    """Writes a run's log; one that goes on from a checkpoint drops the lines after it."""

    def __init__(self, config: RunConfig[StageT], done: int) -> None:
        self._config = config
        self._file = config.folder / LOG
        self._results: list[StepResult] = []
        self._since = time.monotonic()
        kept = [line for line in self._lines() if line["step"] <= done]
        self._smooth: dict[str, float] = dict(kept[-1]["smooth"]) if kept else {}
        write_whole(self._file, "".join(json.dumps(line) + "\n" for line in kept).encode())

    def add(self, done: int, result: StepResult) -> None:
        """Take in a step; writes a line every ``log_every`` steps."""
        self._results.append(result)
        for name, value in dataclasses.asdict(result.measures).items():
            before = self._smooth.get(name, value)
            self._smooth[name] = SMOOTHING * before + (1 - SMOOTHING) * value
        if done % self._config.log_every:
            return
        count, now = len(self._results), time.monotonic()
        line: dict[str, Any] = {
            "step": done,
            "stage": self._config.stage_at(done - 1)[0],
            "learning_rate": result.rate,
            "seconds_per_step": round((now - self._since) / count, 3),
            "time": round(time.time()),
            "gradient": round(sum(result.gradient for result in self._results) / count, 4),
        }
        for name in self._smooth:
            line[name] = round(sum(getattr(one.measures, name) for one in self._results) / count, 4)
        line["smooth"] = {name: round(value, 4) for name, value in self._smooth.items()}
        with open_own(self._file) as file:
            file.seek(0, os.SEEK_END)
            file.write(f"{json.dumps(line)}\n".encode())
        _logger.info("%s", line)
        self._results, self._since = [], now

    def _lines(self) -> list[dict[str, Any]]:
        if not self._file.exists():
            return []
        lines = []
        for text in self._file.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                break  # a line cut short as the process was killed
            lines.append({"smooth": {}} | line)
        return lines
