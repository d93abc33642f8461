import numpy as np
import pytest
import torch

from xmem_gui.interaction import Box, Point, Prompts, Stroke, compact
from xmem_gui.interaction.compact import CompactSegmenter, input_size
from xmem_gui.model import ClickConfig, ClickNet

SIZE = (90, 150)
CLICK = Prompts(points=(Point(75, 45),))


@pytest.fixture(scope="module")
def network() -> ClickNet:
    torch.manual_seed(0)
    return ClickNet(ClickConfig(dims=(8, 8, 16, 16), key_dim=8))


@pytest.fixture
def segmenter(network: ClickNet, monkeypatch: pytest.MonkeyPatch) -> CompactSegmenter:
    monkeypatch.setattr(compact, "SIDE", 64)
    monkeypatch.setattr(compact, "GLANCE_SIDE", 32)
    return CompactSegmenter(network, torch.device("cpu"))


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


def assert_probability(result: np.ndarray, size: tuple[int, int]) -> None:
    assert result.shape == size
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert result.min() >= 0
    assert result.max() <= 1


def test_a_click_gives_a_probability_of_the_images_size(
    segmenter: CompactSegmenter, image: np.ndarray
) -> None:
    prepared = segmenter.prepare(image)
    first = prepared.predict(CLICK)
    assert_probability(first, SIZE)
    assert_probability(prepared.predict(CLICK.plus(Point(3, 3, False)), first), SIZE)
    assert_probability(prepared.predict(CLICK, first > 0.5), SIZE)


@pytest.mark.parametrize(
    "prompts",
    [
        Prompts(points=(Point(75, 45, False),)),
        Prompts(points=(Point(20, 20), Point(20, 20, False))),
        Prompts(box=Box(10, 10, 60, 60)),
        Prompts(box=Box(-100, -100, 1000, 1000)),
        Prompts(strokes=(Stroke([(20, 20), (60, 30)], 3), Stroke([]))),
        Prompts(points=(Point(75, 45), Point(-5, 1e9))),
        Prompts(points=(Point(149.99, 89.99),)),
    ],
)
@pytest.mark.parametrize("start", [None, 0.0, 0.3, 1.0])
def test_any_prompts_will_do(
    segmenter: CompactSegmenter, image: np.ndarray, prompts: Prompts, start: float | None
) -> None:
    before = None if start is None else np.full(SIZE, start, np.float32)
    assert_probability(segmenter.prepare(image).predict(prompts, before), SIZE)


@pytest.mark.parametrize(
    "nothing",
    [Prompts(), Prompts(strokes=(Stroke([]),)), Prompts(points=(Point(-1, 5), Point(5, 900)))],
)
def test_without_prompts_the_mask_stays(
    segmenter: CompactSegmenter, image: np.ndarray, nothing: Prompts
) -> None:
    prepared = segmenter.prepare(image)
    assert not prepared.predict(nothing).any()
    before = np.random.default_rng(2).random(SIZE, np.float32)
    assert np.array_equal(prepared.predict(nothing, before), before)
    assert np.array_equal(prepared.predict(nothing, before > 0.5), (before > 0.5).astype(np.float32))


def test_strokes_are_obeyed(segmenter: CompactSegmenter, image: np.ndarray) -> None:
    there, away = Stroke([(20, 20), (60, 30)], 4), Stroke([(100, 60), (140, 80)], 4, False)
    prompts = Prompts(strokes=(there, away))
    result = segmenter.prepare(image).predict(prompts)
    assert (result[prompts.positive_mask(SIZE)] == 1).all()
    assert (result[prompts.negative_mask(SIZE)] == 0).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (2, 3), (37, 1000), (700, 20)])
def test_odd_sizes(segmenter: CompactSegmenter, size: tuple[int, int]) -> None:
    prepared = segmenter.prepare(np.full((*size, 3), 90, np.uint8))
    prompts = Prompts(points=(Point(size[1] / 2, size[0] / 2),))
    first = prepared.predict(prompts)
    assert_probability(first, size)
    assert_probability(prepared.predict(prompts, np.ones(size, bool)), size)


def test_an_8k_image_with_a_small_object(segmenter: CompactSegmenter) -> None:
    size = (4320, 7680)
    prepared = segmenter.prepare(np.zeros((*size, 3), np.uint8))
    before = np.zeros(size, bool)
    before[2000:2040, 3000:3040] = True
    result = prepared.predict(Prompts(points=(Point(3020, 2020),)), before)
    assert_probability(result[1900:2200, 2900:3200], (300, 300))
    assert not result[:1000].any()


@pytest.mark.parametrize("shape", [SIZE, (*SIZE, 1), (*SIZE, 4)])
def test_grey_and_transparent_images(segmenter: CompactSegmenter, shape: tuple[int, ...]) -> None:
    assert_probability(segmenter.prepare(np.full(shape, 100, np.uint8)).predict(CLICK), SIZE)


def test_features_are_computed_once_for_each_part(
    segmenter: CompactSegmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []
    encode = ClickNet.encode

    def counted(self: ClickNet, image: torch.Tensor) -> object:
        encoded.append(1)
        return encode(self, image)

    monkeypatch.setattr(ClickNet, "encode", counted)
    prepared = segmenter.prepare(np.zeros((600, 800, 3), np.uint8))
    assert len(encoded) == 2
    before = np.zeros((600, 800), bool)
    before[200:300, 300:400] = True
    held = prepared.nbytes
    for _ in range(3):
        prepared.predict(Prompts(points=(Point(350, 250),)), before)
    assert len(encoded) == 3
    assert prepared.nbytes > held
    for left in range(0, 600, 50):
        elsewhere = np.roll(before, left - 300, axis=1)
        prepared.predict(Prompts(points=(Point(left + 50, 250),)), elsewhere)
    assert prepared.nbytes < 8 * held


def test_without_zoom_the_whole_image_is_enough(
    network: ClickNet, image: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "SIDE", 64)
    monkeypatch.setattr(compact, "GLANCE_SIDE", 32)
    prepared = CompactSegmenter(network, torch.device("cpu"), name="mine", zoom=False).prepare(image)
    held = prepared.nbytes
    small = np.zeros(SIZE, bool)
    small[40:44, 70:74] = True
    prepared.predict(CLICK, small)
    assert prepared.nbytes == held


def test_the_name_tells_models_apart(network: ClickNet) -> None:
    assert CompactSegmenter(network, torch.device("cpu"), name="mine").name == "mine"


def test_the_network_sees_the_pictures_proportions() -> None:
    assert input_size((1080, 1920), side=384) == (288, 512)
    assert input_size((1920, 1080), side=384) == (512, 288)
    assert input_size((1, 1), side=384) == (384, 384)
    assert max(input_size((1, 100_000), side=384)) <= 1024
