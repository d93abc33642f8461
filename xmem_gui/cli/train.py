"""``xmem-gui train``: make the weights that ship with the program, better ones, or the published XMem's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from xmem_gui.cli.console import say, shown

if TYPE_CHECKING:
    from xmem_gui.training.runs import RunConfig

Config = TypeVar("Config", bound="RunConfig[Any]")

app = typer.Typer(help="Train networks.", no_args_is_help=True)

_ROW = """The run writes log.jsonl, checkpoint.pt and latest.safetensors (float16); interrupted, it goes on by
itself, exactly."""

_Data = Annotated[
    Path, typer.Argument(help="Folder of training material: video/, stills/, cutouts/ ...", exists=True)
]
_Out = Annotated[Path, typer.Option(help="Folder for checkpoints, log and weights.")]
_Stage = Annotated[
    int | None,
    typer.Option(help="Stop after this stage, counted from 1. By default, all stages are run.", min=1),
]
_First = Annotated[int, typer.Option(help="Start with this stage.", min=1)]
_Load = Annotated[
    Path | None, typer.Option(help="Weights to start from, of an earlier run or stage.", exists=True)
]
_Backbone = Annotated[
    Path | None,
    typer.Option(help="Weights of torchvision's MobileNetV2 (safetensors) to start from.", exists=True),
]
_Device = Annotated[str, typer.Option(help="Name of a torch device.")]
_Seed = Annotated[int, typer.Option(help="Seed of first weights, pictures and their order.")]
_Precision = Annotated[
    Literal["float32", "bfloat16", "float16"],
    typer.Option(help="Lower ones are faster where the device computes in them; float16 scales gradients."),
]
_For = Annotated[
    str | None,
    typer.Option(
        "--for",
        help="Train so long, the learning rate falling over the time, in one stage: the one of --stage, or"
        " the last.",
        metavar="90s|8m|2h",
    ),
]
_Batch = Annotated[
    int | None,
    typer.Option(help="Clips or pictures per step. A GPU takes 32 to 48 in little more time.", min=1),
]
_Workers = Annotated[
    int | None,
    typer.Option(help="Processes that make clips; default: one, beside a GPU all cores but one.", min=0),
]
_Scale = Annotated[float, typer.Option(help="Fraction of the recipe's steps to run.", min=0.00001)]


@app.command(epilog=_ROW)
def compact(
    data: _Data,
    out: _Out = Path("runs/compact"),
    stage: _Stage = None,
    first: _First = 1,
    load: _Load = None,
    backbone: _Backbone = None,
    device: _Device = "cpu",
    precision: _Precision = "float32",
    seed: _Seed = 1,
    scale: _Scale = 1.0,
    for_: _For = None,
    batch: _Batch = None,
    workers: _Workers = None,
) -> None:
    """Train the compact XMem, a stage at a time or all."""
    from dataclasses import replace

    from xmem_gui.training import compact_recipe, train

    config = compact_recipe(data, out, first=first, load=load, scale=scale)
    config = replace(config, backbone=backbone, device=device, precision=precision, seed=seed)
    stages = _stages_to(stage, first, len(config.stages))
    config, stages = _in_time(config, stages, for_)
    config = _on_this_machine(config, batch=batch, workers=workers)
    _log_steps()
    _tell(train(config, stages=stages))


@app.command(epilog=_ROW)
def clicks(
    data: _Data,
    out: _Out = Path("runs/clicks"),
    stage: _Stage = None,
    first: _First = 1,
    load: _Load = None,
    backbone: _Backbone = None,
    device: _Device = "cpu",
    precision: _Precision = "float32",
    seed: _Seed = 1,
    scale: _Scale = 1.0,
    for_: _For = None,
    batch: _Batch = None,
    workers: _Workers = None,
) -> None:
    """Train the compact click model, a stage at a time or all."""
    from dataclasses import replace

    from xmem_gui.training import click_recipe, train_clicks

    config = click_recipe(data, out, first=first, load=load, scale=scale)
    config = replace(config, backbone=backbone, device=device, precision=precision, seed=seed)
    stages = _stages_to(stage, first, len(config.stages))
    config, stages = _in_time(config, stages, for_)
    config = _on_this_machine(config, batch=batch, workers=workers)
    _log_steps()
    _tell(train_clicks(config, stages=stages))


@app.command(epilog=_ROW)
def xmem(
    data: Annotated[
        Path, typer.Argument(help="Folder that holds static/, BL30K/, YouTubeVOS/ and DAVIS/.", exists=True)
    ],
    stage: Annotated[
        str, typer.Option(help="0, 1, 2, 3, or several one after the other: s03, s012.")
    ] = "s03",
    out: Annotated[Path, typer.Option(help="Each stage goes into a folder in it: s0, s03.")] = Path(
        "runs/xmem"
    ),
    load: _Load = None,
    resnet50: Annotated[
        Path | None, typer.Option(help="torchvision's weights, for the key encoder.", exists=True)
    ] = None,
    resnet18: Annotated[
        Path | None, typer.Option(help="torchvision's weights, for the value encoder.", exists=True)
    ] = None,
    device: _Device = "cuda",
    precision: _Precision = "bfloat16",
    workers: Annotated[int, typer.Option(help="Processes that make clips, for each that trains.", min=0)] = 8,
    seed: _Seed = 1,
    scale: _Scale = 1.0,
) -> None:
    """Train the full XMem as in the paper; on several GPUs: torchrun --no-python xmem-gui train xmem ..."""
    from dataclasses import replace

    from xmem_gui.training import paper_recipes, train_all

    if (resnet50 is None) != (resnet18 is None):
        raise typer.BadParameter("give --resnet50 and --resnet18 together")
    runs = paper_recipes(stage, data, out, load=load, scale=scale)
    if resnet50 is not None and resnet18 is not None:
        runs[0] = replace(runs[0], resnets=(resnet50, resnet18))
    _log_steps()
    _tell(
        train_all(
            [
                replace(run, device=device, precision=precision, workers=workers, seed=seed + number)
                for number, run in enumerate(runs)
            ]
        )
    )


def _stages_to(stage: int | None, first: int, count: int) -> int | None:
    """Return how many of ``count`` stages, which begin with stage ``first``, end with stage ``stage``."""
    if stage is None:
        return None
    if not first <= stage < first + count:
        raise typer.BadParameter(f"--stage {stage}: give one of {first} to {first + count - 1}")
    return stage - first + 1


def _in_time(config: "Config", stages: int | None, time: str | None) -> "tuple[Config, int | None]":
    """Return a run that takes the time of ``--for``, if there is one, and how many stages to run of it."""
    from dataclasses import replace

    from xmem_gui.training import against_clock

    if time is None:
        return config, stages
    return against_clock(replace(config, stages=config.stages[:stages]), _seconds(time)), None


def _seconds(text: str) -> float:
    """Return a time such as 90s, 8m or 2h in seconds."""
    import math

    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
    try:
        seconds = float(text[:-1]) * unit
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise typer.BadParameter(f"'{text}' is no time: say 90s, 8m or 2h", param_hint="--for")
    return seconds


def _on_this_machine(config: "Config", *, batch: int | None, workers: int | None) -> "Config":
    """Return a run with other batches, and as many processes that make clips as the machine has room for."""
    import os
    from dataclasses import replace

    if batch is not None:
        config = replace(config, stages=tuple(replace(one, batch=batch) for one in config.stages))
    if workers is None and config.device != "cpu":
        workers = max((os.cpu_count() or 2) - 1, 1)
    return config if workers is None else replace(config, workers=workers)


def _log_steps() -> None:
    """Show the log's lines; of several processes only the first speaks."""
    import logging

    from xmem_gui.training import started_first

    if started_first():
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


def _tell(weights: Path) -> None:
    from xmem_gui.training import started_first

    if started_first():
        say(f"The run's weights are in {shown(weights)}")
