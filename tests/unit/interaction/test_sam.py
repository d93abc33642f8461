"""segment-anything, with the package's own vit_b and random weights.

Encoding takes most of the time, so it is done once; where only sizes matter, a stand-in does it.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from prompted_picture import (
    ACROSS,
    CLICK,
    EVERY_KIND,
    SIZE,
    expect_mask_heard,
    expect_obeyed,
    expect_probability,
    noise,
)
from segment_anything import SamPredictor, sam_model_registry

from xmem_gui.arrays import as_rgb
from xmem_gui.errors import CheckpointError, DeviceMemoryError
from xmem_gui.interaction import Box, Point, Prompts, Stroke
from xmem_gui.interaction.local_change import connected_part, touch
from xmem_gui.interaction.rounds import Round
from xmem_gui.interaction.sam import SamImage, SamSegmenter
from xmem_gui.interaction.segmenters import make_segmenter
from xmem_gui.model.sam import load_sam

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a file like the official one, with random weights."""
    path = tmp_path_factory.mktemp("sam") / "sam_vit_b_01ec64.pth"
    torch.manual_seed(0)
    torch.save(sam_model_registry["vit_b"]().state_dict(), path)
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def network(checkpoint: Path):
    return load_sam(checkpoint)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return noise()


@pytest.fixture(scope="module")
def image(network, picture) -> SamImage:
    """Encode a picture with two of the encoder's blocks.

    All take a minute of a core, and the third is the first that compares everything with everything: 2.4 GB.
    """
    encoder = network.image_encoder
    blocks = encoder.blocks
    encoder.blocks = blocks[:2]
    prepared = SamSegmenter(network, CPU, name="random").prepare(picture)
    encoder.blocks = blocks
    return prepared


class Shrink(torch.nn.Module):
    """Stands in for the image encoder; keeps what it was given."""

    img_size = 1024

    def forward(self, pixels):
        self.pixels = pixels
        small = torch.nn.functional.adaptive_avg_pool2d(pixels, 64)
        return small.repeat(1, 86, 1, 1)[:, :256]


@pytest.fixture
def quick(network, monkeypatch) -> SamSegmenter:
    """A segmenter whose encoder is a stand-in."""
    monkeypatch.setitem(network._modules, "image_encoder", Shrink())
    return SamSegmenter(network, CPU, name="quick")


def test_one_click_gives_one_of_the_three_answers_of_the_package_itself(network, image):
    probability = image.predict(CLICK)
    expect_probability(probability, SIZE)
    theirs = SamPredictor(network)
    theirs.features, theirs.is_image_set = image._features[0], True
    theirs.original_size, theirs.input_size = SIZE, (576, 1024)
    # The package counts from pixel centres before it scales, which is half a pixel off.
    scale = 1024 / 160
    places = np.array([[100.5 - 0.5 / scale, 40.5 - 0.5 / scale]])
    logits, _, _ = theirs.predict(places, np.array([1]), return_logits=True)
    answers = torch.from_numpy(logits).sigmoid().numpy()
    assert min(np.abs(answer - probability).max() for answer in answers) < 1e-4


def test_the_encoder_sees_what_the_package_would_show_it(network, quick):
    picture = np.random.default_rng(1).integers(0, 256, (70, 41, 3), np.uint8)
    quick.prepare(picture)
    ours = network.image_encoder.pixels
    SamPredictor(network).set_image(picture)
    assert torch.equal(ours, network.image_encoder.pixels)


