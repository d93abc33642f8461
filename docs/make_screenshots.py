"""Make the pictures of the guide and the README from the real window: ``python docs/make_screenshots.py``.

Needs no screen. Every state is taken in light and in dark; pictures are reduced to few colours, so that the
repository stays small.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication, QWidget

    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.shell.workspace import Workspace
    from xmem_gui.project import Outcome

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = (1280, 720), (2560, 1440)
MOST_BYTES = 300_000
RABBIT, EAR = (240, 240), (245, 42)
LATER_EAR, BRANCH = ((161, 59), (178, 60), (194, 63)), ((303, 112), (325, 134), (348, 153))
ROCKS, BOX = ((90, 160), (85, 200), (80, 240), (105, 262)), ((35, 130), (132, 285))


def main() -> None:
    """Make all pictures, or those whose names are given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--large", type=Path, help="also make them at 2560 x 1440, in this folder")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(ROOT / "tests" / "e2e"))
    with tempfile.TemporaryDirectory() as folder:
        # Nothing of the person who makes the pictures is in them.
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(folder) / name.lower())
        from PySide6.QtGui import QFont
        from PySide6.QtWidgets import QApplication

        from xmem_gui.gui.app import make_application

        application = make_application()
        QApplication.setFont(QFont(QApplication.font().family(), 10))
        Studio(application, Path(folder), arguments.out, arguments.large).work()


