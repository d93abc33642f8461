"""What people should know is told, however late it comes, to whoever listens: once, and from the first."""

import threading
from itertools import islice

import pytest
from small_project import make_frames
from tiny_network import SETTINGS, box, open_tiny, use_tiny_network

from xmem_gui.annotator import Annotator, Propagation
from xmem_gui.project import SetMasks, places

WAIT = 180
"""Seconds that a thread is waited for, which is a failure."""


@pytest.fixture
def annotator(tmp_path, monkeypatch):
    use_tiny_network(monkeypatch)
    with open_tiny(tmp_path / "clip.xmem") as made:
        made.add_object()
        made.project.apply(SetMasks(1, {1: box(1)}, commit=True))
        yield made


@pytest.fixture
def said(annotator):
    texts = []
    stop = annotator.hear(lambda notice: texts.append(notice.text))
    yield texts
    stop()


def stopped(annotator, frames):
    results = annotator.run(Propagation())
    list(islice(results, frames))
    results.close()


def memory_of(annotator):
    return places.memory_folder(annotator.project.path)


def test_memory_that_cannot_be_saved(annotator, said):
    memory_of(annotator).parent.mkdir(parents=True, exist_ok=True)
    memory_of(annotator).write_text("a file stands where the memory goes")
    list(annotator.run(Propagation()))
    assert said
    assert all("memory cannot be saved" in text for text in said)


def test_saved_memory_that_is_damaged(annotator, said):
    stopped(annotator, 3)
    path = memory_of(annotator) / "memory.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    assert not said
    assert annotator.resumable() is None
    assert len(said) == 1
    assert "damaged" in said[0]


@pytest.mark.parametrize("what", ["commit", "settings"])
def test_a_run_that_begins_again(annotator, said, what):
    from dataclasses import replace

    stopped(annotator, 3)
    if what == "commit":
        annotator.set_mask(4, 1, box(4))
    else:
        annotator.settings = replace(SETTINGS, size=16)
    list(annotator.resume())
    assert len([text for text in said if "begins again" in text]) == 1


def test_a_frame_for_which_its_neighbour_is_shown(tmp_path):
    """It goes bad while the video is open, and is heard of when it is met."""
    folder, said = make_frames(tmp_path), []
    with Annotator.open(folder) as annotator:
        stop = annotator.hear(lambda notice: said.append(notice.text))
        (folder / "00002.png").write_bytes(b"no picture any more")
        annotator.video.frame(0)
        annotator.video.frame(2)
        annotator.video.frame(2)
        annotator.project.say("Something else.")
        stop()
        annotator.project.say("Not heard any more.")
        late = []
        annotator.hear(lambda notice: late.append(notice.text))
    assert len(said) == 2
    assert "nearest good frame" in said[0]
    assert sorted(late) == sorted([*said, "Not heard any more."])


def test_a_backup_that_fails(tmp_path):
    folder, told, said = make_frames(tmp_path), threading.Event(), []
    kept = places.backups_folder(tmp_path / "video.xmem")
    kept.parent.mkdir()
    kept.write_text("a file stands where backups go")
    with Annotator.open(folder) as annotator:
        annotator.hear(lambda notice: (said.append(notice.text), told.set()))
        annotator.add_object("rabbit")
        assert told.wait(WAIT)
    assert "No backup of video.xmem could be made" in said[0]


def test_what_changes_the_engine_is_told(annotator):
    settings, memory = [], []
    annotator.settings_changed.connect(settings.append)
    annotator.memory_changed.connect(lambda _: memory.append(annotator.memory_report().bytes > 0))
    list(annotator.run(Propagation()))
    assert memory == [True]
    annotator.clear_temporary()
    assert memory == [True, True], "what is committed stays"
    annotator.settings = annotator.settings
    assert settings == []
    from dataclasses import replace

    annotator.settings = replace(SETTINGS, size=16)
    assert settings == [annotator.settings]
