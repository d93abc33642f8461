import shutil

import numpy as np
import pytest
from small_job import SIZE, make_job

from xmem_gui.annotator import Annotator, VideoNotFoundError, differences, project_place, relink, salvage
from xmem_gui.errors import ProjectError
from xmem_gui.project import Changed, DamagedProjectError, Missing, Moved


@pytest.fixture
def project(tmp_path):
    """A project with one mask, whose video lies in a folder of its own."""
    job = make_job(tmp_path)
    with Annotator.open(job.video, project=tmp_path / "p.xmem") as annotator:
        rabbit = annotator.add_object("rabbit").id
        annotator.set_mask(1, rabbit, np.ones(SIZE, bool))
    return annotator.project.path, job.video


def test_the_place_of_a_project(tmp_path):
    folder = tmp_path / "frames.d"
    folder.mkdir()
    (tmp_path / "p.xmem").touch()
    assert project_place(tmp_path / "p.xmem") == tmp_path / "p.xmem"
    assert project_place(tmp_path / "clip.mp4") == tmp_path / "clip.xmem"
    assert project_place(folder) == tmp_path / "frames.d.xmem"
    assert project_place(folder, tmp_path / "other.xmem") == tmp_path / "other.xmem"


def test_a_moved_video_is_named_and_relinked(project):
    place, video = project
    (place.parent / "elsewhere").mkdir()
    moved = place.parent / "elsewhere" / video.name
    video.rename(moved)
    with pytest.raises(VideoNotFoundError) as caught:
        Annotator.open(place)
    assert caught.value.project == place
    assert isinstance(caught.value.location, Moved)
    assert moved in caught.value.location.candidates
    assert differences(place, moved).same
    relink(place, moved)
    with Annotator.open(place) as annotator:
        assert annotator.project.mask(1, 1).all()


def test_a_missing_video_says_where_it_was(project):
    place, video = project
    shutil.rmtree(video)
    with pytest.raises(VideoNotFoundError) as caught:
        Annotator.open(place)
    assert isinstance(caught.value.location, Missing)


def test_a_changed_video_needs_a_yes(project):
    place, video = project
    frame = sorted(video.iterdir())[0]
    shutil.copyfile(frame, video / f"zz{frame.suffix}")
    with pytest.raises(VideoNotFoundError) as caught:
        Annotator.open(place)
    assert isinstance(caught.value.location, Changed)
    assert "1 picture came into it" in differences(place, video).what[0]
    with pytest.raises(ProjectError, match="not the same video"):
        relink(place, video)
    relink(place, video, accept_changes=True)
    with Annotator.open(place) as annotator:
        assert annotator.project.frames == len(annotator.video)


def test_a_damaged_project_is_salvaged(project):
    place, _ = project
    data = bytearray(place.read_bytes())
    data[:100] = bytes(100)
    place.write_bytes(data)
    with pytest.raises(DamagedProjectError):
        Annotator.open(place)
    report = salvage(place)
    assert (report.objects, report.masks) == (1, 1)
    with Annotator.open(place) as annotator:
        assert annotator.project.mask(1, 1).all()
