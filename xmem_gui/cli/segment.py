"""``xmem-gui segment``: from clicks and a box on one image to a mask."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import print_json, say, shown, warn

if TYPE_CHECKING:
    from xmem_gui.interaction import Prompts


def segment(
    image: Annotated[Path, typer.Argument(help="An image file.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="The mask: a palette PNG, 1 in the object and 0 elsewhere.")],
    point: Annotated[
        list[str] | None, typer.Option(help="A point in the object. Repeatable.", metavar="X,Y")
    ] = None,
    negative: Annotated[
        list[str] | None, typer.Option(help="A point outside the object. Repeatable.", metavar="X,Y")
    ] = None,
    box: Annotated[
        str | None, typer.Option(help="A rectangle around the object.", metavar="X0,Y0,X1,Y1")
    ] = None,
    model: Annotated[
        str, typer.Option(help="A name from `xmem-gui models list`, or the path of a checkpoint.")
    ] = "compact",
    device: options.Device = options.DEFAULTS.device,
    display_range: options.DisplayRangeOption = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a mask that this program wrote before.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Make the mask of an object that clicks and a box show.

    Places are pixels from the left and upper edge, fractions allowed: 0.5,0.5 is the middle of the first.
    """
    from xmem_gui.device import choose_device
    from xmem_gui.errors import XmemGuiError
    from xmem_gui.formats.davis import INDEX_MASK, write_index_mask
    from xmem_gui.interaction import Prompts
    from xmem_gui.interaction.rounds import Round
    from xmem_gui.interaction.segmenters import make_segmenter, segmenter_file
    from xmem_gui.outputs import Inputs, check_replaceable
    from xmem_gui.video.pictures import read_values, to_rgb

    prompts = _prompts(point or [], negative or [], box)
    if out.suffix.lower() != ".png":
        raise typer.BadParameter("the mask is a PNG file, so its name must end in .png", param_hint="--out")
    weights = segmenter_file(model)
    Inputs([image] if weights is None else [image, weights]).check(out)
    check_replaceable(out, (INDEX_MASK,), overwrite=overwrite)
    picture = to_rgb(read_values(image), options.shown_range(display_range))
    height, width = picture.shape[:2]
    inside = prompts.clipped((height, width))
    if inside.box is None and not any(point.positive for point in inside.points):
        raise XmemGuiError(
            f"All that says where the object is lies outside {image.name}, which has {width} x {height} "
            "pixels."
        )
    if inside != prompts:
        warn(f"some of it lies outside {image.name}, which has {width} x {height} pixels, and says nothing.")
    prepared = make_segmenter(model, choose_device(device)).prepare(picture)
    mask = Round().replayed(prepared, prompts.since(Prompts()) or ()).mask((height, width))
    write_index_mask(out, mask)
    area = int(mask.sum())
    say(f"{area:,} of {mask.size:,} pixels in {shown(out)}")
    if json:
        print_json({"out": str(out), "width": width, "height": height, "area": area, "model": model})


def _prompts(points: Sequence[str], negative: Sequence[str], box: str | None) -> "Prompts":
    """Return what the options say.

    Raises
    ------
    typer.BadParameter
        If they say nothing, or not in numbers.
    """
    from xmem_gui.interaction import Box, Point, Prompts

    if not points and box is None:
        raise typer.BadParameter(
            "give a point or a box that shows where the object is", param_hint="--point or --box"
        )
    places: list[Point] = []
    for text in (*points, *negative):
        x, y = _numbers(text, 2, "--point or --negative")
        places.append(Point(x, y, positive=len(places) < len(points)))
    if box is None:
        return Prompts(tuple(places))
    x0, y0, x1, y1 = _numbers(box, 4, "--box")
    return Prompts(tuple(places), box=Box(x0, y0, x1, y1))


def _numbers(text: str, count: int, hint: str) -> tuple[float, ...]:
    import math

    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise typer.BadParameter(f"'{text}' is not {count} numbers with commas between", param_hint=hint)
    return numbers
