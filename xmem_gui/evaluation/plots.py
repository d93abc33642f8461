"""Plots of evaluations; they need matplotlib (the extra ``eval``)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xmem_gui.errors import OutputError
from xmem_gui.files import replacing
from xmem_gui.outputs import check_replaceable, mark

if TYPE_CHECKING:
    from xmem_gui.evaluation.paper import PaperResults
    from xmem_gui.evaluation.rate_curves import CompressionScores


PLOT = "plot"
"""What a plot says that it is."""


def plot_lines(
    path: Path,
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    x: str,
    y: str,
    log: bool = False,
) -> None:
    """Draw named lines, each of x and y values, into a picture.

    Raises
    ------
    OutputError
        If matplotlib is not there, or the file cannot be written.
    """
    figure, axes = _figure(x, y)
    for name, (across, up) in lines.items():
        axes.plot(across, up, marker="o", label=name)
    if log:
        axes.set_xscale("log")
    axes.legend()
    axes.grid(alpha=0.3)
    _save(figure, path)


def plot_paper(path: Path, results: "PaperResults") -> None:
    """Draw our figures beside the published ones; errors as `plot_lines`."""
    figure, axes = _figure("", "J&F")
    rows = [one for one in results.rows if one.ours == one.ours]
    places = range(len(rows))
    axes.bar([at - 0.2 for at in places], [one.row.published for one in rows], 0.4, label="published")
    axes.bar([at + 0.2 for at in places], [one.ours for one in rows], 0.4, label="ours")
    labels = [f"{one.row.protocol}\n{one.row.training}, {one.row.way}" for one in rows]
    axes.set_xticks(list(places), labels, rotation=30, ha="right", fontsize=7)
    axes.legend()
    _save(figure, path)


def plot_compression(path: Path, scores: "CompressionScores") -> None:
    """Draw J&F against bits per pixel, a line a codec; errors as `plot_lines`."""
    lines = {
        codec: ([point.bits_per_pixel for point in points], [point.j_and_f for point in points])
        for codec, points in scores.curves.items()
    }
    plot_lines(path, lines, x="bits per pixel", y="J&F", log=True)


def _figure(x: str, y: str) -> tuple[Any, Any]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise OutputError("A plot needs matplotlib: pip install 'xmem-gui[eval]'.") from None
    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot(xlabel=x, ylabel=y)


def check_plot(path: Path) -> None:
    """Refuse to draw over something that is no plot of this program's.

    Raises
    ------
    OutputError
        If something else is there.
    """
    check_replaceable(path, (PLOT,), overwrite=True)


def _save(figure: Any, path: Path) -> None:
    check_plot(path)
    try:
        with replacing(path) as temporary:
            kind = path.suffix.lower().lstrip(".") or "png"
            notes = {
                "png": {"Software": mark(PLOT)},
                "svg": {"Creator": mark(PLOT)},
                "pdf": {"Creator": mark(PLOT)},
            }
            figure.savefig(temporary, dpi=150, format=kind, metadata=notes.get(kind))
    except (OSError, ValueError) as error:
        raise OutputError(f"The plot '{path}' cannot be written: {error}.") from None
