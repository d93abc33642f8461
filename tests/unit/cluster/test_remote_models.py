"""Model files go to another machine once, by what is in them."""

import shutil

import pytest

from xmem_gui.cluster.remote_models import ModelFile, ModelShelf
from xmem_gui.errors import CheckpointError, ClusterError
from xmem_gui.model import find_model


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "mine.pth"
    path.write_bytes(bytes(range(256)) * 10)
    return path


@pytest.fixture
def shelf(tmp_path):
    return ModelShelf(tmp_path / "sent")


def send(shelf, wanted, data, part=1000):
    for at in range(0, len(data), part):
        shelf.take(wanted, at, data[at : at + part])


def test_a_model_is_there_when_it_is_whole(shelf, model):
    wanted, data = ModelFile.of(model), model.read_bytes()
    send(shelf, wanted, data[:2000])
    assert shelf.find(wanted) is None
    shelf.take(wanted, 2000, data[2000:])
    assert shelf.find(wanted).read_bytes() == data
    assert ModelShelf(shelf.find(wanted).parent).find(wanted) is not None  # the next time too


def test_what_comes_with_the_program_is_not_sent(shelf, tmp_path):
    copy = tmp_path / "another-name"
    shutil.copy(find_model("compact"), copy)
    assert shelf.find(ModelFile.of(copy)) == find_model("compact")
    assert shelf.named("compact") == ModelFile.of(find_model("compact"))


def test_a_damaged_model_is_not_kept(shelf, model):
    wanted, data = ModelFile.of(model), bytearray(model.read_bytes())
    data[5] ^= 1
    with pytest.raises(ClusterError, match=r"mine\.pth came damaged"):
        send(shelf, wanted, bytes(data))
    assert shelf.find(wanted) is None
    send(shelf, wanted, model.read_bytes())
    assert shelf.find(wanted) is not None


def test_what_is_too_large_takes_no_room(shelf, model):
    data = model.read_bytes()
    with pytest.raises(ClusterError, match="too large"):
        shelf.take(ModelFile("x", "0" * 64, 1 << 50), 0, data)
    with pytest.raises(ClusterError, match="too large"):
        shelf.take(ModelFile("x", "0" * 64, 10), 0, data)


def test_a_full_disk_is_said_before_anything_is_sent(shelf, model, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(ClusterError, match="no room"):
        shelf.take(ModelFile.of(model), 0, b"")


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63 + "/"])
def test_a_checksum_leads_nowhere_else(shelf, name):
    with pytest.raises(ClusterError, match="no checksum"):
        shelf.find(ModelFile("x", name, 5))


def test_models_of_no_name_are_unknown(shelf):
    with pytest.raises(CheckpointError, match="knows no model '/etc/passwd'"):
        shelf.named("/etc/passwd")


def test_nothing_is_written_where_somebody_can_guess(shelf, model, tmp_path):
    data, wanted = model.read_bytes(), ModelFile.of(model)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "sent").mkdir()
    for ending in ("", ".part"):
        (tmp_path / "sent" / f"{wanted.sha256}{ending}").symlink_to(victim)
    send(shelf, wanted, data)
    assert victim.read_text() == "mine"
    assert shelf.find(wanted).read_bytes() == data


def test_a_part_that_was_lost_is_said_and_the_model_can_be_sent_again(shelf, model):
    data, wanted = model.read_bytes(), ModelFile.of(model)
    shelf.take(wanted, 0, data[:1000])
    with pytest.raises(ClusterError, match="lost on the way"):
        shelf.take(wanted, 2000, data[2000:])
    send(shelf, wanted, data)
    assert shelf.find(wanted).read_bytes() == data
    assert [one.name for one in shelf.find(wanted).parent.iterdir()] == [wanted.sha256]
