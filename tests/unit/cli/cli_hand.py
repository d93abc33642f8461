"""The commands, run in this process, and what they are called with."""

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from small_job import make_job

from xmem_gui.cli.given import path_parameters
from xmem_gui.cli.main import app, main


@dataclass(frozen=True)
class Done:
    """How a command ended: its code, and what it said."""

    code: int
    out: str
    err: str


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Done:
    """Run a command as the program does; whatever it raises that is no exit is the test's failure."""
    monkeypatch.setattr(sys, "argv", ["xmem-gui", *map(str, arguments)])
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as end:
        main()
    for one in (out, err):
        one.seek(0)
    code = end.value.code
    return Done(code if isinstance(code, int) else 0 if code is None else 1, out.read(), err.read())


def commands(
    group: typer.Typer = app, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Callable]]:
    """Yield every command of the program, by the words that call it."""
    for one in group.registered_commands:
        assert one.callback is not None
        yield (*before, one.name or one.callback.__name__.replace("_", "-")), one.callback
    for inner in group.registered_groups:
        yield from commands(inner.typer_instance, (*before, str(inner.name)))


def paths_of(words: tuple[str, ...]) -> frozenset[str]:
    """Return the names of a command's parameters that are paths."""
    return path_parameters(dict(commands())[words])


def make_place(folder: Path) -> Path:
    """Make what commands read: frames, a mask, weights, a picture, a data set, photos."""
    job = make_job(folder, frames=3)
    rng = np.random.default_rng(1)
    for name in ("image.png", "data/JPEGImages/480p/a/00000.jpg", "photos/backgrounds/0.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (48, 64, 3), np.uint8)).save(folder / name)
    (folder / "photos/cutouts").mkdir()
    (folder / "data/Annotations/480p/a").mkdir(parents=True)
    Image.fromarray(np.eye(48, 64, dtype=np.uint8)).save(folder / "data/Annotations/480p/a/00000.png")
    (folder / "training").mkdir()
    (folder / "weights.safetensors").write_bytes(job.model.read_bytes())
    return folder


READ: dict[tuple[str, ...], tuple[str, ...]] = {
    ("open",): (),
    ("sample",): ("--no-window", "--device", "cpu"),
    ("propagate",): ("video", "--mask", "mask.png", "--model", "model.safetensors", "--device", "cpu"),
    ("segment",): ("image.png", "--point", "9,9", "--model", "model.safetensors", "--device", "cpu"),
    ("batch",): (".", "--out", "results", "--dry-run"),
    ("plugins",): (),
    ("info",): ("video",),
    ("export",): ("video", "--format", "coco"),
    ("relink",): ("video.xmem", "video"),
    ("import",): ("video", "data/Annotations/480p/a"),
    ("formats",): (),
    ("evaluate", "vos"): ("data", "--device", "cpu"),
    ("evaluate", "paper"): ("data", "--device", "cpu"),
    ("evaluate", "compression"): ("data", "--device", "cpu"),
    ("evaluate", "made"): ("--data", "photos", "--device", "cpu"),
    ("evaluate", "interactive"): ("data", "--device", "cpu"),
    ("evaluate", "clicks"): ("data", "--device", "cpu"),
    ("models", "list"): (),
    ("models", "download"): ("compact",),
    ("models", "path"): ("compact",),
    ("train", "compact"): ("training", "--load", "weights.safetensors"),
    ("train", "clicks"): ("training", "--load", "weights.safetensors"),
    ("train", "xmem"): ("training", "--load", "weights.safetensors"),
}
"""How each command is called on such a place, less where its results go."""
POSITIONAL = {("evaluate", "made"): "out"}
"""Results that are told without an option."""
