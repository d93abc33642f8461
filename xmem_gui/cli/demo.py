"""``interactive_demo.py``: the window, with the flags that XMem's own demo had."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xmem_gui.cli.sentences import code_of
from xmem_gui.cli.window import show_window
from xmem_gui.errors import XmemGuiError, why_no_file
from xmem_gui.gui.shell.start import WindowStart
from xmem_gui.heap import keep_heap
from xmem_gui.outputs import Inputs

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.state.session import Session

_PICTURES = {".jpg", ".jpeg", ".png"}
_MEMORY = {
    "mem_every": "memory_every",
    "top_k": "top_k",
    "max_mid_term_frames": "max_working_frames",
    "min_mid_term_frames": "min_working_frames",
    "max_long_term_elements": "max_long_term_tokens",
    "num_prototypes": "prototypes",
    "deep_update_every": "deep_update_every",
}
"""The demo's flags by the names that `MemoryConfig` has."""


@dataclass(frozen=True)
class Demo:
    """What the flags ask for.

    Attributes
    ----------
    path
        What to open; None for the welcome page.
    project
        Where its project is; None for beside it.
    masks
        An old workspace's folder of masks to import, or None.
    objects
        How many objects there shall be at least.
    model
        Name or file; None for the one in the settings.
    size
        The network's shorter side; None for the video's own.
    memory
        Memory settings that were given.
    full_precision
        Whether to compute in float32 only.
    """

    path: Path | None
    project: Path | None
    masks: Path | None
    objects: int
    model: str | None
    size: int | None
    memory: dict[str, int]
    full_precision: bool


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the demo; never returns."""
    keep_heap()
    flags = _parser().parse_args(arguments)

    def show() -> None:
        demo = demo_of(flags)
        show_window(WindowStart(demo.path, demo.project, then=lambda session: prepare(session, demo)))

    sys.exit(code_of(show))


def demo_of(flags: argparse.Namespace) -> Demo:
    """Return what flags ask for.

    Raises
    ------
    XmemGuiError
        If a path is not there.
    """
    workspace: Path | None = flags.workspace
    images, masks = _old_workspace(workspace)
    source: Path | None = images if masks is not None else flags.video or flags.images or images
    if source is not None and (why := why_no_file(source, folder=True)):
        raise XmemGuiError(why)
    if source is None and workspace is not None:
        raise XmemGuiError(f"{workspace} has no folder images: give --video or --images too.")
    memory = {name: getattr(flags, flag) for flag, name in _MEMORY.items()}
    project = None if workspace is None else workspace / f"{workspace.resolve().name}.xmem"
    if project is not None and not project.exists():
        Inputs(path for path in (source, masks) if path is not None).check(project)
    return Demo(
        path=source,
        project=project,
        masks=masks,
        objects=flags.num_objects or 0,
        model=flags.model,
        size=flags.size if flags.size > 0 else None,
        memory={name: value for name, value in memory.items() if value is not None},
        full_precision=flags.no_amp,
    )


def prepare(session: Session, demo: Demo) -> None:
    """Set what computes, import an old workspace's masks into a new project, add objects."""

    def configure(annotator: Annotator) -> None:
        from dataclasses import replace

        from xmem_gui.annotator import memory_of

        model = demo.model or annotator.settings.model
        memory = memory_of(model, **demo.memory) if demo.memory else None
        settings = replace(annotator.settings, model=model, size=demo.size, memory=memory)
        annotator.settings = replace(settings, precision="float32") if demo.full_precision else settings

    annotator = session.annotator
    if annotator is None:
        return
    session.engine.submit(lambda: configure(annotator), lambda _: session.settings_changed.emit())
    session.edit(lambda one: fill(one, demo))


def fill(annotator: Annotator, demo: Demo) -> None:
    """Import the masks and add the objects that an untouched project lacks."""
    if annotator.project.history:
        return
    if demo.masks is not None:
        annotator.import_masks(annotator.plan_import(demo.masks), repair=True)
    for _ in range(len(annotator.project.objects), demo.objects):
        annotator.add_object()


def _old_workspace(workspace: Path | None) -> tuple[Path | None, Path | None]:
    """Return the images and the masks of a folder that XMem's demo made; None for what it lacks."""
    if workspace is None:
        return None, None
    images, masks = workspace / "images", workspace / "masks"
    return (images if _has_pictures(images) else None), (
        masks if _has_pictures(images) and _has_pictures(masks) else None
    )


def _has_pictures(folder: Path) -> bool:
    return folder.is_dir() and any(one.suffix.lower() in _PICTURES for one in folder.iterdir())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="The window of xmem-gui, with the flags of XMem's demo. "
        "`xmem-gui` does the same and more; `xmem-gui --help` lists it."
    )
    add = parser.add_argument
    add("--video", type=Path, help="a video file")
    add("--images", type=Path, help="a folder of images")
    add("--workspace", type=Path, help="where the project is kept; images/ and masks/ in it are taken over")
    add("--num_objects", type=int, help="how many objects to begin with")
    add("--model", help="compact, xmem, xmem-s012, or the path of a checkpoint")
    add("--size", type=int, default=480, help="shorter side at which the network works; -1: the video's")
    for flag in _MEMORY:
        add(f"--{flag}", type=int, help="default: what suits the model")
    add("--no_amp", action="store_true", help="compute in full precision (float32)")
    # What the old demo had and this one has no need of.
    for flag in ("--s2m_model", "--fbrs_model", "--buffer_size"):
        add(flag, help=argparse.SUPPRESS)
    return parser