@pytest.mark.parametrize("prompts", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_prompt_is_obeyed_where_strokes_are(image, prompts):
    expect_obeyed(image, prompts)


def test_the_mask_so_far_says_something(image):
    expect_mask_heard(image)


def test_prompts_that_say_nothing_change_nothing(image):
    mask = np.zeros(SIZE, bool)
    mask[20:60, 50:120] = True
    soft = mask * np.float32(0.7)
    outside = Prompts(
        (Point(-5, 3), Point(400, 400, False)), (Stroke([]), Stroke([(-9, -9)])), Box(5, 5, 5, 9)
    )
    for prompts in (Prompts(), outside):
        assert not image.predict(prompts).any()
        assert (image.predict(prompts, mask) == mask).all()
        assert (image.predict(prompts, soft) == soft).all()
    # Nothing says where it is.
    assert not image.predict(Prompts((Point(5, 5, positive=False),))).any()
    assert not image.predict(Prompts(strokes=(Stroke([(5, 5)], 2, positive=False),))).any()


def test_the_last_of_contradictory_prompts_holds(image):
    back = Stroke([(140, 45), (20, 45)], radius=2, positive=False)
    probability = image.predict(Prompts(strokes=(ACROSS, back)))
    assert not probability[ACROSS.patch(SIZE).to_mask(SIZE)].any()
    both = Prompts((Point(100.2, 40.2, positive=False), Point(100.5, 40.5)))
    before = ACROSS.patch(SIZE).to_mask(SIZE)
    assert (image.predict(both, before) == image.predict(CLICK, before)).all()


@pytest.mark.parametrize(
    "picture",
    [
        np.full((1, 1, 3), 9, np.uint8),
        np.full((1, 300, 3), 9, np.uint8),
        np.full((4320, 7680), 9, np.uint8),
        np.full((30, 40, 4), 9, np.uint8),
        np.full((30, 40), 9, np.uint16),
    ],
    ids=["one pixel", "one row", "8K, grey", "RGBA", "16-bit grey"],
)
def test_images_of_every_size_and_kind(quick, picture):
    size = picture.shape[:2]
    image = quick.prepare(picture)
    prompts = Prompts((Point(0.5, 0.5),), (Stroke([(0, 0), (size[1], size[0])], 3),), Box(0, 0, size[1], 1))
    probability = image.predict(prompts)
    expect_probability(probability, size)
    expect_probability(image.predict(prompts, probability >= 0.5), size)
    assert image.nbytes == 256 * 64 * 64 * 4


def test_grey_and_transparent_images_are_seen_as_rgb(network, quick):
    grey = np.random.default_rng(2).integers(0, 256, (30, 40), np.uint8)
    seen = []
    for picture in (as_rgb(grey), grey, np.dstack([grey, grey, grey, grey])):
        picture.setflags(write=False)
        quick.prepare(picture)
        seen.append(network.image_encoder.pixels)
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[0], seen[2])


def answering(monkeypatch, network, answers: list[np.ndarray], quality: list[float]) -> None:
    """Let the decoder say that its answers are these masks (256, 256)."""
    logits = torch.tensor(np.where(np.stack(answers), 5.0, -5.0), dtype=torch.float32)[None]
    decoder = SimpleNamespace(predict_masks=lambda **_: (logits, torch.tensor([quality])))
    monkeypatch.setitem(network._modules, "mask_decoder", decoder)


def halves() -> list[np.ndarray]:
    left = np.zeros((256, 256), bool)
    left[:, :128] = True
    return [~left, left, np.ones_like(left), np.zeros_like(left)]


def test_the_answer_that_obeys_all_prompts_best_is_taken(monkeypatch, network, quick):
    image = quick.prepare(np.zeros((100, 100, 3), np.uint8))
    answering(monkeypatch, network, halves(), [0.9, 0.1, 0.8, 0.7])
    left, right = Point(20, 50), Point(80, 50)
    found = image.predict(Prompts((left, Point(80, 50, positive=False)))) > 0.5
    assert found[:, :49].all()
    assert not found[:, 51:].any()
    assert (image.predict(Prompts((left, right))) > 0.5).all()
    found = image.predict(Prompts((Point(80, 30),), (Stroke([(80, 5), (90, 5)], 1),))) > 0.5
    assert found[50, 80]
    assert not found[50, 20]  # of two that obey, the one of the better quality
    found = image.predict(Prompts(box=Box(0, 0, 50, 100))) > 0.5
    assert found[50, 20]
    assert not found[50, 80]
    # The first answer is not for a single click, which leaves a doubt.
    assert (image.predict(Prompts((right,))) > 0.5).all()


