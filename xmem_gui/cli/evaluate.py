"""``xmem-gui evaluate``: measure quality on datasets with known masks."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from xmem_gui.cli import options
from xmem_gui.cli.console import print_json, progress_bar, say, shown

app = typer.Typer(help="Measure quality on datasets with known masks.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``vos`` a subcommand while it is the only one."""


@app.command()
def vos(
    dataset: Annotated[
        Path, typer.Argument(help="A folder in the DAVIS layout: JPEGImages/ and Annotations/.", exists=True)
    ],
    out: Annotated[Path, typer.Option(help="Where predictions and scores are kept.")] = Path("evaluation"),
    sequence: Annotated[list[str] | None, typer.Option(help="Only these sequences; repeatable.")] = None,
    model: options.Model = "compact",
    device: options.Device = "auto",
    size: options.Size = 480,
    memory_every: options.MemoryEvery = None,
    top_k: options.TopK = None,
    max_working: options.MaxWorking = None,
    min_working: options.MinWorking = None,
    max_long_term: options.MaxLongTerm = None,
    prototypes: options.Prototypes = None,
    resume: Annotated[
        bool, typer.Option("--resume/--again", help="Keep sequences that are finished.")
    ] = True,
    json: options.Json = False,
) -> None:
    """Segment every sequence from its first masks and score it: J, F and J&F as vos-benchmark has them."""
    from xmem_gui.annotator import make_engine
    from xmem_gui.evaluation import EngineSegment, VosStep, evaluate_vos
    from xmem_gui.model import find_model

    settings = options.settings_of(
        model=model, device=device, size=size, memory_every=memory_every, top_k=top_k,
        max_working_frames=max_working, min_working_frames=min_working,
            max_long_term_tokens=max_long_term,
        prototypes=prototypes,
    )  # fmt: skip
    file = find_model(model)
    with progress_bar("") as show:

        def step(at: VosStep) -> None:
            show(at.frames, at.total, title=f"{at.sequence} ({at.index + 1}/{at.count}): {at.stage}")

        scores = evaluate_vos(
            dataset,
            EngineSegment(make_engine(settings)),
            out=out,
            resume=resume,
            sequences=sequence,
            settings=asdict(settings) | {"file": [file.name, file.stat().st_size, file.stat().st_mtime_ns]},
            progress=step,
        )
    table = Table("sequence", "objects", "J", "F", "J&F", "frames/s")
    for name, row in scores.sequences.items():
        speed = f"{row.timing.frames_per_second:.1f}" if row.timing else ""
        table.add_row(
            name, str(len(row.objects)), f"{row.j:.1f}", f"{row.f:.1f}", f"{row.j_and_f:.1f}", speed
        )
    table.add_section()
    table.add_row("all", "", f"{scores.j:.1f}", f"{scores.f:.1f}", f"{scores.j_and_f:.1f}", "")
    Console(stderr=True).print(table)
    say(f"Predictions and scores are in {shown(out)}")
    if json:
        print_json(scores.as_dict())
