"""Hear what changes in a project, and what people should know, whoever makes the change.

    python examples/09_listen.py [FOLDER]

A listener is called after each edit, undo, redo and frame of a run, also for changes that the window or
another thread makes. Use it to keep a view up to date, or to write a log.
"""

import sys
from pathlib import Path

from xmem_gui.annotator import Annotator
from xmem_gui.assets import asset
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.project import DocumentChange, Fact


def main(out: Path) -> None:
    """Edit a project and print what its listeners hear."""
    out.mkdir(parents=True, exist_ok=True)
    with Annotator.open(asset("sample/sample.mp4"), project=out / "listened.xmem") as annotator:
        annotator.project.changed.connect(tell)
        annotator.project.hear(lambda notice: print(f"notice: {notice.text}"))

        rabbit = annotator.add_object("rabbit")
        annotator.set_mask(0, rabbit.id, read_index_mask(asset("sample/sample.png")) == 1)
        annotator.editing.grow(0, rabbit.id, radius=3)
        annotator.undo()
        annotator.project.flush()  # from here on everything is on the disk


def tell(change: DocumentChange) -> None:
    """Print one change: what kind of fact, on which frames, of which objects; None stands for any."""
    facts = [fact.name.lower() for fact in (Fact.MASKS, Fact.OBJECTS, Fact.HISTORY) if fact in change.facts]
    frames, objects = (None if some is None else sorted(some) for some in (change.frames, change.objects))
    print(f"heard: {', '.join(facts)}; frames {frames}, objects {objects}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