def test_a_device_without_memory_is_an_error_of_ours(monkeypatch, network, quick):
    picture = np.zeros((10, 10, 3), np.uint8)
    image = quick.prepare(picture)

    def full(*_, **__):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(network.image_encoder, "forward", full)
    with pytest.raises(
        DeviceMemoryError, match=r"'cpu' has not enough memory for an image's features: close"
    ):
        quick.prepare(picture)
    decoder = SimpleNamespace(predict_masks=full)
    monkeypatch.setitem(network._modules, "mask_decoder", decoder)
    with pytest.raises(DeviceMemoryError, match="for a prediction"):
        image.predict(Prompts((Point(5, 5),)))
    with pytest.raises(DeviceMemoryError, match="for the segment-anything model"):
        SamSegmenter(SimpleNamespace(to=full), CPU, name="x")


def test_other_errors_stay_what_they_are(monkeypatch, network, quick):
    def broken(*_, **__):
        raise RuntimeError("a defect")

    monkeypatch.setattr(network.image_encoder, "forward", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        quick.prepare(np.zeros((10, 10, 3), np.uint8))


def test_a_network_is_found_by_name_and_by_file(checkpoint, monkeypatch):
    monkeypatch.setenv("XMEM_GUI_MODELS", str(checkpoint.parent))
    # One after the other: each is a network of 375 MB.
    by_name = make_segmenter("sam_vit_b", CPU).name
    assert by_name == make_segmenter(str(checkpoint), CPU).name
    with pytest.raises(CheckpointError, match="run 'xmem-gui models download sam_vit_h'"):
        make_segmenter("sam_vit_h", CPU)


def test_damaged_and_foreign_files_are_named(checkpoint, tmp_path):
    short = tmp_path / "short.pth"
    with checkpoint.open("rb") as whole:
        short.write_bytes(whole.read(1_000_000))
    width = "image_encoder.patch_embed.proj.weight"
    cases = {
        "foreign": (
            {"conv1.weight": torch.zeros(1)},
            f"holds 1 tensors such as 'conv1.weight', expected '{width}'",
        ),
        "odd": ({width: torch.zeros(5, 3, 16, 16)}, r"shape \(5, 3, 16, 16\), expected 768, 1024, 1280"),
        "thin": ({width: torch.zeros(768, 3, 16, 16)}, "it lacks 'image_encoder.pos_embed'"),
    }
    with pytest.raises(CheckpointError, match=r"short\.pth is cut short or damaged.*download sam_vit_b"):
        load_sam(short)
    for name, (state, words) in cases.items():
        torch.save(state, tmp_path / f"{name}.pth")
        with pytest.raises(
            CheckpointError, match=rf"{name}\.pth is not a segment-anything checkpoint: .*({words})"
        ):
            load_sam(tmp_path / f"{name}.pth")
    with pytest.raises(CheckpointError, match=r"nothing\.pth does not exist"):
        load_sam(tmp_path / "nothing.pth")


def test_weights_that_are_not_numbers_are_refused(checkpoint, tmp_path):
    state = torch.load(checkpoint, weights_only=True)
    state["mask_decoder.iou_token.weight"][0, 3] = float("nan")
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(CheckpointError, match=r"'mask_decoder\.iou_token\.weight' holds values that are not"):
        load_sam(tmp_path / "nan.pth")


def test_its_clicks_and_scribbles_are_local_too(image) -> None:
    mask = np.zeros(SIZE, bool)
    mask[:, :115] = True
    for nothing in (Point(150, 40, positive=False), Point(50, 40), Stroke([(20, 45), (90, 45)], radius=2)):
        assert (Round.of(mask).next(image, nothing).mask(SIZE) == mask).all()
    for prompt in (Point(118, 40), Stroke([(118, 20), (118, 60)], radius=1)):
        after = Round.of(mask).next(image, prompt)
        turned = after.mask(SIZE) != mask
        assert turned.any()
        assert not (turned & mask).any()
        assert (turned == connected_part(turned, touch(prompt, SIZE))).all()
