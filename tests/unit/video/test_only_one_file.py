"""What a person opens is what is read: a file that names others does not lead to them."""

from pathlib import Path

import pytest
from video_clips import write_clip

from xmem_gui.errors import MediaError
from xmem_gui.video import open_source
from xmem_gui.video.container import _of_one_file, open_stream

LISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nclip.mp4\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile clip.mp4\n",
    "list.mp4": "ffconcat version 1.0\nfile clip.mp4\n",
    "list.mpd": "<MPD><Period><AdaptationSet><Representation><BaseURL>clip.mp4</BaseURL></Representation>"
    "</AdaptationSet></Period></MPD>",
    "list.idx": "# VobSub index file, v7\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 000000000\n",
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_do_not_open_other_files(tmp_path: Path, name: str):
    write_clip(tmp_path / "clip.mp4")
    (tmp_path / "list.sub").write_bytes(b"\0" * 4096)
    (tmp_path / name).write_text(LISTS[name])
    with pytest.raises(MediaError, match=name):
        open_source(tmp_path / name)


@pytest.mark.parametrize("name", ["list.m3u8", "list.ffconcat"])
def test_nor_where_their_beginning_is_not_known(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xmem_gui.video.container._refuse_lists", lambda path: None)
    write_clip(tmp_path / "clip.mp4")
    (tmp_path / name).write_text(LISTS[name])
    with pytest.raises(MediaError, match=name):
        open_stream(tmp_path / name)


def test_kinds_of_one_file_are_all_let_through():
    kinds = _of_one_file()["format_whitelist"].split(",")
    assert {"mp4", "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "ogg", "mxf"} <= set(
        kinds
    )
    assert not {"hls", "concat", "dash", "sdp"} & set(kinds)
