"""Which project a video has: what is asked for is what opens."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from annotated_videos import annotate, folder, opened, remux, video

from xmem_gui.annotator import Annotator, VideoNotFoundError, relink
from xmem_gui.errors import ProjectError, XmemGuiError
from xmem_gui.formats import ExportRequest, Naming
from xmem_gui.model import find_model
from xmem_gui.project import Changed, ClearMasks, DamagedProjectError, ProjectPlaceError


@pytest.mark.parametrize("other", ["clip.mkv", "clip.MP4", "clip", "clip.tar.mp4", "clip.avi"])
def test_a_video_beside_another_of_the_same_stem_is_itself(tmp_path, other):
    first = annotate(video(tmp_path / "clip.mp4"))
    second = tmp_path / other
    _ = video(second, 7, shade=90) if second.suffix else folder(second)
    assert opened(second)[:3] == (second, 7 if second.suffix else 5, [])
    mine = annotate(second)
    assert mine != first
    assert opened(tmp_path / "clip.mp4") == (tmp_path / "clip.mp4", 10, ["rabbit"], first)
    assert opened(second)[2:] == (["rabbit"], mine)


def test_a_copy_beside_it_has_a_project_of_its_own(tmp_path):
    annotate(video(tmp_path / "clip.mp4"))
    copy = remux(tmp_path / "clip.mp4", tmp_path / "clip.mkv")
    assert opened(copy)[0::2] == (copy, [])


def test_what_was_passed_by_is_said(tmp_path):
    annotate(video(tmp_path / "clip.mp4"))
    video(tmp_path / "clip.mkv")
    with Annotator.open(tmp_path / "clip.mkv") as annotator:
        assert [*map(str, annotator.project.notices)] == [
            "clip.xmem is the project of clip.mp4. The project of clip.mkv is clip.mkv.xmem."
        ]
    with pytest.raises(ProjectError, match=r"clip\.xmem is the project of clip\.mp4"):
        Annotator.open(video(tmp_path / "clip.avi"), create=False)


@pytest.mark.parametrize("content", [b"", b"notes of somebody", bytes(9000)])
def test_a_file_that_is_no_project_is_left_alone(tmp_path, content):
    (tmp_path / "clip.xmem").write_bytes(content)
    clip = video(tmp_path / "clip.mp4")
    assert annotate(clip) == tmp_path / "clip.mp4.xmem"
    assert (tmp_path / "clip.xmem").read_bytes() == content


def test_a_folder_or_a_pipe_of_the_project_s_name_is_left_alone(tmp_path):
    (tmp_path / "clip.xmem").mkdir()
    os.mkfifo(tmp_path / "clip.mp4.xmem")
    assert annotate(video(tmp_path / "clip.mp4")) == tmp_path / "clip.mp4 (2).xmem"


def test_a_damaged_project_is_not_passed_by(tmp_path):
    place = annotate(video(tmp_path / "clip.mp4"))
    data = place.read_bytes()
    place.write_bytes(bytes(4096) + data[4096:])
    with pytest.raises(DamagedProjectError) as caught:
        Annotator.open(tmp_path / "clip.mp4")
    assert caught.value.path == place


def test_links_and_other_spellings_are_the_same_file(tmp_path, monkeypatch):
    place = annotate(video(tmp_path / "clip.mp4"))
    (tmp_path / "clip.mkv").symlink_to(tmp_path / "clip.mp4")
    assert opened(tmp_path / "clip.mkv") == (tmp_path / "clip.mkv", 10, ["rabbit"], place)
    (tmp_path / "sub").mkdir()
    assert opened(tmp_path / "sub" / ".." / "clip.mp4")[2] == ["rabbit"]
    monkeypatch.chdir(tmp_path)
    assert opened(Path("clip.mp4"))[2] == ["rabbit"]
    (tmp_path / "sub" / "link.mp4").symlink_to(tmp_path / "clip.mp4")
    assert opened(tmp_path / "sub" / "link.mp4")[2] == []


def test_a_folder_named_as_a_video(tmp_path):
    pictures = folder(tmp_path / "clip.mp4")
    assert annotate(pictures) == tmp_path / "clip.mp4.xmem"
    assert opened(pictures)[1:3] == (5, ["rabbit"])


def test_a_project_deleted_is_not_another_s(tmp_path):
    first = annotate(video(tmp_path / "clip.mp4"))
    second = annotate(video(tmp_path / "clip.mkv", 7))
    first.unlink()
    assert opened(tmp_path / "clip.mkv")[2:] == (["rabbit"], second)
    assert opened(tmp_path / "clip.mp4")[2:] == ([], first)
    assert opened(tmp_path / "clip.mkv")[2:] == (["rabbit"], second)


def test_a_project_whose_video_is_gone_is_the_remuxed_one_s(tmp_path):
    place = annotate(video(tmp_path / "clip.mp4"))
    copy = remux(tmp_path / "clip.mp4", tmp_path / "clip.mkv", title="another")
    (tmp_path / "clip.mp4").unlink()
    assert opened(copy) == (copy, 10, ["rabbit"], place)
    assert opened(place)[0] == copy
    video(tmp_path / "clip.avi", shade=80)
    assert opened(tmp_path / "clip.avi")[2] == []


def test_another_video_s_project_can_not_be_given(tmp_path):
    place = annotate(video(tmp_path / "clip.mp4"))
    other = video(tmp_path / "other.mp4", shade=90)
    with pytest.raises(VideoNotFoundError, match=r"made for another video than other\.mp4") as caught:
        Annotator.open(other, project=place)
    assert caught.value.location == Changed(other, ("it shows other pictures",))
    with pytest.raises(ProjectError, match="project itself"):
        Annotator.open(place, project=tmp_path / "new.xmem")
    before = other.read_bytes()
    with pytest.raises(ProjectError, match="cannot be the project"):
        Annotator.open(other, project=other)
    assert other.read_bytes() == before


def test_a_project_lives_anywhere(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    place = annotate(clip, project=tmp_path / "deep" / "er" / "work.db")
    assert opened(place) == (clip, 10, ["rabbit"], place)
    assert opened(clip, project=place)[2] == ["rabbit"]
    assert not (tmp_path / "clip.xmem").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    nowhere = tmp_path / "nowhere" / "clip.xmem"
    with pytest.raises(ProjectPlaceError) as caught:
        Annotator.open(clip, project=nowhere)
    assert caught.value.place == nowhere


def test_a_video_of_a_long_name_is_given_a_project_elsewhere(tmp_path):
    clip = video(tmp_path / "clip.mp4").rename(tmp_path / f"{'x' * 248}.mp4")
    with pytest.raises(ProjectPlaceError, match="too long for a project"):
        Annotator.open(clip)
    assert list(tmp_path.iterdir()) == [clip]
    place = tmp_path / "short.xmem"
    with Annotator.open(clip, project=place) as annotator:
        annotator.add_object("rabbit")
    with Annotator.open(clip, project=place) as annotator:
        assert [one.name for one in annotator.project.objects] == ["rabbit"]


def test_looking_makes_nothing(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    with Annotator.open(clip, look_only=True) as annotator:
        kept = annotator.project.path.parent
        assert len(annotator.video) == 10
        with pytest.raises(ProjectError, match="only to look"):
            annotator.add_object("rabbit")
    assert not kept.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]
    annotate(clip)
    assert opened(clip, look_only=True)[2] == ["rabbit"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_names_that_are_no_text_work_throughout(tmp_path):
    pictures = folder(tmp_path / os.fsdecode(b"clip\xff"))
    (pictures / "00002.png").rename(pictures / os.fsdecode(b"00002\xfe.png"))
    place = annotate(pictures, 1, 2)
    with Annotator.open(pictures) as annotator:
        written = annotator.export(
            "index-png", tmp_path / os.fsdecode(b"out\xfd"), ExportRequest(naming=Naming("%05d"))
        )
        annotator.export("coco", tmp_path / "o.json", ExportRequest(naming=Naming("%05d")))
        annotator.project.apply(ClearMasks(frames=range(1, 3)))
        annotator.import_masks(annotator.plan_import(written[0].parent))
        copy = annotator.save_as(tmp_path / os.fsdecode(b"copy\xfc.xmem"))
    (pictures / os.fsdecode(b"00002\xfe.png")).unlink()
    relink(place, pictures, accept_changes=True)
    with Annotator.open(place) as annotator:
        assert annotator.project.history[-1].label.startswith("Import ")
        assert list(annotator.project.kept) == [os.fsdecode(b"00002\xfe.png")]
    assert opened(copy, without_video=True)[2] == ["rabbit"]


def test_a_stranger_s_project_beside_a_video_is_asked_nothing(tmp_path):
    """One whose table is a view that never ends, one with a value that is no text, one that is newer."""
    made = annotate(video(tmp_path / "first.mp4"))
    (tmp_path / "first.mp4").unlink()
    for name, script in {
        "endless": "ALTER TABLE meta RENAME TO old; CREATE VIEW meta AS WITH RECURSIVE n(key) AS "
        "(SELECT 1 UNION ALL SELECT key + 1 FROM n) SELECT key, key AS value FROM n",
        "odd": "UPDATE meta SET value = x'ff' WHERE key LIKE 'video%'",
        "newer": "PRAGMA user_version = 99",
    }.items():
        copy = tmp_path / f"{name}.xmem"
        shutil.copy(made, copy)
        with closing(sqlite3.connect(copy)) as database:
            database.executescript(script)
    made.unlink()
    assert opened(video(tmp_path / "clip.mp4"))[2:] == ([], tmp_path / "clip.xmem")
    for name in ("endless", "odd", "newer"):
        with pytest.raises(ProjectError, match=r"damaged|newer"):
            Annotator.open(video(tmp_path / f"{name}.mp4"))


def test_a_whole_disk_has_its_project_in_it():
    """A camera's card, opened as a folder of pictures: nothing can be beside it."""
    from xmem_gui.annotator.project_of_video import project_place

    root = Path(Path.cwd().anchor)
    place = project_place(root)
    assert place.parent == root
    assert place.name.startswith("disk")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other names that none may have")
@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\ud800"])
def test_names_that_no_file_can_have_are_refused_in_a_sentence(tmp_path, name):
    project = annotate(folder(tmp_path / "clip"), 0)
    for ask in (
        lambda: Annotator.open(tmp_path / name),
        lambda: Annotator.open(tmp_path / "clip", project=tmp_path / name),
        lambda: relink(project, tmp_path / name),
        lambda: relink(tmp_path / name, tmp_path / "clip"),
        lambda: find_model(str(tmp_path / name)),
    ):
        with pytest.raises(XmemGuiError):
            ask()
