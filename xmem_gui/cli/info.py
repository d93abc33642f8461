"""``xmem-gui info``: what a video is."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import print_json, put


def info(
    video: Annotated[Path, typer.Argument(help="A video file or a folder of images.", exists=True)],
    json: options.Json = False,
) -> None:
    """Say what a video is: size, frames, rate, codec, damage."""
    from xmem_gui.video import video_info

    facts = asdict(video_info(video))
    if json:
        print_json(facts)
        return
    for name, value in facts.items():
        if value not in (None, (), ""):
            text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
            put(f"{name.replace('_', ' '):15} {'; '.join(value) if isinstance(value, tuple) else text}")
