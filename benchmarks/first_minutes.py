"""The README's main job as a person does it: how many clicks, keys and seconds until the sample is exported.

Run ``python benchmarks/first_minutes.py [--json FILE]``. The real window, without a screen, with the shipped
models, started anew. The person clicks the rabbit, and goes on where it is most wrong until it looks right,
four clicks at most; presses F; where the program says a frame is worth a look (N) and it is wrong, clicks
what is most wrong and tracks on, twice at most; exports with what the dialog proposes. How wrong it is, the
person sees by masks that were followed from `sample.png` before the clock began.

- ``clicks``, ``keys``: buttons of the mouse pressed on the canvas; keys pressed
- ``seconds``: from starting Python to the files lying there; a person's hands and eyes come on top
- ``corrections``, ``iou``: rounds of mending, and the mean IoU of the exported masks over all frames
- ``picture_share``, ``portrait_share``: how much of the window a 16:9 and a 9:16 video cover, by window size
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "e2e")]

import cv2
import numpy as np
from hand import Hand
from PySide6.QtCore import Qt

from xmem_gui.assets import asset

CTRL = Qt.KeyboardModifier.ControlModifier
SIZES = ((1280, 720), (1600, 900), (2560, 1440))
CLICKS, CORRECTIONS = 4, 2
GOOD, WRONG = 0.85, 0.8
"""IoU with which a person is content on the first frame, and below which a later one is mended."""


class Person(Hand):
    """A hand whose clicks and keys are counted."""

    clicks = keys = 0

    def key(self, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier, *, times: int = 1) -> None:
        self.keys += times
        super().key(key, modifiers, times=times)

    def press(self, points, *, right: bool = False) -> None:
        self.clicks += 1
        super().press(points, right=right)

    def mask(self) -> np.ndarray:
        """Return the rabbit's mask on the frame that is shown."""
        record = self.session.annotator.project.records(self.session.frame).get(1)
        return np.zeros((360, 640), bool) if record is None else record.rle.to_mask()

    def mend(self, truth: np.ndarray) -> bool:
        """Click what is most wrong on this frame, if it is wrong; return whether it was."""
        from xmem_gui.interaction.simulation import next_click

        mask = self.mask()
        wanted = truth[self.session.frame]
        if iou(mask, wanted) >= (GOOD if self.session.frame == 0 else WRONG):
            return False
        point = next_click(mask, wanted)
        self.click(point.x, point.y, right=not point.positive)
        return True


def iou(mask: np.ndarray, truth: np.ndarray) -> float:
    return float((mask & truth).sum() / max((mask | truth).sum(), 1))


def job(person: Person, folder: Path, truth: np.ndarray) -> dict[str, float]:
    """Do the main job; return how often a frame was mended and how right what lies there is."""
    from xmem_gui.gui.state.recents import own_sample

    person.open(own_sample(folder))
    while person.clicks < CLICKS and person.mend(truth):
        pass
    person.key(Qt.Key.Key_F)
    person.finished()
    corrections = 0
    for _ in range(CORRECTIONS):
        person.key(Qt.Key.Key_N)
        person.settle()
        if not person.mend(truth):
            break
        corrections += 1
        person.key(Qt.Key.Key_F)
        person.finished()
    files = export(person)
    masks = [cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in files]
    assert len(masks) == len(truth), f"{len(masks)} files for {len(truth)} frames"
    found = np.stack([mask.reshape(*mask.shape[:2], -1).any(2) for mask in masks])
    for frame, mask in person.masks()[1].items():
        assert np.array_equal(found[frame], mask), f"the file of frame {frame} differs from its mask"
    ious = [iou(*pair) for pair in zip(found, truth, strict=True)]
    return {"corrections": corrections, "iou": round(float(np.mean(ious)), 3)}


def export(person: Person) -> list[Path]:
    """Export with what the dialog proposes; return the masks' files in order."""
    from xmem_gui.gui.dialogs import ExportDialog

    person.key(Qt.Key.Key_E, CTRL)
    dialog = person.dialog(ExportDialog)
    person.wait(dialog.bar.begin.isEnabled, "the preview")
    place = Path(dialog.form.destination.text())
    person.key(Qt.Key.Key_Return)
    person.said("Exported to")
    return sorted(place.rglob("*.png"))


def shares(person: Person) -> dict[str, float]:
    """Return which part of the window the video covers, by the window's size."""
    found = {}
    for size in SIZES:
        person.window.resize(*size)
        person.settle()
        person.do("view.fit")
        person.settle()
        canvas, video = person.canvas, person.session.annotator.video
        left, top = canvas.place.to_canvas(0, 0)
        right, bottom = canvas.place.to_canvas(video.width, video.height)
        ratio = canvas.devicePixelRatioF()
        wide = min(right, canvas.width() * ratio) - max(left, 0)
        high = min(bottom, canvas.height() * ratio) - max(top, 0)
        window = person.window.width() * person.window.height() * ratio**2
        assert (person.window.width(), person.window.height()) == size, "the window does not take this size"
        found["{}x{}".format(*size)] = round(wide * high / window, 3)
    return found


def portrait(folder: Path) -> Path:
    """Make a short upright video."""
    from xmem_gui.video import VideoWriter

    path = folder / "portrait.mp4"
    with VideoWriter(path, size=(720, 1280), rate=24) as writer:
        for shade in range(8):
            writer.write(np.full((1280, 720, 3), 20 * shade, np.uint8))
    return path


def play(folder: Path, began: float) -> None:
    """Do it all in this process, and write what was found."""
    from xmem_gui.gui.app import make_application, make_window
    from xmem_gui.gui.state.preferences import Preferences

    truth = np.stack([
        cv2.imread(str(file), cv2.IMREAD_UNCHANGED).reshape(360, 640, -1).any(2)
        for file in sorted((folder / "truth").rglob("*.png"))
    ])  # fmt: skip
    person = Person(*make_window(make_application(), Preferences(folder / "settings")))
    person.window.resize(1600, 900)
    found: dict[str, object] = job(person, folder, truth)
    found |= {"clicks": person.clicks, "keys": person.keys, "seconds": round(time.time() - began, 1)}
    person.key(Qt.Key.Key_Escape)
    found["picture_share"] = shares(person)
    person.open(portrait(folder))
    found["portrait_share"] = shares(person)
    person.close()
    (folder / "found.json").write_text(json.dumps(found))


def follow(folder: Path) -> None:
    """Follow the rabbit from the drawn mask, for the person to compare with."""
    mask = cv2.imread(str(asset("sample/sample.png")))
    rabbit, sample = folder / "rabbit.png", str(asset("sample/sample.mp4"))
    cv2.imwrite(str(rabbit), np.where(mask[..., 2] > 0, 255, 0).astype(np.uint8))
    propagate = [sys.executable, "-m", "xmem_gui", "propagate", sample, "--mask", f"0={rabbit}"]
    subprocess.run(
        [*propagate, "--out", str(folder / "truth")], check=True, cwd=ROOT, stdout=subprocess.DEVNULL
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--play", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        play(options.play, options.began)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        follow(folder)
        began = str(time.time())
        subprocess.run([sys.executable, __file__, "--play", name, "--began", began], check=True, cwd=ROOT)
        found = json.loads((folder / "found.json").read_text())
    print(f"load {os.getloadavg()[0]:.1f}")
    for what, value in found.items():
        print(f"{what:15} {value}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
