"""Scores against numbers recorded from davis2017-evaluation's own functions (its commit 30b698a)."""

from pathlib import Path

import numpy as np
import official_layouts as layouts
import pytest
from PIL import Image

from xmem_gui.evaluation import score_sequence
from xmem_gui.evaluation.protocols import PROTOCOLS
from xmem_gui.formats.davis import write_index_mask

SHAPE = (96, 160)
RECORDED = {
    0: [(65.135414921, 64.081252874), (66.720396798, 54.941971081), (82.546975574, 75.446428571)],
    1: [(67.848213033, 59.02692986), (55.276346899, 54.96031746), (84.51392447, 79.454022989)],
    2: [(73.993890124, 77.827380952), (67.936344797, 76.666666667), (73.477675876, 83.333333333)],
}
"""J and F of each of three objects, the third of which is hidden for two frames."""


def ellipses(seed: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return eight predictions and truths: three ellipses that move; predictions are shifted, one lost."""
    rng = np.random.default_rng(seed)
    start = rng.integers([20, 20], [76, 140], (3, 2))
    step, radius = rng.integers(-4, 5, (3, 2)), rng.integers(6, 20, (3, 2))
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    predictions, truths = [], []
    for frame in range(8):
        truth = np.zeros(SHAPE, np.uint8)
        for number in range(3):
            if number == 2 and frame in (3, 4):
                continue
            down, right = start[number] + frame * step[number]
            inside = ((y - down) / radius[number, 0]) ** 2 + ((x - right) / radius[number, 1]) ** 2 <= 1
            truth[inside] = number + 1
        prediction = np.roll(truth, tuple(rng.integers(-3, 4, 2)), (0, 1))
        lost = int(rng.integers(1, 4))
        if frame == 5:
            prediction[prediction == lost] = 0
        truths.append(truth)
        predictions.append(prediction)
    return predictions, truths


@pytest.mark.parametrize("seed", RECORDED)
def test_scores_are_those_of_davis2017_evaluation(seed: int, tmp_path: Path) -> None:
    root, out = tmp_path / "data", tmp_path / "out"
    predictions, truths = ellipses(seed)
    names = [f"{frame:05d}" for frame in range(8)]
    layouts.masks(root / "Annotations/480p/a", dict(zip(names, truths, strict=True)))
    (root / "JPEGImages/480p/a").mkdir(parents=True)
    for name in names:
        Image.new("RGB", SHAPE[::-1]).save(root / f"JPEGImages/480p/a/{name}.jpg")
    (root / "ImageSets/2017").mkdir(parents=True)
    (root / "ImageSets/2017/val.txt").write_text("a\n")
    out.mkdir()
    for name, prediction in zip(names, predictions, strict=True):
        write_index_mask(out / f"{name}.png", prediction)
    scores = score_sequence(PROTOCOLS["davis-2017"].find(root, None)[0], out)
    found = [(one.j, one.f) for one in scores.objects.values()]
    np.testing.assert_allclose(found, RECORDED[seed], rtol=0, atol=1e-6)
