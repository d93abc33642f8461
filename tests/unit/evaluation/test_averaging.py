from collections.abc import Mapping
from pathlib import Path

import numpy as np
import official_layouts as layouts
import pytest
import torch
from tiny_network import SETTINGS, TinyNetwork, use_tiny_network

from xmem_gui.errors import MediaError
from xmem_gui.evaluation import find_sequences, make_segment
from xmem_gui.evaluation.protocols import PROTOCOLS
from xmem_gui.evaluation.segmenting import EngineSegment
from xmem_gui.evaluation.views import Mirrored, Upright
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.propagation import Engine
from xmem_gui.propagation.geometry import Geometry

Masks = Mapping[int, np.ndarray]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    use_tiny_network(monkeypatch)
    return Engine(TinyNetwork(), memory=SETTINGS.memory, size=None, precision=torch.float32)


def textured(root: Path) -> Path:
    """A data set whose pictures differ from place to place, or mirroring would change nothing."""
    from PIL import Image

    layouts.davis(root)
    rng = np.random.default_rng(5)
    for path in sorted((root / "JPEGImages/480p/bear").iterdir()):
        Image.fromarray(rng.integers(0, 255, (*layouts.SIZE, 3), np.uint8)).save(path)
    return root


def follow(segment: EngineSegment, root: Path, out: Path) -> list[np.ndarray]:
    out.mkdir()
    sequence = find_sequences(root, ["bear"])[0]
    segment(sequence, out, lambda _: None)
    return [read_index_mask(out / name, objects=range(256)) for name in sequence.mask_names]


def test_a_mirrored_view_of_a_mirrored_clip_is_the_plain_view_mirrored(engine: Engine) -> None:
    rng = np.random.default_rng(2)
    images = rng.integers(0, 255, (3, 32, 48, 3), np.uint8)
    mask = np.zeros((32, 48), bool)
    mask[4:20, 6:22] = True
    plain, mirrored = Upright(engine), Mirrored(engine.sibling(size=None))
    for frame, image in enumerate(images):
        given = {3: mask} if frame == 0 else None
        flipped = {3: mask[:, ::-1]} if frame == 0 else None
        one = plain.step(frame, image, given, last=False)
        other = mirrored.step(frame, image[:, ::-1], flipped, last=False)
        np.testing.assert_allclose(other.probabilities()[:, :, ::-1], one.probabilities(), atol=1e-6)
        np.testing.assert_array_equal(other.index_mask()[:, ::-1], one.index_mask())


def test_views_are_averaged_as_separate_runs_would_be(engine: Engine, tmp_path: Path) -> None:
    root = textured(tmp_path / "data")
    sequence = find_sequences(root, ["bear"])[0]
    together = follow(EngineSegment(engine, Mirrored(engine.sibling(size=32))), root, tmp_path / "together")
    maps = []
    for view in (Upright(engine), Mirrored(engine.sibling(size=32))):
        view.start_anew()
        given = sequence.given_masks()
        assert list(given) == [0]
        view.commit(0, _image(sequence.images[0]), given[0])
        answers = [
            view.step(frame, _image(path), given.get(frame), last=frame == len(sequence.images) - 1)
            for frame, path in enumerate(sequence.images)
        ]
        maps.append([answer.probabilities() for answer in answers])
    for frame in range(1, len(together)):
        mean = (maps[0][frame] + maps[1][frame]) / 2
        np.testing.assert_array_equal(together[frame], mean.argmax(0))
    assert np.abs(maps[0][-1] - maps[1][-1]).max() > 1e-3


def _image(path: Path) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))


def test_scales_enlarge_small_clips_and_results_keep_their_size(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_tiny_network(monkeypatch)
    root = textured(tmp_path / "data")
    masks = follow(make_segment(SETTINGS, scales=(32, 80), flip=True), root, tmp_path / "out")
    assert {mask.shape for mask in masks} == {layouts.SIZE}
    np.testing.assert_array_equal(masks[0], layouts.squares(0))
    assert Geometry(40, 64, 80).inner == (40, 64)
    assert Geometry(40, 64, 80, enlarge=True).inner == (80, 128)


def test_a_larger_copy_of_the_clip_is_read_where_it_helps(engine: Engine, tmp_path: Path) -> None:
    root = layouts.davis(tmp_path / "data", large=True)
    sequence = PROTOCOLS["davis-2017"].find(root, ["bear"])[0]
    seen: list[tuple[int, ...]] = []

    class Watched(Upright):
        def step(self, frame: int, image: np.ndarray, masks: Masks | None, *, last: bool):
            seen.append(image.shape[:2])
            return super().step(frame, image, masks, last=last)

    for size, shape in ((40, (40, 64)), (60, (80, 128))):
        seen.clear()
        out = tmp_path / str(size)
        out.mkdir()
        EngineSegment(Watched(engine.sibling(size=size)))(sequence, out, lambda _: None)
        assert set(seen) == {shape}
        for name in sequence.mask_names:
            assert read_index_mask(out / name, objects=range(256)).shape == layouts.SIZE
        np.testing.assert_array_equal(read_index_mask(out / "00000.png"), layouts.squares(0))


def test_no_picture_stands_in_for_a_bad_one_in_a_measurement(engine: Engine, tmp_path: Path) -> None:
    root = layouts.davis(tmp_path / "data", large=False)
    sequence = PROTOCOLS["davis-2017"].find(root, ["bear"])[0]
    sequence.images[1].write_bytes(b"")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(MediaError, match=r"Frame 1 of bear cannot be read, and no other may .* is empty"):
        EngineSegment(engine)(sequence, out, lambda _: None)


def test_frames_before_the_first_given_mask_are_not_looked_at(engine: Engine, tmp_path: Path) -> None:
    root = layouts.youtube(tmp_path / "data", complete=True)
    (root / "valid/Annotations/video/00000.png").unlink()
    sequence = PROTOCOLS["youtube-vos-2019"].find(root, None)[0]
    out = tmp_path / "out"
    out.mkdir()
    timing = EngineSegment(engine)(sequence, out, lambda _: None)
    assert timing.frames == 5
    assert not read_index_mask(out / "00000.png").any()
    assert read_index_mask(out / "00002.png").any()


def test_speed_counts_all_frames_over_all_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_tiny_network(monkeypatch)
    from xmem_gui.evaluation import evaluate_vos

    root = textured(tmp_path / "data")
    segment = make_segment(SETTINGS, only_network=True)
    scores = evaluate_vos(root, segment, out=tmp_path / "out", resume=False, protocol=PROTOCOLS["davis-2017"])
    speed = segment.benchmark(scores)
    assert speed.frames == 2 * layouts.FRAMES
    assert speed.seconds == pytest.approx(
        sum(s.timing.seconds for s in scores.sequences.values() if s.timing)
    )
    assert speed.device == "cpu"
    assert speed.precision in speed.describe()