class Studio:
    """The window on the sample, and where its pictures go.

    Parameters
    ----------
    application
        Qt's.
    folder
        For the video, its project and settings.
    out, large
        Where pictures go.
    """

    def __init__(self, application: QApplication, folder: Path, out: Path, large: Path | None) -> None:
        import hand

        from xmem_gui.gui.app import make_window
        from xmem_gui.gui.state.preferences import Preferences

        hand.WAIT = 600_000
        self._folder, self._out, self._large = folder, out, large
        out.mkdir(parents=True, exist_ok=True)
        self._preferences = Preferences(folder / "settings")
        self._film: list[tuple[Image.Image, int]] = []
        self.hand = hand.Hand(*make_window(application, self._preferences))

    def work(self) -> None:
        """Do the main job and take pictures on the way."""
        hand = self.hand
        hand.window.resize(*SMALL)
        self.shoot("welcome")
        self._open()
        self.shoot("hints")
        self._close_hints()
        self._prompt()
        self._follow()
        self._mend()
        self._views()
        self._looking()
        self._docks()
        self._dialogs()
        self._notice()
        self._save_film()
        hand.close()

    # The job

    def _open(self) -> None:
        hand = self.hand
        seen: list[bool] = []
        hand.session.opened.connect(lambda: seen.append(True))
        self._film_now(8)
        hand.do("file.sample")
        hand.wait(lambda: bool(seen), "the sample to open")
        hand.settle()

    def _close_hints(self) -> None:
        from xmem_gui.gui.shell.hints import Hints

        for hints in self.hand.window.findChildren(Hints):
            hints.hide()
        self._preferences.set(hints_shown=True)

    def _prompt(self) -> None:
        hand = self.hand
        self._film_now(8)
        hand.add_object()
        self._name("rabbit")
        hand.click(*RABBIT)
        self._film_now(12)
        hand.do("tool.scribble")
        hand.stroke(ROCKS, right=True)
        self.shoot("scribble")
        self._film_now(12)
        hand.do("tool.click")
        hand.click(*EAR)
        self.shoot("click")
        self._film_now(10)
        hand.add_object()
        self._name("rocks")
        hand.do("tool.box")
        hand.stroke(BOX)
        self._film_now(10)
        self.shoot("box")
        hand.session.selected = 1
        hand.do("tool.click")

    def _name(self, name: str) -> None:
        session = self.hand.session
        selected = session.selected
        assert selected is not None

        def rename(annotator: Annotator) -> Outcome:
            from xmem_gui.project import ChangeObject

            return annotator.project.apply(ChangeObject(selected, name=name))

        session.edit(rename)
        self.hand.settle()

    def _follow(self) -> None:
        hand = self.hand
        hand.do("propagate.forward")
        hand.wait(lambda: hand.session.job is not None, "the run")
        for taken in range(14):
            hand.wait(partial(self._is_done, 5 * taken), "frames")
            self._film_now(3)
            if taken == 6:
                self.shoot("propagating")
        hand.finished()
        self._film_now(8)

    def _is_done(self, frames: int) -> bool:
        job = self.hand.session.job
        return job is None or job.done >= frames

    def _mend(self) -> None:
        hand = self.hand
        hand.session.frame = 60
        hand.settle()
        self._film_now(6)
        hand.do("tool.scribble")
        hand.stroke(LATER_EAR)
        self._film_now(10)
        hand.stroke(BRANCH, right=True)
        self._film_now(10)
        hand.do("tool.click")
        hand.do("propagate.both")
        hand.finished()
        hand.session.frame = 44
        hand.settle()
        self._film_now(20)
        self.shoot("window")

    # States

    def _views(self) -> None:
        for name in ("outline", "mask", "cutout", "faded", "image", "overlay"):
            self.hand.do(f"view.{name}")
            self.hand.settle()
            self.shoot(f"view-{name}", self.hand.canvas)
        for name in ("brush", "polygon", "fill"):
            self.hand.do(f"tool.{name}")
            self.shoot(f"tool-{name}", self._workspace().canvas)
        self.hand.do("tool.click")

    def _looking(self) -> None:
        """Take what helps to look closely: what was before, onion skin, the loupe, the soft matte."""
        hand, canvas = self.hand, self._workspace().canvas
        hand.do("view.before")
        hand.wait(lambda: canvas.before.past is not None, "what was before")
        self.shoot("before", hand.canvas)
        hand.do("view.before")
        hand.do("view.onion")
        hand.wait(lambda: canvas.onion.skins is not None, "onion skin")
        self.shoot("onion-skin", hand.canvas)
        hand.do("view.onion")
        hand.do("tool.brush")
        hand.do("view.loupe")
        hand.hover(*EAR)
        self.shoot("loupe", hand.canvas)
        hand.do("view.loupe")
        hand.leave()
        hand.do("tool.click")
        self._preferences.set(refine=6.0, feather=1.5, cutout="#00b140")
        hand.do("view.matte")
        hand.settle()
        self.shoot("view-matte", hand.canvas)
        hand.do("view.overlay")
        self._preferences.set(refine=0.0, feather=0.0, cutout="")

    def _docks(self) -> None:
        from xmem_gui.project import ClassifyObjects

        self.hand.session.edit(lambda one: one.project.apply(ClassifyObjects((1,), "animal")))
        for name in ("objects", "review", "memory", "history", "timeline"):
            dock = self._workspace().docks[name]
            dock.show()
            dock.raise_()
            # The sample has hardly a mask below the default, and the guide shows what a list looks like.
            self._preferences.set(low_confidence=0.95 if name == "review" else 0.7)
            self.hand.settle()
            self._settle()
            self.shoot(f"dock-{name}", dock)
        self._workspace().docks["memory"].raise_()

    def _dialogs(self) -> None:
        from PySide6.QtWidgets import QApplication

        from xmem_gui.gui.dialogs import ExportDialog

        for name, action in {
            "export": "file.export", "import": "file.import", "models": "file.models",
            "settings": "file.settings", "shortcuts": "edit.shortcuts", "palette": "edit.palette",
            "about": "help.about",
        }.items():  # fmt: skip
            for look in ("light", "dark"):
                # Opened in each look: nobody changes the theme while a dialog is open.
                self._use(look)
                self.hand.do(action)
                self.hand.settle()
                shown = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
                dialog = next(one for one in shown if one is not self.hand.window)
                if isinstance(dialog, ExportDialog):
                    dialog.form.destination.setText("~/masks")
                self._settle()
                if isinstance(dialog, ExportDialog):
                    self.hand.wait(dialog.bar.begin.isEnabled, "the plan")
                    self._settle()
                save(dialog.grab().toImage(), self._out / f"dialog-{name}-{look}.png")
                dialog.close()
                self.hand.settle()

    def _notice(self) -> None:
        from xmem_gui.gui.state.values import notice_of

        self.hand.session.say("Exported to masks/Annotations/480p")
        self.hand.session.notice.emit(notice_of(RuntimeError("the network tripped")))
        self.hand.settle()
        self.shoot("notices")

    # Pictures

    def shoot(self, name: str, what: QWidget | None = None) -> None:
        """Take a state in light and in dark: of a widget, of the window by default."""
        window = self.hand.window
        for look in ("dark", "light"):
            self._use(look)
            widget = window if what is None else what
            save(widget.grab().toImage(), self._out / f"{name}-{look}.png")
        if self._large is not None and what is None:
            self._large.mkdir(parents=True, exist_ok=True)
            window.resize(*LARGE)
            self._settle()
            window.grab().save(str(self._large / f"{name}.png"))
            window.resize(*SMALL)
            self._settle()

    def _settle(self) -> None:
        """Wait for pictures on their way, also while a job runs."""
        seen: list[bool] = []
        from PySide6.QtCore import QTimer

        QTimer.singleShot(250, lambda: seen.append(True))
        self.hand.wait(lambda: bool(seen))

    def _use(self, look: str) -> None:
        self.hand.do(f"theme.{look}")
        self._settle()

    def _workspace(self) -> Workspace:
        workspace = self.hand.window.workspace
        assert workspace is not None
        return workspace

    def _film_now(self, tenths: int) -> None:
        self._film.append((pillow(self.hand.window.grab().toImage()), tenths))

    def _save_film(self) -> None:
        from PIL import Image

        frames = [
            picture.resize((800, 450), Image.Resampling.LANCZOS).quantize(160, dither=Image.Dither.NONE)
            for picture, _ in self._film
        ]
        frames[0].save(
            self._out / "main-job.gif", save_all=True, append_images=frames[1:],
            duration=[100 * tenths for _, tenths in self._film], loop=0, optimize=True,
        )  # fmt: skip


def pillow(image: QImage) -> Image.Image:
    """Return a QImage as a picture of Pillow's."""
    from PIL import Image
    from PySide6.QtGui import QImage

    image = image.convertToFormat(QImage.Format.Format_RGB888)
    data = bytes(image.constBits())
    return Image.frombytes(
        "RGB", (image.width(), image.height()), data, "raw", "RGB", image.bytesPerLine(), 1
    )


def save(image: QImage, path: Path) -> None:
    """Save a picture with as many colours as its size in bytes allows."""
    from PIL import Image

    whole = pillow(image)
    for colours in (256, 128, 64, 32):
        whole.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return


if __name__ == "__main__":
    main()
