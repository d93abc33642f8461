"""MobileSAM and SAM 2.1 from the download to the mask under the pointer, with random weights.

The networks are the published architectures in full; only the smallest of SAM 2.1's four is run.
"""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from prompted_picture import CLICK, EVERY_KIND, SIZE, expect_mask_heard, expect_obeyed, noise
from segment_anything import SamPredictor, sam_model_registry
from small_project import open_frames

from xmem_gui.annotator import Editing, Prompting, PromptSettings
from xmem_gui.errors import CheckpointError, DeviceMemoryError, DownloadError
from xmem_gui.interaction import Box, Point, Prompts
from xmem_gui.interaction.features_cache import FeatureCache
from xmem_gui.interaction.local_change import connected_part, touch
from xmem_gui.interaction.rounds import Round
from xmem_gui.interaction.segmenters import make_segmenter
from xmem_gui.model import MODELS, ModelSpec, download
from xmem_gui.model.sam2 import has_sam2, load_sam2
from xmem_gui.model.tiny_vit import TinyViT

CPU = torch.device("cpu")
BYTES = {"mobile_sam": 4 * 256 * 64**2, "sam2.1_tiny": 4 * (256 * 64**2 + 64 * 128**2 + 32 * 256**2)}
"""What the features of a picture hold."""
needs_sam2 = pytest.mark.skipif(not has_sam2(), reason="the package sam2 is not installed")


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def _random(name: str) -> dict[str, object]:
    torch.manual_seed(0)
    if name == "mobile_sam":
        network = sam_model_registry["vit_b"]()
        network.image_encoder = TinyViT()
        return network.state_dict()
    from xmem_gui.model.sam2 import _network

    return {"model": _network("t").state_dict()}


@pytest.fixture(scope="module", params=["mobile_sam", pytest.param("sam2.1_tiny", marks=needs_sam2)])
def spec(request, tmp_path_factory) -> Iterator[ModelSpec]:
    """Serve a file like the official one, with random weights, on this machine."""
    published = MODELS[request.param]
    folder = tmp_path_factory.mktemp("served")
    file = folder / published.file
    torch.save(_random(request.param), file)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield replace(
            published,
            url=f"http://127.0.0.1:{server.server_port}/{published.file}",
            bytes=file.stat().st_size,
            sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        )
        server.shutdown()
        thread.join()
    file.unlink()


@pytest.fixture(scope="module")
def here(spec, tmp_path_factory) -> Iterator[Path]:
    """Download it to a folder of models."""
    folder = tmp_path_factory.mktemp("models")
    path = download(spec, folder=folder)
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def segmenter(here):
    return make_segmenter(str(here), CPU)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return noise()


@pytest.fixture(scope="module")
def image(segmenter, picture):
    return segmenter.prepare(picture)


def test_a_download_is_found_by_its_name_and_by_its_file(spec, here, segmenter, monkeypatch):
    monkeypatch.setenv("XMEM_GUI_MODELS", str(here.parent))
    assert make_segmenter(spec.name, CPU).name == segmenter.name
    monkeypatch.setenv("XMEM_GUI_MODELS", str(here.parent / "elsewhere"))
    with pytest.raises(CheckpointError, match=f"run 'xmem-gui models download {spec.name}'"):
        make_segmenter(spec.name, CPU)


def test_another_file_than_was_published_is_not_taken(spec, tmp_path):
    with pytest.raises(DownloadError, match="is not what was published"):
        download(replace(spec, sha256=MODELS[spec.name].sha256), folder=tmp_path)
    assert not (tmp_path / spec.file).exists()


