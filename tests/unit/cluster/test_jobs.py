"""Which jobs a folder or a table holds."""

import json
from pathlib import Path

import pytest

from xmem_gui.cluster.jobs import Defaults, Job, read_jobs
from xmem_gui.errors import FormatError


def _picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def _by_name(folder: Path) -> dict[str, Job]:
    return {job.name: job for job in read_jobs(str(folder)).jobs}


@pytest.mark.parametrize(
    "given",
    ["a.png", "a/0.png", "a-masks/0.png", "a_masks/0.png", "masks/a.png", "masks/a/0.png", "a-mask.png"],
)
def test_a_mask_or_a_folder_of_masks_beside_a_video_is_its_job(tmp_path: Path, given: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    place = _picture(tmp_path / given)
    expected = place if place.name != "0.png" else place.parent
    jobs = read_jobs(str(tmp_path))
    assert [(job.name, job.video, job.masks) for job in jobs.jobs] == [
        ("a", str(tmp_path / "a.mp4"), (str(expected),))
    ]
    assert jobs.left_out == ()


def test_folders_of_pictures_are_videos_and_their_masks_are_not(tmp_path: Path) -> None:
    for name in ("b/0.jpg", "b.png", "c/0.jpg", "c-masks/0.png", "lonely/0.jpg"):
        _picture(tmp_path / name)
    found = read_jobs(str(tmp_path))
    assert [job.name for job in found.jobs] == ["b", "c"]
    assert found.jobs[1].masks == (str(tmp_path / "c-masks"),)
    assert [name for name, _ in found.left_out] == ["lonely"]


def test_a_folder_without_a_job_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="beside each video"):
        read_jobs(str(tmp_path))
    with pytest.raises(FormatError, match="neither a folder"):
        read_jobs(str(tmp_path / "nothing"))


def test_a_csv_table(tmp_path: Path) -> None:
    table = tmp_path / "jobs.csv"
    table.write_text(
        "video,masks,project,model,range,export,name\n"
        "clips/a.mp4,0=a.png; 9=b.png,,,5:,coco;davis,first\n"
        "/far/b.mp4,m,,xmem,,,\n"
        ",,p.xmem,,,,\n"
    )
    first, second, third = read_jobs(str(table), Defaults(exports=("voc",))).jobs
    assert (first.name, first.video) == ("first", str(tmp_path / "clips/a.mp4"))
    assert first.masks == (f"0={tmp_path / 'a.png'}", f"9={tmp_path / 'b.png'}")
    assert (first.first, first.last, first.exports) == (5, None, ("coco", "davis"))
    assert (second.name, second.video, second.exports, second.settings.model) == (
        "b", "/far/b.mp4", ("voc",), "xmem",
    )  # fmt: skip
    assert (third.name, third.project, third.video) == ("p", str(tmp_path / "p.xmem"), "")


def test_rows_that_are_wrong_are_named_and_the_others_stay(tmp_path: Path) -> None:
    table = tmp_path / "jobs.jsonl"
    rows = [
        '{"video": "a.mp4", "masks": ["a.png"]}',
        "{",
        '{"video": "b.mp4"}',
        '{"video": "c.mp4", "masks": "c.png", "range": "x"}',
        '{"video": "d.mp4", "masks": "d.png", "colour": 1}',
        '{"video": "e.mp4", "masks": "e.png", "export": "nonsense"}',
        '{"masks": "f.png"}',
        '{"video": "g.mp4", "masks": "g.png", "project": "g.xmem"}',
    ]
    table.write_text("\n".join(rows))
    found = read_jobs(str(table))
    assert [job.name for job in found.jobs] == ["a"]
    assert [name for name, _ in found.wrong] == [f"row {number}" for number in range(2, 9)]
    said = [why for _, why in found.wrong]
    for why, words in zip(
        said, ["JSON", "track from", "range", "colour", "nonsense", "o video", "one of them"], strict=True
    ):
        assert words in why
        assert why.endswith(".")


@pytest.mark.parametrize("text", ["video,colour\na,b\n", "", 'video,masks\n"a'])
def test_a_table_that_is_none_is_refused_or_its_row_is(tmp_path: Path, text: str) -> None:
    table = tmp_path / "jobs.csv"
    table.write_text(text)
    try:
        found = read_jobs(str(table))
    except FormatError:
        return
    assert found.jobs == ()
    assert found.wrong


def test_two_jobs_never_have_one_name(tmp_path: Path) -> None:
    table = tmp_path / "jobs.jsonl"
    rows = [
        {"video": "a/clip.mp4", "masks": "m.png"},
        {"video": "b/Clip.mp4", "masks": "m.png"},
        {"video": "b/Clip.mp4", "masks": "m.png"},
        {"video": "c.mp4", "masks": "m.png", "name": "one"},
        {"video": "d.mp4", "masks": "m.png", "name": "ONE"},
        {"video": "e.mp4", "masks": "m.png", "name": "../e"},
        {"video": "f.mp4", "masks": "m.png", "name": "report.json"},
    ]
    table.write_text("\n".join(map(json.dumps, rows)))
    found = read_jobs(str(table))
    names = [job.name for job in found.jobs]
    assert len({name.casefold() for name in names}) == len(names) == 4
    assert all("/" not in name and not name.startswith(".") for name in names)
    assert [name for name, _ in found.wrong][1:] == ["ONE", "report.json"]
    table.write_text("\n".join(map(json.dumps, reversed(rows[:2]))))
    assert {job.name for job in read_jobs(str(table)).jobs} == set(names[:2])
