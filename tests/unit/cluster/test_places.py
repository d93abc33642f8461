"""Paths and addresses: videos read from, and results written to, what fsspec knows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cluster_hand import make_clips, masks_in, run_batch

from xmem_gui.cluster import places
from xmem_gui.cluster.jobs import Defaults, read_jobs
from xmem_gui.errors import ClusterError, FormatError

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def store():
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def test_videos_tables_and_results_at_addresses(store, tmp_path: Path) -> None:
    clips = make_clips(tmp_path, 2, frames=3)
    run_batch(clips.jobs(), tmp_path / "out")
    store.put(str(clips.folder), "/bucket/clips", recursive=True)
    store.pipe(
        "/bucket/jobs.csv", b"video,masks\nclips/clip0/,clips/clip0.png\nclips/clip1/,0=clips/clip1.png\n"
    )
    settings = clips.jobs().jobs[0].settings
    jobs = read_jobs("memory://bucket/jobs.csv", Defaults(settings, exports=("coco",)))
    report = run_batch(jobs, "memory://bucket/results")
    assert [job.state.value for job in report.jobs] == ["done", "done"], report.jobs
    store.get("/bucket/results", str(tmp_path / "fetched"), recursive=True)
    assert masks_in(tmp_path / "fetched") == masks_in(tmp_path / "out")
    assert store.isfile("/bucket/results/report.json")
    kept = run_batch(jobs, "memory://bucket/results", resume=True)
    assert [job.state.value for job in kept.jobs] == ["kept", "kept"]
    store.pipe("/bucket/clips/clip1/00001.png", (clips.folder / "clip0/00001.png").read_bytes() + b" ")
    again = run_batch(jobs, "memory://bucket/results", resume=True)
    assert [job.state.value for job in again.jobs] == ["kept", "done"]


def test_a_half_uploaded_result_is_done_again(store, tmp_path: Path) -> None:
    clips = make_clips(tmp_path, 1, frames=2)
    run_batch(clips.jobs(), "memory://bucket/results")
    note = store.cat("/bucket/results/clip0/job.json")
    store.pipe("/bucket/results/clip0/job.json", b'{"xmem_gui": "batch-job", "identity": ""}')
    report = run_batch(clips.jobs(), "memory://bucket/results", resume=True)
    assert [job.state.value for job in report.jobs] == ["done"]
    assert store.cat("/bucket/results/clip0/job.json")[:60] == note[:60]


def test_nothing_at_an_address_is_one_sentence(store) -> None:
    with pytest.raises(FormatError, match=r"^There is nothing at memory://nowhere/a\.mp4: check"):
        places.file_facts("memory://nowhere/a.mp4")


def test_an_address_of_no_known_kind_is_one_sentence() -> None:
    with pytest.raises(ClusterError, match="'nonsense://a'"):
        places.file_system("nonsense://a")


def test_without_fsspec_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ClusterError, match=r"pip install 'xmem-gui\[cluster\]'\.$"):
        places.file_system("s3://bucket/a.mp4")


@pytest.mark.parametrize(
    ("text", "address"),
    [("s3://b/a", True), ("simplecache::s3://b/a", True), ("a:b", False), ("C:\\a", False), ("./a", False)],
)
def test_what_an_address_is(text: str, address: bool) -> None:
    assert places.is_address(text) is address
