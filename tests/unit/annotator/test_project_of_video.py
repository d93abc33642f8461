"""Which project a video has, and which video a project: what is asked for is what opens."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from xmem_gui.annotator import Annotator, VideoNotFoundError, relink, summary_of
from xmem_gui.errors import ProjectError, XmemGuiError
from xmem_gui.formats import ExportRequest, Naming
from xmem_gui.model import find_model
from xmem_gui.project import Changed, ClearMasks, DamagedProjectError, ProjectPlaceError, Remote
from xmem_gui.video import DisplayRange

SIZE = (48, 64)


def picture(frame: int, shade: int = 0) -> np.ndarray:
    image = np.full((*SIZE, 3), (8 * frame % 256, shade, 40), np.uint8)
    image[10:20, frame % 50 : frame % 50 + 10] = 255
    return image


def video(path: Path, frames: int = 10, *, shade: int = 0) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"threads": "1"}
        for frame in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(frame, shade), "rgb24")))
        container.mux(stream.encode())
    return path


def remux(path: Path, target: Path, **tags: str) -> Path:
    """Copy the packets of a video into another container, without decoding."""
    with av.open(str(path)) as source, av.open(str(target), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    return target


def folder(path: Path, frames: int = 5, *, first: int = 0) -> Path:
    path.mkdir()
    for frame in range(first, first + frames):
        Image.fromarray(picture(frame)).save(path / f"{frame:05d}.png")
    return path


def annotate(path: Path, *frames: int, **options) -> Path:
    """Open a video, give it an object with a mask on some frames, and return its project."""
    with Annotator.open(path, **options) as annotator:
        one = annotator.add_object("rabbit").id
        for frame in frames or (0,):
            annotator.set_mask(frame, one, mask(frame))
        return annotator.project.path


def mask(frame: int) -> np.ndarray:
    found = np.zeros(SIZE, bool)
    found[frame : frame + 10, 5:15] = True
    return found


def opened(path: Path, **options) -> tuple[Path, int, list[str], Path]:
    """Return what opens: the video, its frames, the objects' names, the project."""
    with Annotator.open(path, **options) as annotator:
        names = [one.name for one in annotator.project.objects]
        return annotator.video.path, len(annotator.video), names, annotator.project.path


# Whose project it is


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


# Which video it is


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


def of_before(place: Path) -> Path:
    """Take from a project what earlier programs did not keep."""
    with closing(sqlite3.connect(place)) as database:
        database.execute("DELETE FROM meta WHERE key = 'video:appearance'")
        database.commit()
    return place


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


# A folder that gains, loses or renames pictures


def test_masks_follow_the_names_of_pictures(tmp_path):
    pictures = folder(tmp_path / "seq", 5, first=1)
    place = annotate(pictures, 0, 2, 4)
    Image.fromarray(picture(0)).save(pictures / "00000.png")
    (pictures / "00003.png").rename(tmp_path / "aside.png")
    for path in (pictures, place):
        with pytest.raises(VideoNotFoundError) as caught:
            Annotator.open(path)
        assert caught.value.location.what == (
            "1 picture came into it (00000.png)", "1 picture is gone (00003.png)",
        )  # fmt: skip
    with pytest.raises(ProjectError, match="00003"):
        relink(place, pictures)
    said = relink(place, pictures, accept_changes=True)
    assert "1 mask of pictures that are gone (00003.png) is kept" in " ".join(said)
    with Annotator.open(place) as annotator:
        known = {frame for frame in range(5) if annotator.project.mask(frame, 1) is not None}
        assert {annotator.video.frame_name(frame) for frame in known} == {"00001", "00005"}
        assert np.array_equal(annotator.project.mask(4, 1), mask(4))
        assert annotator.project.kept == {"00003.png": 1}
    (tmp_path / "aside.png").rename(pictures / "00003.png")
    assert "are back" in " ".join(relink(place, pictures, accept_changes=True))
    with Annotator.open(pictures) as annotator:
        assert np.array_equal(annotator.project.mask(3, 1), mask(2))
        assert annotator.project.kept == {}


def test_a_renamed_picture_takes_its_mask_along(tmp_path):
    pictures = tmp_path / "seq"
    pictures.mkdir()
    rng = np.random.default_rng(0)
    for frame in range(4):
        noise = rng.integers(0, 256, (SIZE[0] * (frame + 1) // 4, SIZE[1], 3), np.uint8)
        image = np.zeros((*SIZE, 3), np.uint8)
        image[: len(noise)] = noise
        Image.fromarray(image).save(pictures / f"{frame}.png")
    place = annotate(pictures, 1)
    (pictures / "1.png").rename(pictures / "9.png")
    relink(place, pictures, accept_changes=True)
    with Annotator.open(pictures) as annotator:
        assert np.array_equal(annotator.project.mask(3, 1), mask(1))


def test_a_folder_whose_pictures_have_all_other_names_asks(tmp_path):
    pictures = folder(tmp_path / "seq")
    place = annotate(pictures, 2)
    for file in sorted(pictures.iterdir()):
        Image.open(file).save(pictures / f"shot_{file.name}", compress_level=1)
        file.unlink()
    with pytest.raises(VideoNotFoundError, match="other names"):
        Annotator.open(pictures)
    relink(place, pictures, accept_changes=True)
    with Annotator.open(pictures) as annotator:
        assert np.array_equal(annotator.project.mask(2, 1), mask(2))


def test_a_folder_converted_to_another_kind_of_picture_is_the_same(tmp_path):
    pictures = folder(tmp_path / "seq")
    annotate(pictures)
    for file in sorted(pictures.iterdir()):
        Image.open(file).save(file.with_suffix(".bmp"))
        file.unlink()
    assert opened(pictures)[2] == ["rabbit"]


# Places


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    nowhere = tmp_path / "nowhere" / "clip.xmem"
    with pytest.raises(ProjectPlaceError) as caught:
        Annotator.open(clip, project=nowhere)
    assert caught.value.place == nowhere


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
