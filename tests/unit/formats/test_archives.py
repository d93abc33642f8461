import gc
import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from xmem_gui.errors import Cancelled, FormatError
from xmem_gui.formats import archives
from xmem_gui.formats.archives import is_archive, refuse_other_archives, unpack_archive


def archive(path: Path, files: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


def test_only_what_imports_read_is_unpacked_and_goes_with_the_last_user(tmp_path: Path) -> None:
    files = {
        "job/annotations.xml": "<annotations/>",
        "job/images/1.jpg": b"picture",
        "__MACOSX/job/._annotations.xml": b"fork",
        "job/.hidden.json": "{}",
        "job/deep/1.PNG": b"mask",
        "job/empty/": b"",
    }
    place = unpack_archive(archive(tmp_path / "a.zip", files))
    folder = place.folder
    found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert found == ["job/annotations.xml", "job/deep/1.PNG"]
    assert (folder / "job/annotations.xml").read_text() == "<annotations/>"
    del place
    gc.collect()
    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["../a.json", "a/../../b.json", "/etc/a.json", "C:\\a.json", "..\\a.json", "a\\..\\..\\b.json"]
)
def test_names_that_lead_out_are_refused(name: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"good.json": "{}", name: "{}"})
    with pytest.raises(FormatError, match="would go elsewhere"):
        unpack_archive(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK])
def test_links_and_devices_are_refused(kind: int, tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.json")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(info, "/etc/passwd")
    with pytest.raises(FormatError, match="link or device"):
        unpack_archive(tmp_path / "a.zip")


@pytest.mark.parametrize(
    "names", [("a.json", "A.JSON"), ("caf\u00e9.json", "cafe\u0301.json"), ("a.txt/b.txt", "a.txt")]
)
def test_files_that_some_disks_take_for_one_are_refused(names: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"two files named|file and a folder of one name"):
        unpack_archive(archive(tmp_path / "a.zip", dict.fromkeys(names, "{}")))


def test_bombs_are_refused_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives.tempfile, "mkdtemp", lambda **_: pytest.fail("unpacked"))
    path = archive(tmp_path / "a.zip", {"a.json": b"0" * (65 * 2**20)})
    with pytest.raises(FormatError, match="claims to hold 65 MiB in"):
        unpack_archive(path)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    with pytest.raises(FormatError, match="holds 3 files"):
        unpack_archive(archive(tmp_path / "b.zip", {f"{i}.json": "{}" for i in range(3)}))
    monkeypatch.setattr(archives, "MAX_BYTES", 5)
    with pytest.raises(FormatError, match="claims to hold"):
        unpack_archive(archive(tmp_path / "c.zip", {"a.json": "[1, 2, 3]"}))


def test_a_file_larger_than_it_claims_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.json": b"x" * 1000}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + at, 10)
    path.write_bytes(data)
    with pytest.raises(FormatError, match="damaged zip file"):
        unpack_archive(path)


def test_no_room_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_ROOM", 2**62)
    with pytest.raises(FormatError, match="free some room"):
        unpack_archive(archive(tmp_path / "a.zip", {"a.json": "{}"}))


def test_damage_and_passwords_are_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.json": bytes(range(256)) * 20})
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(FormatError, match="damaged zip file"):
        unpack_archive(path)
    locked = bytearray(archive(tmp_path / "b.zip", {"a.json": "{}"}).read_bytes())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "b.zip").write_bytes(locked)
    with pytest.raises(FormatError, match="password"):
        unpack_archive(tmp_path / "b.zip")


def test_unpacking_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        unpack_archive(archive(tmp_path / "a.zip", {"a.json": "{}"}), cancelled=lambda: True)


def test_other_archives_are_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.7z").write_bytes(b"7z")
    assert not is_archive(tmp_path / "a.7z")
    with pytest.raises(FormatError, match="unpack it and choose its folder"):
        refuse_other_archives(tmp_path / "a.7z")
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    (tmp_path / "noname").write_bytes(buffer.getvalue())
    assert is_archive(tmp_path / "noname")