@pytest.mark.parametrize("prompts", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_prompt_is_answered(image, prompts):
    first = expect_obeyed(image, prompts)
    other = prompts.plus(Point(60.5, 70.5))
    assert (image.predict(other) != first).any()


def test_the_mask_so_far_says_something(image):
    expect_mask_heard(image)
    mask = np.zeros(SIZE, bool)
    mask[20:60, 50:120] = True
    assert (image.predict(Prompts(), mask) == mask).all()
    assert not image.predict(Prompts((Point(5, 5, positive=False),))).any()


def test_clicks_are_local(image):
    mask = np.zeros(SIZE, bool)
    mask[:, :115] = True
    for nothing in (Point(150, 40, positive=False), Point(50, 40)):
        assert (Round.of(mask).next(image, nothing).mask(SIZE) == mask).all()
    prompt = Point(118, 40)
    turned = Round.of(mask).next(image, prompt).mask(SIZE) != mask
    assert turned.any()
    assert (turned == connected_part(turned, touch(prompt, SIZE))).all()


def test_features_are_kept_for_as_long_as_there_is_room(spec, segmenter, image):
    held = BYTES[spec.name]
    assert image.nbytes == held

    class Counted:
        name = segmenter.name
        prepared = 0

        def prepare(self, _):
            self.prepared += 1
            return image

    counted, cache = Counted(), FeatureCache(budget_bytes=2 * held)
    for frame in (0, 1, 0, 2, 0, 1):
        cache.get(frame, counted, lambda: None)
    # The third frame made room by letting the second go, the longest unused.
    assert counted.prepared == 4
    assert cache.nbytes == 2 * held


def test_a_device_without_memory_is_an_error_of_ours(segmenter, image, picture, monkeypatch):
    def full(*_, **__):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    network = segmenter._network
    monkeypatch.setattr(network.image_encoder, "forward", full)
    with pytest.raises(DeviceMemoryError, match="not enough memory for an image's features: close"):
        segmenter.prepare(picture)
    monkeypatch.setattr(image._network, "_modules", {})
    for name in ("prompt_encoder", "sam_prompt_encoder"):
        monkeypatch.setattr(image._network, name, full, raising=False)
    with pytest.raises(DeviceMemoryError, match="for a prediction"):
        image.predict(CLICK)
    monkeypatch.setattr(network, "to", full)
    with pytest.raises(DeviceMemoryError, match=r"for the (segment-anything|SAM 2\.1) model"):
        type(segmenter)(network, CPU, name="x")


def test_what_a_click_would_take_is_what_it_takes(here, tmp_path):
    project, video = open_frames(tmp_path)
    prompting = Prompting(project, video, Editing(project, video), PromptSettings(str(here), "cpu"))
    prompts = Prompts((Point(12.5, 12.5),))
    try:
        assert not prompting.is_prepared(1)
        prompting.prepare(1)
        assert prompting.is_prepared(1)
        ghost = prompting.would(1, None, prompts)
        assert ghost is not None
        assert ghost[12, 12]
        assert project.objects == ()
        one = project.add_object("one").id
        assert (prompting.would(1, one, prompts) == ghost).all()
        assert project.record(1, one) is None
        prompting.add(1, one, prompts.points[0])
        assert (project.mask(1, one) == ghost).all()
    finally:
        project.close()
        video.close()


# As the published predictors have it


@pytest.mark.parametrize("spec", ["mobile_sam"], indirect=True)
def test_mobile_sam_is_prompted_as_its_predictor_does(spec, segmenter, image):
    theirs = SamPredictor(segmenter._network)
    theirs.features, theirs.is_image_set = image._features[0], True
    theirs.original_size, theirs.input_size = SIZE, (576, 1024)
    scale = 1024 / SIZE[1]
    places = np.array([[100.5 - 0.5 / scale, 40.5 - 0.5 / scale]])
    logits, _, _ = theirs.predict(places, np.array([1]), return_logits=True)
    answers = torch.from_numpy(logits).sigmoid().numpy()
    assert min(np.abs(answer - image.predict(CLICK)).max() for answer in answers) < 1e-4


@needs_sam2
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")
@pytest.mark.parametrize("spec", ["sam2.1_tiny"], indirect=True)
def test_sam2_sees_and_answers_as_its_predictor_does(spec, segmenter, image, picture):
    from sam2.sam2_image_predictor import SAM2ImagePredictor

    theirs, seen = SAM2ImagePredictor(segmenter._network), []
    hook = segmenter._network.image_encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    theirs.set_image(picture)
    segmenter.prepare(picture)
    hook.remove()
    # The picture is stretched in whole numbers here, once across and once down, and in fractions there.
    assert torch.allclose(seen[0], seen[1], atol=1.2 / 255 / 0.224)
    coarse, fine, finer = image._features
    for mine, other in zip(
        (coarse, finer, fine),
        (theirs._features["image_embed"], *theirs._features["high_res_feats"]),
        strict=True,
    ):
        # Some processors compute the one in bfloat16.
        assert (mine - other).abs().mean() < 0.03 * other.std()
    theirs._features = {"image_embed": coarse, "high_res_feats": [finer, fine]}
    scale = np.array([SIZE[1], SIZE[0]]) / 1024
    half = 0.5 * scale
    box = Box(30, 20, 120, 80)
    corners = np.array([30, 20, 120, 80]) - np.tile(half, 2)
    place = np.array([[100.5, 40.5]]) - half
    for prompts, given in (
        (CLICK, {"point_coords": place, "point_labels": np.array([1])}),
        (Prompts(box=box), {"box": corners}),
        (CLICK.plus(box), {"point_coords": place, "point_labels": np.array([1]), "box": corners}),
    ):
        found = image.predict(prompts)
        several = []
        for multimask in (True, False):
            logits, _, _ = theirs.predict(**given, multimask_output=multimask, return_logits=True)
            several += list(torch.from_numpy(logits).sigmoid().numpy())
        assert min(np.abs(answer - found).max() for answer in several) < 1e-4


@needs_sam2
def test_checkpoints_of_sam2_that_do_not_fit_are_named(tmp_path):
    state = _random("sam2.1_tiny")["model"]
    width = "image_encoder.trunk.patch_embed.proj.weight"

    def thin(*left):
        return {name: value for name, value in state.items() if name not in left}

    cases = {
        "old": ({"model": thin("no_obj_embed_spatial")}, "lacks 'no_obj_embed_spatial'"),
        "odd": (
            {width: torch.zeros(5, 3, 7, 7)},
            r"shape \(5, 3, 7, 7\) and there are 0 blocks, expected 96",
        ),
        "foreign": ({"conv1.weight": torch.zeros(1)}, "holds 1 tensors such as 'conv1.weight'"),
        "more": ({"model": {**state, "tail": torch.zeros(1)}}, "holds 'tail', expected only the"),
        "nan": ({"model": {**state, "no_mem_embed": torch.full((1, 1, 256), torch.nan)}}, "not finite"),
    }
    for name, (held, words) in cases.items():
        torch.save(held, tmp_path / f"{name}.pt")
        with pytest.raises(CheckpointError, match=rf"{name}\.pt is not a SAM 2\.1 checkpoint: .*{words}"):
            load_sam2(tmp_path / f"{name}.pt")
        (tmp_path / f"{name}.pt").unlink()


@needs_sam2
@pytest.mark.parametrize(
    ("kind", "name"), [("t", "tiny"), ("s", "small"), ("b+", "base_plus"), ("l", "large")]
)
def test_the_four_sizes_of_sam2_are_those_published(kind, name):
    from xmem_gui.model.checkpoint import uninitialised
    from xmem_gui.model.sam2 import _kind, _network

    state = uninitialised(lambda: _network(kind)).state_dict()
    assert _kind(Path("x.pt"), state) == kind
    # As torch writes them, each tensor takes some 330 bytes more than its values.
    values = sum(one.numel() * one.element_size() for one in state.values())
    assert 300 < (MODELS[f"sam2.1_{name}"].bytes - values) / len(state) < 360


def test_without_the_package_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("xmem_gui.model.sam2.has_sam2", lambda: False)
    file = tmp_path / "sam2.1_hiera_tiny.pt"
    torch.save({"model": {"image_encoder.trunk.patch_embed.proj.weight": torch.zeros(96, 3, 7, 7)}}, file)
    with pytest.raises(CheckpointError, match=r"needs the package sam2.*pip install 'xmem-gui\[sam2\]'"):
        make_segmenter(str(file), CPU)
