"""Use a segmenter of your own, and compare its mask with that of the shipped network.

    python examples/07_own_segmenter.py

A segmenter turns clicks into a mask. This one is GrabCut, which needs no network. To have one in the window
and in commands, put it into a plugin (docs/plugins.md); a script can use it as it is.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from xmem_gui.assets import asset
from xmem_gui.evaluation import region_similarity
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.interaction import Point, Prompts
from xmem_gui.interaction.segmenters import make_segmenter
from xmem_gui.video import open_source


@dataclass(frozen=True)
class GrabCutImage:
    """One picture, (H, W, 3) uint8 RGB."""

    image: NDArray[np.uint8]

    def predict(self, prompts: Prompts) -> NDArray[np.float32]:
        """Return the probability (H, W) of each pixel; only 10 pixels around a click are certain."""
        labels = np.full(self.image.shape[:2], cv2.GC_PR_BGD, np.uint8)
        for point in prompts.points:
            near = cv2.GC_PR_FGD if point.positive else cv2.GC_BGD
            cv2.circle(labels, (int(point.x), int(point.y)), 80 if point.positive else 20, near, -1)
        for point in prompts.points:
            sure = cv2.GC_FGD if point.positive else cv2.GC_BGD
            cv2.circle(labels, (int(point.x), int(point.y)), 10, sure, -1)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(self.image, labels, None, *models, 3, cv2.GC_INIT_WITH_MASK)
        return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)


def main() -> None:
    """Give both the same four clicks on the rabbit and compare with its drawn mask."""
    truth = read_index_mask(asset("sample/sample.png")) == 1
    with open_source(asset("sample/sample.mp4")) as video:
        picture = np.ascontiguousarray(video.frame(0))
    cave = tuple(Point(x, y, positive=False) for x, y in ((95, 180), (80, 240), (140, 190)))
    prompts = Prompts((Point(230, 120), *cave))
    network = make_segmenter("compact", torch.device("cpu"))
    for prepared in (GrabCutImage(picture), network.prepare(picture)):
        mask = prepared.predict(prompts) >= 0.5
        print(f"J {region_similarity(mask, truth):.2f} by {type(prepared).__name__}")


if __name__ == "__main__":
    main()
