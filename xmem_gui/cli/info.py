"""``xmem-gui info``: what a video is, or what a project holds."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import print_json, put


def info(
    path: Annotated[
        Path, typer.Argument(help="A video file, a folder of images or a project (.xmem).", exists=True)
    ],
    display_range: options.DisplayRangeOption = None,
    json: options.Json = False,
) -> None:
    """Say what a video is (size, frames, rate, codec, damage), or what a project holds.

    A project is looked into even if its video is gone.
    """
    from xmem_gui.annotator import summary_of
    from xmem_gui.project.peek import is_project
    from xmem_gui.video import video_info

    shown = options.shown_range(display_range)
    facts = asdict(summary_of(path) if is_project(path) else video_info(path, display_range=shown))
    if json:
        print_json(facts)
    else:
        _show(facts)


def _show(facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if value in (None, (), ""):
            continue
        if name == "objects":
            for one in value:
                category = f" ({one['category']})" if one["category"] else ""
                put(f"{'object':15} {one['id']} {one['name']}{category}: masks on {one['masks']:,} frames, "
                    f"{one['committed']:,} of them committed")  # fmt: skip
            continue
        text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        put(f"{name.replace('_', ' '):15} {'; '.join(value) if isinstance(value, tuple) else text}")
