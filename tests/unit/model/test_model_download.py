import contextlib
import errno
import hashlib
import json
import shutil
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from xmem_gui.errors import Cancelled, DownloadError, OutputError
from xmem_gui.model import MODELS, ModelSpec, download, find_model
from xmem_gui.model.partial_file import sole_download

CONTENT = bytes(range(256)) * 6000


@dataclass
class Remote:
    """What the server has, how it behaves, and what it was asked."""

    content: bytes = CONTENT
    tag: str | None = '"one"'
    ranges: bool = True
    heeds_if_range: bool = True
    kind: str = "application/octet-stream"
    status: int = 200
    cut_after: int | None = None
    says_length: bool = True
    endless: bool = False
    address: str = ""
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        remote: Remote = self.server.remote  # type: ignore[attr-defined]
        asked, condition = self.headers.get("Range"), self.headers.get("If-Range")
        remote.asked.append((asked, condition))
        if remote.status != 200:
            self.send_error(remote.status)
            return
        start = 0
        if asked and remote.ranges and (condition == remote.tag or not remote.heeds_if_range):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(remote.content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            end = len(remote.content)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        if remote.says_length:
            self.send_header("Content-Length", str(len(remote.content) - start))
        self.send_header("Content-Type", remote.kind)
        if remote.tag:
            self.send_header("ETag", remote.tag)
        self.end_headers()
        if remote.endless:
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(bytes(1 << 16))
        self.wfile.write(remote.content[start : remote.cut_after])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def remote() -> Iterator[Remote]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.remote = Remote(address=f"http://127.0.0.1:{server.server_port}/model.pth")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.remote  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def spec(remote: Remote) -> ModelSpec:
    return replace(MODELS["xmem"], file="model.pth", url=remote.address)


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def interrupted(spec: ModelSpec, remote: Remote, folder: Path) -> None:
    remote.cut_after = len(CONTENT) // 2
    with pytest.raises(DownloadError, match=r"broke off .*'xmem-gui models download xmem' again to go on"):
        download(spec, folder=folder)
    assert not (folder / spec.file).exists()
    remote.cut_after = None


def test_a_file_comes_whole_and_progress_is_told(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    path = download(
        replace(spec, bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest()),
        folder=tmp_path / "new",
        progress=lambda done, total: told.append((done, total)),
    )
    assert path == tmp_path / "new" / "model.pth"
    assert path.read_bytes() == CONTENT
    assert leftovers(path.parent) == {"model.pth"}
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert told == sorted(told)


def test_a_file_that_is_there_is_not_fetched_again(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    download(spec, folder=tmp_path)
    download(spec, folder=tmp_path)
    assert len(remote.asked) == 1


def test_a_file_there_that_is_not_the_published_one_is_replaced(
    spec: ModelSpec, remote: Remote, tmp_path: Path
) -> None:
    (tmp_path / spec.file).write_bytes(b"old")
    path = download(replace(spec, sha256=hashlib.sha256(CONTENT).hexdigest()), folder=tmp_path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("tag", ['"one"', None])
@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_download_ends_whole(
    spec: ModelSpec, remote: Remote, tmp_path: Path, tag: str | None, ranges: bool
) -> None:
    remote.tag, remote.ranges = tag, ranges
    interrupted(spec, remote, tmp_path)
    assert download(spec, folder=tmp_path).read_bytes() == CONTENT
    assert leftovers(tmp_path) == {"model.pth"}
    expected = (f"bytes={len(CONTENT) // 2}-", '"one"') if tag else (None, None)
    assert remote.asked == [(None, None), expected]


@pytest.mark.parametrize("heeds_if_range", [True, False])
@pytest.mark.parametrize("length", [len(CONTENT), len(CONTENT) + 256, 256])
def test_a_file_that_changed_meanwhile_starts_over(
    spec: ModelSpec, remote: Remote, tmp_path: Path, heeds_if_range: bool, length: int
) -> None:
    interrupted(spec, remote, tmp_path)
    remote.content, remote.tag, remote.heeds_if_range = b"x" * length, '"two"', heeds_if_range
    assert download(spec, folder=tmp_path).read_bytes() == remote.content


def test_a_weak_tag_does_not_join_two_halves(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    remote.tag = 'W/"one"'
    interrupted(spec, remote, tmp_path)
    assert download(spec, folder=tmp_path).read_bytes() == CONTENT
    assert remote.asked[-1] == (None, None)


def test_a_half_of_another_address_is_dropped(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    interrupted(spec, remote, tmp_path)
    download(replace(spec, url=f"{spec.url}?other"), folder=tmp_path)
    assert remote.asked[-1] == (None, None)


def test_a_damaged_note_starts_over(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    interrupted(spec, remote, tmp_path)
    (tmp_path / "model.pth.part.json").write_text(json.dumps({"url": spec.url}))
    assert download(spec, folder=tmp_path).read_bytes() == CONTENT


def test_what_was_killed_before_its_last_step_needs_no_network(
    spec: ModelSpec, remote: Remote, tmp_path: Path
) -> None:
    interrupted(spec, remote, tmp_path)
    (tmp_path / "model.pth.part").write_bytes(CONTENT)
    assert download(spec, folder=tmp_path).read_bytes() == CONTENT
    assert len(remote.asked) == 1


def test_cancelling_keeps_what_has_come(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    done = [0]

    def progress(bytes_done: int, total: int | None) -> None:
        done[0] = bytes_done

    with pytest.raises(Cancelled, match="the next goes on from there"):
        download(spec, folder=tmp_path, progress=progress, cancelled=lambda: done[0] > 500_000)
    assert leftovers(tmp_path) == {"model.pth.part", "model.pth.part.json"}
    assert download(spec, folder=tmp_path).read_bytes() == CONTENT
    assert remote.asked[-1][0] == f"bytes={done[0]}-"


def test_a_wrong_checksum_is_refused_and_nothing_is_left(
    spec: ModelSpec, remote: Remote, tmp_path: Path
) -> None:
    with pytest.raises(
        DownloadError, match=r"not what was published: its SHA-256 is \w{64}, expected 0{64};"
    ):
        download(replace(spec, sha256="0" * 64), folder=tmp_path)
    assert leftovers(tmp_path) == set()


def test_a_wrong_size_is_refused_before_it_is_fetched(
    spec: ModelSpec, remote: Remote, tmp_path: Path
) -> None:
    with pytest.raises(DownloadError, match=r"offers 1,536,000 bytes, but model\.pth was published with 7;"):
        download(replace(spec, bytes=7), folder=tmp_path)
    assert leftovers(tmp_path) == set()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_is_told(spec: ModelSpec, remote: Remote, tmp_path: Path, status: int) -> None:
    remote.status = status
    with pytest.raises(DownloadError, match=rf"model\.pth answered {status} \w+"):
        download(spec, folder=tmp_path)
    assert leftovers(tmp_path) == set()


def test_a_web_page_is_not_a_model(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    remote.kind = "text/html; charset=utf-8"
    with pytest.raises(DownloadError, match=r"a web page instead of model\.pth"):
        download(spec, folder=tmp_path)
    assert leftovers(tmp_path) == set()


def test_no_server(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"broke off \(.*refused.*\); run .* again to try again"):
        download(replace(spec, url="http://127.0.0.1:9/model.pth"), folder=tmp_path)


def test_a_full_disk_is_told_before_it_is_full(
    spec: ModelSpec, remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(OutputError, match=r"too full for model\.pth; make room and try again"):
        download(spec, folder=tmp_path)
    assert not (tmp_path / spec.file).exists()


def test_a_folder_that_cannot_be_made(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=r"model\.pth cannot be written"):
        download(spec, folder=tmp_path / "file")


def test_two_at_once(spec: ModelSpec, remote: Remote, tmp_path: Path) -> None:
    with (
        sole_download(tmp_path / spec.file),
        pytest.raises(DownloadError, match="being downloaded by another process"),
    ):
        download(spec, folder=tmp_path)


@pytest.mark.parametrize("url", [None, "file:///etc/hostname", "ftp://example.org/model.pth"])
def test_only_the_web_is_asked(spec: ModelSpec, tmp_path: Path, url: str | None) -> None:
    with pytest.raises(DownloadError, match="no address to fetch it from"):
        download(replace(spec, url=url), folder=tmp_path)


def test_segment_anything_is_checked_goes_on_where_it_broke_off_and_is_found(
    remote: Remote, tmp_path: Path
) -> None:
    published = replace(MODELS["sam_vit_b"], url=remote.address)
    with pytest.raises(DownloadError, match=r"sam_vit_b_01ec64\.pth was published with 375,042,383"):
        download(published, folder=tmp_path)
    with pytest.raises(DownloadError, match=r"its SHA-256 is \w+, expected ec2df627"):
        download(replace(published, bytes=len(CONTENT)), folder=tmp_path)
    assert leftovers(tmp_path) == set()
    good = replace(published, bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
    remote.cut_after = len(CONTENT) // 2
    with pytest.raises(DownloadError, match=r"'xmem-gui models download sam_vit_b' again to go on"):
        download(good, folder=tmp_path)
    remote.cut_after = None
    path = download(good, folder=tmp_path)
    assert path.read_bytes() == CONTENT
    assert remote.asked[-1][0] == f"bytes={len(CONTENT) // 2}-"
    assert find_model("sam_vit_b", folder=tmp_path) == path


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links and locks")
def test_what_a_link_in_the_download_s_place_points_to_is_not_written(
    spec: ModelSpec, remote: Remote, tmp_path: Path
) -> None:
    precious = tmp_path / "thesis.txt"
    precious.write_text("my thesis")
    note = {"url": spec.url, "validator": '"one"', "total": len(CONTENT)}
    (tmp_path / "model.pth.part").symlink_to(precious)
    (tmp_path / "model.pth.part.json").write_text(json.dumps(note))
    assert download(spec, folder=tmp_path).read_bytes() == CONTENT
    assert precious.read_text() == "my thesis"
    (tmp_path / "model.pth").unlink()
    (tmp_path / ".model.pth.lock").unlink()
    (tmp_path / ".model.pth.lock").symlink_to(precious)
    with pytest.raises(OutputError, match="is a link or no ordinary file"):
        download(spec, folder=tmp_path)
    assert precious.read_text() == "my thesis"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX links and locks")
def test_a_disk_without_locks_is_no_other_process(
    spec: ModelSpec, remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert download(spec, folder=tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("published", [len(CONTENT), None])
def test_a_server_that_never_ends_is_left_at_the_known_size(
    spec: ModelSpec, remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, published: int | None
) -> None:
    monkeypatch.setattr(sys.modules["xmem_gui.model.download"], "_LARGEST", 2 * len(CONTENT))
    remote.says_length, remote.endless = False, True
    told: list[int] = []
    with pytest.raises(DownloadError, match="sends more than the"):
        download(
            replace(spec, bytes=published), folder=tmp_path, progress=lambda done, total: told.append(done)
        )
    assert max(told) <= (published or 2 * len(CONTENT))
    assert leftovers(tmp_path) == set()


def test_a_size_that_no_model_has_is_refused_before_anything_comes(
    spec: ModelSpec, remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["xmem_gui.model.download"], "_LARGEST", len(CONTENT) - 1)
    told: list[int] = []
    with pytest.raises(DownloadError, match="sends more than the"):
        download(spec, folder=tmp_path, progress=lambda done, total: told.append(done))
    assert told == []
    assert leftovers(tmp_path) == set()


def test_a_beginning_that_is_too_long_is_not_gone_on_with(
    spec: ModelSpec, remote: Remote, tmp_path: Path
) -> None:
    interrupted(spec, remote, tmp_path)
    with (tmp_path / "model.pth.part").open("ab") as file:
        file.write(bytes(2 * len(CONTENT)))
    with contextlib.suppress(DownloadError):
        download(replace(spec, bytes=len(CONTENT)), folder=tmp_path)
    path = download(replace(spec, bytes=len(CONTENT)), folder=tmp_path)
    assert path.read_bytes() == CONTENT
