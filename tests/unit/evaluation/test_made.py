import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xmem_gui.errors import MediaError, OutputError
from xmem_gui.evaluation import Sequence, SequenceTiming
from xmem_gui.evaluation.made import evaluate_made, make_clips
from xmem_gui.evaluation.made_art import DrawnArt, FolderArt
from xmem_gui.evaluation.made_scenes import FRAMES, Scene, make_scene, render
from xmem_gui.formats.davis import write_index_mask


class BlackAndWhite:
    """Black surfaces, and white objects that are wider than high."""

    def backdrop(self, rng: np.random.Generator, height: int, width: int) -> np.ndarray:
        return np.zeros((height, width, 3), np.uint8)

    def thing(self, rng: np.random.Generator) -> np.ndarray:
        ys, xs = np.mgrid[-1:1:90j, -1:1:120j]
        inside = np.clip((1 - np.hypot(xs, ys)) * 50, 0, 1) * 255
        return np.dstack([np.full((90, 120, 3), 255), inside]).astype(np.uint8)


@cache
def black_and_white(difficulty: str, clip: int) -> Scene:
    """A scene with nothing but its actors."""
    scene = make_scene(difficulty, seed=5, clip=clip, art=BlackAndWhite())
    return replace(scene, backdrop=np.zeros_like(scene.backdrop))


