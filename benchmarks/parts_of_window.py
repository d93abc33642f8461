"""Parts of `window.py`: what a person does beside the main job, each by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from hand import Hand
from PySide6.QtCore import Qt
from stalls import close_dialog, shown_dialog
from timeline import propagate, spin

Part = tuple[str, Callable[[], object]]
CTRL = Qt.KeyboardModifier.ControlModifier
_VIEWS = ("outline", "mask", "cutout", "matte", "faded", "image", "overlay")
_SWITCHES = ("onion", "onion_keys", "loupe", "before", "hide")
_DIALOGS = {
    "export": "file.export",
    "import": "file.import",
    "models": "file.models",
    "settings": "file.settings",
    "palette": "edit.palette",
    "shortcuts": "edit.shortcuts",
    "batch": "file.batch",
    "guide": "help.guide",
    "about": "help.about",
    "edge of the matte": "view.matte_edge",
}


def dialogs(hand: Hand) -> list[Part]:
    """Open every dialog twice: the first time its code may still have to be loaded."""
    return [
        (f"{what} dialog, {time} time", partial(_open_and_close, hand, action))
        for what, action in _DIALOGS.items()
        for time in ("first", "second")
    ]


def _open_and_close(hand: Hand, action: str) -> None:
    hand.do(action)
    hand.wait(lambda: shown_dialog() is not None, action)
    spin(700)
    close_dialog()


def views(hand: Hand) -> list[Part]:
    """Every way of showing masks, first painted and then over ten frames; the themes."""
    parts: list[Part] = [(f"view {view}", partial(_view, hand, view)) for view in _VIEWS]
    parts += [(f"view switch {name}", partial(_twice, hand, f"view.{name}")) for name in _SWITCHES]
    parts.append(("zoom to the object and back", partial(_zoom, hand)))
    parts += [
        (f"theme {name}", partial(_do, hand, f"theme.{name}")) for name in ("light", "contrast", "dark")
    ]
    return parts


def _view(hand: Hand, view: str) -> None:
    hand.do(f"view.{view}")
    spin(200)
    for _ in range(10):
        hand.key(Qt.Key.Key_Right)
        spin(40)


def _twice(hand: Hand, action: str) -> None:
    for _ in range(2):
        hand.do(action)
        spin(300)


def _zoom(hand: Hand) -> None:
    hand.session.selected = hand.session.objects[0].id
    hand.settle()
    hand.do("go.object_first")
    hand.settle()
    hand.do("view.object")
    spin(300)
    hand.do("view.fit")
    spin(300)


def _do(hand: Hand, action: str) -> None:
    hand.do(action)
    spin(500)


def reviewing(hand: Hand) -> list[Part]:
    """The docks of review, history and memory, and going through what is to be reviewed."""
    parts: list[Part] = [
        (f"showing the dock {name}", partial(_do, hand, f"window.{name}"))
        for name in ("review", "history", "memory")
    ]
    return [*parts, ("going to frames to review", partial(_next_to_review, hand))]


def _next_to_review(hand: Hand) -> None:
    for _ in range(5):
        hand.do("review.next")
        spin(100)
    hand.do("review.previous")
    hand.settle()


def long_run(hand: Hand, frames: int) -> list[Part]:
    """A run of 600 frames without a network, its end, its undo and redo."""

    def undo(keys: str) -> None:
        hand.do(keys)
        hand.settle()
        spin(500)

    return [
        ("a run of 600 frames and its end", lambda: (propagate(hand.session, frames), hand.settle())),
        ("undo of the run", partial(undo, "edit.undo")),
        ("redo of the run", partial(undo, "edit.redo")),
    ]


def delete_and_undo(hand: Hand) -> None:
    hand.do("object.delete")
    hand.settle()
    spin(300)
    hand.key(Qt.Key.Key_Z, CTRL)
    hand.settle()
    spin(300)


def look_at_import(hand: Hand, masks: Path) -> None:
    """Open the import dialog and look at what is in a folder."""
    from xmem_gui.gui.dialogs import ImportDialog

    hand.do("file.import")
    dialog = hand.dialog(ImportDialog)
    dialog.path.setText(str(masks))
    dialog.look()
    hand.wait(lambda: dialog.found is not None, "what is in the files")


def import_masks(hand: Hand) -> None:
    """Take the masks in that were found, beside those that there are."""
    from xmem_gui.gui.dialogs import ImportDialog

    dialog = hand.dialog(ImportDialog)
    before = hand.session.next_undo
    dialog.import_()
    hand.wait(lambda: dialog.found is None, "the import")
    hand.settle()
    assert before is not None
    close_dialog()
