import shutil
from pathlib import Path

import numpy as np
import pytest
from project_samples import FRAMES, HEIGHT, WIDTH, new_project, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import (
    Changed,
    Fingerprint,
    Found,
    Missing,
    Moved,
    Project,
    Remote,
    SetMasks,
    VideoReference,
    host_of,
    timestamps_digest,
)
from xmem_gui.project.video_reference import StoredReference

TIMES = [n / 25 for n in range(FRAMES)]


def fingerprint(path, *, seconds=TIMES, width=WIDTH, height=HEIGHT):
    return Fingerprint.of(path, width=width, height=height, seconds=seconds)


@pytest.fixture
def project(tmp_path):
    clip = tmp_path / "videos" / "clip.mp4"
    clip.parent.mkdir()
    clip.write_bytes(b"x" * 777)
    (tmp_path / "work").mkdir()
    project = Project.create(
        tmp_path / "work" / "p.xmem", video=VideoReference(clip, fingerprint(clip)), backup_every=None
    )
    with project:
        yield project


def test_a_video_in_its_place_is_found(project, tmp_path):
    assert project.locate_video() == Found(tmp_path / "videos" / "clip.mp4")


def test_a_project_moved_with_its_video_finds_it(project, tmp_path):
    project.close()
    shutil.copytree(tmp_path, tmp_path.with_name(tmp_path.name + " elsewhere"))
    there = tmp_path.with_name(tmp_path.name + " elsewhere")
    shutil.rmtree(tmp_path / "videos")
    with Project.open(there / "work" / "p.xmem", backup_every=None) as moved:
        assert moved.locate_video() == Found(there / "videos" / "clip.mp4")
    shutil.rmtree(there)


def test_a_project_moved_alone_finds_its_video_where_it_was(project, tmp_path):
    project.close()
    (tmp_path / "deep" / "er" / "still").mkdir(parents=True)
    shutil.move(project.path, tmp_path / "deep" / "er" / "still" / "p.xmem")
    with Project.open(tmp_path / "deep" / "er" / "still" / "p.xmem", backup_every=None) as moved:
        assert moved.locate_video() == Found(tmp_path / "videos" / "clip.mp4")


def test_a_video_moved_near_is_offered_the_likeliest_first(project, tmp_path):
    clip = tmp_path / "videos" / "clip.mp4"
    (tmp_path / "work" / "clip.mp4").write_bytes(b"other")
    (tmp_path / "work" / "sub").mkdir()
    shutil.copy(clip, tmp_path / "work" / "renamed.mp4")
    clip.rename(tmp_path / "work" / "sub" / "clip.mp4")
    work = tmp_path / "work"
    assert project.locate_video() == Moved(
        (work / "sub" / "clip.mp4", work / "clip.mp4", work / "renamed.mp4")
    )


def test_a_video_nowhere_is_missing(project, tmp_path):
    (tmp_path / "videos" / "clip.mp4").unlink()
    assert project.locate_video() == Missing(tmp_path / "videos" / "clip.mp4")


def test_another_video_in_its_place_is_told(project, tmp_path):
    clip = tmp_path / "videos" / "clip.mp4"
    looked: list[Path] = []

    def other(path):
        looked.append(path)
        return ("it has 13 frames, not 12",)

    assert project.locate_video(other) == Changed(clip, ("it has 13 frames, not 12",))
    assert looked == [clip]
    assert project.locate_video(lambda _: ()) == Found(clip)


def test_the_full_path_wins_over_another_video_beside_the_project(project, tmp_path):
    project.close()
    (tmp_path / "deep" / "videos").mkdir(parents=True)
    (tmp_path / "deep" / "work").mkdir()
    (tmp_path / "deep" / "videos" / "clip.mp4").write_bytes(b"another")
    shutil.move(project.path, tmp_path / "deep" / "work" / "p.xmem")
    right = tmp_path / "videos" / "clip.mp4"
    with Project.open(tmp_path / "deep" / "work" / "p.xmem", backup_every=None) as moved:
        assert moved.locate_video(lambda path: () if path == right else ("another",)) == Found(right)


