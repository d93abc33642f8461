import numpy as np
import pytest

from xmem_gui.training import Clip, ClipSources, ClipSpec, Mixture, SourceStore, make_clip
from xmem_gui.training.clips import paste
from xmem_gui.training.motion import MotionSpeed, canvas_box, make_motion, smooth_walk, warp
from xmem_gui.training.photometry import motion_kernel
from xmem_gui.training.sprites import Sprite, pick_frames, shrunk

KINDS = {"composed": Mixture(1, 0, 0), "stills": Mixture(0, 1, 0), "real": Mixture(0, 0, 1)}


def check(clip: Clip, spec: ClipSpec) -> None:
    assert clip.frames.shape == (spec.frames, spec.size, spec.size, 3)
    assert clip.masks.shape == (spec.frames, spec.size, spec.size)
    assert clip.frames.dtype == clip.masks.dtype == np.uint8
    assert 1 <= clip.objects <= spec.objects
    assert set(np.unique(clip.masks[0])) - {0} == set(range(1, clip.objects + 1))
    assert clip.masks.max() <= clip.objects


@pytest.mark.parametrize("kind", KINDS)
def test_clips_follow_their_spec(store: SourceStore, kind: str) -> None:
    for index in range(12):
        spec = ClipSpec(size=64, frames=2 + index % 3, objects=1 + index % 4, mixture=KINDS[kind])
        check(make_clip(store, spec, seed=1, index=index), spec)


def test_a_clip_depends_on_seed_and_index_alone(store: SourceStore, sources: ClipSources) -> None:
    spec = ClipSpec(size=64, frames=3, objects=3)
    other = SourceStore(sources)
    for index in (7, 2, 11):
        first, again = (make_clip(one, spec, seed=4, index=index) for one in (store, other))
        assert np.array_equal(first.frames, again.frames)
        assert np.array_equal(first.masks, again.masks)
    changed = make_clip(store, spec, seed=5, index=7)
    assert not np.array_equal(changed.frames, make_clip(store, spec, seed=4, index=7).frames)


def test_clips_need_no_source_at_all() -> None:
    spec = ClipSpec(size=48, frames=3, objects=2)
    for index in range(5):
        check(make_clip(SourceStore(ClipSources()), spec, seed=0, index=index), spec)


def test_many_objects_are_usual_where_they_are_asked_for(store: SourceStore) -> None:
    spec = ClipSpec(size=64, frames=3, objects=3, mixture=KINDS["composed"])
    counts = [make_clip(store, spec, seed=2, index=index).objects for index in range(20)]
    assert np.mean(counts) > 2


def still_motion(**changes: object) -> object:
    given = {
        "steps": 2,
        "picture": (10, 20),
        "canvas": 64,
        "centre": (10.0, 5.0),
        "target": (32.0, 30.0),
        "scale": 1.0,
        "angle": 0.0,
        "speed": MotionSpeed(0, 0, 0, 0, 0),
    }
    return make_motion(np.random.default_rng(0), **(given | changes))  # type: ignore[arg-type]


def test_a_still_motion_puts_the_centre_at_the_target() -> None:
    motion = still_motion(scale=2.0, angle=0.3)
    for matrix in motion.matrices:
        assert np.allclose(matrix @ [10, 5, 1], [32, 30])
    assert motion.fields is None


def test_a_picture_is_warped_where_its_box_says() -> None:
    picture = np.full((10, 20), 255, np.uint8)
    motion = still_motion()
    box = canvas_box(motion, 0, picture=(10, 20), canvas=64)
    assert box is not None
    whole = warp(picture, motion, 0, box=(0, 0, 64, 64), border=0)
    assert whole[25:35, 22:42].min() == 255
    assert whole.astype(bool).sum() == 200
    left, top, right, bottom = box
    part = warp(picture, motion, 0, box=box, border=0)
    assert np.array_equal(part, whole[top:bottom, left:right])
    assert part.astype(bool).sum() == 200


def test_what_leaves_the_canvas_has_no_box() -> None:
    assert canvas_box(still_motion(target=(-90.0, 0.0)), 0, picture=(10, 20), canvas=64) is None


def test_later_objects_hide_earlier_ones() -> None:
    frames, masks = np.zeros((2, 64, 64, 3), np.uint8), np.zeros((2, 64, 64), np.uint8)
    for number, colour in ((1, 100), (2, 200)):
        picture = np.full((10, 20, 4), 255, np.uint8)
        picture[..., :3] = colour
        target = (32.0 + 5 * (number - 1), 30.0)
        paste(frames, masks, Sprite((picture,)), still_motion(target=target), number=number)
    for frame, mask in zip(frames, masks, strict=True):
        assert mask[30, 24] == 1
        assert mask[30, 38] == mask[30, 45] == 2
        assert frame[30, 24, 0] == 100
        assert frame[30, 38, 0] == 200
        assert (mask == 2).sum() == 200


def test_walks_begin_at_zero_and_move() -> None:
    rng = np.random.default_rng(0)
    walks = np.stack([smooth_walk(rng, 5, 0.1) for _ in range(50)])
    assert (walks[:, 0] == 0).all()
    assert 0.02 < np.abs(walks[:, 1]).mean() < 0.4
    assert not smooth_walk(rng, 5, 0.0).any()


@pytest.mark.parametrize(("available", "wanted"), [(9, 3), (5, 5), (3, 5), (1, 3), (90, 4)])
def test_picked_frames_exist_and_keep_their_order(available: int, wanted: int) -> None:
    rng = np.random.default_rng(available)
    for _ in range(20):
        picked = pick_frames(rng, available, wanted, top_stride=6)
        assert len(picked) == wanted
        assert min(picked) >= 0
        assert max(picked) < available
        assert picked in (sorted(picked), sorted(picked, reverse=True))
        assert np.abs(np.diff(picked)).max() <= 6


def test_a_motion_blur_keeps_brightness() -> None:
    for dx, dy in ((0, 0), (6, 0), (-3, 4)):
        kernel = motion_kernel(dx, dy)
        assert kernel.sum() == pytest.approx(1)
        assert kernel.shape[0] % 2 == 1


def test_a_sprite_drawn_small_is_averaged_without_its_surroundings() -> None:
    picture = np.zeros((80, 80, 4), np.uint8)
    picture[20:60, 20:60] = (240, 100, 20, 255)
    small, scale = shrunk(Sprite((picture,)), 0.25)
    assert small.size == (24, 24)
    assert scale * small.size[0] == pytest.approx(0.25 * 80)
    solid = small.pictures[0][..., 3] > 60
    assert np.abs(small.pictures[0][solid][:, :3].astype(int) - (240, 100, 20)).max() <= 2
    assert shrunk(Sprite((picture,)), 0.9)[0].pictures[0] is picture


def test_stills_of_small_groups_are_seen_too(store: SourceStore) -> None:
    rng = np.random.default_rng(0)
    kinds = {store.draw_still(rng).kind for _ in range(60)}
    assert len(kinds) == 3
