"""``xmem-gui sample``: the main job on the clip that ships with the program."""

from pathlib import Path
from typing import Annotated

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import INTERRUPTED, interruptible, print_json, progress_bar, say, shown


def sample(
    out: Annotated[Path, typer.Option(help="Folder for masks and overlay video.")] = Path("xmem-sample"),
    model: options.Model = "compact",
    device: options.Device = "auto",
    json: options.Json = False,
) -> None:
    """Follow the rabbit and the rocks through the sample clip, and make an overlay video."""
    from xmem_gui.annotator import EngineSettings, PropagateRequest, propagate_to_folder, write_overlay
    from xmem_gui.assets import asset

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
    say(f"Followed {len(summary.objects)} objects through {summary.frames} frames "
        f"at {summary.frames_per_second:.1f} frames/s.")  # fmt: skip
    say(f"masks:   {shown(summary.out)}")
    say(f"overlay: {shown(overlay)}")
    if json:
        print_json(
            {
                "frames": summary.frames,
                "seconds": round(summary.seconds, 3),
                "frames_per_second": round(summary.frames_per_second, 3),
                "objects": list(summary.objects),
                "out": str(summary.out),
                "overlay": str(overlay),
            }
        )
