"""Measure what a setting costs: track the same clip at two network sizes and compare the masks.

    python examples/06_compare_settings.py [FOLDER]

Region similarity (J) is the intersection of two masks over their union: 1 where they are equal.
"""

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator import Annotator, EngineSettings, Propagation
from xmem_gui.assets import asset
from xmem_gui.evaluation import region_similarity
from xmem_gui.formats.davis import read_index_mask

LAST = 4


def main(out: Path) -> None:
    """Track at 360 pixels and at 192, and say how far the results differ."""
    out.mkdir(parents=True, exist_ok=True)
    fine = tracked(out / "fine.xmem", EngineSettings(size=360))
    coarse = tracked(out / "coarse.xmem", EngineSettings(size=192))
    for frame in range(1, LAST + 1):
        print(f"frame {frame}: J {region_similarity(coarse[frame], fine[frame]):.3f}")


def tracked(project: Path, settings: EngineSettings) -> dict[int, NDArray[np.bool_]]:
    """Track the rabbit and return its mask (H, W) on each frame."""
    with Annotator.open(asset("sample/sample.mp4"), project=project, settings=settings) as annotator:
        rabbit = annotator.add_object("rabbit")
        annotator.set_mask(0, rabbit.id, read_index_mask(asset("sample/sample.png")) == 1)
        annotator.prepare()  # load the network before the clock starts
        begun = time.perf_counter()
        masks = {result.frame: result.masks()[rabbit.id] for result in annotator.run(Propagation(last=LAST))}
        print(f"{settings.size} pixels: {len(masks) / (time.perf_counter() - begun):.1f} frames/s")
        return masks


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "example-out"))
