"""Curves of simulated annotators as files."""

import json
from pathlib import Path

from xmem_gui.errors import OutputError
from xmem_gui.evaluation.interactive import InteractiveScores
from xmem_gui.evaluation.scores import replace_text


def write_curves(path: Path, scores: InteractiveScores) -> None:
    """Write everything as JSON; its ``curve`` holds J&F after 0, 1, ... corrections by policy.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    replace_text(path, json.dumps(scores.as_dict(), indent=2) + "\n")


def plot_curves(path: Path, scores: InteractiveScores) -> None:
    """Draw the curves into a picture.

    Raises
    ------
    OutputError
        If matplotlib is not there, or the file cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise OutputError("A plot needs matplotlib: pip install 'xmem-gui[eval]'.") from None
    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="corrections", ylabel="J&F")
    for policy, values in scores.curve.items():
        axes.plot(range(len(values)), values, marker="o", label=policy.replace("_", " "))
    axes.legend()
    axes.grid(alpha=0.3)
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise OutputError(f"The plot '{path}' cannot be written: {error}.") from None
