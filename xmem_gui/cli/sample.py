"""``xmem-gui sample``: the window on the clip that ships with the program, or the main job on it."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import INTERRUPTED, interruptible, print_json, progress_bar, say, shown, warn
from xmem_gui.cli.propagate import facts_of
from xmem_gui.cli.window import show_window
from xmem_gui.gui.shell.start import WindowStart


def sample(
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder for masks and overlay video. No window is opened. [default: xmem-sample]"),
    ] = None,
    no_window: Annotated[
        bool, typer.Option("--no-window", help="Do the job without a window, even if one can be shown.")
    ] = False,
    model: options.Model = options.DEFAULTS.model,
    device: options.Device = options.DEFAULTS.device,
    json: options.Json = False,
) -> None:
    """Open the window on the sample clip.

    Without a display, or with --no-window or --out: follow the rabbit and the rocks through it, and make an
    overlay video.
    """
    if out is None and not no_window and not json:
        _open_window()
    out = out or Path("xmem-sample")
    from xmem_gui.annotator import EngineSettings, PropagateRequest, propagate_to_folder, write_overlay
    from xmem_gui.annotator.overlay import OVERLAY
    from xmem_gui.assets import asset
    from xmem_gui.outputs import check_replaceable

    check_replaceable(out / "overlay.mp4", (OVERLAY,), overwrite=True)
    video = asset("sample/sample.mp4")
    request = PropagateRequest(
        video=video, masks=(str(asset("sample/sample.png")),), out=out / "masks", overwrite=True,
        settings=EngineSettings(model=model, device=device),
    )  # fmt: skip
    with interruptible() as cancelled, progress_bar("sample") as show:
        summary = propagate_to_folder(request, progress=lambda p: show(p.done, p.total), cancelled=cancelled)
    if summary.cancelled:
        raise typer.Exit(INTERRUPTED)
    overlay = write_overlay(video, summary.out, out / "overlay.mp4")
    say(f"Tracked {len(summary.objects)} objects through {summary.frames} frames "
        f"at {summary.frames_per_second:.1f} frames/s.")  # fmt: skip
    say(f"masks:   {shown(summary.out)}")
    say(f"overlay: {shown(overlay)}")
    if json:
        print_json(facts_of(summary) | {"overlay": str(overlay)})


def _open_window() -> None:
    """Show the window and exit; return if there is no display, or say why none can be shown."""
    from xmem_gui.gui.shell.platform_check import has_display, why_no_window

    if not has_display():
        return
    why = why_no_window()
    if why:
        warn(why)
        return
    show_window(WindowStart(sample=True))
