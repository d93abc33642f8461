from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.training.paper_data import FRAMES, make_paper_data, make_video
from xmem_gui.errors import XmemGuiError
from xmem_gui.training import PaperSources, PaperStage
from xmem_gui.training.paper_clips import PaperClips, spaced_frames
from xmem_gui.training.paper_sources import still_pairs

STAGE = PaperStage(steps=100, size=48, frames=4)


@pytest.fixture(scope="module")
def paper_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_paper_data(tmp_path_factory.mktemp("paper"))


@pytest.mark.parametrize("stage", ["0", "1", "2", "3"])
def test_a_clip_is_decided_by_its_number(paper_data: Path, stage: str) -> None:
    sources = PaperSources.of_stage(paper_data, stage)
    one, other = (PaperClips(sources, seed=1) for _ in range(2))
    seen = set()
    for number in range(12):
        clip, again = (source.make(STAGE, number=number, at=0) for source in (one, other))
        assert clip.frames.shape == (4, 48, 48, 3)
        assert np.array_equal(clip.frames, again.frames)
        assert np.array_equal(clip.masks, again.masks)
        assert 1 <= clip.objects <= 3
        assert set(np.unique(clip.masks[0])) - {0} == set(range(1, clip.objects + 1))
        seen.add(clip.objects)
    assert len(seen) > 1


def test_masks_stay_with_their_objects(paper_data: Path) -> None:
    clips = PaperClips(PaperSources.of_stage(paper_data, "1"), seed=2)
    for number in range(8):
        clip = clips.make(STAGE, number=number, at=0)
        frames = clip.frames.astype(int)
        inside = clip.masks > 0
        colourful = frames.max(axis=-1) - frames.min(axis=-1)
        if colourful.max() > 100:  # not among the clips made grey
            assert colourful[inside].mean() > 2 * colourful[~inside].mean()


def test_a_pass_takes_every_item_as_often_as_it_counts(paper_data: Path) -> None:
    sources = PaperSources.of_stage(paper_data, "2")
    assert [folder.repeat for folder in sources.videos] == [1, 5]
    clips = PaperClips(sources, seed=1)
    three = [clips.make(replace(STAGE, objects=9), number=number, at=0).objects for number in range(12)]
    assert three.count(3) >= 8  # only DAVIS's video has three objects, some of which a crop may miss


def test_small_sets_of_stills_count_five_times(paper_data: Path) -> None:
    folders = PaperSources.of_stage(paper_data, "0").stills
    assert {folder.name: len(still_pairs(folder)) for folder in folders} == {
        "DUTS-TR": 1,
        "ecssd": 5,
        "fss": 1,
    }


def test_videos_for_validation_are_left_alone(paper_data: Path) -> None:
    davis = PaperSources.of_stage(paper_data, "3").videos[1]
    assert davis.videos() == ["train"]
    assert len(davis.frames("train")) == FRAMES


def test_frames_without_a_mask_are_left_out(tmp_path: Path) -> None:
    make_video(tmp_path / "BL30K/JPEGImages/a", tmp_path / "BL30K/Annotations/a", objects=1)
    (tmp_path / "BL30K/Annotations/a/00004.png").unlink()
    (folder,) = PaperSources.of_stage(tmp_path, "1").videos
    assert [mask.stem for _, mask in folder.frames("a")] == ["00000", "00001", "00002", "00003", *(
        f"{index:05d}" for index in range(5, FRAMES)
    )]  # fmt: skip


@pytest.mark.parametrize(("total", "count", "skip"), [(9, 8, 1), (60, 8, 5), (160, 8, 15), (3, 3, 5)])
def test_frames_lie_close_to_one_another(total: int, count: int, skip: int) -> None:
    directions = set()
    for seed in range(20):
        frames = spaced_frames(np.random.default_rng(seed), total, count, most_skip=skip)
        assert frames is not None
        steps = np.diff(frames)
        assert len(set(frames)) == count
        assert set(frames) <= set(range(total))
        assert np.abs(steps).max() <= skip
        assert len(set(np.sign(steps))) == 1
        directions.add(int(np.sign(steps[0])))
    assert directions == {-1, 1}


def test_a_video_with_too_few_frames_gives_no_clip(paper_data: Path) -> None:
    assert spaced_frames(np.random.default_rng(0), 7, 8, most_skip=5) is None
    clips = PaperClips(PaperSources.of_stage(paper_data, "1"), seed=1)
    with pytest.raises(XmemGuiError, match="check the folders of masks"):
        clips.make(replace(STAGE, frames=FRAMES + 1), number=0, at=0)


@pytest.mark.parametrize("stage", ["0", "1", "2", "3"])
def test_missing_data_is_said(tmp_path: Path, stage: str) -> None:
    with pytest.raises(XmemGuiError, match="give the folder that holds the data sets"):
        PaperSources.of_stage(tmp_path, stage)


def test_davis_without_its_list_is_refused(tmp_path: Path) -> None:
    make_video(tmp_path / "DAVIS/JPEGImages/480p/a", tmp_path / "DAVIS/Annotations/480p/a", objects=1)
    with pytest.raises(XmemGuiError, match=r"train\.txt is missing"):
        PaperSources.of_stage(tmp_path, "3")
