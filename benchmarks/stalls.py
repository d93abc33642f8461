"""Stalls of the window, part by part: how long each was, what of it was the window's own work, and where."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from PySide6.QtWidgets import QApplication, QDialog
from timeline import Monitor, Row, spin

LONG = 50.0
"""Milliseconds of own work above which it is said where the window was."""
_AFTER = 100
"""Milliseconds for which a part is watched on: what it has asked for is shown then."""
_LOOK_EVERY = 0.004
_MOST = 4
_DEEPEST = 5


class Watch:
    """Gathers what monitors found, part by part.

    Parameters
    ----------
    where
        Whether to note where the window's thread is, which costs a little.
    """

    def __init__(self, *, where: bool = False) -> None:
        self.rows: list[Row] = []
        self.places: dict[str, list[str]] = {}
        self._looks = where
        self._late: list[float] = []
        self._own: list[float] = []

    def part(self, what: str, work: Callable[[], object]) -> None:
        """Do a part of the job with a monitor at it."""
        print(f"{what} ...", end=" ", flush=True)
        monitor = Lookout() if self._looks else Monitor()
        monitor.start()
        work()
        spin(_AFTER)
        late, own = list(monitor.late), list(monitor.own)
        monitor.stop()
        if isinstance(monitor, Lookout):
            self.places[what] = monitor.places
        print(f"longest stall {max(late):.0f} ms, longest own work {max(own):.0f} ms")
        longest = max(range(len(late)), key=late.__getitem__)
        self.rows += [
            Row(f"{what}: longest stall", late[longest], "ms", "< 100"),
            Row(f"{what}: own work in it", own[longest], "ms"),
            Row(f"{what}: longest own work", max(own), "ms", f"< {LONG:g}"),
        ]
        self._late += late
        self._own += own

    def whole(self, what: str) -> list[Row]:
        """Return what was found over all parts, and then each part."""
        monitor = Monitor()
        monitor.late, monitor.own = self._late, self._own
        return monitor.rows(what) + self.rows

    def tell(self) -> None:
        """Print where the window was in its long stretches of own work."""
        for what, places in self.places.items():
            for place in places:
                print(f"{what}: {place}")


class Lookout(Monitor):
    """A monitor that also notes where the window's thread is while it is late; for the main thread.

    The system interrupts the thread for it: to look at its frames from another one would keep alive what
    they hold, painters for one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now: Counter[str] = Counter()
        self.places: list[str] = []

    def start(self) -> None:
        super().start()
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _LOOK_EVERY, _LOOK_EVERY)

    def stop(self) -> None:
        super().stop()
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _tick(self) -> None:
        super()._tick()
        late, own, now, self._now = self.late[-1], self.own[-1], self._now, Counter()
        if own > LONG / 2 or late > LONG:
            places = "; ".join(f"{count} {place}" for place, count in now.most_common(_MOST))
            self.places.append(f"{own:.0f} of {late:.0f} ms: {places}")

    def _look(self, _: int, frame: FrameType | None) -> None:
        names: list[str] = []
        while frame is not None and len(names) < _DEEPEST:
            code = frame.f_code
            if "benchmarks" not in code.co_filename and "e2e" not in code.co_filename:
                file = "/".join(Path(code.co_filename).parts[-2:])
                names.append(f"{file}:{frame.f_lineno} {code.co_name}")
            frame = frame.f_back
        self._now[" < ".join(names) or "Qt"] += 1


def shown_dialog() -> QDialog | None:
    """Return the dialog that is shown, if one is."""
    widgets = QApplication.topLevelWidgets()
    return next((one for one in widgets if isinstance(one, QDialog) and one.isVisible()), None)


def close_dialog() -> None:
    """Close the dialog that is shown, and let it be deleted."""
    dialog = shown_dialog()
    if dialog is not None:
        dialog.close()
    spin(50)