@lru_cache(maxsize=1)  # a clip takes 80 MB
def frames(difficulty: str, clip: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(render(black_and_white(difficulty, clip)))


def masks(difficulty: str, clip: int) -> np.ndarray:
    return np.stack([mask for _, mask in frames(difficulty, clip)])


def extents(mask: np.ndarray) -> tuple[int, int]:
    ys, xs = np.nonzero(mask)
    return int(np.ptp(ys)) + 1, int(np.ptp(xs)) + 1


@pytest.mark.parametrize(
    ("difficulty", "clip", "unclear"),
    [
        ("fast", 0, (128, 128)),
        ("scale", 0, (128, 128)),
        ("tiny", 0, (128, 128)),
        # Where an edge lies on an edge, grey is not how much of a pixel either covers.
        ("occlusion", 0, (60, 195)),
        ("twins", 1, (60, 195)),
    ],
)
def test_masks_are_what_the_picture_shows(difficulty: str, clip: int, unclear: tuple[int, int]) -> None:
    for picture, mask in frames(difficulty, clip)[::4]:
        assert picture.shape == (480, 854, 3)
        grey = picture[..., 0]
        clear = (grey < unclear[0]) | (grey >= unclear[1])
        assert np.array_equal(mask[clear] > 0, grey[clear] >= 128)


@pytest.mark.parametrize("clip", [0, 1])
def test_occluded_objects_are_gone_for_20_to_40_frames_and_come_back(clip: int) -> None:
    areas = masks("occlusion", clip).any(axis=(1, 2))
    hidden = np.flatnonzero(~areas)
    assert 20 + 7 * clip <= len(hidden) <= 40
    assert np.ptp(hidden) + 1 == len(hidden), "gone once"
    assert hidden[0] >= 8
    assert hidden[-1] <= FRAMES - 9
    path = black_and_white("occlusion", clip).actors[0].centres[:, 0]
    assert (path[-1] > 427) == (clip != 1), "out beyond the wall, or where it went in"


def test_fast_objects_move_by_more_than_their_size_every_frame() -> None:
    seen = masks("fast", 0)
    middles = np.array([np.argwhere(mask).mean(axis=0) for mask in seen])
    longest = max(max(extents(mask)) for mask in seen)
    assert np.linalg.norm(np.diff(middles, axis=0), axis=1).min() > longest
    border = np.concatenate([seen[:, 0], seen[:, -1], seen[:, :, 0], seen[:, :, -1]], axis=None)
    assert not border.any(), "never leaves the picture"


@pytest.mark.parametrize(("clip", "numbers"), [(1, {0, 1, 2}), (2, {0, 1})])
def test_twins_look_the_same_and_cross_while_the_target_stays_to_be_seen(
    clip: int, numbers: set[int]
) -> None:
    seen, actors = masks("twins", clip), black_and_white("twins", clip).actors
    assert all(set(np.unique(mask)) == numbers for mask in seen)
    assert all(np.array_equal(actor.picture, actors[0].picture) for actor in actors)
    target = next(actor for actor in actors if actor.number == 1)
    for twin in actors:
        if twin is not target:
            apart = twin.centres - target.centres
            crossings = np.flatnonzero(np.diff(np.sign(apart[:, 0])))
            assert len(crossings) >= (2 if len(actors) == 2 else 1)
            assert np.linalg.norm(apart[crossings], axis=1).max() < target.sizes[0]


def test_scale_changes_fourfold_both_ways() -> None:
    for clip, small in ((0, [0, FRAMES - 1]), (1, [FRAMES // 2])):
        width = np.array([np.sqrt(np.count_nonzero(mask)) for mask in masks("scale", clip)])
        for frame in small:
            assert width.max() / width[frame] == pytest.approx(4, rel=0.05)
        assert np.argmax(width) in ((FRAMES // 2 - 1, FRAMES // 2) if clip == 0 else (0, FRAMES - 1))


def test_tiny_objects_are_10_to_16_pixels_long() -> None:
    for clip in (0, 2):
        assert all(10 <= max(extents(mask)) <= 16 for mask in masks("tiny", clip))


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    for run, seed in (("a", 3), ("b", 3), ("c", 4)):
        names = make_clips(tmp_path / run, seed=seed, clips=1, difficulties=["tiny"], art=BlackAndWhite())
        assert names == ["tiny-0"]
    files = [
        {path.relative_to(tmp_path / run): path.read_bytes() for path in (tmp_path / run).rglob("*.*")}
        for run in "abc"
    ]
    assert len(files[0]) == 2 * FRAMES
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_drawn_scenes_are_decided_by_seed_and_clip() -> None:
    first, again, other = (
        next(render(make_scene("twins", seed=1, clip=clip, art=DrawnArt()))) for clip in (0, 0, 1)
    )
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    assert first[0].std(axis=(0, 1)).min() > 10, "textured"


def test_the_camera_moves() -> None:
    scene = make_scene("tiny", seed=1, clip=0, art=BlackAndWhite())
    assert np.abs(np.diff(scene.camera, axis=0)).max() > 1


def test_pictures_may_come_from_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"backgrounds/\*\.jpg"):
        FolderArt(tmp_path)
    for folder in ("backgrounds", "cutouts"):
        (tmp_path / folder).mkdir()
    Image.new("RGB", (60, 90), (0, 0, 200)).save(tmp_path / "backgrounds/sea.jpg")
    cutout = Image.new("RGBA", (30, 30))
    cutout.paste((250, 0, 0, 255), (5, 10, 25, 20))
    cutout.save(tmp_path / "cutouts/boat.webp", lossless=True)
    art, rng = FolderArt(tmp_path), np.random.default_rng(0)
    assert art.thing(rng).shape == (10, 20, 4)
    backdrop = art.backdrop(rng, 40, 70)
    assert backdrop.shape == (40, 70, 3)
    assert (backdrop[..., 2] > 150).all()
    (tmp_path / "cutouts/boat.webp").write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"boat\.webp"):
        art.thing(rng)


class Slow:
    """Knows the truth, but finds an object that was out of sight five frames late."""

    def __call__(
        self, sequence: Sequence, out_dir: Path, progress: Callable[[int], None], /
    ) -> SequenceTiming:
        late = 0
        for frame, name in enumerate(sequence.mask_names):
            truth = sequence.truth(frame)
            late = 5 if not truth.any() else late - 1
            write_index_mask(out_dir / name, np.zeros_like(truth) if late >= 0 else truth)
            progress(frame + 1)
        return SequenceTiming(FRAMES, 1.0)


def test_scores_are_told_by_difficulty_and_after_the_return(tmp_path: Path) -> None:
    names = make_clips(tmp_path, seed=5, clips=1, difficulties=["occlusion", "tiny"], art=BlackAndWhite())
    scores = evaluate_made(tmp_path, names, Slow(), out=tmp_path / "out")
    assert list(scores.difficulties) == ["occlusion", "tiny"]
    assert scores.difficulties["tiny"].j_and_f == 100
    assert scores.after_return("tiny") is None
    back = FRAMES - 1 - (1 + np.flatnonzero(~masks("occlusion", 0).any(axis=(1, 2)))[-1])
    assert scores.after_return("occlusion") == pytest.approx(100 * (back - 5) / back)
    assert scores.difficulties["occlusion"].j == pytest.approx(100 * (FRAMES - 2 - 5) / (FRAMES - 2))
    assert json.loads((tmp_path / "out/made.json").read_text()) == scores.as_dict()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "JPEGImages").write_text("in the way")
    with pytest.raises(OutputError, match="tiny-0"):
        make_clips(tmp_path, clips=1, difficulties=["tiny"], art=BlackAndWhite())
