"""What is exported comes back: the same masks, on the same frames, for the same objects, in every format."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from format_cases import READ_BACK
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_project import SIZE, make_frames
from video_clips import write_clip

from xmem_gui.annotator import Annotator
from xmem_gui.errors import FormatError
from xmem_gui.formats import ExportRequest, FrameSelection, Naming

FRAMES = 9
TRIES = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
Masks = dict[tuple[int, int], bytes]
Drawn = dict[tuple[int, int], tuple[int, bool]]
"""By frame and number of the object: the height of its box, 0 for none, and whether it is committed."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make a video, whose frames have only numbers, and a folder, whose pictures have names."""
    place = tmp_path_factory.mktemp("sources")
    clip = write_clip(place / "clip.mp4", frames=FRAMES, size=SIZE[::-1])
    return {"video": clip, "folder": make_frames(place, FRAMES)}


@contextmanager
def opened(source: Path, place: Path, name: str) -> Iterator[Annotator]:
    with Annotator.open(source, project=place / f"{name}.xmem") as annotator:
        yield annotator


def draw(annotator: Annotator, names: list[str], drawn: Drawn) -> None:
    """Give each object its own columns, so that no format hides a part of it."""
    for name in names:
        annotator.add_object(name)
    for (frame, number), (height, committed) in drawn.items():
        mask = np.zeros(SIZE, dtype=bool)
        mask[2 : 2 + height, 9 * number - 6 : 9 * number - 1] = True
        annotator.set_mask(frame, number, mask)
        if committed:
            annotator.commit(frame, [number])


def masks_of(annotator: Annotator) -> Masks:
    project = annotator.project
    return {
        (frame, one.id): record.rle.counts
        for one in project.objects
        for frame in range(project.frames)
        if (record := project.record(frame, one.id)) is not None
    }


REQUESTS = st.builds(
    ExportRequest,
    frames=st.builds(
        FrameSelection,
        start=st.integers(0, 4),
        stop=st.none() | st.integers(5, FRAMES),
        step=st.integers(1, 3),
        status=st.sampled_from(["any", "any", "committed"]),
        annotated_only=st.booleans(),
    ),
    objects=st.none() | st.lists(st.integers(1, 3), min_size=1, unique=True).map(tuple),
    naming=st.builds(
        Naming,
        st.sampled_from([None, "%05d", "frame_%d", "f{:03d}_v2"]),
        st.integers(0, 12),
        st.booleans(),
    ),
)
DRAWN = st.dictionaries(
    st.tuples(st.integers(0, FRAMES - 1), st.integers(1, 3)),
    st.tuples(st.integers(0, 15), st.booleans()),
    min_size=1,
)


@pytest.mark.parametrize("format_id", READ_BACK)
@given(
    source=st.sampled_from(["video", "folder"]),
    names=st.lists(st.sampled_from(["dog", "cat"]), min_size=3, max_size=3),
    drawn=DRAWN,
    request_=REQUESTS,
)
@TRIES
def test_every_export_of_a_project_comes_back(
    sources: dict[str, Path],
    format_id: str,
    source: str,
    names: list[str],
    drawn: Drawn,
    request_: ExportRequest,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with opened(sources[source], place, "one") as annotator:
            draw(annotator, names, drawn)
            plan = annotator.plan_export(format_id, place / "out", request_)
            written = {
                (frame, info.id): rle.counts for frame in plan.frames for info, rle in plan.masks(frame)
            }
            assume(written)
            targets = annotator.export(format_id, place / "out", request_)
            path = targets[0] if targets[0].is_file() else place / "out"
            before, objects = masks_of(annotator), annotator.project.objects
            again = annotator.plan_import(path)
            assert again.question is None
            annotator.import_masks(again)
            assert masks_of(annotator) == before
            assert annotator.project.objects == objects
        with opened(sources[source], place, "empty") as annotator:
            found = annotator.plan_import(path)
            annotator.import_masks(found)
            into = {one.imported.id: one.object_id for one in found.destinations}
            assert masks_of(annotator) == {(f, into[number]): mask for (f, number), mask in written.items()}
            made = {one.id: (one.name, one.colour) for one in annotator.project.objects}
            assert made == {into[one.id]: (one.name, one.colour) for one in objects if one.id in into}


@pytest.mark.parametrize("first", [0, 1])
def test_a_part_of_the_frames_is_asked_and_goes_where_the_person_says(
    sources: dict[str, Path], first: int, tmp_path: Path
) -> None:
    request = ExportRequest(FrameSelection(2, 8, 3), naming=Naming("%05d", first))
    with opened(sources["video"], tmp_path, "one") as annotator:
        draw(annotator, ["dog"], {(frame, 1): (frame + 1, False) for frame in range(FRAMES)})
        annotator.export("index-png", tmp_path / "out", request)
        before = masks_of(annotator)
    (tmp_path / "out" / "clip.objects.json").unlink()
    with opened(sources["video"], tmp_path, "two") as annotator:
        asked = annotator.plan_import(tmp_path / "out")
        assert asked.question is not None
        with pytest.raises(FormatError, match=f"--first-number {first}"):
            annotator.import_masks(asked)
        assert masks_of(annotator) == {}
        annotator.import_masks(annotator.plan_import(tmp_path / "out", first_number=first))
        assert masks_of(annotator) == {key: before[key] for key in ((2, 1), (5, 1))}
