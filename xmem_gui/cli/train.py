"""``xmem-gui train``: make the weights that ship with the program, or better ones."""

from pathlib import Path
from typing import Annotated

import typer

from xmem_gui.cli.console import say, shown

app = typer.Typer(help="Train networks.", no_args_is_help=True)


@app.command()
def compact(
    data: Annotated[
        Path, typer.Argument(help="Folder of training material: video/, stills/, cutouts/ ...", exists=True)
    ],
    out: Annotated[Path, typer.Option(help="Where checkpoints, log and weights go.")] = Path("runs/compact"),
    backbone: Annotated[
        Path | None,
        typer.Option(help="safetensors of torchvision's MobileNetV2, to start from.", exists=True),
    ] = None,
    device: Annotated[str, typer.Option(help="Name of a torch device.")] = "cpu",
    seed: Annotated[int, typer.Option(help="Decides first values, clips and order.")] = 1,
    scale: Annotated[float, typer.Option(help="Share of the recipe's steps to run.", min=0.001)] = 1.0,
) -> None:
    """Train the compact XMem; an interrupted run goes on by itself, exactly.

    The run writes log.jsonl, checkpoint.pt and latest.safetensors (the averaged weights, float16).
    """
    import logging

    from xmem_gui.training import compact_recipe, train

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = compact_recipe(data, out, backbone=backbone, device=device, seed=seed, scale=scale)
    train(config)
    say(f"The run's weights are in {shown(out)}")


@app.command()
def clicks(
    data: Annotated[
        Path, typer.Argument(help="Folder of training material: video/, stills/, cutouts/ ...", exists=True)
    ],
    out: Annotated[Path, typer.Option(help="Where checkpoints, log and weights go.")] = Path("runs/clicks"),
    backbone: Annotated[
        Path | None,
        typer.Option(help="safetensors of torchvision's MobileNetV2, to start from.", exists=True),
    ] = None,
    device: Annotated[str, typer.Option(help="Name of a torch device.")] = "cpu",
    seed: Annotated[int, typer.Option(help="Decides first values, pictures and prompts.")] = 1,
    scale: Annotated[float, typer.Option(help="Share of the recipe's steps to run.", min=0.001)] = 1.0,
) -> None:
    """Train the compact click model; an interrupted run goes on by itself, exactly.

    The run writes log.jsonl, checkpoint.pt and latest.safetensors (the averaged weights, float16).
    """
    import logging

    from xmem_gui.training import click_recipe, train_clicks

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = click_recipe(data, out, backbone=backbone, device=device, seed=seed, scale=scale)
    train_clicks(config)
    say(f"The run's weights are in {shown(out)}")
