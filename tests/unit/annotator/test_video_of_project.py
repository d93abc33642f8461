"""Which video a project has: it is known by its pictures, whatever became of its file."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from annotated_videos import SIZE, annotate, folder, mask, of_before, opened, remux, video
from PIL import Image

from xmem_gui.annotator import Annotator, VideoNotFoundError, summary_of
from xmem_gui.errors import ProjectError
from xmem_gui.project import Remote
from xmem_gui.video import DisplayRange


@pytest.mark.parametrize(
    "stranger", ["Thumbs.db", ".DS_Store", "desktop.ini", "00003.json", "classes.txt", "._00001.png"]
)
def test_what_is_no_picture_says_nothing(tmp_path, stranger):
    annotate(folder(tmp_path / "seq"))
    (tmp_path / "seq" / stranger).write_bytes(b"{}")
    (tmp_path / "seq" / "labels").mkdir()
    assert opened(tmp_path / "seq")[1:3] == (5, ["rabbit"])
    assert opened(tmp_path / "seq.xmem")[1:3] == (5, ["rabbit"])


def test_a_re_tagged_video_is_the_same(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    place = annotate(clip)
    tagged = remux(clip, tmp_path / "tagged.mp4", title="A much longer title than before", artist="me")
    assert tagged.stat().st_size != clip.stat().st_size
    tagged.replace(clip)
    assert opened(clip)[2:] == (["rabbit"], place)
    assert opened(place)[2] == ["rabbit"]


@pytest.mark.parametrize("ending", ["mkv", "mov", "ts", "flv", "nut"])
def test_a_re_muxed_video_is_the_same(tmp_path, ending):
    place = annotate(video(tmp_path / "clip.mp4"))
    other = remux(tmp_path / "clip.mp4", tmp_path / f"other.{ending}")
    with Annotator.open(other, project=place) as annotator:
        assert annotator.project.mask(0, 1).any()


def test_a_replaced_video_asks_whatever_its_bytes(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    place = annotate(clip)
    known = clip.stat()
    video(tmp_path / "other.mp4", shade=120)
    data = (tmp_path / "other.mp4").read_bytes()
    # The same length, by a box that players skip, and the same time.
    assert len(data) + 8 <= 2 * known.st_size
    size = max(known.st_size, len(data) + 8)
    clip.write_bytes(data + (size - len(data)).to_bytes(4, "big") + b"free" + bytes(size - len(data) - 8))
    os.utime(clip, ns=(known.st_atime_ns, known.st_mtime_ns))
    for path in (clip, place):
        with pytest.raises(VideoNotFoundError, match="other pictures"):
            Annotator.open(path)


def test_a_project_of_before_opens_and_learns(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    place = of_before(annotate(clip))
    assert opened(clip)[2] == ["rabbit"]
    with Annotator.open(place) as annotator:
        assert len(annotator.project.appearance.samples) == 8


def test_a_folder_of_a_project_of_before_may_get_other_files(tmp_path):
    pictures = folder(tmp_path / "seq")
    of_before(annotate(pictures))
    (pictures / "Thumbs.db").write_bytes(b"{}")
    assert opened(pictures)[2] == ["rabbit"]


def test_another_video_is_not_taken_for_that_of_a_project_of_before(tmp_path):
    place = of_before(annotate(video(tmp_path / "clip.mp4")))
    (tmp_path / "clip.mp4").unlink()
    other = video(tmp_path / "clip.mkv", shade=90)
    assert opened(other)[2:] == ([], tmp_path / "clip.mkv.xmem")
    video(tmp_path / "clip.mp4", shade=90)
    with pytest.raises(VideoNotFoundError, match="remembers no pictures"):
        Annotator.open(place)


def test_a_renamed_video_finds_its_project(tmp_path):
    place = annotate(video(tmp_path / "clip.mp4"))
    other = annotate(video(tmp_path / "take.mp4", shade=60))
    renamed = (tmp_path / "clip.mp4").rename(tmp_path / "final.mp4")
    with Annotator.open(renamed) as annotator:
        assert annotator.project.path == place
        assert any("another name" in notice for notice in map(str, annotator.project.notices))
    assert opened(place)[0] == renamed
    assert opened(tmp_path / "take.mp4")[3] == other
    copy = tmp_path / "copy.mp4"
    shutil.copy(renamed, copy)
    assert opened(copy)[2:] == ([], tmp_path / "copy.xmem")


def test_a_video_one_cannot_open_is_said_to_be_so(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    place = annotate(clip)
    clip.write_bytes(b"no video")
    with pytest.raises(VideoNotFoundError, match="cannot be opened"):
        Annotator.open(place)


def test_masks_are_there_without_the_video(tmp_path):
    place = annotate(folder(tmp_path / "seq", 5, first=7), 2)
    shutil.rmtree(tmp_path / "seq")
    with Annotator.open(place, without_video=True) as annotator:
        assert np.array_equal(annotator.project.mask(2, 1), mask(2))
        written = annotator.export("index-png", tmp_path / "out")
        assert (written[0] / "00009.png").exists()
        assert annotator.plan_export("overlay", tmp_path / "over.mp4").refusals
        with pytest.raises(ProjectError):
            annotator.add_object("rock")


def test_another_computer_is_not_asked_for_the_video(tmp_path):
    place = annotate(video(tmp_path / "clip.mp4"))
    with closing(sqlite3.connect(place)) as database:
        (text,) = database.execute("SELECT value FROM meta WHERE key = 'video'").fetchone()
        value = json.loads(text) | {"relative": "//nas/share/clip.mp4", "absolute": "//nas/share/clip.mp4"}
        database.execute("UPDATE meta SET value = ? WHERE key = 'video'", (json.dumps(value),))
        database.commit()
    with pytest.raises(VideoNotFoundError, match="nas is not asked") as caught:
        Annotator.open(place)
    assert caught.value.location == Remote(Path("//nas/share/clip.mp4"), "nas")
    # The video that a person names is looked at, and is the right one.
    assert opened(tmp_path / "clip.mp4")[2] == ["rabbit"]
    assert opened(place)[0] == tmp_path / "clip.mp4"


def test_no_other_computer_is_touched(tmp_path, monkeypatch):
    """Not by opening, nor without the video, nor by what stands in the list of what may be it."""
    place = annotate(video(tmp_path / "clip.mp4"))
    with closing(sqlite3.connect(place)) as database:
        (text,) = database.execute("SELECT value FROM meta WHERE key = 'video'").fetchone()
        value = json.loads(text) | {"relative": "//nas/share/clip.mp4", "absolute": "//nas/share/clip.mp4"}
        database.execute("UPDATE meta SET value = ? WHERE key = 'video'", (json.dumps(value),))
        database.commit()
    touched: list[str] = []

    def spied(function):
        def call(path, *values, **options):
            if isinstance(path, (str, os.PathLike)) and "nas" in Path(path).parts:
                touched.append(str(path))
            return function(path, *values, **options)

        return call

    for name in ("stat", "lstat", "scandir", "listdir", "open", "access", "readlink"):
        monkeypatch.setattr(os, name, spied(getattr(os, name)))
    with pytest.raises(VideoNotFoundError):
        Annotator.open(place)
    with Annotator.open(place, without_video=True) as annotator:
        annotator.export("coco", tmp_path / "o.json")
        annotator.save_as(tmp_path / "copy.xmem")
    assert summary_of(place).masks == 1
    (tmp_path / "clip.mp4").unlink()
    with pytest.raises(ProjectError):
        Annotator.open(tmp_path / "clip.mp4", create=False)
    assert touched == []


def test_a_folder_of_deep_pictures_is_known_by_the_range_it_is_shown_in(tmp_path):
    pictures = tmp_path / "deep"
    pictures.mkdir()
    for frame in range(3):
        values = np.random.default_rng(frame).integers(0, 4096, SIZE).astype(np.uint16)
        Image.fromarray(values).save(pictures / f"{frame}.png")
    place = annotate(pictures)
    with Annotator.open(pictures) as annotator:
        annotator.set_display_range(DisplayRange(0, 900))
    assert opened(pictures)[2] == ["rabbit"]
    moved = tmp_path / "other" / "deep"
    moved.parent.mkdir()
    pictures.rename(moved)
    place.rename(moved.parent / "deep.xmem")
    assert opened(moved)[2] == ["rabbit"]
    moved.rename(tmp_path / "other" / "renamed")
    (tmp_path / "other" / "deep.xmem").rename(tmp_path / "other" / "renamed.xmem")
    assert opened(tmp_path / "other" / "renamed")[2] == ["rabbit"]