def test_relinking_keeps_masks_on_their_frame_numbers(project, tmp_path):
    other = tmp_path / "other.mp4"
    other.write_bytes(b"z" * 9)
    longer = VideoReference(other, fingerprint(other, seconds=[n / 25 for n in range(3000)]))
    project.add_object()
    project.apply(SetMasks(11, {1: pattern(3)}))
    assert project.relink(longer) == Found(other)
    project.apply(SetMasks(2999, {1: pattern(4)}))
    project.close()
    with Project.open(project.path, backup_every=None) as again:
        assert again.frames == 3000
        assert again.locate_video() == Found(other)
        assert np.array_equal(again.mask(11, 1), pattern(3))
        assert np.array_equal(again.mask(2999, 1), pattern(4))
        with pytest.raises(ProjectError, match="masks beyond its end"):
            again.relink(VideoReference(other, fingerprint(other)))
        with pytest.raises(ProjectError, match="does not fit"):
            again.relink(VideoReference(other, fingerprint(other, width=9)))


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("\\\\nas\\share\\clip.mp4", "nas"),
        ("//NAS/share/clip.mp4", "nas"),
        ("\\/nas/share", "nas"),
        ("\\\\?\\UNC\\nas\\share\\clip.mp4", "nas"),
        ("//./UNC/nas/clip.mp4", "nas"),
        ("\\\\nas@SSL\\DavWWWRoot\\clip.mp4", "nas@ssl"),
        ("/net/nas/clip.mp4", "nas"),
        ("\\\\?\\C:\\videos\\clip.mp4", None),
        ("C:\\videos\\clip.mp4", None),
        ("/home/nas/clip.mp4", None),
        ("../clip.mp4", None),
        ("", None),
    ],
)
def test_paths_to_other_computers_are_told(path, host):
    assert host_of(path) == host


def test_another_computer_is_only_asked_with_leave(tmp_path):
    touched = []

    def probe(path):
        touched.append(path)
        return ()

    for relative, absolute in (
        ("//nas/share/clip.mp4", "//nas/share/clip.mp4"),
        ("\\\\nas\\share\\clip.mp4", "\\\\nas\\share\\clip.mp4"),
        ("../../../../../../../../net/nas/clip.mp4", "/nowhere/clip.mp4"),
    ):
        kept = StoredReference(relative, absolute, fingerprint(tmp_path))
        found = kept.locate(tmp_path, probe)
        assert isinstance(found, Remote)
        assert found.host == "nas"
        assert kept.locate(tmp_path, probe, {"nas"}) != found
    assert touched == []


def test_a_project_on_that_computer_asks_it(tmp_path):
    kept = StoredReference("clip.mp4", "//nas/share/clip.mp4", fingerprint(tmp_path))
    assert kept.host(Path("//nas/share/clip.mp4"), Path("//NAS/share")) is None
    assert kept.host(Path("//nas/share/clip.mp4"), tmp_path) == "nas"


@pytest.mark.parametrize("name", ["x" * 400, "\ud800", "/dev/null", "a\nb", "/proc/1/root/clip"])
def test_paths_that_cannot_be_looked_at_are_not_there(tmp_path, name):
    kept = StoredReference(name, f"/nowhere/{name}", fingerprint(tmp_path))
    assert kept.locate(tmp_path, lambda _: ()) == Missing(tmp_path / name)


def test_timestamps_are_told_apart_by_microseconds():
    assert timestamps_digest(TIMES) == timestamps_digest([time + 1e-9 for time in TIMES])
    assert timestamps_digest(TIMES) != timestamps_digest([time + 1e-5 for time in TIMES])
    assert timestamps_digest([]) == timestamps_digest(())


@pytest.mark.parametrize("frames", [0, 1, 1023, 1024, 1025])
def test_any_number_of_frames(tmp_path, frames):
    with new_project(tmp_path / "p.xmem", frames=frames) as project:
        project.add_object()
        if frames:
            project.apply(SetMasks(frames - 1, {1: pattern(3)}))
        counts = project.query.counts()
        assert counts.known == min(frames, 1)
    with Project.open(tmp_path / "p.xmem", backup_every=None) as again:
        assert again.query.counts() == counts
        assert again.query.confidence_strip(1, 10).shape == (10,)


def test_a_video_of_no_size_is_refused(tmp_path):
    with pytest.raises(ProjectError, match="size is not possible"):
        new_project(tmp_path / "p.xmem", width=0)
