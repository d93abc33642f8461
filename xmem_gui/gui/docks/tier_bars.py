"""What each tier of the memory holds, as rows with small bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QWidget

from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label
from xmem_gui.gui.widgets.sizes import in_bytes

if TYPE_CHECKING:
    from xmem_gui.annotator import MemoryReport
    from xmem_gui.annotator.memory_report import TierReport

_STEPS = 1000


class TierBars(QWidget):
    """Four rows for the tiers and one for the device."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._rows: dict[str, tuple[QLabel, QLabel, QProgressBar]] = {}
        for name, title, tip in (
            ("permanent", self.tr("Permanent"), self.tr("Committed frames. Always used, never forgotten.")),
            ("working", self.tr("Working"), self.tr("The most recent frames, in full detail.")),
            ("long_term", self.tr("Long-term"), self.tr("Older frames, compressed.")),
            ("sensory", self.tr("Sensory"), self.tr("Each object's current position and motion.")),
            ("device", self.tr("Device"), self.tr("Memory of the device that runs the network.")),
        ):
            self._add(name, title, tip)

    def show_report(self, report: MemoryReport | None) -> None:
        """Show a report; without one, empty tiers."""
        for name in ("permanent", "working", "long_term", "sensory"):
            tier = None if report is None else next(one for one in report.tiers if one.name == name)
            frames = 0 if report is None else len(report.permanent_frames)
            self._fill(name, self._holds(name, tier, frames), tier)
        total = None if report is None else report.total
        free = None if report is None else report.free
        if report is not None and total is not None and free is not None:
            text = self.tr("{}  ·  {} free of {}").format(report.device, in_bytes(free), in_bytes(total))
            self._set("device", text, "", (total - free) / total)
        else:
            device = "" if report is None else report.device
            self._set("device", device or self.tr("not loaded yet"), "", None)

    def _holds(self, name: str, tier: TierReport | None, committed: int) -> str:
        if tier is None:
            return "–"
        if name == "permanent":
            return self.tr("1 frame") if committed == 1 else self.tr("{:,} frames").format(committed)
        if name == "working":
            most = "" if tier.limit is None else f" / {tier.limit:,}"
            return self.tr("{:,}{} frames").format(tier.frames, most)
        if name == "long_term":
            most = "" if tier.limit is None else f" / {tier.limit:,}"
            return f"{tier.tokens:,}{most}"
        return self.tr("in use") if tier.bytes else "–"

    def _fill(self, name: str, text: str, tier: TierReport | None) -> None:
        share = None
        if tier is not None and tier.limit:
            share = (tier.frames if name == "working" else tier.tokens) / tier.limit
        self._set(name, text, in_bytes(tier.bytes) if tier is not None and tier.bytes else "", share)

    def _add(self, name: str, title: str, tip: str) -> None:
        place = 2 * len(self._rows)
        label, holds, size, bar = Label(title), muted(wrap=False), muted(wrap=False), QProgressBar()
        size.setAlignment(Qt.AlignmentFlag.AlignRight)
        bar.setTextVisible(False)
        bar.setRange(0, _STEPS)
        bar.setFixedHeight(4)
        bar.setAccessibleName(title)
        for widget in (label, holds, size, bar):
            widget.setToolTip(tip)
        self._grid.addWidget(label, place, 0)
        self._grid.addWidget(holds, place, 1)
        self._grid.addWidget(size, place, 2)
        self._grid.addWidget(bar, place + 1, 0, 1, 3, Qt.AlignmentFlag.AlignTop)
        self._grid.setRowMinimumHeight(place + 1, 9)
        self._rows[name] = holds, size, bar

    def _set(self, name: str, text: str, size: str, share: float | None) -> None:
        holds, bytes_, bar = self._rows[name]
        holds.setText(text)
        bytes_.setText(size)
        bar.setVisible(share is not None)
        bar.setValue(0 if share is None else round(min(share, 1.0) * _STEPS))
