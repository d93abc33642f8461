"""Bad pictures do not end a run, a failing run keeps what is finished, deep pictures always look the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_job import SIZE, Job, contents, make_job

from xmem_gui.annotator import Annotator, EngineSettings, PropagateRequest, Propagation, propagate_to_folder
from xmem_gui.errors import MediaError, OutputError, ProjectError, XmemGuiError
from xmem_gui.project import Project
from xmem_gui.video import DisplayRange, ImageFolder, open_source


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


def _request(job: Job, **options: object) -> PropagateRequest:
    settings = EngineSettings(model=str(job.model), device="cpu", size=48)
    return PropagateRequest(
        video=job.video, masks=(str(job.mask),), out=job.out, settings=settings, **options
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [[3], [1, 2], [7], [0]])
def test_a_run_goes_on_over_bad_pictures(job: Job, bad: list[int]) -> None:
    for number in bad:
        (job.video / f"{number:05d}.png").write_bytes(b"")
    summary = propagate_to_folder(_request(job))
    assert sorted(contents(job.out)) == [f"{number:05d}.png" for number in range(8)]
    assert len(summary.warnings) == 1
    assert "empty (0 bytes). The nearest good frame is shown instead." in summary.warnings[0]


@pytest.mark.parametrize("bad", [[0], [3], [7], [0, 1, 2, 4, 5, 6, 7]])
def test_a_project_knows_its_folder_when_pictures_have_gone_bad(job: Job, bad: list[int]) -> None:
    mask = np.zeros(SIZE, bool)
    mask[5:20, 5:30] = True
    with Annotator.open(job.video) as annotator:
        annotator.set_mask(3, annotator.add_object("thing").id, mask)
    for number in bad:
        (job.video / f"{number:05d}.png").write_bytes(b"")
    with Annotator.open(job.video) as annotator:
        assert annotator.project.mask(3, 1) is not None
        assert annotator.video.damaged == frozenset(bad)
        assert not annotator.project.notices


def _break(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    frame = ImageFolder.frame

    def broken(source: ImageFolder, index: int) -> object:
        if index == number:
            raise MediaError("The folder is not there any more.")
        return frame(source, index)

    monkeypatch.setattr(ImageFolder, "frame", broken)


def test_a_run_that_fails_midway_keeps_its_masks(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        _break(patch, 5)
        with pytest.raises(XmemGuiError, match=r"not there any more. The masks finished by then are in"):
            propagate_to_folder(_request(job))
    kept = contents(job.out)
    assert {f"{number:05d}.png" for number in range(5)} <= set(kept)
    propagate_to_folder(_request(job, resume=True))
    done = contents(job.out)
    assert sorted(done) == [f"{number:05d}.png" for number in range(8)]
    assert all(done[f"{number:05d}.png"] == kept[f"{number:05d}.png"] for number in range(5))


def test_a_run_in_a_project_that_fails_midway_keeps_its_masks(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = EngineSettings(model=str(job.model), device="cpu", size=48)
    mask = np.zeros(SIZE, bool)
    mask[5:20, 5:30] = True
    with Annotator.open(job.video, settings=settings) as annotator:
        thing = annotator.add_object("thing").id
        annotator.set_mask(0, thing, mask)
        with monkeypatch.context() as patch:
            _break(patch, 5)
            with pytest.raises(MediaError, match="not there any more"):
                list(annotator.run(Propagation("forward")))
        assert [annotator.project.mask(number, thing) is not None for number in range(8)] == [
            *[True] * 5, *[False] * 3,
        ]  # fmt: skip
    with Annotator.open(job.video, settings=settings) as annotator:
        assert all(annotator.project.mask(number, thing) is not None for number in range(5))


def _deep(place: Path, brightest: list[int]) -> Path:
    place.mkdir()
    for number, high in enumerate(brightest):
        values = np.linspace(100, high, 24 * 32).reshape(24, 32).astype(np.uint16)
        Image.fromarray(values).save(place / f"{number:05d}.png")
    return place


def test_the_range_stays_with_the_project(tmp_path: Path) -> None:
    place = _deep(tmp_path / "seq", [1000, 2000, 4000])
    with Annotator.open(place) as annotator:
        before, found = annotator.video.frame(1), annotator.video.display_range
        assert annotator.project.setting("display_range") == [found.low, found.high]  # type: ignore[union-attr]
    # A much brighter picture would change the automatic range, and with it what every frame looks like.
    bright = np.full((24, 32), 16000, np.uint16)
    Image.fromarray(bright).save(place / "00002.png")
    assert ImageFolder(place).display_range != found
    with Project.open(tmp_path / "seq.xmem") as project:
        kept = [found.low, found.high]  # type: ignore[union-attr]
        assert project.setting("display_range") == kept
    with open_source(place, display_range=found) as source:
        assert np.array_equal(source.frame(1), before)


def test_another_range_holds_from_the_next_opening_on(tmp_path: Path) -> None:
    place = _deep(tmp_path / "seq", [1000, 2000, 4000])
    with Annotator.open(place) as annotator:
        automatic = annotator.video.display_range
        annotator.add_object("thing")
        assert annotator.set_display_range(DisplayRange(100, 1000)) == DisplayRange(100, 1000)
        assert annotator.video.display_range == automatic
    with Annotator.open(place) as annotator:
        assert str(annotator.video.display_range) == "100:1000"
        assert annotator.video.frame(0).max() == 255
        assert (annotator.project.notices, len(annotator.project.objects)) == ((), 1)
        assert annotator.set_display_range(None) == automatic
    with Annotator.open(tmp_path / "seq.xmem") as annotator:
        assert annotator.video.display_range == automatic
    with (
        Annotator.open(place, look_only=True) as annotator,
        pytest.raises(ProjectError),
    ):
        annotator.set_display_range(DisplayRange(1, 2))


def test_eight_bits_have_no_range_to_set(job: Job) -> None:
    with Annotator.open(job.video) as annotator, pytest.raises(MediaError, match="8 bits per value"):
        annotator.set_display_range(DisplayRange(1, 2))


@pytest.mark.parametrize("nonsense", [5, "a:b", [1], [2, 1], [1, "inf"], {"low": 1}, [1, None]])
def test_a_kept_range_that_is_none_is_found_again(tmp_path: Path, nonsense: object) -> None:
    place = _deep(tmp_path / "seq", [1000, 2000])
    with Annotator.open(place) as annotator:
        automatic = annotator.video.display_range
        annotator.project.set_setting("display_range", json.loads(json.dumps(nonsense)))
    with Annotator.open(place) as annotator:
        assert annotator.video.display_range == automatic


def test_a_run_sees_the_range_and_is_another_with_another(tmp_path: Path) -> None:
    job = make_job(tmp_path, frames=3)
    shutil.rmtree(job.video)
    job.video.mkdir()
    for number in range(3):
        values = np.random.default_rng(number).integers(100, 4000, SIZE).astype(np.uint16)
        Image.fromarray(values).save(job.video / f"{number:05d}.png")
    first = propagate_to_folder(_request(job))
    assert first.frames == 3
    with pytest.raises(OutputError):
        propagate_to_folder(_request(job, resume=True, display_range=DisplayRange(100, 1000)))
